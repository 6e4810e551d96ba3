//! What the rest of the app sees of the camera: the newest frame, the status, and the switch.

use bevy::prelude::Resource;

use super::source_spec::SourceSpec;
use crate::frame::Frame;

/// What is known of the source of frames, for the screen and the report.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct SourceStatus {
    /// A name for people: "camera 0 (HD Webcam, 640×480)", "visitor clip", …
    pub name: String,
    /// One sentence that says why it is this source, or why there is none, if there is a reason.
    pub why: Option<String>,
    /// Frames that the source has delivered since the start.
    pub captured: u64,
    /// Frames that a newer one replaced before they were used.
    pub dropped: u64,
    /// Broken frames and files that were left out.
    pub skipped: u64,
    /// Whether frames arrive now.
    pub live: bool,
}

/// The newest frame, until it is taken. A newer frame replaces one that was not taken.
#[derive(Resource, Default)]
pub struct NewestFrame(pub Option<Frame>);

/// Which source is used, and whether it is on. It can be changed at any time. A source that is
/// replaced or switched off is closed, so that the light of a camera goes out.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct CameraSwitch {
    /// Off closes the device.
    pub on: bool,
    /// The source to use while on.
    pub spec: SourceSpec,
}

/// Counts over all sources since the start.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameCounts {
    pub captured: u64,
    pub dropped: u64,
    pub skipped: u64,
}

impl FrameCounts {
    /// The status of a camera that is switched off.
    #[must_use]
    pub fn switched_off(self) -> SourceStatus {
        SourceStatus {
            name: "camera off".into(),
            why: Some("it was switched off here".into()),
            captured: self.captured,
            dropped: self.dropped,
            skipped: self.skipped,
            live: false,
        }
    }
}
