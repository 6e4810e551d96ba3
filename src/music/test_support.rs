//! Helpers for the tests of this room.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::music::library::LibraryEntry;
use crate::music::playlists::{LoadedPlaylists, M3uLists, Playlists};
use crate::music::settings::MusicSettings;
use crate::music::track::{Sourced, Track};

/// A track with a mood tag and nothing else.
pub(super) fn entry(file: &str, mood: &str) -> LibraryEntry {
    let below = PathBuf::from(file);
    let title = below.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    LibraryEntry {
        track: Track {
            path: PathBuf::from("/music").join(file),
            title,
            duration: Duration::from_secs(90),
            ..Track::untagged(PathBuf::new())
        },
        album: None,
        contents: None,
        artists: Vec::new(),
        genres: Vec::new(),
        below,
        moods: vec![mood.to_owned()],
        valence: None,
        energy: None,
        danceability: None,
    }
}

pub(super) fn playlists() -> Playlists {
    Playlists::shipped().expect("assets/playlists.ron is valid")
}

/// The shipped playlists, and no lists.
pub(super) fn loaded() -> Arc<LoadedPlaylists> {
    Arc::new(LoadedPlaylists { playlists: playlists(), lists: M3uLists::default(), problems: Vec::new() })
}

/// The shipped settings of this room.
pub(super) fn settings() -> MusicSettings {
    MusicSettings::default()
}

/// A track with a mood tag, brightness, energy and tempo.
pub(super) fn described(file: &str, mood: &str, valence: f32, energy: f32, bpm: f32) -> LibraryEntry {
    let mut entry = entry(file, mood);
    (entry.valence, entry.energy) = (Some(valence), Some(energy));
    entry.track.facts.tempo = Some(Sourced::measured(bpm));
    entry
}
