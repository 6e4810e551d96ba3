//! What is known about an expression, with the part that is unknown.

use crate::emotion::Probabilities;

/// Shares of the seven emotions, in the order of [`Probabilities`]. What is missing to 1 is
/// *unknown*: it counts in the denominator, so it lowers every share and pulls to none of them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct PartialProbabilities([f32; 7]);

impl PartialProbabilities {
    /// Nothing could be read.
    pub(super) const UNKNOWN: Self = Self([0.0; 7]);

    /// Probabilities of which `known`, 0..=1, is to be believed.
    pub(super) fn new(probabilities: &Probabilities, known: f32) -> Self {
        let known = if known.is_finite() { known.clamp(0.0, 1.0) } else { 0.0 };
        Self(probabilities.values().map(|p| p * known))
    }

    /// Shares of the emotions, 0..=1 each.
    pub(super) fn shares(&self) -> &[f32; 7] {
        &self.0
    }

    /// The part that is not unknown, 0..=1.
    pub(super) fn known(&self) -> f32 {
        self.0.iter().sum::<f32>().clamp(0.0, 1.0)
    }

    /// The probabilities given that something is known; uniform where nothing is.
    pub(super) fn probabilities(&self) -> Probabilities {
        Probabilities::from_weights(self.0)
    }

    /// How sure one can be of the likeliest emotion, 0..=1; see [`confidence`].
    pub(super) fn confidence(&self) -> f32 {
        confidence(&self.probabilities(), self.known())
    }

    /// `self + weight · (target − self)`, weight in 0..=1.
    pub(super) fn toward(&self, target: &Self, weight: f32) -> Self {
        let mut mixed = self.0;
        for (share, goal) in mixed.iter_mut().zip(target.0) {
            *share += weight * (goal - *share);
        }
        Self(mixed)
    }
}

/// `known · (max p − 1/7) / (6/7)`: 0 when nothing is known or all emotions are equally likely,
/// 1 when one emotion is certain.
pub(super) fn confidence(probabilities: &Probabilities, known: f32) -> f32 {
    let above_chance = (probabilities.top().1 - 1.0 / 7.0) * 7.0 / 6.0;
    (known * above_chance).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;

    #[test]
    fn the_unknown_lowers_every_share_and_changes_no_odds() {
        let happy = Probabilities::certain(Emotion::Happy).toward(&Probabilities::UNIFORM, 0.5);
        let half = PartialProbabilities::new(&happy, 1.0).toward(&PartialProbabilities::UNKNOWN, 0.5);
        assert!((half.known() - 0.5).abs() < 1e-6);
        assert!((half.probabilities().of(Emotion::Happy) - happy.of(Emotion::Happy)).abs() < 1e-6);
        assert!(half.confidence() < PartialProbabilities::new(&happy, 1.0).confidence());
    }

    #[test]
    fn confidence_runs_from_chance_to_one() {
        assert!(confidence(&Probabilities::UNIFORM, 1.0).abs() < 1e-6);
        assert!((confidence(&Probabilities::certain(Emotion::Sad), 1.0) - 1.0).abs() < 1e-6);
        assert!(confidence(&Probabilities::certain(Emotion::Sad), 0.0).abs() < 1e-6);
    }
}
