//! What a person may tune in the living ambient.

use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::settings::{Layered, settings};

/// When the pad sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmbientWhen {
    #[default]
    Off,
    /// Only while no music plays.
    Silences,
    /// Also under the music, quietly, if its key is known.
    Always,
}

impl AmbientWhen {
    /// The next value of a switch that cycles through all of them.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::Silences,
            Self::Silences => Self::Always,
            Self::Always => Self::Off,
        }
    }
}

/// When the pad sounds now. Begins as the setting, and a person can switch it while the app runs.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AmbientSwitch(pub AmbientWhen);

impl Layered for AmbientWhen {
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(value) = overlay {
            *self = value;
        }
    }
}

settings! {
    /// The ambient pad: slow chords that follow the mood.
    pub struct AmbientSettings / AmbientSettingsOverlay {
        /// `off`, `silences` (while no music plays) or `always` (under the music, too).
        pub when: AmbientWhen,
        /// Whether it sounds while a person has paused the music.
        pub in_pauses: bool,
        /// Loudness in LUFS without music, and under music.
        pub alone_lufs: f32,
        pub under_lufs: f32,
        /// The pad begins when the music has been silent for this long, in seconds.
        pub silence_seconds: f32,
        /// Length of its fade in, and of its fade out when music plays, in seconds.
        pub fade_in_seconds: f32,
        pub step_back_seconds: f32,
        /// Level of the chimes beside the chords in decibels; below −40 there are none.
        pub chimes_db: f32,
    }
}

impl AmbientSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let numbers = [
            ("ambient.alone_lufs", self.alone_lufs, -50.0..=-14.0, "LUFS"),
            ("ambient.under_lufs", self.under_lufs, -60.0..=-20.0, "LUFS"),
            ("ambient.silence_seconds", self.silence_seconds, 0.3..=600.0, "seconds"),
            ("ambient.fade_in_seconds", self.fade_in_seconds, 0.5..=60.0, "seconds"),
            ("ambient.step_back_seconds", self.step_back_seconds, 0.5..=60.0, "seconds"),
            ("ambient.chimes_db", self.chimes_db, -60.0..=0.0, "decibels"),
        ];
        for (field, value, range, unit) in numbers {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err((field, format!("{value} is not between {least} and {most} {unit}")));
            }
        }
        Ok(())
    }
}
