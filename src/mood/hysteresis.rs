//! Which emotion holds: thresholds to enter and leave, and a dwell before every change.

use std::time::Duration;

use crate::expression::{Emotion, Probabilities};

/// What an emotion needs to take over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds {
    /// Smoothed probability to enter, 0..=1.
    pub(super) enter: f32,
    /// The holding emotion keeps its place while above this.
    pub(super) leave: f32,
    /// What anger needs to enter, always.
    pub(super) enter_angry: f32,
    /// How long the newcomer must stay ahead.
    pub(super) dwell: Duration,
}

/// Remembers the emotion that holds and the one that is about to.
#[derive(Debug, Clone)]
pub(super) struct Hysteresis {
    thresholds: Thresholds,
    holding: Option<Emotion>,
    candidate: Option<(Emotion, Duration)>,
}

impl Hysteresis {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, holding: None, candidate: None }
    }

    pub(super) fn holding(&self) -> Option<Emotion> {
        self.holding
    }

    /// Decides with what is known at `at`.
    pub(super) fn decide(&mut self, at: Duration, smoothed: &Probabilities) {
        let Some(ahead) = self.ahead(smoothed) else {
            self.candidate = None;
            return;
        };
        let since = match self.candidate {
            Some((emotion, since)) if emotion == ahead => since,
            _ => at,
        };
        self.candidate = Some((ahead, since));
        if at.saturating_sub(since) >= self.thresholds.dwell {
            self.holding = Some(ahead);
            self.candidate = None;
        }
    }

    /// Nobody is in view any more.
    pub(super) fn release(&mut self) {
        self.holding = None;
        self.candidate = None;
    }

    /// A new start for whoever comes next, while the old emotion still holds.
    pub(super) fn forget_candidate(&mut self) {
        self.candidate = None;
    }

    /// The emotion that would take over if it stayed ahead.
    fn ahead(&self, smoothed: &Probabilities) -> Option<Emotion> {
        let (top, p) = self.strongest_allowed(smoothed)?;
        if Some(top) == self.holding {
            return None;
        }
        let held = self.holding.map_or(0.0, |emotion| smoothed.of(emotion));
        let weak = self.holding.is_some() && held < self.thresholds.leave;
        (weak || p >= self.thresholds.enter).then_some(top)
    }

    /// The likeliest emotion, leaving out anger while it is below its own bar.
    fn strongest_allowed(&self, smoothed: &Probabilities) -> Option<(Emotion, f32)> {
        let mut weights = *smoothed.values();
        let angry = Emotion::Angry.index();
        let bar = if self.holding == Some(Emotion::Angry) {
            self.thresholds.leave
        } else {
            self.thresholds.enter_angry
        };
        if weights[angry] < bar {
            weights[angry] = 0.0;
        }
        Emotion::ALL
            .into_iter()
            .map(|emotion| (emotion, weights[emotion.index()]))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hysteresis() -> Hysteresis {
        Hysteresis::new(Thresholds {
            enter: 0.5,
            leave: 0.35,
            enter_angry: 0.6,
            dwell: Duration::from_millis(500),
        })
    }

    fn mostly(emotion: Emotion, p: f32) -> Probabilities {
        let mut weights = [(1.0 - p) / 6.0; 7];
        weights[emotion.index()] = p;
        Probabilities::from_weights(weights)
    }

    fn run(h: &mut Hysteresis, from_ms: u64, to_ms: u64, p: &Probabilities) {
        for ms in (from_ms..=to_ms).step_by(100) {
            h.decide(Duration::from_millis(ms), p);
        }
    }

    #[test]
    fn nothing_changes_before_the_dwell_is_over() {
        let mut h = hysteresis();
        run(&mut h, 0, 400, &mostly(Emotion::Happy, 0.9));
        assert_eq!(h.holding(), None);
        run(&mut h, 500, 500, &mostly(Emotion::Happy, 0.9));
        assert_eq!(h.holding(), Some(Emotion::Happy));
    }

    #[test]
    fn a_short_flicker_changes_nothing() {
        let mut h = hysteresis();
        run(&mut h, 0, 1_000, &mostly(Emotion::Happy, 0.9));
        run(&mut h, 1_100, 1_400, &mostly(Emotion::Sad, 0.9));
        run(&mut h, 1_500, 1_600, &mostly(Emotion::Happy, 0.9));
        run(&mut h, 1_700, 2_100, &mostly(Emotion::Sad, 0.9));
        assert_eq!(h.holding(), Some(Emotion::Happy));
    }

    #[test]
    fn between_leave_and_enter_the_old_emotion_stays() {
        let mut h = hysteresis();
        run(&mut h, 0, 1_000, &mostly(Emotion::Happy, 0.9));
        let mut weights = [0.02; 7];
        weights[Emotion::Happy.index()] = 0.42;
        weights[Emotion::Sad.index()] = 0.48;
        run(&mut h, 1_100, 9_000, &Probabilities::from_weights(weights));
        assert_eq!(h.holding(), Some(Emotion::Happy));
    }

    #[test]
    fn anger_needs_more_than_the_others_even_when_the_old_emotion_is_weak() {
        let mut h = hysteresis();
        run(&mut h, 0, 1_000, &mostly(Emotion::Neutral, 0.9));
        run(&mut h, 1_100, 9_000, &mostly(Emotion::Angry, 0.55));
        assert_ne!(h.holding(), Some(Emotion::Angry));
        run(&mut h, 9_100, 10_000, &mostly(Emotion::Angry, 0.65));
        assert_eq!(h.holding(), Some(Emotion::Angry));
    }
}
