//! A Bayesian linear bandit with Thompson sampling.
//!
//! A reward is taken to be `θ·x + noise` with features `x`. What is known about the weights `θ` is a normal
//! distribution, kept as precision `A` and `b = A·μ`. Each lesson adds `x xᵀ / σ²` and `x r / σ²`, after what
//! was learned before has lost a little of its weight, so that taste may change:
//! `A ← γ A + (1 − γ) A₀ + x xᵀ / σ²`. To choose, weights are drawn from that distribution: what is not known yet
//! is tried, and less so the better it is known (Agrawal & Goyal, ICML 2013; with music Wang et al. 2014,
//! arXiv 1311.6355).

use nalgebra::{Cholesky, SMatrix, SVector};
use rand::Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::features::{FEATURES, Features};
use super::settings::TasteSettings;

type FeatureMatrix = SMatrix<f64, FEATURES, FEATURES>;
type FeatureVector = SVector<f64, FEATURES>;

/// Position of the fit to the targets among the features.
const FIT: usize = 1;

/// What is known about the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Bandit {
    precision: FeatureMatrix,
    weighted: FeatureVector,
    prior: BanditPrior,
    lessons: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct BanditPrior {
    precision: f64,
    /// Precision of one reward: `1 / σ²`.
    sharpness: f64,
    discount: f64,
}

impl Bandit {
    /// Nothing is known yet but the targets of the playlists: a good fit is worth 1, all else nothing.
    #[must_use]
    pub fn new(settings: &TasteSettings) -> Self {
        let prior = BanditPrior {
            precision: f64::from(settings.prior_deviation).powi(-2),
            sharpness: f64::from(settings.reward_deviation).powi(-2),
            discount: f64::from(settings.discount),
        };
        let mut weighted = FeatureVector::zeros();
        weighted[FIT] = prior.precision;
        Self { precision: FeatureMatrix::identity() * prior.precision, weighted, prior, lessons: 0 }
    }

    /// Learns from a reward, −1 disliked ..= 1 liked.
    pub fn learn(&mut self, features: &Features, reward: f64) {
        let BanditPrior { precision, sharpness, discount } = self.prior;
        let x = FeatureVector::from_column_slice(features);
        if !(reward.is_finite() && x.iter().all(|value| value.is_finite())) {
            return;
        }
        self.precision *= discount;
        self.precision += x * x.transpose() * sharpness;
        self.weighted *= discount;
        self.weighted += x * (reward * sharpness);
        for index in 0..FEATURES {
            self.precision[(index, index)] += (1.0 - discount) * precision;
        }
        self.weighted[FIT] += (1.0 - discount) * precision;
        self.lessons += 1;
    }

    /// How many rewards were learned from.
    #[must_use]
    pub fn lessons(&self) -> u64 {
        self.lessons
    }

    /// The weights that are most likely, and the standard deviation of each.
    #[must_use]
    pub fn weights(&self) -> (Features, Features) {
        match Cholesky::new(self.precision) {
            Some(factor) => {
                let mean = factor.solve(&self.weighted);
                let spread = factor.inverse().diagonal().map(f64::sqrt);
                (mean.into(), spread.into())
            }
            None => Self::unlearned(),
        }
    }

    /// Draws weights, `explore` times as far from the likeliest ones as the knowledge allows.
    pub fn sample(&self, explore: f32, random: &mut impl Rng) -> Features {
        let noise = FeatureVector::from_fn(|_, _| StandardNormal.sample(random));
        let Some(factor) = Cholesky::new(self.precision) else { return Self::unlearned().0 };
        // With A = L Lᵀ, the covariance of L⁻ᵀ z is A⁻¹.
        let shift =
            factor.l().transpose().solve_upper_triangular(&noise).unwrap_or_else(FeatureVector::zeros);
        (factor.solve(&self.weighted) + shift * f64::from(explore)).into()
    }

