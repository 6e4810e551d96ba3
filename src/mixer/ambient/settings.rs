//! Settings of the ambient pad.

use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::music::{Decibels, Lufs};
use crate::settings::{choices, settings};

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

choices!(AmbientWhen { Off, Silences, Always });

settings! {
    /// The ambient pad: slow chords that follow the mood.
    pub struct AmbientSettings / AmbientSettingsOverlay {
        /// When it plays: off, silences (only while no music plays) or always (quietly under the music, too).
        pub when: AmbientWhen = AmbientWhen::Off,
        /// Whether it plays while a person has paused the music.
        pub in_pauses: bool = false,
        /// Loudness without music.
        pub alone_lufs: Lufs = Lufs(-20.0), in -50.0..=-14.0, unit "LUFS",
        /// Loudness under music.
        pub under_lufs: Lufs = Lufs(-30.0), in -60.0..=-20.0, unit "LUFS",
        /// The pad begins when the music has been silent for this long.
        pub silence_seconds: f32 = 1.5, in 0.3..=600.0, unit "s",
        /// Length of its fade in.
        pub fade_in_seconds: f32 = 4.0, in 0.5..=60.0, unit "s",
        /// Length of its fade out when music plays.
        pub step_back_seconds: f32 = 4.0, in 0.5..=60.0, unit "s",
        /// Level of the chimes beside the chords; below -40 there are none.
        pub chimes_db: Decibels = Decibels(-11.0), in -60.0..=0.0, unit "dB",
        /// The timbre.
        pub timbre: AmbientTimbreSettings,
    }
}

settings! {
    /// The timbre of the ambient pad.
    #[derive(Copy)]
    pub struct AmbientTimbreSettings / AmbientTimbreSettingsOverlay {
        /// Cutoff in a balanced mood: above it, harmonics fall off.
        pub cutoff_hz: f32 = 880.0, in 100.0..=8_000.0, unit "Hz",
        /// Octaves by which the cutoff rises at full arousal.
        pub arousal_octaves: f32 = 1.35, in -4.0..=4.0, unit "octaves",
        /// Octaves by which the cutoff rises at full valence.
        pub valence_octaves: f32 = 0.35, in -4.0..=4.0, unit "octaves",
        /// Octaves by which the cutoff moves with the breath.
        pub breath_octaves: f32 = 0.22, in 0.0..=2.0, unit "octaves",
        /// Time constant with which the sound follows the mood.
        pub mood_seconds: f32 = 2.5, in 0.1..=60.0, unit "s",
    }
}
