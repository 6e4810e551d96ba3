//! The clock of the app: wall clock or virtual clock.

use std::time::Duration;

use bevy::prelude::Resource;

/// Whether the app follows the wall clock or advances by a fixed step in each update.
///
/// In a stepped run every result of another thread is waited for, so that the same seed gives the
/// same report.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// The wall clock: work on other threads, sound to a device.
    #[default]
    Live,
    /// A virtual clock: all work within the update, sound to a file.
    Stepped {
        /// How far the clock advances in one update.
        step: Duration,
    },
}

impl ClockMode {
    /// Whether the app runs on the virtual clock.
    #[must_use]
    pub fn is_stepped(self) -> bool {
        matches!(self, Self::Stepped { .. })
    }
}
