//! What the database keeps of a file.

use std::path::PathBuf;

use super::tags::TrackTags;
use super::walk_folder::MusicFile;
use crate::music::analysis::SoundAnalysis;

/// SHA-256 of the contents of a file.
pub type ContentHash = [u8; 32];

/// What is wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum LibraryStoreError {
    #[error("{file}: the library cannot be {doing}: {reason}")]
    Failed {
        file: PathBuf,
        doing: &'static str,
        reason: String,
        /// The file is no database any more, and no second try will help.
        damaged: bool,
    },
    #[error(
        "{file}: this library was made by a newer Attune (version {found}, this one knows {known}); \
         update Attune, or name another file with --database"
    )]
    Newer { file: PathBuf, found: u32, known: usize },
    #[error("{folder}: the folder for the library cannot be made: {reason}; name a file with --database")]
    Folder { folder: PathBuf, reason: String },
}

impl LibraryStoreError {
    /// Whether the file is damaged.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Failed { damaged: true, .. })
    }
}

/// A file as the library knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownFile {
    pub id: i64,
    pub on_disk: MusicFile,
    /// Why it cannot be used.
    pub reason: Option<String>,
    /// The reason may go away without the file changing.
    pub retry: bool,
}

/// A file with everything that is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTrack {
    pub id: i64,
    pub path: PathBuf,
    pub tags: TrackTags,
    /// Sentiment of the words, −1..=1.
    pub sentiment: Option<f32>,
    pub sound: Option<SoundAnalysis>,
    pub set: TrackOverride,
}

/// What a person set for a track.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrackOverride {
    /// Each 0..=1.
    pub valence: Option<f32>,
    pub energy: Option<f32>,
    pub danceability: Option<f32>,
    /// In beats per minute.
    pub bpm: Option<f32>,
}

/// A file that was looked at: its tags and the sentiment of its words, or why it cannot be used.
pub type ReadFile = (MusicFile, Result<(TrackTags, Option<f32>), (String, bool)>);