    /// Stands in for a precision that is not positive, which only a number beyond all measure could cause.
    fn unlearned() -> (Features, Features) {
        let mut mean = [0.0; FEATURES];
        mean[FIT] = 1.0;
        (mean, [0.0; FEATURES])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::music::test_support::settings;

    fn bandit() -> Bandit {
        Bandit::new(&settings().taste)
    }

    fn lesson(random: &mut StdRng) -> Features {
        let mut x = [0.0; FEATURES];
        x.fill_with(|| random.random_range(-1.0..1.0));
        x
    }

    #[test]
    fn at_first_only_the_targets_count() {
        let (mean, spread) = bandit().weights();
        for (index, (mean, spread)) in mean.into_iter().zip(spread).enumerate() {
            assert!((mean - if index == FIT { 1.0 } else { 0.0 }).abs() < 1e-9);
            assert!((spread - f64::from(settings().taste.prior_deviation)).abs() < 1e-6);
        }
    }

    #[test]
    fn it_learns_hidden_weights_and_grows_surer() {
        let mut random = StdRng::seed_from_u64(4);
        let hidden = lesson(&mut random).map(|weight| weight * 0.5);
        let mut bandit = bandit();
        for _ in 0..2_000 {
            let x = lesson(&mut random);
            let reward: f64 = x.iter().zip(&hidden).map(|(x, w)| x * w).sum();
            bandit.learn(&x, reward + random.random_range(-0.2..0.2));
        }
        let (mean, spread) = bandit.weights();
        for index in 0..FEATURES {
            assert!((mean[index] - hidden[index]).abs() < 0.2, "{index}: {} {}", mean[index], hidden[index]);
            assert!(spread[index] < f64::from(settings().taste.prior_deviation));
        }
    }

    #[test]
    fn what_was_learned_long_ago_fades() {
        let mut x = [0.0; FEATURES];
        x[3] = 1.0;
        let mut bandit = bandit();
        for _ in 0..50 {
            bandit.learn(&x, 1.0);
        }
        let before = bandit.weights().0[3];
        for _ in 0..100 {
            bandit.learn(&x, -1.0);
        }
        assert!(before > 0.7 && bandit.weights().0[3] < -0.3, "{before} {:?}", bandit.weights().0[3]);
    }

    #[test]
    fn samples_lie_around_the_mean_as_far_as_the_spread_says() {
        let mut random = StdRng::seed_from_u64(9);
        let mut bandit = bandit();
        for _ in 0..30 {
            let x = lesson(&mut random);
            bandit.learn(&x, 0.5);
        }
        let (mean, spread) = bandit.weights();
        let count = 4_000;
        let draws: Vec<Features> = (0..count).map(|_| bandit.sample(1.0, &mut random)).collect();
        for index in 0..FEATURES {
            let average = draws.iter().map(|draw| draw[index]).sum::<f64>() / f64::from(count);
            let variance =
                draws.iter().map(|draw| (draw[index] - average).powi(2)).sum::<f64>() / f64::from(count);
            assert!((average - mean[index]).abs() < 4.0 * spread[index] / f64::from(count).sqrt());
            assert!((variance.sqrt() / spread[index] - 1.0).abs() < 0.1);
        }
    }

    proptest! {
        #[test]
        fn weights_stay_finite_whatever_is_learned(
            lessons in proptest::collection::vec((proptest::array::uniform16(-3.0_f64..3.0), -1.0_f64..1.0), 0..60),
        ) {
            let mut bandit = bandit();
            for (x, reward) in &lessons {
                bandit.learn(x, *reward);
            }
            bandit.learn(&[f64::NAN; FEATURES], 1.0);
            let (mean, spread) = bandit.weights();
            prop_assert!(mean.iter().chain(&spread).all(|value| value.is_finite()));
            prop_assert!(spread.iter().all(|value| *value > 0.0));
        }
    }
}
