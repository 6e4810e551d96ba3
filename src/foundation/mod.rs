//! What every room uses: faults, clocks, folders, threads, databases, files that people edit, and files that they ask for.
//!
//! Nothing here knows a room; every room may import this.

mod backoff;
mod clock_mode;
mod database;
pub mod easing;
mod fault;
mod folders;
mod local_time;
mod mailbox;
mod output_file;
mod path_text;
mod plot;
mod ron_file;
mod shipped;
mod similar;
mod standard_error;
pub mod stats;
mod steady_clock;
mod worker;

pub use backoff::Backoff;
pub use clock_mode::ClockMode;
pub use database::{Database, DatabaseError, DatabaseSchema, RebuiltDatabase};
pub use fault::{Fault, FaultKey, FaultRecord, Faults};
pub use folders::Folders;
pub use local_time::LocalTime;
pub use mailbox::{Capacity, Mailbox, Received};
pub use output_file::{
    GrowingOutput, OutputFileError, check_output_file, replace_kept_file, write_output_file,
};
pub use path_text::{path_of_text, serialize_path, show_name, show_path, text_of_path};
pub use plot::PlotError;
pub(crate) use plot::{
    AMBER, Area, BLUE, FONT, INK, INTER_FONT, encode_picture, failed, plot, register_plot_font, save_plot,
};
pub use ron_file::{FileError, FileProblem, parse_ron, read_ron, read_text};
pub use shipped::shipped_folder;
pub use similar::{most_similar, similar_names};
pub use standard_error::{ForeignOutput, StandardError, hold_panics, release_panics, restore_standard_error};
pub(crate) use standard_error::{tell, tell_line};
pub use steady_clock::seconds_since_boot;
pub use worker::{
    StopSignal, WorkDone, Worker, WorkerContext, WorkerError, WorkerEvent, WorkerOptions, panic_text,
};

use bevy::prelude::*;

/// The stages of one frame, in the order in which the data flows.
///
/// `Input → Sense → Feel → Choose → Mix → Present → Record`, all in [`Update`].
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameStage {
    /// Screens turn keys, pad and pointer into commands that the other stages carry out in the same frame.
    Input,
    /// Camera frames and readings arrive.
    Sense,
    /// Readings become a mood.
    Feel,
    /// The mood becomes a choice of track.
    Choose,
    /// The choice becomes sound.
    Mix,
    /// Mood and sound become pictures and text.
    Present,
    /// What happened is recorded.
    Record,
}

/// Orders the stages of a frame; holds the faults and the local time.
pub struct FoundationPlugin;

impl Plugin for FoundationPlugin {
    fn build(&self, app: &mut App) {
        use FrameStage::{Choose, Feel, Input, Mix, Present, Record, Sense};
        app.init_resource::<Faults>()
            .init_resource::<ClockMode>()
            .init_resource::<LocalTime>()
            .init_resource::<Folders>()
            .configure_sets(Update, (Input, Sense, Feel, Choose, Mix, Present, Record).chain())
            .add_systems(Update, local_time::follow_clock.before(Input).run_if(resource_exists::<Time>));
    }
}
