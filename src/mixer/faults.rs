//! The faults of the mixer.

use crate::foundation::FaultKey;

/// The sound device is missing or does not work.
pub const DEVICE: FaultKey = FaultKey::new("mixer", "device");

/// The sound file cannot be written.
pub const SOUND_FILE: FaultKey = FaultKey::new("mixer", "file");

/// A person's own file for a cue cannot be played.
pub const CUE_FILE: FaultKey = FaultKey::new("mixer", "cue file");

/// An event: a track could not be played as it should.
pub const TRACK: FaultKey = FaultKey::new("mixer", "track");
