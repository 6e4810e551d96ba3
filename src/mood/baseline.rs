//! What a person's face reads at rest, so that a resting face is not taken for a mood.

use super::settings::BaselineSettings;
use crate::emotion::{Emotion, Probabilities};

/// Smallest probability whose logarithm is taken.
const FLOOR: f32 = 1e-4;

/// The personal neutral: the mean log-probability of each emotion while the face is plausibly at
/// rest, over the first seconds of good views of a person.
///
/// A face is plausibly at rest when neutral is likeliest or nothing is certain; so somebody who
/// enters laughing is not normalised away. What an emotion reads at rest above
/// [`BaselineSettings::rest`] is taken off in log space, by at most [`BaselineSettings::limit`].
/// Nothing is ever added: no emotion gains on neutral by the baseline.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    settings: BaselineSettings,
    /// Seconds of good views, at rest or not.
    seen: f32,
    /// Seconds that went into the mean.
    learned: f32,
    /// Time-weighted mean of log-probabilities.
    mean: [f32; 7],
}

impl Baseline {
    pub(super) fn new(settings: &BaselineSettings) -> Self {
        Self { settings: settings.clone(), seen: 0.0, learned: 0.0, mean: [0.0; 7] }
    }

    /// Takes in a good view that stands for `dt` seconds.
    pub(super) fn learn(&mut self, dt: f32, read: &Probabilities) {
        let over = self.seen >= self.settings.within_seconds || self.learned >= self.settings.seconds;
        self.seen += dt;
        if over || dt <= 0.0 || !self.at_rest(read) {
            return;
        }
        self.learned += dt;
        let share = dt / self.learned;
        for (mean, p) in self.mean.iter_mut().zip(read.values()) {
            *mean += share * (p.max(FLOOR).ln() - *mean);
        }
    }

    fn at_rest(&self, read: &Probabilities) -> bool {
        let (top, p) = read.top();
        top == Emotion::Neutral || p < self.settings.certain
    }

    /// The probabilities with the resting face taken off.
    pub(super) fn correct(&self, read: &Probabilities) -> Probabilities {
        let Some(progress) = self.progress() else { return *read };
        let rest = self.settings.rest.max(FLOOR).ln();
        let mut weights = *read.values();
        for emotion in Emotion::ALL.into_iter().filter(|e| *e != Emotion::Neutral) {
            let excess = (self.mean[emotion.index()] - rest).clamp(0.0, self.settings.limit);
            weights[emotion.index()] *= (-excess * progress).exp();
        }
        Probabilities::from_weights(weights)
    }

    /// How much of the baseline is known, 0 to 1; `None` before anything is.
    fn progress(&self) -> Option<f32> {
        (self.learned > 0.0).then(|| (self.learned / self.settings.seconds).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Settings;
    use proptest::prelude::*;

    fn baseline() -> Baseline {
        Baseline::new(&Settings::shipped().expect("valid").mood.baseline)
    }

    fn weights(pairs: &[(Emotion, f32)]) -> Probabilities {
        let mut weights = [0.02; 7];
        for (emotion, p) in pairs {
            weights[emotion.index()] = *p;
        }
        Probabilities::from_weights(weights)
    }

    fn learn(baseline: &mut Baseline, seconds: f32, rate: f32, read: &Probabilities) {
        for _ in 0..(seconds * rate).round() as u32 {
            baseline.learn(1.0 / rate, read);
        }
    }

    #[test]
    fn a_face_that_looks_a_little_sad_at_rest_becomes_neutral() {
        let mut b = baseline();
        let rest = weights(&[(Emotion::Sad, 0.48), (Emotion::Neutral, 0.42)]);
        learn(&mut b, 6.0, 15.0, &rest);
        let corrected = b.correct(&rest);
        assert_eq!(corrected.top().0, Emotion::Neutral);
        let truly = b.correct(&weights(&[(Emotion::Sad, 0.85), (Emotion::Neutral, 0.05)]));
        assert_eq!(truly.top().0, Emotion::Sad, "real sadness is still seen");
    }

    #[test]
    fn somebody_who_enters_laughing_is_not_normalised_away() {
        let mut b = baseline();
        let laughing = weights(&[(Emotion::Happy, 0.85)]);
        learn(&mut b, 10.0, 15.0, &laughing);
        assert_eq!(b.correct(&laughing), laughing);
    }

    #[test]
    fn only_the_first_seconds_count() {
        let mut b = baseline();
        learn(&mut b, 60.0, 15.0, &weights(&[(Emotion::Happy, 0.85)]));
        let sad = weights(&[(Emotion::Sad, 0.48), (Emotion::Neutral, 0.42)]);
        learn(&mut b, 10.0, 15.0, &sad);
        assert_eq!(b.correct(&sad), sad);
    }

    proptest! {
        #[test]
        fn no_emotion_gains_on_neutral_and_none_loses_more_than_the_limit(
            rest in proptest::array::uniform7(0.01_f32..1.0),
            later in proptest::array::uniform7(0.01_f32..1.0),
        ) {
            let mut b = baseline();
            learn(&mut b, 8.0, 10.0, &Probabilities::from_weights(rest));
            let read = Probabilities::from_weights(later);
            let corrected = b.correct(&read);
            for emotion in Emotion::ALL {
                let odds = |p: &Probabilities| (p.of(emotion) / p.of(Emotion::Neutral)).ln();
                let lost = odds(&read) - odds(&corrected);
                prop_assert!((-1e-3..=b.settings.limit + 1e-3).contains(&lost), "{emotion}: {lost}");
            }
        }

        #[test]
        fn the_baseline_is_the_same_at_any_frame_rate(rest in proptest::array::uniform7(0.1_f32..1.0)) {
            let rest = Probabilities::from_weights(rest);
            let [slow, fast] = [5.0, 30.0].map(|rate| {
                let mut b = baseline();
                learn(&mut b, 4.0, rate, &rest);
                b.correct(&rest)
            });
            for emotion in Emotion::ALL {
                prop_assert!((slow.of(emotion) - fast.of(emotion)).abs() < 1e-3);
            }
        }
    }
}
