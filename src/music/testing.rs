//! Helpers for the tests of this room.

use std::path::PathBuf;
use std::time::Duration;

use super::Track;
use super::library::Entry;
use super::playlist::Playlists;

/// A track with a mood tag and nothing else.
pub(super) fn entry(file: &str, mood: &str) -> Entry {
    let below = PathBuf::from(file);
    let title = below.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Entry {
        track: Track {
            path: PathBuf::from("/music").join(file),
            title,
            artist: None,
            bpm: None,
            duration: Duration::from_secs(90),
            sound: None,
        },
        album: None,
        genre: None,
        below,
        moods: vec![mood.to_owned()],
        key: None,
        valence: None,
        energy: None,
        danceability: None,
    }
}

pub(super) fn playlists() -> Playlists {
    Playlists::shipped().expect("assets/playlists.ron is valid")
}
