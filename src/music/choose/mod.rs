//! When the next track is chosen, and what is learned from what people do.

mod catalogue_builder;
mod chooser;
mod feedback_events;
mod feedback_message;
mod pick;
mod systems;

pub use chooser::{Chooser, ChooserContext, ChooserInput};
pub(super) use feedback_events::{answer_feedback, learn_feedback, relearn, take_taste};
pub use pick::{Pick, PickCause, TrackWanted};
pub(super) use systems::{
    apply_settings, choose_track, collect_inputs, report_nothing_to_play, set_up, take_playlists,
    update_catalogue, write_feedback,
};
