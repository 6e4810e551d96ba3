//! How probable a mood is said to be.
//!
//! Read against the rest, a clear expression gets nearly all of the probability, also where it is another one, and a
//! face at rest gets little more than the common rest gives it. So the smoothed probability of the emotion that holds
//! is mapped to how often such answers are right on people who were kept aside:
//!
//! ```text
//! logit p' = slope · logit p + offset
//! ```
//!
//! (Platt 1999, "Probabilistic outputs for support vector machines"). Only the answer that is shown is mapped, and apart
//! for neutral and for expressions, which err in opposite directions (top-label calibration: Gupta & Ramdas 2022,
//! arXiv 2107.08353). A temperature for all seven would change which emotion leads.

use crate::emotion::Emotion;
use crate::settings::settings;

settings! {
    /// How often an answer is right, by its smoothed probability. Set by `tools/train/live.py` for the networks that are
    /// shipped; `models/README.md` has the figures.
    pub struct Calibration / CalibrationOverlay {
        /// For neutral.
        pub neutral: ProbabilityMap = ProbabilityMap { slope: 6.0, offset: 0.8 },
        /// For any other emotion.
        pub expression: ProbabilityMap = ProbabilityMap { slope: 0.85, offset: 0.7 },
        /// No probability is said to be greater: as often the surest answers are right.
        pub most: f32 = 0.97, in 0.5..=1.0,
    }
}

settings! {
    /// A probability is mapped by `logit p' = slope · logit p + offset`; 1 and 0 leave it as it is.
    pub struct ProbabilityMap / ProbabilityMapOverlay {
        /// How much a difference counts.
        pub slope: f32 = 1.0, in 0.0..=10.0,
        /// What is added, in natural logarithms of odds.
        pub offset: f32 = 0.0, in -10.0..=10.0, unit "nat",
    }
}

/// Logarithm of the odds beyond which nothing more is told: smoothing and rounding decide there.
const FARTHEST: f32 = 8.0;

impl Calibration {
    /// How often `emotion` with the smoothed probability `p`, 0..=1, is the right answer, 0..=1.
    pub(super) fn probability(&self, emotion: Emotion, p: f32) -> f32 {
        let mapped = match emotion {
            Emotion::Neutral => self.neutral.map(p),
            _ => self.expression.map(p),
        };
        mapped.min(self.most)
    }
}

impl ProbabilityMap {
    fn map(&self, p: f32) -> f32 {
        let odds = (p / (1.0 - p)).ln().clamp(-FARTHEST, FARTHEST);
        1.0 / (1.0 + (-self.slope * odds - self.offset).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values computed by hand: odds of 9 are 3 at half the slope; nothing is changed by slope 1 and offset 0.
    #[test]
    fn odds_are_scaled_and_moved() {
        let map = |slope, offset, p| ProbabilityMap { slope, offset }.map(p);
        assert!((map(0.5, 0.0, 0.9) - 0.75).abs() < 1e-6);
        assert!((map(1.0, 3.0_f32.ln(), 0.5) - 0.75).abs() < 1e-6);
        for p in [0.01, 0.3, 0.71, 0.99] {
            assert!((map(1.0, 0.0, p) - p).abs() < 1e-6);
        }
    }

    /// What is shown rises with what is read, and no expression is ever said to be certain.
    #[test]
    fn a_surer_reading_is_shown_as_surer_and_never_as_certain() {
        let calibration = Calibration::default();
        for emotion in Emotion::ALL {
            let shown: Vec<f32> =
                (0..=100_u8).map(|p| calibration.probability(emotion, f32::from(p) / 100.0)).collect();
            assert!(shown.windows(2).all(|pair| pair[0] <= pair[1]), "{emotion}: {shown:?}");
            assert!(shown.iter().all(|p| (0.0..0.98).contains(p)), "{emotion}: {shown:?}");
        }
    }
}
