//! From what is stored of a track to what choosing looks at.

use std::path::{Path, PathBuf};

use super::facts::resolve_facts;
use super::percentiles::{LibraryPercentiles, RawScores};
use super::records::{StoredTrack, TrackOverride};
use super::settings::LibrarySettings;
use super::track_tags::TrackTags;
use crate::foundation::show_name;
use crate::music::cue_track::holder;
use crate::music::track::Track;

/// A track of the library with everything that choosing looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryEntry {
    pub track: Track,
    pub album: Option<String>,
    /// Of the contents of its file, once they were hashed: the same for copies.
    pub contents: Option<u64>,
    /// All artists, in the order of the tag; the track has them in one text.
    pub artists: Vec<String>,
    pub genres: Vec<String>,
    /// Path below the music folder.
    pub below: PathBuf,
    /// Words of the MOOD tag, lower case.
    pub moods: Vec<String>,
    /// 0 dark ..= 1 bright: what a person set, else the tags, else an estimate.
    pub valence: Option<f32>,
    /// 0 quiet ..= 1 loud and dense: what a person set, else the tags, else what was measured.
    pub energy: Option<f32>,
    /// 0..=1: what a person set, else the tags, else what was measured.
    pub danceability: Option<f32>,
}

impl LibraryEntry {
    /// Of tags alone.
    #[must_use]
    pub fn of_tags(file: &Path, folder: &Path, tags: TrackTags) -> Self {
        let facts = resolve_facts(&tags, &TrackOverride::default(), None);
        let stem = || name_of_track(file);
        Self {
            track: Track {
                path: file.to_owned(),
                title: tags.title.unwrap_or_else(stem),
                artist: (!tags.artists.is_empty()).then(|| tags.artists.join(", ")),
                duration: tags.duration,
                facts,
            },
            album: tags.album,
            contents: None,
            artists: tags.artists,
            genres: tags.genres,
            below: file.strip_prefix(folder).unwrap_or(file).to_owned(),
            moods: tags.moods,
            valence: tags.valence,
            energy: tags.energy,
            danceability: tags.danceability,
        }
    }

    /// The effective values: what a person set, else the tag, else what was measured, ranked within the library.
    #[must_use]
    pub fn of_stored(
        stored: StoredTrack,
        folder: &Path,
        scale: &LibraryPercentiles,
        settings: &LibrarySettings,
    ) -> Self {
        let StoredTrack { path, tags, sentiment, sound, set, hash, id: _ } = stored;
        let facts = resolve_facts(&tags, &set, sound.as_ref());
        let mut entry = Self::of_tags(&path, folder, tags);
        entry.track.facts = facts;
        entry.contents = hash.and_then(|hash| hash.first_chunk().copied()).map(u64::from_le_bytes);
        let TrackOverride { valence, energy, danceability, bpm: _ } = set;
        entry.valence = valence.or(entry.valence);
        entry.energy = energy.or(entry.energy);
        entry.danceability = danceability.or(entry.danceability);
        if let Some(sound) = sound {
            let ranks = scale.rank(&RawScores::of(&sound, sentiment, settings));
            entry.valence.get_or_insert(ranks.valence);
            entry.energy.get_or_insert(ranks.energy);
            entry.danceability.get_or_insert(ranks.danceability);
        }
        entry
    }
}

/// A title for a track whose tags have none: the name of its file, or that of its CUE sheet with its number.
fn name_of_track(file: &Path) -> String {
    let stem = |path: &Path| path.file_stem().map(show_name).unwrap_or_default();
    match holder(file) {
        sheet if sheet != file => format!("{} {}", stem(sheet), stem(file)),
        _ => stem(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::analysis::{MeasuredBeat, MeasuredKey, SoundAnalysis};
    use crate::music::units::Lufs;

    fn stored() -> StoredTrack {
        let beat = MeasuredBeat { bpm: 100.0, first: 0.5, metre: 3, clarity: 0.5, steadiness: 0.9 };
        let key = MeasuredKey { tonic: 6, minor: true, clarity: 0.8, mode: -0.7 };
        let sound =
            SoundAnalysis { lufs: Lufs(-12.0), beat: Some(beat), key: Some(key), ..SoundAnalysis::default() };
        StoredTrack {
            id: 1,
            path: "/music/a/song.ogg".into(),
            tags: TrackTags::default(),
            sentiment: None,
            sound: Some(sound),
            set: TrackOverride::default(),
            hash: None,
        }
    }

    fn entry(stored: StoredTrack) -> LibraryEntry {
        let settings = LibrarySettings::default();
        LibraryEntry::of_stored(stored, Path::new("/music"), &LibraryPercentiles::of(&[], 50), &settings)
    }

    #[test]
    fn what_was_measured_fills_what_nobody_said() {
        let entry = entry(stored());
        assert_eq!((entry.track.title.as_str(), entry.below.to_str()), ("song", Some("a/song.ogg")));
        assert_eq!(
            (entry.track.facts.bpm(), entry.track.facts.musical_key().map(|key| key.to_string())),
            (Some(100.0), Some("F#m".into()))
        );
        assert_eq!(entry.track.facts.beat_grid().expect("steady").metre, 3);
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
        both.set = TrackOverride { energy: Some(0.9), bpm: Some(75.0), ..TrackOverride::default() };
        let entry = entry(both);
        assert_eq!(
            (entry.energy, entry.valence, entry.track.facts.bpm()),
            (Some(0.9), Some(0.3), Some(75.0))
        );
    }
}
