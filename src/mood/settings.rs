//! What a person may tune in how a mood forms.

use std::time::Duration;

use bevy::prelude::Resource;

use super::hysteresis;
use crate::emotion::{Emotion, Probabilities};
use crate::settings::settings;

settings! {
    /// Windows, times and thresholds of the mood, on both clocks.
    #[derive(Resource)]
    pub struct MoodSettings / MoodSettingsOverlay {
        /// EmotionShares window of the fast clock, which pictures follow: how many seconds a
        /// steady change takes to arrive by 90 %.
        pub picture_seconds: f32,
        /// The same for the slow clock, which music follows.
        pub music_seconds: f32,
        /// What each emotion needs to become the mood, and to stay.
        pub thresholds: Thresholds,
        /// How a person's face at rest is learned.
        pub rest: RestSettings,
        /// Advice is given when somebody could not be read for so many seconds.
        pub unknown_seconds: f32,
        /// Whether only the nearest person counts.
        pub only_nearest: bool,
        /// How long a new number of people must be seen before it counts, in seconds.
        pub presence_settle_seconds: f32,
        /// A person out of view for so many seconds is forgotten.
        pub forget_seconds: f32,
        /// How long the fast mood holds as it is after the last good view, in seconds.
        pub hold_seconds: f32,
        /// After that it fades: by 90 % within this many seconds.
        pub decay_seconds: f32,
        /// A mood that fades ends when less than this probability of its emotion is left, 0..=1.
        pub end_probability: f32,
        /// How long the slow mood holds as it is after the last good view, in seconds.
        pub music_hold_seconds: f32,
        /// After that it fades: by 90 % within so many seconds.
        pub music_decay_seconds: f32,
        /// The room is idle when nobody has been in view for so many seconds.
        pub idle_seconds: f32,
        /// How many minutes of valence and arousal are kept for plots.
        pub trail_minutes: f32,
    }
}

settings! {
    /// One row for each emotion.
    pub struct Thresholds / ThresholdsOverlay {
        pub angry: Threshold,
        pub disgust: Threshold,
        pub fear: Threshold,
        pub happy: Threshold,
        pub sad: Threshold,
        pub surprise: Threshold,
        pub neutral: Threshold,
    }
}

settings! {
    /// What an emotion needs. Shares are 0..=1 of all that was seen, the unknown included.
    pub struct Threshold / ThresholdOverlay {
        /// Smoothed share with which it takes over in any case.
        pub enter: f32,
        /// Smoothed share with which it takes over from an emotion that has fallen below its `leave`.
        pub step_in: f32,
        /// Below this share it is weak and others may step in.
        pub leave: f32,
        /// How long it must stay ahead before the fast mood follows, in seconds.
        pub picture_dwell_seconds: f32,
        /// The same for the slow mood.
        pub music_dwell_seconds: f32,
    }
}

settings! {
    /// How a person's face at rest is learned, and how their expressions are read relative to it.
    pub struct RestSettings / RestSettingsOverlay {
        /// Probability of neutral in the common resting face to which each person's rest is moved; the
        /// other six share the remainder. Lower values make every expression easier to reach.
        pub common_neutral: f32,
        /// What the networks read from strangers at rest on average: weights, of any sum.
        pub usual: UsualRest,
        /// The usual rest counts as much as this many seconds of the person's own rest.
        pub prior_seconds: f32,
        /// The newest seconds of rest of which the median is taken.
        pub window_seconds: f32,
        /// A newcomer's face that is surer than this of an expression is not at rest, 0..=1. The bound falls to 0 as
        /// the person's rest becomes known.
        pub certain: f32,
        /// The same for a smile.
        pub certain_smile: f32,
        /// Once the rest is known, a face is at rest only with at least this probability of neutral, 0..=1.
        pub least_neutral: f32,
        /// An expression other than a smile or surprise that stays for this many seconds is a resting face.
        pub long_hold_seconds: f32,
        /// An emotion gains or loses at most this, in natural logarithms of odds; 0 changes nothing.
        pub limit: f32,
        /// The same for anger, disgust and fear.
        pub rare_limit: f32,
    }
}

