//! What a person may tune in how a mood forms.

use std::time::Duration;

use bevy::prelude::Resource;

use super::hysteresis;
use crate::emotion::Emotion;
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
        /// What a person's face reads at rest.
        pub baseline: BaselineSettings,
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
        /// After that it fades: by 90 % within so many seconds.
        pub decay_seconds: f32,
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
    /// How the face at rest is learned and taken off.
    pub struct BaselineSettings / BaselineSettingsOverlay {
        /// So many seconds of a resting face are learned; 0 learns nothing.
        pub seconds: f32,
        /// They must lie within so many first seconds of good views.
        pub within_seconds: f32,
        /// A face that is surer than this of something else than neutral is not at rest, 0..=1.
        pub certain: f32,
        /// What an emotion may read at rest without being taken off, 0..=1.
        pub rest: f32,
        /// At most so much is taken off, in natural logarithms of odds; 0 takes off nothing.
        pub limit: f32,
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
        self.baseline.validate()?;
        seconds("unknown_seconds", self.unknown_seconds)?;
        seconds("presence_settle_seconds", self.presence_settle_seconds)?;
        seconds("forget_seconds", self.forget_seconds)?;
        seconds("hold_seconds", self.hold_seconds)?;
        seconds("decay_seconds", self.decay_seconds)?;
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

    pub(super) fn fast(&self) -> [hysteresis::Threshold; 7] {
        Emotion::ALL.map(|emotion| self.of(emotion).with_dwell(self.of(emotion).picture_dwell_seconds))
    }

    pub(super) fn slow(&self) -> [hysteresis::Threshold; 7] {
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
    fn with_dwell(&self, dwell: f32) -> hysteresis::Threshold {
        hysteresis::Threshold {
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

impl BaselineSettings {
    fn validate(&self) -> Result<(), Complaint> {
        seconds("baseline.seconds", self.seconds)?;
        seconds("baseline.within_seconds", self.within_seconds)?;
        share("baseline.certain", self.certain)?;
        share("baseline.rest", self.rest)?;
        within("baseline.limit", self.limit, 5.0, "")
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
