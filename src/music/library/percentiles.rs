//! LibraryPercentiles within the library: 0.7 is louder, brighter or more danceable than seven tracks in ten.

use super::settings::LibrarySettings;
use crate::music::analysis::{SoundAnalysis, descriptors};

/// The raw scores of one track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawScores {
    pub energy: f32,
    pub danceability: f32,
    pub valence: f32,
}

impl RawScores {
    /// Of what was measured, with the sentiment of the words where it is known.
    #[must_use]
    pub fn of(track: &SoundAnalysis, lyrics: Option<f32>, settings: &LibrarySettings) -> Self {
        Self {
            energy: settings.energy.score(track),
            danceability: settings.danceability.score(track),
            valence: settings.valence.score(track, lyrics),
        }
    }
}

/// What is usual in a library, for each of the scores.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryPercentiles {
    energy: ScoreRanks,
    danceability: ScoreRanks,
    valence: ScoreRanks,
}

impl LibraryPercentiles {
    /// Of all tracks that were measured. While there are few, `reference_tracks` that are usual elsewhere count, too:
    /// one track alone is not the loudest of all.
    #[must_use]
    pub fn of(tracks: &[RawScores], reference_tracks: usize) -> Self {
        let ranks = |usual, score: fn(&RawScores) -> f32| {
            ScoreRanks::of(tracks.iter().map(score), usual, reference_tracks)
        };
        Self {
            energy: ranks(descriptors::USUAL_ENERGY, |scores| scores.energy),
            danceability: ranks(descriptors::USUAL_DANCEABILITY, |scores| scores.danceability),
            valence: ranks(descriptors::USUAL_VALENCE, |scores| scores.valence),
        }
    }

    /// LibraryPercentiles, each 0..=1.
    #[must_use]
    pub fn rank(&self, scores: &RawScores) -> RawScores {
        RawScores {
            energy: self.energy.rank(scores.energy),
            danceability: self.danceability.rank(scores.danceability),
            valence: self.valence.rank(scores.valence),
        }
    }
}

/// The values of one score, sorted, and a bell that stands for tracks elsewhere.
#[derive(Debug, Clone, PartialEq)]
struct ScoreRanks {
    sorted: Vec<f32>,
    usual: (f32, f32),
    reference: f32,
}

impl ScoreRanks {
    fn of(values: impl Iterator<Item = f32>, usual: (f32, f32), reference_tracks: usize) -> Self {
        let mut sorted: Vec<f32> = values.collect();
        sorted.sort_by(f32::total_cmp);
        Self { sorted, usual, reference: reference_tracks.max(1) as f32 }
    }

    /// The share of tracks below; those that are equal count half.
    fn rank(&self, value: f32) -> f32 {
        let below = self.sorted.partition_point(|other| *other < value);
        let equal = self.sorted[below..].partition_point(|other| *other <= value);
        let here = below as f32 + 0.5 * equal as f32;
        let elsewhere = bell((value - self.usual.0) / self.usual.1);
        (here + self.reference * elsewhere) / (self.sorted.len() as f32 + self.reference)
    }
}

/// The logistic curve that is nearest to the normal distribution function (Bowling et al. 2009, within 0.01).
fn bell(x: f32) -> f32 {
    1.0 / (1.0 + (-1.702 * x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f32]) -> ScoreRanks {
        ScoreRanks::of(values.iter().copied(), (0.0, 1.0), 40)
    }

    #[test]
    fn in_a_large_library_a_rank_is_the_share_of_tracks_below() {
        let many: Vec<f32> = (0..10_000).map(|n| 5.0 + n as f32 / 10_000.0).collect();
        for share in [0.1, 0.5, 0.9] {
            assert!((scale(&many).rank(5.0 + share) - share).abs() < 0.01);
        }
    }

    #[test]
    fn a_few_tracks_do_not_make_each_other_extreme() {
        assert!((scale(&[]).rank(0.0) - 0.5).abs() < 1e-6);
        let few = scale(&[0.1, 0.2]);
        assert!(few.rank(0.2) < 0.65 && few.rank(0.1) > 0.4, "{} {}", few.rank(0.1), few.rank(0.2));
    }

    #[test]
    fn ranks_rise_with_the_value_and_equal_values_share_theirs() {
        let ranks = scale(&[1.0, 1.0, 1.0, 2.0]);
        assert!(ranks.rank(0.9) < ranks.rank(1.0) && ranks.rank(1.0) < ranks.rank(1.1));
        assert!(ranks.rank(-99.0) >= 0.0 && ranks.rank(99.0) <= 1.0);
    }
}
