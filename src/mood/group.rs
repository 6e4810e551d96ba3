//! Several people become one mood, and a number for how far they differ.

use super::partial_probabilities::PartialProbabilities;
use crate::emotion::{Affect, Circumplex, Probabilities};

/// One person's part in the group.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupMember {
    pub(super) shares: PartialProbabilities,
    /// Weight × quality × confidence, not negative.
    pub(super) weight: f32,
}

/// What is known about the group.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct GroupMood {
    /// The mean over the members, by weight.
    pub(super) shares: PartialProbabilities,
    /// See [`super::mood_state::Mood::dispersion`].
    pub(super) dispersion: f32,
}

impl GroupMood {
    /// With weights `w` that sum to 1, probabilities `p`, and points `a = (valence, arousal)`:
    /// mean `p̄ = Σ wᵢ pᵢ`, known `k = Σ wᵢ kᵢ`, dispersion `√(Σ wᵢ |aᵢ − ā|²)`.
    ///
    /// `None` where no member has any weight: nothing is known about anybody.
    pub(super) fn of(members: &[GroupMember], circumplex: &Circumplex) -> Option<Self> {
        let total: f32 = members.iter().map(|member| member.weight).sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut weights = [0.0; 7];
        let mut known = 0.0;
        for member in members {
            let share = member.weight / total;
            known += share * member.shares.known();
            for (sum, p) in weights.iter_mut().zip(member.shares.probabilities().values()) {
                *sum += share * p;
            }
        }
        let probabilities = Probabilities::from_weights(weights);
        let centre = circumplex.affect(&probabilities);
        let spread: f32 = members
            .iter()
            .map(|member| {
                let point = circumplex.affect(&member.shares.probabilities());
                member.weight / total * square_distance(point, centre)
            })
            .sum();
        Some(Self { shares: PartialProbabilities::new(&probabilities, known), dispersion: spread.sqrt() })
    }
}

fn square_distance(a: Affect, b: Affect) -> f32 {
    (a.valence - b.valence).powi(2) + (a.arousal - b.arousal).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;
    use proptest::prelude::*;

    fn member(emotion: Emotion, weight: f32) -> GroupMember {
        GroupMember { shares: PartialProbabilities::new(&Probabilities::certain(emotion), 1.0), weight }
    }

    fn circumplex() -> Circumplex {
        Circumplex::shipped().expect("valid")
    }

    #[test]
    fn a_group_is_the_weighted_mean_and_its_spread() {
        let group = GroupMood::of(&[member(Emotion::Happy, 3.0), member(Emotion::Sad, 1.0)], &circumplex());
        let group = group.expect("two people");
        let p = group.shares.probabilities();
        assert!((p.of(Emotion::Happy) - 0.75).abs() < 1e-6 && (p.of(Emotion::Sad) - 0.25).abs() < 1e-6);
        // Happy (0.83, 0.53) and sad (−0.65, −0.27) lie √(1.48² + 0.80²) = 1.6824 apart;
        // two points of weights w and 1 − w spread by √(w (1 − w)) of that: 0.4330 · 1.6824.
        assert!((group.dispersion - 0.7285).abs() < 1e-3, "{}", group.dispersion);
    }

    #[test]
    fn nobody_of_weight_is_no_group() {
        assert_eq!(GroupMood::of(&[], &circumplex()), None);
        assert_eq!(GroupMood::of(&[member(Emotion::Happy, 0.0)], &circumplex()), None);
    }

    proptest! {
        #[test]
        fn people_who_agree_are_not_dispersed(
            weights in proptest::array::uniform7(0.01_f32..1.0),
            weights_of_members in proptest::collection::vec(0.1_f32..100.0, 1..5),
        ) {
            let shares = PartialProbabilities::new(&Probabilities::from_weights(weights), 0.8);
            let members: Vec<_> = weights_of_members.iter().map(|weight| GroupMember { shares, weight: *weight }).collect();
            let group = GroupMood::of(&members, &circumplex()).expect("people");
            prop_assert!(group.dispersion < 1e-3);
            prop_assert!((group.shares.known() - 0.8).abs() < 1e-3);
        }
    }
}
