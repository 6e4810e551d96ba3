//! From what is stored of a track to what choosing looks at.

use std::path::{Path, PathBuf};

use super::scale::{Scale, Scores};
use super::settings::LibrarySettings;
use super::store::{Override, Stored};
use super::tags::Tagged;
use crate::music::analysis::Measured;
use crate::music::{BeatGrid, MusicalKey, Track, TrackSound};

/// A track of the library with everything that choosing looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub track: Track,
    pub album: Option<String>,
    pub genre: Option<String>,
    /// Path below the music folder.
    pub below: PathBuf,
    /// Words of the MOOD tag, lower case.
    pub moods: Vec<String>,
    /// Musical key as its tag says it, e.g. "Am", else as it was heard.
    pub key: Option<String>,
    /// 0 dark ..= 1 bright: what a person set, else the tags, else an estimate.
    pub valence: Option<f32>,
    /// 0 quiet ..= 1 loud and dense: what a person set, else the tags, else what was measured.
    pub energy: Option<f32>,
    /// 0..=1: what a person set, else the tags, else what was measured.
    pub danceability: Option<f32>,
}

/// A pulse that is less clear than this is not told as the tempo of a track.
const CLEAR_BEAT: f32 = 0.12;
/// A grid that fits worse than this is not steady.
const STEADY: f32 = 0.5;

impl Entry {
    /// Of tags alone.
    #[must_use]
    pub fn of_tags(file: &Path, folder: &Path, tags: Tagged) -> Self {
        let stem = || file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Self {
            track: Track {
                path: file.to_owned(),
                title: tags.title.unwrap_or_else(stem),
                artist: tags.artist,
                bpm: tags.bpm,
                duration: tags.duration,
                sound: None,
            },
            album: tags.album,
            genre: tags.genre,
            below: file.strip_prefix(folder).unwrap_or(file).to_owned(),
            moods: tags.moods,
            key: tags.key,
            valence: tags.valence,
            energy: tags.energy,
            danceability: tags.danceability,
        }
    }

    /// The effective values: what a person set, else the tag, else what was measured, ranked within the library.
    #[must_use]
    pub fn of_stored(stored: Stored, folder: &Path, scale: &Scale, settings: &LibrarySettings) -> Self {
        let Stored { path, tags, sentiment, sound, set, .. } = stored;
        let mut entry = Self::of_tags(&path, folder, tags);
        let Override { valence, energy, danceability, bpm } = set;
        entry.valence = valence.or(entry.valence);
        entry.energy = energy.or(entry.energy);
        entry.danceability = danceability.or(entry.danceability);
        entry.track.bpm = bpm.or(entry.track.bpm);
        if let Some(sound) = sound {
            let ranks = scale.rank(&Scores::of(&sound, sentiment, settings));
            entry.valence.get_or_insert(ranks.valence);
            entry.energy.get_or_insert(ranks.energy);
            entry.danceability.get_or_insert(ranks.danceability);
            let beat = sound.beat.filter(|beat| beat.clarity >= CLEAR_BEAT);
            entry.track.bpm = entry.track.bpm.or(beat.map(|beat| beat.bpm));
            let heard = track_sound(&sound);
            entry.key = entry.key.or_else(|| heard.key.map(name));
            entry.track.sound = Some(heard);
        }
        entry
    }
}

fn track_sound(sound: &Measured) -> TrackSound {
    let beats = sound.beat.filter(|beat| beat.steadiness >= STEADY).map(|beat| BeatGrid {
        first: beat.first,
        bpm: beat.bpm,
        metre: beat.metre,
        confidence: (beat.clarity.sqrt() * beat.steadiness).clamp(0.0, 1.0),
    });
    TrackSound {
        lufs: sound.lufs,
        true_peak: sound.true_peak,
        intro_end: sound.intro_end,
        outro_start: sound.outro_start,
        sound_end: sound.sound_end,
        beats,
        key: sound.key.map(|key| MusicalKey { tonic: key.tonic, minor: key.minor }),
    }
}

const TONICS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// "F#m", as the tags of DJ programs say it.
fn name(key: MusicalKey) -> String {
    let tonic = TONICS[usize::from(key.tonic) % 12];
    if key.minor { format!("{tonic}m") } else { tonic.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::analysis::{Beat, Key};

    fn stored() -> Stored {
        let beat = Beat { bpm: 100.0, first: 0.5, metre: 3, clarity: 0.5, steadiness: 0.9 };
        let key = Key { tonic: 6, minor: true, clarity: 0.8, mode: -0.7 };
        let sound = Measured { lufs: -12.0, beat: Some(beat), key: Some(key), ..Measured::default() };
        Stored {
            id: 1,
            path: "/music/a/song.ogg".into(),
            tags: Tagged::default(),
            sentiment: None,
            sound: Some(sound),
            set: Override::default(),
        }
    }

    fn entry(stored: Stored) -> Entry {
        let settings = LibrarySettings::default();
        Entry::of_stored(stored, Path::new("/music"), &Scale::of(&[], 50), &settings)
    }

    #[test]
    fn what_was_measured_fills_what_nobody_said() {
        let entry = entry(stored());
        assert_eq!((entry.track.title.as_str(), entry.below.to_str()), ("song", Some("a/song.ogg")));
        assert_eq!((entry.track.bpm, entry.key.as_deref()), (Some(100.0), Some("F#m")));
        let sound = entry.track.sound.expect("measured");
        assert_eq!(sound.beats.expect("steady").metre, 3);
        for value in [entry.valence, entry.energy, entry.danceability] {
            assert!(value.is_some_and(|value| (0.0..=1.0).contains(&value)), "{value:?}");
        }
    }

    #[test]
    fn a_person_wins_over_a_tag_and_a_tag_over_what_was_measured() {
        let mut both = stored();
        both.tags.energy = Some(0.2);
        both.tags.valence = Some(0.3);
        both.tags.bpm = Some(50.0);
        both.set = Override { energy: Some(0.9), bpm: Some(75.0), ..Override::default() };
        let entry = entry(both);
        assert_eq!((entry.energy, entry.valence, entry.track.bpm), (Some(0.9), Some(0.3), Some(75.0)));
    }

    #[test]
    fn an_unclear_pulse_is_not_told_as_a_tempo() {
        let mut vague = stored();
        vague.sound = vague.sound.map(|sound| Measured {
            beat: sound.beat.map(|beat| Beat { clarity: 0.05, steadiness: 0.2, ..beat }),
            ..sound
        });
        let entry = entry(vague);
        assert_eq!((entry.track.bpm, entry.track.sound.expect("measured").beats), (None, None));
    }
}
