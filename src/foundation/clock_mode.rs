//! Which clock the whole app runs on.

use std::time::Duration;

use bevy::prelude::Resource;

/// Live runs follow the wall clock; stepped runs advance by a fixed amount in each update.
///
/// In a stepped run nothing may happen on a thread that is not waited for, so
/// that the same seed gives the same report.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockMode {
    /// Wall clock, workers on their own threads, sound to a device.
    #[default]
    Live,
    /// Virtual clock, everything in step, sound to a file.
    Stepped {
        /// How far the clock moves in one update.
        step: Duration,
    },
}

impl ClockMode {
    /// Whether this run is on the virtual clock.
    #[must_use]
    pub fn is_stepped(self) -> bool {
        matches!(self, Self::Stepped { .. })
    }
}
