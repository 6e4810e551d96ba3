//! When the next track is chosen, and what is learned from what people do.

mod catalogue_builder;
mod chooser;
mod pick;
mod systems;
mod toast;

pub use chooser::{Chooser, ChooserContext, ChooserInput};
pub use pick::{Pick, TrackWanted};
pub(super) use systems::{choose, fade_toast, hear, set_up, take_playlists, take_taste};
pub use toast::Toast;
