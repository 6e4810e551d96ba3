//! What every room stands on: faults, the clock, and files that people edit.
//!
//! Nothing here knows a room by its contents; every room may import this.

mod clock_mode;
mod fault;
mod plot;
mod ron_file;
mod shipped;

pub use clock_mode::ClockMode;
pub use fault::{Fault, FaultKey, FaultRecord, Faults};
pub use plot::PlotError;
pub(crate) use plot::{AMBER, Area, BLUE, FONT, INK, failed, plot, save_plot};
pub use ron_file::{FileError, parse_ron, read_ron};
pub use shipped::shipped_folder;

use bevy::prelude::*;

/// One frame of the experience, in the order in which the data flows.
///
/// `Sense → Feel → Choose → Mix → Present → Record`, all in [`Update`].
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameStage {
    /// Frames and readings arrive.
    Sense,
    /// Readings become a mood.
    Feel,
    /// The mood becomes a choice of track.
    Choose,
    /// The choice becomes sound.
    Mix,
    /// Mood and sound become pictures and words.
    Present,
    /// What happened is written down.
    Record,
}

/// Orders the steps and holds the shared fault list.
pub struct FoundationPlugin;

impl Plugin for FoundationPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Faults>().configure_sets(
            Update,
            (
                FrameStage::Sense,
                FrameStage::Feel,
                FrameStage::Choose,
                FrameStage::Mix,
                FrameStage::Present,
                FrameStage::Record,
            )
                .chain(),
        );
    }
}
