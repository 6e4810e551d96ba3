//! Choosing music: playlists by mood, and the tracks they find.

mod album;
pub mod analysis;
mod chooser;
mod choosing;
pub mod faults;
pub mod journey;
pub mod library;
mod lyrics;
pub mod playlists;
pub mod recommend;
mod settings;
mod shelf;
mod sound_file;
pub mod taste;
#[cfg(test)]
mod testing;

pub use album::shipped_album;
pub use chooser::{Ask, Chooser, Situation};
pub use choosing::Answered;
pub use library::{
    Entry, Library, LibraryOptions, LibrarySettings, LibrarySettingsOverlay, LibraryStatus, MusicLibrary,
    Unreadable,
};
pub use playlists::{Playlist, PlaylistName, Playlists, Policy, Target};
pub use recommend::{Contribution, Term};
pub use settings::{MusicSettings, MusicSettingsOverlay};
pub(crate) use sound_file::{SoundFile, SoundFileError};

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;

use crate::command;
use crate::emotion::Emotion;
use crate::foundation::{ClockMode, FrameStage};
use crate::mood::Mood;
use crate::settings::AddSettings as _;

/// A track that can be played, with what its tags say.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    pub path: PathBuf,
    /// From the tags, else the file's stem.
    pub title: String,
    pub artist: Option<String>,
    /// Tempo in beats per minute: what a person set, else the tags, else what was measured.
    pub bpm: Option<f32>,
    pub duration: Duration,
    /// What was measured in the sound; `None` until it was analysed.
    pub sound: Option<TrackSound>,
}

/// What was measured in the sound of a track. Times are seconds from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackSound {
    /// Integrated loudness of the whole track in LUFS (ITU-R BS.1770, EBU R 128).
    pub lufs: f32,
    /// Largest true peak of all channels in dBTP.
    pub true_peak: f32,
    /// When the music has reached its body: what comes before is intro.
    pub intro_end: f32,
    /// Where the outro begins: what follows is fading or sparse.
    pub outro_start: f32,
    /// Where the last audible sound ends: silence may follow.
    pub sound_end: f32,
    /// The beats, where they are steady.
    pub beats: Option<BeatGrid>,
    pub key: Option<MusicalKey>,
}

/// A steady beat: beat `n` is at `first + n * 60 / bpm` seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeatGrid {
    /// A downbeat, in seconds from the start of the track.
    pub first: f32,
    pub bpm: f32,
    /// Beats in a bar.
    pub metre: u8,
    /// 0 a guess ..= 1 certain.
    pub confidence: f32,
}

/// A key of the twelve major and twelve minor ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MusicalKey {
    /// Pitch class of the tonic: 0 is C, 11 is B.
    pub tonic: u8,
    pub minor: bool,
}

/// A decision: play this next, and why.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Pick {
    pub track: Track,
    /// The slow mood it was chosen for; `None` is an empty room.
    pub emotion: Option<Emotion>,
    /// One sentence for people.
    pub reason: String,
    /// The parts of its score; empty where it was not scored.
    pub why: Vec<Contribution>,
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

/// Where taste is kept. Without a file it is learned until the end of the run, and forgotten.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct TasteKept {
    pub file: Option<PathBuf>,
    /// Whose taste it is.
    pub profile: String,
}

/// Chooses tracks from the slow mood, and learns what people here like.
///
/// Takes [`MusicOptions`], [`LibraryOptions`], [`TasteKept`], [`ClockMode`], [`MusicSettings`] and [`LibrarySettings`]: insert
/// them before this plugin.
pub struct MusicPlugin;

impl Plugin for MusicPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        crate::event::plugin(app);
        app.add_settings::<MusicSettings>("music").add_settings::<LibrarySettings>("library");
        app.init_resource::<ClockMode>()
            .init_resource::<Mood>()
            .init_resource::<MusicOptions>()
            .init_resource::<LibraryOptions>()
            .init_resource::<LibraryStatus>()
            .init_resource::<MusicLibrary>()
            .init_resource::<TasteKept>()
            .init_resource::<Answered>()
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
