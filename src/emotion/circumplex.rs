//! Valence and arousal of probabilities, by a table of where each emotion lies.

use std::collections::BTreeMap;
use std::path::Path;

use bevy::prelude::Resource;
use serde::Deserialize;

use super::{Emotion, LogProbabilities, Probabilities};
use crate::foundation::{FileError, parse_ron, read_ron};

/// A point in the plane of Russell's circumplex (J. Pers. Soc. Psychol. 39, 1980).
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affect {
    /// −1 unpleasant ..= 1 pleasant.
    pub valence: f32,
    /// −1 quiet ..= 1 stirred.
    pub arousal: f32,
}

impl Affect {
    /// The part of the plane, in the word that the control for a mood set by hand has for it. It is none of the seven
    /// emotions: calm, for one, is none.
    #[must_use]
    pub fn word(self) -> &'static str {
        /// Nearer to the middle than this is no quarter.
        const MIDDLE: f32 = 0.2;
        if self.valence.hypot(self.arousal) < MIDDLE {
            return "balanced";
        }
        match (self.valence >= 0.0, self.arousal >= 0.0) {
            (true, true) => "bright",
            (true, false) => "calm",
            (false, true) => "tense",
            (false, false) => "low",
        }
    }
}

/// One point for each emotion.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Circumplex([Affect; 7]);

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
enum CircumplexError {
    #[error("is missing; all seven are needed")]
    Missing,
    #[error("{0} is not between -1 and 1")]
    OutOfRange(f32),
}

const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/circumplex.ron"));

impl Circumplex {
    /// The table that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        let file = Path::new("assets/circumplex.ron");
        Self::build(file, &parse_ron(file, SHIPPED)?)
    }

    /// A table of one's own.
    ///
    /// # Errors
    /// [`FileError`] names a missing emotion or a value outside −1..=1.
    pub fn read(file: &Path) -> Result<Self, FileError> {
        Self::build(file, &read_ron(file)?)
    }

    fn build(file: &Path, table: &BTreeMap<Emotion, Affect>) -> Result<Self, FileError> {
        let mut points = [Affect::default(); 7];
        for emotion in Emotion::ALL {
            let point = table
                .get(&emotion)
                .ok_or_else(|| FileError::invalid(file, emotion.name(), CircumplexError::Missing))?;
            for (field, value) in [("valence", point.valence), ("arousal", point.arousal)] {
                if !(-1.0..=1.0).contains(&value) {
                    let place = format!("{emotion}.{field}");
                    return Err(FileError::invalid(file, place, CircumplexError::OutOfRange(value)));
                }
            }
            points[emotion.index()] = *point;
        }
        Ok(Self(points))
    }

    /// The expected point under the probabilities: `Σ p(e) · point(e)`.
    #[must_use]
    pub fn affect(&self, probabilities: &Probabilities) -> Affect {
        self.0.iter().zip(probabilities.values()).fold(Affect::default(), |sum, (point, p)| Affect {
            valence: sum.valence + p * point.valence,
            arousal: sum.arousal + p * point.arousal,
        })
    }

    /// The point of one emotion.
    #[must_use]
    pub fn point(&self, emotion: Emotion) -> Affect {
        self.0[emotion.index()]
    }

    /// Scores of a point that was set or measured: a Gaussian around the point of each emotion,
    /// `s(e) = −d(e)² / 2σ²` with `σ = spread`, relative to the nearest one.
    #[must_use]
    pub fn scores_near(&self, point: Affect, spread: f32) -> LogProbabilities {
        let squares = Emotion::ALL.map(|emotion| self.distance(point, emotion).powi(2));
        let least = squares.iter().copied().fold(f32::INFINITY, f32::min);
        LogProbabilities::new(squares.map(|square| -(square - least) / (2.0 * spread * spread)))
    }

    /// The emotion whose point is nearest.
    #[must_use]
    pub fn nearest(&self, point: Affect) -> Emotion {
        let to = |emotion: &Emotion| self.distance(point, *emotion);
        Emotion::ALL.into_iter().min_by(|a, b| to(a).total_cmp(&to(b))).unwrap_or(Emotion::Neutral)
    }

    fn distance(&self, point: Affect, emotion: Emotion) -> f32 {
        let to = self.point(emotion);
        (point.valence - to.valence).hypot(point.arousal - to.arousal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quarter_of_the_plane_has_its_word() {
        for (valence, arousal, word) in [
            (0.6, 0.6, "bright"),
            (0.6, -0.6, "calm"),
            (-0.6, 0.6, "tense"),
            (-0.6, -0.6, "low"),
            (0.1, 0.0, "balanced"),
        ] {
            assert_eq!(Affect { valence, arousal }.word(), word);
        }
    }

    #[test]
    fn the_shipped_table_is_whole_and_certainty_lands_on_its_point() {
        let table = Circumplex::shipped().expect("assets/circumplex.ron is valid");
        let happy = table.affect(&Probabilities::certain(Emotion::Happy));
        assert!(happy.valence > 0.5 && happy.arousal > 0.3);
        let neutral = table.affect(&Probabilities::certain(Emotion::Neutral));
        assert_eq!(neutral, Affect::default());
    }

    #[test]
    fn a_missing_emotion_is_named() {
        let text = "{happy: (valence: 0.8, arousal: 0.5)}";
        let file = Path::new("mine.ron");
        let table = parse_ron(file, text).expect("reads well");
        let words = Circumplex::build(file, &table).unwrap_err().to_string();
        assert!(words.contains("mine.ron") && words.contains("angry"), "{words}");
    }
}
