//! Decides key, tempo, beats and loudness of a track: what a person set, else its tag, else what was measured.

use super::records::TrackOverride;
use super::track_tags::TrackTags;
use crate::music::analysis::{MeasuredBeat, SoundAnalysis};
use crate::music::theory::{MusicalKey, octaves_between, read_key};
use crate::music::track::{BeatGrid, FactSource, Sourced, TrackEdges, TrackFacts};

/// A pulse below this clarity is not used as the tempo of a track, 0..=1.
const CLEAR_PULSE: f32 = 0.12;
/// A grid that fits worse than this is not steady, 0..=1.
const STEADY_GRID: f32 = 0.5;
/// Multiples of the measured tempo that are the same beat counted in another way.
const SAME_BEAT: [f32; 7] = [1.0, 0.5, 2.0, 2.0 / 3.0, 1.5, 1.0 / 3.0, 3.0];
/// A given tempo is one of these multiples if it is no farther off than this, in octaves: 4 %.
const SAME_TEMPO_OCTAVES: f32 = 0.057;

/// The facts of a track.
pub(super) fn resolve_facts(
    tags: &TrackTags,
    set: &TrackOverride,
    sound: Option<&SoundAnalysis>,
) -> TrackFacts {
    let given = set
        .bpm
        .map(|bpm| Sourced::new(bpm, FactSource::Person))
        .or_else(|| tags.bpm.map(|bpm| Sourced::new(bpm, FactSource::Tag)));
    let tagged_key = tags.key.as_deref().and_then(read_key).map(|key| Sourced::new(key, FactSource::Tag));
    let measured_key = || {
        let key = sound?.key?;
        let key = MusicalKey { tonic: key.tonic, minor: key.minor };
        Some(Sourced::measured(key))
    };
    let measured_tempo = || {
        let beat = sound?.beat.filter(|beat| beat.clarity >= CLEAR_PULSE)?;
        Some(Sourced::measured(beat.bpm))
    };
    let tagged_loudness = || tags.lufs.map(|lufs| Sourced::new(lufs, FactSource::Tag));
    TrackFacts {
        key: tagged_key.or_else(measured_key),
        tempo: given.or_else(measured_tempo),
        beats: sound.and_then(|sound| beats(sound.beat?, given)),
        loudness: sound.map(|sound| Sourced::measured(sound.lufs)).or_else(tagged_loudness),
        true_peak: sound.map(|sound| sound.true_peak),
        edges: sound.map(|sound| TrackEdges {
            intro_end: sound.intro_end,
            outro_start: sound.outro_start,
            sound_end: sound.sound_end,
        }),
    }
}

/// The measured grid, if it is steady, at the tempo that a person or a tag gives.
fn beats(beat: MeasuredBeat, given: Option<Sourced<f32>>) -> Option<Sourced<BeatGrid>> {
    let grid = BeatGrid {
        first: beat.first,
        bpm: beat.bpm,
        metre: beat.metre,
        confidence: (beat.clarity.sqrt() * beat.steadiness).clamp(0.0, 1.0),
    };
    if beat.steadiness < STEADY_GRID {
        return None;
    }
    let Some(Sourced { value: bpm, source }) = given else {
        return Some(Sourced::measured(grid));
    };
    // The measured tempo is exact to a few thousandths, a given one is often rounded: beats drift apart otherwise.
    let exact = SAME_BEAT.into_iter().map(|times| times * beat.bpm);
    let exact = exact.into_iter().find(|exact| octaves_between(*exact, bpm).abs() <= SAME_TEMPO_OCTAVES);
    Some(Sourced::new(
        match exact {
            Some(exact) => BeatGrid { bpm: exact, ..grid },
            None => BeatGrid { bpm, confidence: 0.0, ..grid },
        },
        source,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::analysis::MeasuredKey;
    use crate::music::units::Lufs;

    fn analysis() -> SoundAnalysis {
        let beat = MeasuredBeat { bpm: 100.02, first: 0.5, metre: 3, clarity: 0.5, steadiness: 0.9 };
        let key = MeasuredKey { tonic: 6, minor: true, clarity: 0.8, mode: -0.7 };
        SoundAnalysis { lufs: Lufs(-12.0), beat: Some(beat), key: Some(key), ..SoundAnalysis::default() }
    }

    fn facts(tags: &TrackTags, bpm: Option<f32>) -> TrackFacts {
        resolve_facts(tags, &TrackOverride { bpm, ..TrackOverride::default() }, Some(&analysis()))
    }

    /// `library override --tempo` moves the grid that the mixer aligns, and not only the number that is shown.
    #[test]
    fn a_tempo_that_a_person_sets_moves_the_beats() {
        let tags = TrackTags { bpm: Some(100.0), ..TrackTags::default() };
        let tagged = facts(&tags, None).beats.expect("steady");
        assert_eq!((tagged.source, tagged.value.bpm), (FactSource::Tag, 100.02));
        let halved = facts(&tags, Some(50.0)).beats.expect("steady");
        assert_eq!(halved.source, FactSource::Person);
        assert!((halved.value.bpm - 50.01).abs() < 1e-3 && halved.value.confidence > 0.5, "{halved:?}");
        let other = facts(&tags, Some(83.0)).beats.expect("a tempo").value;
        assert_eq!((other.bpm, other.confidence), (83.0, 0.0), "nobody knows where these beats lie");
    }

    /// One key for chooser, mixer and pad: the tag wins over the analysis everywhere.
    #[test]
    fn the_tag_of_the_key_wins_over_the_measured_key() {
        let c = MusicalKey { tonic: 0, minor: false };
        let tags = TrackTags { key: Some("C".to_owned()), ..TrackTags::default() };
        assert_eq!(facts(&tags, None).key, Some(Sourced::new(c, FactSource::Tag)));
        let measured = facts(&TrackTags::default(), None).key.expect("measured");
        assert_eq!((measured.source, measured.value.to_string()), (FactSource::Measured, "F#m".to_owned()));
    }

    /// The loudness of the sound itself wins over what a tag claims; without an analysis the tag counts.
    #[test]
    fn measured_loudness_wins_over_a_tag() {
        let tags = TrackTags { lufs: Some(Lufs(-9.0)), ..TrackTags::default() };
        assert_eq!(facts(&tags, None).loudness, Some(Sourced::new(Lufs(-12.0), FactSource::Measured)));
        let untouched = resolve_facts(&tags, &TrackOverride::default(), None);
        assert_eq!(untouched.loudness, Some(Sourced::new(Lufs(-9.0), FactSource::Tag)));
    }

    #[test]
    fn an_unclear_pulse_is_not_told_as_a_tempo() {
        let mut vague = analysis();
        vague.beat = vague.beat.map(|beat| MeasuredBeat { clarity: 0.05, steadiness: 0.2, ..beat });
        let facts = resolve_facts(&TrackTags::default(), &TrackOverride::default(), Some(&vague));
        assert_eq!((facts.tempo, facts.beats), (None, None));
    }
}
