//! Log-probabilities over the seven emotions.

use super::Probabilities;

/// Log-probabilities in natural logarithms (nats), in the order of [`super::Emotion::ALL`], up to one
/// common constant. Each is finite and within ±[`LogProbabilities::RANGE`].
///
/// Networks give logits. Differences between small probabilities, which `Probabilities` rounds away, are
/// still in them: what a face says relative to its own rest is read from these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogProbabilities([f32; 7]);

impl Default for LogProbabilities {
    fn default() -> Self {
        Self::UNIFORM
    }
}

impl LogProbabilities {
    /// All seven are equally likely.
    pub const UNIFORM: Self = Self([0.0; 7]);
    /// Largest distance from zero, in nats: e⁻⁴⁰ is nothing next to 1 in single precision.
    pub const RANGE: f32 = 40.0;

    /// Clamps to ±[`Self::RANGE`]; what is not a number becomes the lowest score.
    #[must_use]
    pub fn new(values: [f32; 7]) -> Self {
        let clean = |value: f32| if value.is_nan() { -Self::RANGE } else { value };
        Self(values.map(|value| clean(value).clamp(-Self::RANGE, Self::RANGE)))
    }

    /// The logarithms of probabilities; 0 becomes the lowest score.
    #[must_use]
    pub fn from_probabilities(probabilities: &Probabilities) -> Self {
        Self::new(probabilities.values().map(f32::ln))
    }

    /// The seven values in the order of [`super::Emotion::ALL`].
    #[must_use]
    pub fn values(&self) -> &[f32; 7] {
        &self.0
    }

    /// Softmax: `exp(s) / Σ exp(s)`.
    #[must_use]
    pub fn probabilities(&self) -> Probabilities {
        let top = self.0.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Probabilities::from_weights(self.0.map(|value| (value - top).exp()))
    }

    /// The same with the constant that makes the probabilities sum to 1: each value is a logarithm of a
    /// probability.
    #[must_use]
    pub fn normalised(&self) -> Self {
        let top = self.0.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = self.0.iter().map(|value| (value - top).exp()).sum();
        Self::new(self.0.map(|value| value - top - sum.ln()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::emotion::Emotion;

    proptest! {
        /// Any numbers give a distribution, and normalising changes none of it.
        #[test]
        fn any_scores_are_a_distribution(values in proptest::array::uniform7(proptest::num::f32::ANY)) {
            let scores = LogProbabilities::new(values);
            let (p, same) = (scores.probabilities(), scores.normalised().probabilities());
            prop_assert!((p.values().iter().sum::<f32>() - 1.0).abs() < 1e-3);
            for emotion in Emotion::ALL {
                prop_assert!((p.of(emotion) - same.of(emotion)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn probabilities_come_back_from_their_logarithms() {
        let p = Probabilities::from_weights([0.5, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05]);
        for emotion in Emotion::ALL {
            let back = LogProbabilities::from_probabilities(&p).probabilities();
            assert!((back.of(emotion) - p.of(emotion)).abs() < 1e-6);
        }
        let certain = LogProbabilities::from_probabilities(&Probabilities::certain(Emotion::Sad));
        assert!(certain.values().iter().all(|value| value.is_finite()));
    }
}
