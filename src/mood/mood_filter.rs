//! One of the two clocks of the mood: hysteresis, memory and decay.

use std::time::Duration;

use super::calibration::Calibration;
use super::hysteresis::{Hysteresis, HysteresisThreshold};
use super::mood_state::MoodState;
use super::partial_probabilities::{PartialProbabilities, confidence};
use super::smoothing::arrived;
use crate::emotion::{Circumplex, Emotion, Probabilities};

/// From this known share on a view counts as readable, and the hold time starts anew.
pub(super) const READABLE: f32 = 0.3;
/// From this known share on the memory is replaced completely.
const FULL: f32 = 0.5;

/// How a mood ends when nothing can be read any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct MoodDecay {
    /// How long it stays as it is.
    pub(super) hold: Duration,
    /// After that it fades by 90 % within this many seconds.
    pub(super) decay: f32,
    /// It ends when less of its emotion is left.
    pub(super) end: f32,
}

/// One clock of the mood.
#[derive(Debug, Clone)]
pub(super) struct MoodFilter {
    hysteresis: Hysteresis,
    ending: MoodDecay,
    calibration: Calibration,
    /// What was last known well.
    memory: Probabilities,
    /// Memory where little is known, else what is known.
    read: Probabilities,
    known: f32,
    /// What is left of it: 1 while something is known, 0 when all is forgotten.
    strength: f32,
    last_known: Option<Duration>,
    advanced: Duration,
}

impl MoodFilter {
    pub(super) fn new(
        thresholds: [HysteresisThreshold; 7],
        ending: MoodDecay,
        calibration: Calibration,
    ) -> Self {
        Self {
            hysteresis: Hysteresis::new(thresholds),
            ending,
            calibration,
            memory: Probabilities::UNIFORM,
            read: Probabilities::UNIFORM,
            known: 0.0,
            strength: 0.0,
            last_known: None,
            advanced: Duration::ZERO,
        }
    }

    /// Applies other thresholds and times; the emotion that holds stays until the new ones end it.
    pub(super) fn change_settings(
        &mut self,
        thresholds: [HysteresisThreshold; 7],
        ending: MoodDecay,
        calibration: Calibration,
    ) {
        self.hysteresis.change_thresholds(thresholds);
        self.ending = ending;
        self.calibration = calibration;
    }

    /// Takes in what is known at `at`, while somebody is in view.
    pub(super) fn feed(&mut self, at: Duration, shares: &PartialProbabilities) {
        self.known = shares.known();
        let share = (self.known / FULL).min(1.0);
        self.read = self.memory.toward(&shares.probabilities(), share);
        self.strength = self.strength.max(share);
        if self.known >= FULL {
            self.memory = self.read;
        }
        if self.known >= READABLE {
            self.last_known = Some(at);
        }
        self.hysteresis.decide(at, shares);
    }

    /// Lets time pass: without anything to read, the mood holds for a while and then fades.
    pub(super) fn advance(&mut self, now: Duration) {
        let began = self.advanced;
        self.advanced = self.advanced.max(now);
        let Some(last_known) = self.last_known else { return };
        let dt = now.saturating_sub(began.max(last_known + self.ending.hold));
        if dt.is_zero() {
            return;
        }
        self.strength *= 1.0 - arrived(dt.as_secs_f32(), self.ending.decay);
        if self.hysteresis.holding().is_some_and(|holding| self.left().of(holding) < self.ending.end) {
            self.hysteresis.end(now);
        }
    }

    /// How often such an answer is right; fades like [`Self::left`].
    fn probability(&self, emotion: Emotion) -> f32 {
        let chance = Probabilities::UNIFORM.of(emotion);
        chance + self.strength * (self.calibration.probability(emotion, self.read.of(emotion)) - chance)
    }

    /// What is left of the probabilities: uniform when all is forgotten.
    fn left(&self) -> Probabilities {
        Probabilities::UNIFORM.toward(&self.read, self.strength)
    }

    pub(super) fn state(&self, circumplex: &Circumplex) -> MoodState {
        let affect = circumplex.affect(&self.read);
        let probabilities = self.left();
        let emotion = self.hysteresis.holding();
        MoodState {
            emotion,
            probability: emotion.map_or(0.0, |emotion| self.probability(emotion)),
            probabilities,
            valence: affect.valence * self.strength,
            arousal: affect.arousal * self.strength,
            confidence: confidence(&probabilities, self.known),
            since: self.hysteresis.changed(),
        }
    }
}
