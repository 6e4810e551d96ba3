//! Probabilities over the seven emotions.

use serde::Serialize;

use super::Emotion;

/// Seven probabilities in the order of [`Emotion::ALL`]; each in 0..=1, sum 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Probabilities([f32; 7]);

impl Default for Probabilities {
    fn default() -> Self {
        Self::UNIFORM
    }
}

impl Probabilities {
    /// One seventh each: nothing is known.
    pub const UNIFORM: Self = Self([1.0 / 7.0; 7]);

    /// Scales non-negative weights to sum 1. Weights without a positive finite
    /// sum give [`Self::UNIFORM`].
    #[must_use]
    pub fn from_weights(weights: [f32; 7]) -> Self {
        let clean = weights.map(|w| if w.is_finite() { w.max(0.0) } else { 0.0 });
        let sum: f32 = clean.iter().sum();
        if sum > 0.0 && sum.is_finite() { Self(clean.map(|w| w / sum)) } else { Self::UNIFORM }
    }

    /// All the probability on one emotion.
    #[must_use]
    pub fn certain(emotion: Emotion) -> Self {
        let mut p = [0.0; 7];
        p[emotion.index()] = 1.0;
        Self(p)
    }

    /// Probability of one emotion.
    #[must_use]
    pub fn of(&self, emotion: Emotion) -> f32 {
        self.0[emotion.index()]
    }

    /// The seven values in the order of [`Emotion::ALL`].
    #[must_use]
    pub fn values(&self) -> &[f32; 7] {
        &self.0
    }

    /// The likeliest emotion and its probability.
    #[must_use]
    pub fn top(&self) -> (Emotion, f32) {
        Emotion::ALL
            .into_iter()
            .map(|e| (e, self.of(e)))
            .fold((Emotion::Neutral, -1.0), |best, next| if next.1 > best.1 { next } else { best })
    }

    /// `self + weight · (target − self)`, with weight clamped to 0..=1.
    #[must_use]
    pub fn toward(&self, target: &Self, weight: f32) -> Self {
        let w = weight.clamp(0.0, 1.0);
        let mut mixed = self.0;
        for (value, goal) in mixed.iter_mut().zip(target.0) {
            *value += w * (goal - *value);
        }
        Self::from_weights(mixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weights_that_say_nothing_give_the_uniform_distribution() {
        assert_eq!(Probabilities::from_weights([0.0; 7]), Probabilities::UNIFORM);
        assert_eq!(Probabilities::from_weights([f32::NAN; 7]), Probabilities::UNIFORM);
    }

    proptest! {
        #[test]
        fn probabilities_are_a_distribution_whatever_comes_in(w in proptest::array::uniform7(proptest::num::f32::ANY)) {
            let p = Probabilities::from_weights(w);
            let sum: f32 = p.values().iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-3, "{sum}");
            prop_assert!(p.values().iter().all(|v| (0.0..=1.0).contains(v)));
        }
    }
}
