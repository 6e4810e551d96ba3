//! What a person's face reads at rest, and their expression relative to it.
//!
//! Networks that were trained on single pictures read much of a stranger's face as expression or hide it:
//! a low brow as anger, a closed smile as neutral. The change from the person's own rest is far more
//! reliable than any single picture. So each person's rest is moved to one common resting face:
//!
//! ```text
//! corrected(e) = log p(e) − clamp(rest(e) − common(e), ±limit(e)),   then softmax
//! ```
//!
//! This is two-sided: an expression that the network understates in this face gains, one that it reads at
//! rest loses. `limit` bounds how far a rest that was learned wrongly can mislead; rare expressions have a
//! smaller one, since their scores at rest are the least reliable.
//!
//! `rest` is the median of what is plausibly rest, over the newest `window_seconds` of it, so that the
//! minority of expressions that slip in does not move it. A view of somebody who just arrived is
//! plausibly rest unless it is certain to be an expression, which takes less for a smile; so a low brow is
//! learned, and somebody who arrives laughing or frowning teaches nothing. The better the rest is known, the more
//! a view must look neutral relative to it: relative to what was learned alone, so that a face which reads as an
//! expression at rest goes on to be learned once it has begun. Only an expression other than a smile or surprise that stays without a break
//! for `long_hold_seconds` counts as rest, too: nobody holds one for so long, but some faces look like it.
//!
//! Before anything is known of a person, the usual rest of strangers stands in, as a prior that counts as
//! much as `prior_seconds` of their own rest; so the first smile counts.

use std::collections::VecDeque;

use super::settings::RestSettings;
use crate::emotion::{Emotion, LogProbabilities, Probabilities};
use crate::foundation::stats::median;

/// Rest is kept as means over stretches of this many seconds; so neither the frame rate nor a single noisy
/// frame matters.
const STRETCH: f32 = 0.25;

/// A stretch of rest.
#[derive(Debug, Clone)]
struct Stretch {
    seconds: f32,
    /// Mean log-probabilities.
    mean: [f32; 7],
}

/// The resting face of one person.
#[derive(Debug, Clone)]
pub(super) struct RestingFace {
    settings: RestSettings,
    /// Log-probabilities of the common resting face.
    common: [f32; 7],
    usual: [f32; 7],
    /// The stretch of rest that is being collected: seconds, and sums weighted by time.
    seconds: f32,
    sums: [f32; 7],
    stretches: VecDeque<Stretch>,
    /// Seconds of all stretches.
    learned: f32,
    median: [f32; 7],
    /// An expression that might be this person's rest, and for how many seconds it has stayed.
    held: Option<(Emotion, f32)>,
}

impl RestingFace {
    pub(super) fn new(settings: &RestSettings) -> Self {
        Self {
            settings: settings.clone(),
            common: log_probabilities(&settings.common()),
            usual: log_probabilities(&settings.usual.probabilities()),
            seconds: 0.0,
            sums: [0.0; 7],
            stretches: VecDeque::new(),
            learned: 0.0,
            median: [0.0; 7],
            held: None,
        }
    }

    /// Applies other settings; what was learned of the rest stays, as far as the new window reaches.
    pub(super) fn change_settings(&mut self, settings: &RestSettings) {
        self.settings = settings.clone();
        self.common = log_probabilities(&settings.common());
        self.usual = log_probabilities(&settings.usual.probabilities());
        self.forget_old();
    }

    /// Takes in a good view that stands for `dt` seconds.
    pub(super) fn learn(&mut self, dt: f32, scores: &LogProbabilities) {
        if dt <= 0.0 || !self.is_rest(dt, scores) {
            return;
        }
        self.seconds += dt;
        for (sum, value) in self.sums.iter_mut().zip(scores.normalised().values()) {
            *sum += dt * value;
        }
        if self.seconds >= STRETCH {
            let mean = self.sums.map(|sum| sum / self.seconds);
            self.learned += self.seconds;
            self.stretches.push_back(Stretch { seconds: self.seconds, mean });
            (self.seconds, self.sums) = (0.0, [0.0; 7]);
            self.forget_old();
        }
    }

    /// Leaves out what is older than the window, and takes the median of the rest.
    fn forget_old(&mut self) {
        while self.learned > self.settings.window_seconds
            && self.stretches.len() > 1
            && let Some(oldest) = self.stretches.pop_front()
        {
            self.learned -= oldest.seconds;
        }
        self.median = std::array::from_fn(|index| median_of(self.stretches.iter(), index));
    }

    /// The probabilities relative to the person's own rest.
    pub(super) fn correct(&self, scores: &LogProbabilities) -> Probabilities {
        relative_to(&self.rest(), &self.common, scores, &self.settings)
    }

    /// How far the person's own rest is known, 0..=1: `t / (t + prior_seconds)`.
    pub(super) fn known(&self) -> f32 {
        if self.learned > 0.0 { self.learned / (self.learned + self.settings.prior_seconds) } else { 0.0 }
    }

