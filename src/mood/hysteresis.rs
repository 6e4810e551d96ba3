//! Which emotion holds: thresholds to enter and leave, and a dwell before every change.

use std::time::Duration;

use super::partial_probabilities::PartialProbabilities;
use crate::emotion::Emotion;

/// What an emotion needs to take over and to stay. Shares count the unknown in the denominator.
#[derive(Debug, Clone, Copy)]
pub(super) struct HysteresisThreshold {
    /// Share that takes over in any case, 0..=1.
    pub(super) enter: f32,
    /// Share that takes over from an emotion that has become weak.
    pub(super) step_in: f32,
    /// While it holds, it is weak below this.
    pub(super) leave: f32,
    /// How long it must stay ahead before it takes over.
    pub(super) dwell: Duration,
}

/// A frame stands for the time since the one before it, but for no more than this.
const LONGEST_FRAME: Duration = Duration::from_millis(200);

/// Remembers the emotion that holds and the one that is about to.
#[derive(Debug, Clone)]
pub(super) struct Hysteresis {
    /// In the order of [`Emotion::ALL`].
    thresholds: [HysteresisThreshold; 7],
    holding: Option<Emotion>,
    candidate: Option<(Emotion, Duration)>,
    decided: Option<Duration>,
    /// When the emotion that holds last changed; no candidate has led for longer.
    changed: Duration,
}

impl Hysteresis {
    pub(super) fn new(thresholds: [HysteresisThreshold; 7]) -> Self {
        Self { thresholds, holding: None, candidate: None, decided: None, changed: Duration::ZERO }
    }

    /// Other thresholds, from the next decision on.
    pub(super) fn change_thresholds(&mut self, thresholds: [HysteresisThreshold; 7]) {
        self.thresholds = thresholds;
    }

    pub(super) fn holding(&self) -> Option<Emotion> {
        self.holding
    }

    /// Decides with what is known at `at`.
    pub(super) fn decide(&mut self, at: Duration, evidence: &PartialProbabilities) {
        let frame = self.decided.map_or(Duration::ZERO, |last| at.saturating_sub(last).min(LONGEST_FRAME));
        self.decided = Some(at);
        let Some(ahead) = self.ahead(evidence) else {
            self.candidate = None;
            return;
        };
        let since = match self.candidate {
            Some((emotion, since)) if emotion == ahead => since,
            _ => at.saturating_sub(frame).max(self.changed),
        };
        self.candidate = Some((ahead, since));
        if at.saturating_sub(since) >= self.of(ahead).dwell {
            self.change(at, Some(ahead));
        }
    }

    /// The emotion that holds ends.
    pub(super) fn end(&mut self, now: Duration) {
        self.change(now, None);
    }

    /// When the emotion that holds last changed.
    pub(super) fn changed(&self) -> Duration {
        self.changed
    }

    fn change(&mut self, at: Duration, emotion: Option<Emotion>) {
        self.holding = emotion;
        self.candidate = None;
        self.changed = at;
    }

    fn of(&self, emotion: Emotion) -> &HysteresisThreshold {
        &self.thresholds[emotion.index()]
    }

    /// The emotion that would take over if it stayed ahead.
    fn ahead(&self, evidence: &PartialProbabilities) -> Option<Emotion> {
        let share = |emotion: Emotion| evidence.shares()[emotion.index()];
        let held = self.holding.map_or(0.0, share);
        let weak = self.holding.is_some_and(|emotion| held < self.of(emotion).leave);
        Emotion::ALL
            .into_iter()
            .filter(|emotion| Some(*emotion) != self.holding && share(*emotion) > held)
            .filter(|emotion| {
                let threshold = self.of(*emotion);
                share(*emotion) >= if weak { threshold.step_in } else { threshold.enter }
            })
            .max_by(|a, b| share(*a).total_cmp(&share(*b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Probabilities;

    fn hysteresis() -> Hysteresis {
        let other =
            HysteresisThreshold { enter: 0.5, step_in: 0.35, leave: 0.35, dwell: Duration::from_millis(500) };
        let mut thresholds = [other; 7];
        let angry = &mut thresholds[Emotion::Angry.index()];
        (angry.enter, angry.step_in) = (0.6, 0.6);
        Hysteresis::new(thresholds)
    }

    fn mostly(emotion: Emotion, p: f32) -> PartialProbabilities {
        let mut weights = [(1.0 - p) / 6.0; 7];
        weights[emotion.index()] = p;
        PartialProbabilities::new(&Probabilities::from_weights(weights), 1.0)
    }

    fn run(h: &mut Hysteresis, from_ms: u64, to_ms: u64, evidence: &PartialProbabilities) {
        for ms in (from_ms..=to_ms).step_by(100) {
            h.decide(Duration::from_millis(ms), evidence);
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
        run(&mut h, 1_700, 2_000, &mostly(Emotion::Sad, 0.9));
        assert_eq!(h.holding(), Some(Emotion::Happy));
    }

    #[test]
    fn between_leave_and_enter_the_old_emotion_stays() {
        let mut h = hysteresis();
        run(&mut h, 0, 1_000, &mostly(Emotion::Happy, 0.9));
        let mut weights = [0.02; 7];
        weights[Emotion::Happy.index()] = 0.42;
        weights[Emotion::Sad.index()] = 0.48;
        run(&mut h, 1_100, 9_000, &PartialProbabilities::new(&Probabilities::from_weights(weights), 1.0));
        assert_eq!(h.holding(), Some(Emotion::Happy));
    }

    #[test]
    fn what_is_unknown_takes_nobody_over() {
        let mut h = hysteresis();
        run(&mut h, 0, 1_000, &mostly(Emotion::Happy, 0.9));
        let blind = mostly(Emotion::Sad, 0.9).toward(&PartialProbabilities::UNKNOWN, 0.7);
        run(&mut h, 1_100, 9_000, &blind);
        assert_eq!(h.holding(), Some(Emotion::Happy));
    }

    #[test]
    fn anger_needs_more_than_the_others_even_when_the_old_emotion_is_weak() {
        let mut h = hysteresis();
        run(&mut h, 0, 1_000, &mostly(Emotion::Neutral, 0.9));
        run(&mut h, 1_100, 9_000, &mostly(Emotion::Angry, 0.55));
        assert_eq!(h.holding(), Some(Emotion::Neutral));
        run(&mut h, 9_100, 10_000, &mostly(Emotion::Angry, 0.65));
        assert_eq!(h.holding(), Some(Emotion::Angry));
    }
}
