//! A track: its file, its tags, its facts, and the ids of tracks and artists.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::foundation::show_name;
use crate::music::theory::MusicalKey;

/// A track that can be played, with what its tags say.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    pub path: PathBuf,
    /// From the tags, else the file's stem.
    pub title: String,
    pub artist: Option<String>,
    /// Tempo in beats per minute, as in `facts`.
    pub bpm: Option<f32>,
    pub duration: Duration,
    /// What was measured in the sound, with loudness, beats and key as in `facts`; `None` until it was analysed.
    pub sound: Option<TrackSound>,
    /// Key, tempo, beats and loudness, each decided once for all rooms.
    pub facts: TrackFacts,
}

impl Track {
    /// A file of which nothing is known but its name.
    #[must_use]
    pub fn untagged(path: PathBuf) -> Self {
        let title = path.file_stem().map(show_name).unwrap_or_default();
        let facts = TrackFacts::default();
        Self { path, title, artist: None, bpm: None, duration: Duration::ZERO, sound: None, facts }
    }

    /// Gives the track the results of an analysis, without tags beside them.
    pub fn set_sound(&mut self, sound: TrackSound) {
        fn measured<T>(value: T) -> Sourced<T> {
            Sourced::new(value, FactSource::Measured)
        }
        let edges = TrackEdges {
            intro_end: sound.intro_end,
            outro_start: sound.outro_start,
            sound_end: sound.sound_end,
        };
        self.facts = TrackFacts {
            key: sound.key.map(measured),
            tempo: sound.beats.map(|beats| measured(beats.bpm)),
            beats: sound.beats.map(measured),
            loudness: Some(measured(sound.lufs)),
            true_peak: Some(sound.true_peak),
            edges: Some(edges),
        };
        self.bpm = sound.beats.map(|beats| beats.bpm);
        self.sound = Some(sound);
    }
}

/// Where a fact about a track comes from. The first one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactSource {
    /// `attune library override`.
    Person,
    /// A tag of the file.
    Tag,
    /// The analysis of the sound.
    Measured,
}

/// A fact with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub source: FactSource,
}

impl<T> Sourced<T> {
    /// A fact from this source.
    #[must_use]
    pub const fn new(value: T, source: FactSource) -> Self {
        Self { value, source }
    }
}

/// Facts about the music of a track, each decided once, where the library makes an entry of what it stores
/// (`library/entry.rs`). Chooser, journeys, mixer, ambient pad and pictures read them from here and never decide again.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrackFacts {
    /// The key: of its tag, else measured.
    pub key: Option<Sourced<MusicalKey>>,
    /// Tempo in beats per minute: set by a person, else of its tag, else measured where the pulse is clear.
    pub tempo: Option<Sourced<f32>>,
    /// The beats as the mixer aligns them. Their tempo agrees with `tempo`, and its source is the same. Where a person
    /// or a tag gives a tempo that the measured beats do not have (nor half, double or three halves of it), the grid has
    /// that tempo and a confidence of 0, since the phase of its beats is unknown.
    pub beats: Option<Sourced<BeatGrid>>,
    /// Integrated loudness in LUFS: measured, else implied by a `ReplayGain` or R 128 tag. Here the measurement wins
    /// over the tag, because it is of the sound as it is played. There is no override.
    pub loudness: Option<Sourced<f32>>,
    /// Largest true peak in dBTP; `None` until it was analysed.
    pub true_peak: Option<f32>,
    /// Intro, outro and last sound; `None` until it was analysed.
    pub edges: Option<TrackEdges>,
}

/// Where a track reaches its body, where its outro begins, and where its last sound ends; seconds from its start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrackEdges {
    /// When the music has reached its body: what comes before is intro.
    pub intro_end: f32,
    /// Where the outro begins: what follows is fading or sparse.
    pub outro_start: f32,
    /// Where the last audible sound ends: silence may follow.
    pub sound_end: f32,
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

/// Number of a title, from its letters.
#[must_use]
pub fn title_id(title: &str) -> u64 {
    fnv(title.as_bytes())
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
