//! Settings of the mood.

use std::time::Duration;

use bevy::prelude::Resource;

use super::calibration::Calibration;
use super::hysteresis;
use super::mood_filter::MoodDecay;
use crate::emotion::{Emotion, Probabilities};
use crate::settings::{Violation, require, settings};

settings! {
    /// How expressions over time become a mood, on two clocks.
    #[derive(Resource)]
    pub struct MoodSettings / MoodSettingsOverlay {
        /// Window of the fast clock, which pictures follow: a steady change arrives by 90 % within this time.
        pub picture_seconds: f32 = 1.5, in 0.0..=3_600.0, unit "s",
        /// The same for the slow clock, which music follows.
        pub music_seconds: f32 = 20.0, in 0.0..=3_600.0, unit "s",
        /// What each emotion needs to become the mood, and to stay. Anger needs more, since a concentrating face reads
        /// as anger too easily.
        pub thresholds: Thresholds,
        /// Expressions are read relative to the person's own resting face, which is moved to one common resting face.
        /// The resting face is the median over the newest seconds in which the person was plausibly at rest; at first
        /// the usual rest of strangers stands in.
        pub rest: RestSettings,
        /// What the smoothed probability of the emotion that holds must become to be as large as such answers are often
        /// right; it is shown and decides nothing. Set together with the networks.
        pub calibration: Calibration,
        /// A person who could not be read for this long is told why.
        pub unknown_seconds: f32 = 1.5, in 0.0..=3_600.0, unit "s",
        /// Whether only the nearest person counts.
        pub only_nearest: bool = false,
        /// How long a new number of people must be seen before it counts.
        pub presence_settle_seconds: f32 = 0.25, in 0.0..=3_600.0, unit "s",
        /// A person out of view for this long is forgotten, with their resting face.
        pub forget_seconds: f32 = 1.5, in 0.0..=3_600.0, unit "s",
        /// How long the fast mood holds as it is after the last good view.
        pub hold_seconds: f32 = 3.0, in 0.0..=3_600.0, unit "s",
        /// After that it fades: by 90 % within this time.
        pub decay_seconds: f32 = 10.0, in 0.0..=3_600.0, unit "s",
        /// A mood that fades ends when less than this probability of its emotion is left.
        pub end_probability: f32 = 0.35, in 0.0..=1.0,
        /// How long the slow mood holds as it is after the last good view.
        pub music_hold_seconds: f32 = 12.0, in 0.0..=3_600.0, unit "s",
        /// After that it fades: by 90 % within this time.
        pub music_decay_seconds: f32 = 20.0, in 0.0..=3_600.0, unit "s",
        /// The room is idle when no person has been in view for this long.
        pub idle_seconds: f32 = 45.0, in 0.0..=3_600.0, unit "s",
        /// How much valence and arousal is kept for plots.
        pub trail_minutes: f32 = 5.0, in 0.0..=60.0, unit "min",
    }
}

impl MoodSettings {
    pub(super) fn fast_decay(&self) -> MoodDecay {
        self.decay(self.hold_seconds, self.decay_seconds)
    }

    pub(super) fn slow_decay(&self) -> MoodDecay {
        self.decay(self.music_hold_seconds, self.music_decay_seconds)
    }

    fn decay(&self, hold: f32, decay: f32) -> MoodDecay {
        MoodDecay { hold: Duration::from_secs_f32(hold), decay, end: self.end_probability }
    }

    /// How long a new number of people must be seen.
    pub(super) fn settle(&self) -> Duration {
        Duration::from_secs_f32(self.presence_settle_seconds)
    }

    /// After how long a person who cannot be read is told why.
    pub(super) fn unknown(&self) -> Duration {
        Duration::from_secs_f32(self.unknown_seconds)
    }

    /// How far back the trail reaches.
    pub(super) fn trail(&self) -> Duration {
        Duration::from_secs_f32(60.0 * self.trail_minutes)
    }
}

settings! {
    /// One row for each emotion.
    pub struct Thresholds / ThresholdsOverlay {
        /// For anger.
        pub angry: Threshold = Threshold { enter: 0.6, step_in: 0.6, ..Threshold::default() },
        /// For disgust.
        pub disgust: Threshold,
        /// For fear.
        pub fear: Threshold,
        /// For joy.
        pub happy: Threshold = Threshold { enter: 0.3, step_in: 0.25, ..Threshold::default() },
        /// For sadness.
        pub sad: Threshold,
        /// For surprise.
        pub surprise: Threshold,
        /// For a neutral face.
        pub neutral: Threshold =
            Threshold { step_in: 0.25, picture_dwell_seconds: 0.5, ..Threshold::default() },
    }
}

settings! {
    /// What an emotion needs. Shares are of all that was seen, poor views included.
    pub struct Threshold / ThresholdOverlay {
        /// Smoothed share with which it takes over in any case.
        pub enter: f32 = 0.35, in 0.0..=1.0,
        /// Smoothed share with which it takes over from an emotion that has fallen below its `leave`; not above enter.
        pub step_in: f32 = 0.3, in 0.0..=1.0,
        /// Below this share it is weak and others may step in; not above enter.
        pub leave: f32 = 0.2, in 0.0..=1.0,
        /// How long it must stay ahead before the fast mood follows.
        pub picture_dwell_seconds: f32 = 0.7, in 0.0..=3_600.0, unit "s",
        /// The same for the slow mood.
        pub music_dwell_seconds: f32 = 3.0, in 0.0..=3_600.0, unit "s",
    }
    check enter_is_highest;
}

