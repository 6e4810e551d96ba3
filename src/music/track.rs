//! A track: where it lies, what its tags say, and the numbers by which the rooms know it and its artist.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::music::theory::MusicalKey;

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

/// Number of a track, from its path below the music folder; the same on every machine and in every run (FNV-1a).
#[must_use]
pub fn track_id(below: &Path) -> u64 {
    fnv(below.as_os_str().as_encoded_bytes())
}

/// Number of an artist, from the name.
#[must_use]
pub fn artist_id(name: &str) -> u64 {
    fnv(name.as_bytes())
}

/// FNV-1a, 64 bit.
fn fnv(bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
