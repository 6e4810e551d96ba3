//! When the next track is chosen, and what is learned from what people do.

mod answer;
mod catalogue_builder;
mod chooser;
mod pick;
mod systems;

pub use chooser::{Chooser, ChooserContext, ChooserInput};
pub use pick::{Pick, PickCause, TrackWanted};
pub(super) use systems::{
    choose_track, collect_inputs, keep_feedback, report_nothing_to_play, set_up, take_playlists, take_taste,
    update_catalogue,
};
