//! Pause and seek.

use std::time::Duration;

/// A request for the current track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Stops with a short ramp; a crossfade stops, too.
    Pause,
    /// Continues where it stopped.
    Resume,
    /// Pauses or resumes.
    Toggle,
    /// Seeks to a time of the track.
    Seek(Duration),
    /// Seeks by this much; several in a row add up.
    Back(Duration),
    Ahead(Duration),
}
