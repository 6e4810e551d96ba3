//! A track: its file, its tags, its facts, and the ids of tracks and artists.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::foundation::show_name;
use crate::music::theory::MusicalKey;
use crate::music::units::{Dbfs, Lufs};

/// A track that can be played, with what its tags say.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    pub path: PathBuf,
    /// From the tags, else the file's stem.
    pub title: String,
    pub artist: Option<String>,
    pub duration: Duration,
    /// Key, tempo, beats and loudness, each decided once for all rooms.
    pub facts: TrackFacts,
}

impl Track {
    /// A file of which nothing is known but its name.
    #[must_use]
    pub fn untagged(path: PathBuf) -> Self {
        let title = path.file_stem().map(show_name).unwrap_or_default();
        Self { path, title, artist: None, duration: Duration::ZERO, facts: TrackFacts::default() }
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

    /// A fact that was measured in the sound.
    #[must_use]
    pub const fn measured(value: T) -> Self {
        Self::new(value, FactSource::Measured)
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
    /// Integrated loudness: measured, else implied by a `ReplayGain` or R 128 tag. Here the measurement wins
    /// over the tag, because it is of the sound as it is played. There is no override.
    pub loudness: Option<Sourced<Lufs>>,
    /// Largest true peak; `None` until it was analysed.
    pub true_peak: Option<Dbfs>,
    /// Intro, outro and last sound; `None` until it was analysed.
    pub edges: Option<TrackEdges>,
}

impl TrackFacts {
    /// What a pass over the sound tells that looks for neither beats nor key: integrated loudness, largest true peak and
    /// edges.
    #[must_use]
    pub const fn of_scan(loudness: Lufs, true_peak: Dbfs, edges: TrackEdges) -> Self {
        Self {
            key: None,
            tempo: None,
            beats: None,
            loudness: Some(Sourced::measured(loudness)),
            true_peak: Some(true_peak),
            edges: Some(edges),
        }
    }

    /// These facts, and those of `other` where these say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            key: self.key.or(other.key),
            tempo: self.tempo.or(other.tempo),
            beats: self.beats.or(other.beats),
            loudness: self.loudness.or(other.loudness),
            true_peak: self.true_peak.or(other.true_peak),
            edges: self.edges.or(other.edges),
        }
    }

    /// Tempo in beats per minute.
    #[must_use]
    pub fn bpm(&self) -> Option<f32> {
        self.tempo.map(|tempo| tempo.value)
    }

    /// The beats as the mixer aligns them.
    #[must_use]
    pub fn beat_grid(&self) -> Option<BeatGrid> {
        self.beats.map(|beats| beats.value)
    }

    /// Integrated loudness.
    #[must_use]
    pub fn lufs(&self) -> Option<Lufs> {
        self.loudness.map(|loudness| loudness.value)
    }

    /// The key.
    #[must_use]
    pub fn musical_key(&self) -> Option<MusicalKey> {
        self.key.map(|key| key.value)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a person or a tag says stays, and a scan adds what nobody said: the mixer reads both as one.
    #[test]
    fn a_scan_adds_only_what_is_not_known() {
        let tagged = TrackFacts {
            loudness: Some(Sourced::new(Lufs(-9.0), FactSource::Tag)),
            tempo: Some(Sourced::new(75.0, FactSource::Person)),
            ..TrackFacts::default()
        };
        let edges = TrackEdges { intro_end: 4.0, outro_start: 80.0, sound_end: 90.0 };
        let both = tagged.or(TrackFacts::of_scan(Lufs(-14.0), Dbfs(-1.0), edges));
        assert_eq!((both.loudness, both.tempo), (tagged.loudness, tagged.tempo));
        assert_eq!((both.true_peak, both.edges), (Some(Dbfs(-1.0)), Some(edges)));
        assert_eq!((both.bpm(), both.lufs(), both.beat_grid()), (Some(75.0), Some(Lufs(-9.0)), None));
    }
}
