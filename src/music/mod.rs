//! Choosing music: playlists by mood, and the tracks they find.

mod album;
mod choose;
mod chooser;
mod library;
mod playlist;
mod scanner;
mod settings;
mod systems;
#[cfg(test)]
mod testing;
mod words;

pub use album::shipped_album;
pub use library::{Entry, Library, Unreadable};
pub use playlist::{Find, Playlist, PlaylistName, Playlists, Policy, Target};
pub use settings::{MusicSettings, MusicSettingsOverlay};
pub use systems::MusicLibrary;

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;

use crate::expression::Emotion;
use crate::foundation::{Pace, Step};
use crate::input::Action;
use crate::mood::Mood;

/// A track that can be played, with what its tags say.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    pub path: PathBuf,
    /// From the tags, else the file's stem.
    pub title: String,
    pub artist: Option<String>,
    /// Tempo in beats per minute, from the tags.
    pub bpm: Option<f32>,
    pub duration: Duration,
}

/// A decision: play this next, and why.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Pick {
    pub track: Track,
    /// The slow mood it was chosen for; `None` is an empty room.
    pub emotion: Option<Emotion>,
    /// One sentence for people.
    pub reason: String,
}

/// The mixer asks for a track: nothing plays, or the one that plays is near its end.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackWanted {
    /// Nothing is playing.
    Silence,
    /// The current track ends soon.
    EndNear,
    /// This pick could not be played; choose another.
    Unplayable,
}

/// What a run is asked to play. Insert it before the plugin to change it.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct MusicOptions {
    /// A folder of music; the shipped album if there is none.
    pub folder: Option<PathBuf>,
    /// The album that takes the place of a folder that is missing or empty;
    /// [`shipped_album`] if it is not set.
    pub album: Option<PathBuf>,
    /// A person's file laid over the shipped playlists.
    pub playlists: Option<PathBuf>,
    /// Decides between tracks that fit equally well.
    pub seed: u64,
}

/// Chooses tracks from the slow mood.
///
/// Takes [`MusicOptions`], [`Pace`] and [`MusicSettings`]: insert them before this plugin.
pub struct MusicPlugin;

impl Plugin for MusicPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Pace>()
            .init_resource::<Mood>()
            .init_resource::<MusicOptions>()
            .init_resource::<MusicLibrary>()
            .add_message::<Action>()
            .add_message::<Pick>()
            .add_message::<TrackWanted>()
            .add_systems(Startup, systems::set_up)
            .add_systems(Update, (systems::take_found, systems::choose).chain().in_set(Step::Choose));
    }
}