fn enter_is_highest(threshold: &Threshold) -> Result<(), Violation> {
    for (field, value) in [("leave", threshold.leave), ("step_in", threshold.step_in)] {
        require(value <= threshold.enter, field, || format!("{value} is above enter ({})", threshold.enter))?;
    }
    Ok(())
}

settings! {
    /// How a person's face at rest is learned, and how their expressions are read relative to it.
    pub struct RestSettings / RestSettingsOverlay {
        /// Probability of neutral in the common resting face to which each person's rest is moved; the other six share
        /// the remainder. Lower values make every expression easier to reach.
        pub common_neutral: f32 = 0.55, in 0.0..=1.0,
        /// What the networks read from strangers at rest on average: weights, of any sum.
        pub usual: UsualRest,
        /// The usual rest counts as much as this much of the person's own rest.
        pub prior_seconds: f32 = 0.5, in 0.0..=3_600.0, unit "s",
        /// The newest rest of which the median is taken.
        pub window_seconds: f32 = 60.0, in 0.0..=3_600.0, unit "s",
        /// A newcomer's face that is surer than this of an expression is not at rest. The bound falls to 0 as the
        /// person's rest becomes known.
        pub certain: f32 = 0.85, in 0.0..=1.0,
        /// The same for a smile.
        pub certain_smile: f32 = 0.85, in 0.0..=1.0,
        /// Once the rest is known, a face is at rest only with at least this probability of neutral.
        pub least_neutral: f32 = 0.4, in 0.0..=1.0,
        /// An expression other than a smile or surprise that stays for this long is a resting face.
        pub long_hold_seconds: f32 = 25.0, in 0.0..=3_600.0, unit "s",
        /// An emotion gains or loses at most this, in natural logarithms of odds; 0 changes nothing.
        pub limit: f32 = 8.0, in 0.0..=10.0, unit "nat",
        /// The same for anger, disgust and fear.
        pub rare_limit: f32 = 8.0, in 0.0..=10.0, unit "nat",
    }
}

settings! {
    /// A resting face as weights of the seven emotions.
    pub struct UsualRest / UsualRestOverlay {
        /// Weight of anger.
        pub angry: f32 = 0.3, in 0.0..=1.0,
        /// Weight of disgust.
        pub disgust: f32 = 0.06, in 0.0..=1.0,
        /// Weight of fear.
        pub fear: f32 = 0.06, in 0.0..=1.0,
        /// Weight of joy.
        pub happy: f32 = 0.02, in 0.0..=1.0,
        /// Weight of sadness.
        pub sad: f32 = 0.05, in 0.0..=1.0,
        /// Weight of surprise.
        pub surprise: f32 = 0.03, in 0.0..=1.0,
        /// Weight of neutral.
        pub neutral: f32 = 0.82, in 0.0..=1.0,
    }
}

impl Thresholds {
    /// The row of an emotion.
    #[must_use]
    pub fn of(&self, emotion: Emotion) -> &Threshold {
        match emotion {
            Emotion::Angry => &self.angry,
            Emotion::Disgust => &self.disgust,
            Emotion::Fear => &self.fear,
            Emotion::Happy => &self.happy,
            Emotion::Sad => &self.sad,
            Emotion::Surprise => &self.surprise,
            Emotion::Neutral => &self.neutral,
        }
    }

    pub(super) fn fast(&self) -> [hysteresis::HysteresisThreshold; 7] {
        Emotion::ALL.map(|emotion| self.of(emotion).with_dwell(self.of(emotion).picture_dwell_seconds))
    }

    pub(super) fn slow(&self) -> [hysteresis::HysteresisThreshold; 7] {
        Emotion::ALL.map(|emotion| self.of(emotion).with_dwell(self.of(emotion).music_dwell_seconds))
    }
}

impl Threshold {
    fn with_dwell(&self, dwell: f32) -> hysteresis::HysteresisThreshold {
        hysteresis::HysteresisThreshold {
            enter: self.enter,
            step_in: self.step_in,
            leave: self.leave,
            dwell: Duration::from_secs_f32(dwell),
        }
    }
}

impl RestSettings {
    /// The common resting face.
    pub(super) fn common(&self) -> Probabilities {
        let mut weights = [(1.0 - self.common_neutral) / 6.0; 7];
        weights[Emotion::Neutral.index()] = self.common_neutral;
        Probabilities::from_weights(weights)
    }

    pub(super) fn limit_of(&self, emotion: Emotion) -> f32 {
        match emotion {
            Emotion::Angry | Emotion::Disgust | Emotion::Fear => self.rare_limit,
            _ => self.limit,
        }
    }
}

impl UsualRest {
    fn weights(&self) -> [f32; 7] {
        let Self { angry, disgust, fear, happy, sad, surprise, neutral } = *self;
        [angry, disgust, fear, happy, sad, surprise, neutral]
    }

    pub(super) fn probabilities(&self) -> Probabilities {
        Probabilities::from_weights(self.weights())
    }
}
