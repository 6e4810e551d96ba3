//! Choosing music: playlists by mood, and the tracks they find.

mod album;
pub mod analysis;
mod chooser;
mod choosing;
pub mod journey;
pub mod library;
mod lyrics;
mod moment;
pub mod playlists;
pub mod recommend;
mod settings;
mod shelf;
mod sound_file;
pub mod taste;
#[cfg(test)]
mod testing;

pub use album::shipped_album;
pub use chooser::{ChooserInput, Chooser, ChooserContext};
pub use choosing::Toast;
pub use library::{
    LibraryEntry, ScannedFolder, LibraryOptions, LibrarySettings, LibrarySettingsOverlay, LibraryStatus, MusicLibrary,
    UnusableFile,
};
pub use moment::Moment;
pub use playlists::{Playlist, PlaylistName, Playlists, PlaylistPolicy, MusicTarget};
pub use recommend::{Contribution, ScoreTerm};
pub use settings::{MusicSettings, MusicSettingsOverlay};
pub(crate) use sound_file::{SoundFile, SoundFileError};

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;

use crate::emotion::Emotion;
use crate::foundation::{ClockMode, FrameStage};
use crate::input::Action;
use crate::mood::Mood;

/// Chooses tracks from the slow mood, and learns what people here like.
///
/// Takes [`MusicOptions`], [`LibraryOptions`], [`TasteOptions`], [`ClockMode`], [`MusicSettings`] and [`LibrarySettings`]: insert
/// them before this plugin.
pub struct MusicPlugin;

impl Plugin for MusicPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ClockMode>()
            .init_resource::<Mood>()
            .init_resource::<MusicOptions>()
            .init_resource::<LibraryOptions>()
            .init_resource::<LibraryStatus>()
            .init_resource::<MusicLibrary>()
            .init_resource::<TasteOptions>()
            .init_resource::<Toast>()
            .add_message::<Action>()
            .add_message::<Pick>()
            .add_message::<TrackWanted>()
            .add_systems(Startup, (library::set_up, choosing::set_up).chain())
            .add_systems(
                Update,
                (
                    library::take_news,
                    choosing::take_playlists,
                    choosing::take_taste,
                    choosing::hear,
                    choosing::choose,
                    choosing::fade_answer,
                )
                    .chain()
                    .in_set(FrameStage::Choose),
            );
    }
}
