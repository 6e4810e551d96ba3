//! What taste may depend on: sixteen numbers for a track and what is around it.
//!
//! | feature | is |
//! |---|---|
//! | `bias` | 1 |
//! | `fit` | how well the track fits the targets of the playlists, 0..=1 |
//! | `valence`, `energy`, `danceability` | of the track, −1..=1, 0 if unknown |
//! | `tempo` | (BPM − 105) / 60, within −1..=1, 0 if unknown |
//! | `valence²`, `energy²` | for those who like both ends, or the middle |
//! | `minor` | 1 minor, −1 major, 0 unknown |
//! | `energy·sin(hour)`, `energy·cos(hour)` | energy by time of day; the hour as an angle |
//! | `energy·weekend`, `energy·company` | energy on Saturday and Sunday, and with more than one person |
//! | `energy·stay` | energy with the length of the visit: 1 − exp(−minutes / 20) |
//! | `valence·mood`, `energy·mood` | whether music that is like the mood is liked, or its opposite |

use std::f32::consts::TAU;
use std::time::Duration;

use crate::foundation::LocalTime;

/// How many features there are.
pub const FEATURES: usize = 16;
/// Their names, in their order.
pub const NAMES: [&str; FEATURES] = [
    "bias",
    "fit",
    "valence",
    "energy",
    "danceability",
    "tempo",
    "valence²",
    "energy²",
    "minor",
    "energy·sin(hour)",
    "energy·cos(hour)",
    "energy·weekend",
    "energy·company",
    "energy·stay",
    "valence·mood",
    "energy·mood",
];
/// Time constant of settling in, in minutes.
const SETTLED: f32 = 20.0;

/// The features of a track at a moment.
pub type Features = [f64; FEATURES];

/// What is around a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListeningContext {
    pub moment: LocalTime,
    pub people: usize,
    /// How long people have been present.
    pub stay: Duration,
    /// Valence and arousal of the slow mood, each −1..=1.
    pub mood: [f32; 2],
}

impl ListeningContext {
    /// 0 at the start of a visit ..= 1 after a long one.
    #[must_use]
    pub fn settled(&self) -> f32 {
        1.0 - (-self.stay.as_secs_f32() / 60.0 / SETTLED).exp()
    }

    /// 0 alone, 1 with others.
    #[must_use]
    pub fn company(&self) -> f32 {
        if self.people > 1 { 1.0 } else { 0.0 }
    }

    fn weekend(&self) -> f32 {
        if self.moment.is_weekend() { 1.0 } else { 0.0 }
    }

    /// Sine and cosine of the hour as an angle.
    #[must_use]
    pub fn hour(&self) -> (f32, f32) {
        (self.moment.hour / 24.0 * TAU).sin_cos()
    }
}

/// What is looked at in a track; each as in the table above.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrackTraits {
    pub fit: f32,
    pub valence: f32,
    pub energy: f32,
    pub danceability: f32,
    pub tempo: f32,
    pub minor: f32,
}

impl TrackTraits {
    /// The features of this track in these surroundings.
    #[must_use]
    pub fn features(&self, around: &ListeningContext) -> Features {
        let (sine, cosine) = around.hour();
        let energy = self.energy;
        [
            1.0,
            self.fit,
            self.valence,
            energy,
            self.danceability,
            self.tempo,
            self.valence * self.valence,
            energy * energy,
            self.minor,
            energy * sine,
            energy * cosine,
            energy * around.weekend(),
            energy * around.company(),
            energy * around.settled(),
            self.valence * around.mood[0],
            energy * around.mood[1],
        ]
        .map(f64::from)
    }
}

/// Weights with the surroundings worked in: what remains to be summed up for each track of a large library.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContextualWeights {
    pub bias: f32,
    pub fit: f32,
    pub valence: f32,
    pub energy: f32,
    pub danceability: f32,
    pub tempo: f32,
    pub valence_squared: f32,
    pub energy_squared: f32,
    pub minor: f32,
}

impl ContextualWeights {
    /// So that [`ContextualWeights::score`] is the product of the weights with [`TrackTraits::features`].
    #[must_use]
    pub fn new(weights: &Features, around: &ListeningContext) -> Self {
        let w = weights.map(|weight| weight as f32);
        let (sine, cosine) = around.hour();
        Self {
            bias: w[0],
            fit: w[1],
            valence: w[2] + w[14] * around.mood[0],
            energy: w[3]
                + w[9] * sine
                + w[10] * cosine
                + w[11] * around.weekend()
                + w[12] * around.company()
                + w[13] * around.settled()
                + w[15] * around.mood[1],
            danceability: w[4],
            tempo: w[5],
            valence_squared: w[6],
            energy_squared: w[7],
            minor: w[8],
        }
    }

    /// What is expected of a track.
    #[inline]
    #[must_use]
    pub fn score(&self, t: &TrackTraits) -> f32 {
        self.bias
            + self.fit * t.fit
            + (self.valence + self.valence_squared * t.valence) * t.valence
            + (self.energy + self.energy_squared * t.energy) * t.energy
            + self.danceability * t.danceability
            + self.tempo * t.tempo
            + self.minor * t.minor
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_lens_sums_up_the_same(
            weights in proptest::array::uniform16(-1.0_f64..1.0),
            [fit, valence, energy, danceability, tempo, minor] in proptest::array::uniform6(-1.0_f32..1.0),
            hour in 0.0_f32..24.0,
            people in 0_usize..4,
            minutes in 0_u64..600,
            mood in proptest::array::uniform2(-1.0_f32..1.0),
        ) {
            let moment = LocalTime { hour, ..LocalTime::stepped(0.0) };
            let around = ListeningContext { moment, people, stay: Duration::from_secs(60 * minutes), mood };
            let traits = TrackTraits { fit, valence, energy, danceability, tempo, minor };
            let sum: f64 = traits.features(&around).iter().zip(&weights).map(|(x, w)| x * w).sum();
            prop_assert!((f64::from(ContextualWeights::new(&weights, &around).score(&traits)) - sum).abs() < 1e-4);
        }
    }
}
