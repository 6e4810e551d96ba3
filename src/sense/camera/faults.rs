//! The faults of the camera. Each kind of [`SourceError`](super::SourceError) has its own key.

use crate::foundation::FaultKey;

const fn key(key: &'static str) -> FaultKey {
    FaultKey::new("camera", key)
}

/// The camera is missing.
pub const MISSING: FaultKey = key("missing");
/// A name fits several cameras.
pub const AMBIGUOUS: FaultKey = key("ambiguous");
/// Another program uses the camera.
pub const BUSY: FaultKey = key("busy");
/// This user may not open the camera.
pub const DENIED: FaultKey = key("denied");
/// The camera was unplugged.
pub const LOST: FaultKey = key("lost");
/// The camera sends nothing.
pub const STALLED: FaultKey = key("stalled");
/// The source sends only broken frames.
pub const BROKEN: FaultKey = key("broken");
/// The source cannot be used here.
pub const UNSUITABLE: FaultKey = key("unsuitable");
/// The files of the source cannot be read.
pub const UNREADABLE: FaultKey = key("unreadable");
/// The code that reads the source failed.
pub const INTERNAL: FaultKey = key("inside");
/// Single frames are broken; the others are used.
pub const BROKEN_FRAMES: FaultKey = key("broken pictures");
/// The camera sends the same picture again and again.
pub const FROZEN: FaultKey = key("frozen");
/// The camera shows nothing: black, green, or another single colour.
pub const COVERED: FaultKey = key("covered");
