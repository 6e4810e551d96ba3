//! What the tags of a track say, whatever kind of file it is.

use std::time::Duration;

use crate::music::units::Lufs;

/// Everything that the tags of a track say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrackTags {
    pub title: Option<String>,
    /// All of them, in the order of the tag.
    pub artists: Vec<String>,
    pub album: Option<String>,
    /// All of them, in the order of the tag.
    pub genres: Vec<String>,
    /// In beats per minute.
    pub bpm: Option<f32>,
    /// E.g. "Am".
    pub key: Option<String>,
    /// Words of the MOOD tag, lower case.
    pub moods: Vec<String>,
    /// Each 0..=1.
    pub valence: Option<f32>,
    pub energy: Option<f32>,
    pub danceability: Option<f32>,
    /// Loudness that a `ReplayGain` or R 128 tag implies.
    pub lufs: Option<Lufs>,
    pub lyrics: Option<String>,
    /// What tells that it is an audiobook, a podcast or a radio play, if it is one.
    pub spoken: Option<String>,
    pub duration: Duration,
}