    /// The usual rest and the person's own one, each by how much is known.
    fn rest(&self) -> [f32; 7] {
        let known = self.known();
        std::array::from_fn(|index| self.usual[index] + known * (self.median[index] - self.usual[index]))
    }

    /// At first everything is plausible that is not certain to be an expression. The better the rest is known,
    /// the more it must look like it.
    fn is_plausible(&self, scores: &LogProbabilities, relative: &Probabilities) -> bool {
        let (top, p) = relative.top();
        match self.known() {
            known if known > 0.0 && top == Emotion::Neutral => p >= self.settings.least_neutral * known,
            known if known > 0.0 => p < self.settings.certain * (1.0 - known),
            _ if top == Emotion::Happy => p < self.settings.certain_smile,
            _ => {
                // The usual rest, which doubts some expressions of strangers, must not hide a frown.
                let (top, p) = scores.probabilities().top();
                top == Emotion::Neutral || p < self.settings.certain
            }
        }
    }

    fn is_rest(&mut self, dt: f32, scores: &LogProbabilities) -> bool {
        let learned = if self.learned > 0.0 { &self.median } else { &self.usual };
        let relative = relative_to(learned, &self.common, scores, &self.settings);
        let (top, _) = relative.top();
        if self.is_plausible(scores, &relative) {
            self.held = None;
            return true;
        }
        if matches!(top, Emotion::Happy | Emotion::Surprise) {
            self.held = None;
            return false;
        }
        let before = self.held.filter(|(emotion, _)| *emotion == top).map_or(0.0, |(_, seconds)| seconds);
        self.held = Some((top, before + dt));
        before + dt >= self.settings.long_hold_seconds
    }
}

/// The probabilities of single scores relative to those of the same person at rest.
#[must_use]
pub fn relative_to_rest(
    scores: &LogProbabilities,
    rest: &LogProbabilities,
    settings: &RestSettings,
) -> Probabilities {
    let common = log_probabilities(&settings.common());
    relative_to(rest.normalised().values(), &common, scores, settings)
}

fn relative_to(
    rest: &[f32; 7],
    common: &[f32; 7],
    scores: &LogProbabilities,
    settings: &RestSettings,
) -> Probabilities {
    let read = scores.normalised();
    let corrected = Emotion::ALL.map(|emotion| {
        let index = emotion.index();
        let limit = settings.limit_of(emotion);
        read.values()[index] - (rest[index] - common[index]).clamp(-limit, limit)
    });
    LogProbabilities::new(corrected).probabilities()
}

fn log_probabilities(probabilities: &Probabilities) -> [f32; 7] {
    *LogProbabilities::from_probabilities(probabilities).normalised().values()
}

