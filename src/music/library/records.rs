//! What the database keeps of a file.

use std::path::PathBuf;

use super::track_tags::TrackTags;
use super::walk_folder::MusicFile;
use crate::music::analysis::SoundAnalysis;

/// SHA-256 of the contents of a file.
pub type ContentHash = [u8; 32];

/// A file as the library knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownFile {
    pub id: i64,
    pub on_disk: MusicFile,
    /// Why it cannot be used.
    pub reason: Option<String>,
    /// The reason may go away without the file changing.
    pub retry: bool,
    /// It was not there at the last look.
    pub missing: bool,
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
    /// Of its contents, once it was taken.
    pub hash: Option<ContentHash>,
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
pub type ScannedFile = (MusicFile, Result<(TrackTags, Option<f32>), (String, bool)>);