settings! {
    /// A resting face as weights of the seven emotions.
    pub struct UsualRest / UsualRestOverlay {
        pub angry: f32,
        pub disgust: f32,
        pub fear: f32,
        pub happy: f32,
        pub sad: f32,
        pub surprise: f32,
        pub neutral: f32,
    }
}

/// A field and what it must be.
type Complaint = (&'static str, String);

impl MoodSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        seconds("picture_seconds", self.picture_seconds)?;
        seconds("music_seconds", self.music_seconds)?;
        self.thresholds.validate()?;
        self.rest.validate()?;
        seconds("unknown_seconds", self.unknown_seconds)?;
        seconds("presence_settle_seconds", self.presence_settle_seconds)?;
        seconds("forget_seconds", self.forget_seconds)?;
        seconds("hold_seconds", self.hold_seconds)?;
        seconds("decay_seconds", self.decay_seconds)?;
        share("end_probability", self.end_probability)?;
        seconds("music_hold_seconds", self.music_hold_seconds)?;
        seconds("music_decay_seconds", self.music_decay_seconds)?;
        seconds("idle_seconds", self.idle_seconds)?;
        within("trail_minutes", self.trail_minutes, 60.0, " minutes")
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

    fn validate(&self) -> Result<(), Complaint> {
        for (emotion, place) in Emotion::ALL.into_iter().zip(PLACES) {
            self.of(emotion).validate().map_err(|(field, reason)| (place, format!("{field}: {reason}")))?;
        }
        Ok(())
    }
}

/// In the order of [`Emotion::ALL`].
const PLACES: [&str; 7] = [
    "thresholds.angry",
    "thresholds.disgust",
    "thresholds.fear",
    "thresholds.happy",
    "thresholds.sad",
    "thresholds.surprise",
    "thresholds.neutral",
];

impl Threshold {
    fn with_dwell(&self, dwell: f32) -> hysteresis::HysteresisThreshold {
        hysteresis::HysteresisThreshold {
            enter: self.enter,
            step_in: self.step_in,
            leave: self.leave,
            dwell: Duration::from_secs_f32(dwell),
        }
    }

    fn validate(&self) -> Result<(), Complaint> {
        share("enter", self.enter)?;
        share("step_in", self.step_in)?;
        share("leave", self.leave)?;
        seconds("picture_dwell_seconds", self.picture_dwell_seconds)?;
        seconds("music_dwell_seconds", self.music_dwell_seconds)?;
        for (field, value) in [("leave", self.leave), ("step_in", self.step_in)] {
            if value > self.enter {
                return Err((field, format!("{value} is above enter ({})", self.enter)));
            }
        }
        Ok(())
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

    fn validate(&self) -> Result<(), Complaint> {
        share("rest.common_neutral", self.common_neutral)?;
        for value in self.usual.weights() {
            within("rest.usual", value, 1.0, "")?;
        }
        seconds("rest.prior_seconds", self.prior_seconds)?;
        seconds("rest.window_seconds", self.window_seconds)?;
        share("rest.certain", self.certain)?;
        share("rest.certain_smile", self.certain_smile)?;
        share("rest.least_neutral", self.least_neutral)?;
        seconds("rest.long_hold_seconds", self.long_hold_seconds)?;
        within("rest.limit", self.limit, 10.0, "")?;
        within("rest.rare_limit", self.rare_limit, 10.0, "")
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

fn seconds(field: &'static str, value: f32) -> Result<(), Complaint> {
    within(field, value, 3_600.0, " seconds")
}

fn share(field: &'static str, value: f32) -> Result<(), Complaint> {
    within(field, value, 1.0, "")
}

fn within(field: &'static str, value: f32, most: f32, unit: &str) -> Result<(), Complaint> {
    if (0.0..=most).contains(&value) {
        return Ok(());
    }
    Err((field, format!("{value} is not between 0 and {most}{unit}")))
}