/// The median of one emotion over stretches of rest; 0 without any.
fn median_of<'a>(stretches: impl Iterator<Item = &'a Stretch>, emotion: usize) -> f32 {
    let mut values: Vec<f32> = stretches.map(|stretch| stretch.mean[emotion]).collect();
    median(&mut values).unwrap_or_default() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mood::MoodSettings;
    use proptest::prelude::*;

    fn rest() -> RestingFace {
        RestingFace::new(&MoodSettings::default().rest)
    }

    fn scores(pairs: &[(Emotion, f32)]) -> LogProbabilities {
        let mut weights = [0.004; 7];
        for (emotion, p) in pairs {
            weights[emotion.index()] = *p;
        }
        LogProbabilities::from_probabilities(&Probabilities::from_weights(weights))
    }

    fn learn(rest: &mut RestingFace, seconds: f32, rate: f32, read: &LogProbabilities) {
        for _ in 0..(seconds * rate).round() as u32 {
            rest.learn(1.0 / rate, read);
        }
    }

    /// An old face, a low brow: it reads a little sad or angry at rest, and still comes out neutral, while a
    /// clear expression of the same kind is seen.
    #[test]
    fn a_face_that_looks_a_little_sad_or_angry_at_rest_becomes_neutral() {
        for emotion in [Emotion::Sad, Emotion::Angry] {
            let mut r = rest();
            let at_rest = scores(&[(emotion, 0.48), (Emotion::Neutral, 0.42)]);
            learn(&mut r, 6.0, 15.0, &at_rest);
            assert_eq!(r.correct(&at_rest).top().0, Emotion::Neutral, "{emotion}");
            let truly = r.correct(&scores(&[(emotion, 0.96)]));
            assert_eq!(truly.top().0, emotion, "a real expression is still seen: {truly:?}");
        }
    }

    /// A face at rest that reads as an expression, yet not as a certain one, is learned to the end: its first view
    /// must not make the next ones, which look the same, implausible.
    #[test]
    fn a_face_at_rest_that_reads_as_an_expression_becomes_neutral() {
        for (emotion, p) in [(Emotion::Sad, 0.68), (Emotion::Sad, 0.75), (Emotion::Surprise, 0.65)] {
            let mut r = rest();
            let at_rest = scores(&[(emotion, p), (Emotion::Neutral, 0.98 - p)]);
            learn(&mut r, 8.0, 10.0, &at_rest);
            assert!(r.known() > 0.9, "{emotion} {p}: {}", r.known());
            assert_eq!(r.correct(&at_rest).top().0, Emotion::Neutral, "{emotion} {p}");
        }
    }

    /// A smile that the network hides in this face is found: it reads as neutral, but far above the rest.
    #[test]
    fn a_change_from_rest_counts_even_where_the_network_says_neutral() {
        let mut r = rest();
        learn(&mut r, 8.0, 15.0, &scores(&[(Emotion::Neutral, 0.97), (Emotion::Happy, 0.001)]));
        let smile = scores(&[(Emotion::Neutral, 0.70), (Emotion::Happy, 0.25)]);
        assert_eq!(smile.probabilities().top().0, Emotion::Neutral);
        assert_eq!(r.correct(&smile).top().0, Emotion::Happy);
    }

    #[test]
    fn somebody_who_enters_laughing_or_frowning_teaches_nothing() {
        for emotion in [Emotion::Happy, Emotion::Angry, Emotion::Sad] {
            let mut r = rest();
            let before = r.correct(&scores(&[(Emotion::Neutral, 0.9)]));
            learn(&mut r, 10.0, 15.0, &scores(&[(emotion, 0.97)]));
            assert!(r.known().abs() < f32::EPSILON, "{emotion}");
            assert_eq!(r.correct(&scores(&[(Emotion::Neutral, 0.9)])), before);
        }
    }

    /// Somebody laughs for a third of the time and rests for the rest of it: their rest is the rest.
    #[test]
    fn expressions_in_between_do_not_move_the_rest() {
        let (neutral, laugh) = (scores(&[(Emotion::Neutral, 0.9)]), scores(&[(Emotion::Happy, 0.9)]));
        let (mut quiet, mut lively) = (rest(), rest());
        learn(&mut quiet, 60.0, 15.0, &neutral);
        for _ in 0..10 {
            learn(&mut lively, 4.0, 15.0, &neutral);
            learn(&mut lively, 2.0, 15.0, &laugh);
        }
        for read in [neutral, laugh] {
            let [one, other] = [&quiet, &lively].map(|rest| rest.correct(&read));
            for emotion in Emotion::ALL {
                assert!((one.of(emotion) - other.of(emotion)).abs() < 0.05, "{emotion}: {one:?} {other:?}");
            }
        }
    }

    /// A face that looks certainly sad and never changes is at rest after a while; a smile never is.
    #[test]
    fn an_expression_that_never_ends_is_a_resting_face() {
        let mut r = rest();
        let looks_sad = scores(&[(Emotion::Sad, 0.85), (Emotion::Neutral, 0.1)]);
        learn(&mut r, 15.0, 15.0, &looks_sad);
        assert_eq!(r.correct(&looks_sad).top().0, Emotion::Sad);
        learn(&mut r, 60.0, 15.0, &looks_sad);
        assert_eq!(r.correct(&looks_sad).top().0, Emotion::Neutral);
        let mut r = rest();
        let smile = scores(&[(Emotion::Happy, 0.85), (Emotion::Neutral, 0.1)]);
        learn(&mut r, 120.0, 15.0, &smile);
        assert_eq!(r.correct(&smile).top().0, Emotion::Happy);
    }

    proptest! {
        /// Nothing gains or loses more than its limit against anything else.
        #[test]
        fn no_shift_is_beyond_the_limits(
            at_rest in proptest::array::uniform7(-20.0_f32..0.0),
            later in proptest::array::uniform7(-6.0_f32..0.0),
        ) {
            let mut r = rest();
            learn(&mut r, 8.0, 10.0, &LogProbabilities::new(at_rest));
            let read = LogProbabilities::new(later);
            let (before, after) = (read.probabilities(), r.correct(&read));
            for emotion in Emotion::ALL {
                let odds = |p: &Probabilities| (p.of(emotion) / p.of(Emotion::Neutral)).ln();
                let moved = (odds(&after) - odds(&before)).abs();
                let most = r.settings.limit_of(emotion) + r.settings.limit_of(Emotion::Neutral);
                prop_assert!(moved <= most + 1e-2, "{emotion}: {moved}");
            }
        }

        /// Where it is plain that the face is at rest, so that no bound decides.
        #[test]
        fn the_rest_is_the_same_at_any_frame_rate(mut at_rest in proptest::array::uniform7(0.1_f32..1.0)) {
            at_rest[Emotion::Neutral.index()] += 1.5;
            let at_rest = LogProbabilities::from_probabilities(&Probabilities::from_weights(at_rest));
            let [slow, fast] = [5.0, 30.0].map(|rate| {
                let mut r = rest();
                learn(&mut r, 4.0, rate, &at_rest);
                r.correct(&at_rest)
            });
            for emotion in Emotion::ALL {
                prop_assert!((slow.of(emotion) - fast.of(emotion)).abs() < 0.02);
            }
        }
    }
}
