//! What a person may tune in how music is mixed.

use bevy::prelude::Resource;

use crate::foundation::settings;

settings! {
    /// Loudness and the lengths of fades.
    #[derive(Resource)]
    pub struct MixerSettings / MixerSettingsOverlay {
        /// Length of a crossfade in seconds; shorter when the tail of a track is.
        pub crossfade_seconds: f32,
        /// Length of the fade from silence, at the start and after a lost device, in seconds.
        pub first_fade_seconds: f32,
        /// A device that takes no sound for this long is dead and is opened again, in seconds. A virtual
        /// device may pause for two seconds when the machine is very busy.
        pub device_frozen_seconds: f32,
        /// Loudness of everything, in decibels; 0 leaves the tracks as they are.
        pub volume_db: f32,
        /// Loudness of the short sounds of the interface, in decibels.
        pub cue_volume_db: f32,
        /// Whether a soft sound greets who comes in, and another who leaves.
        pub greet: bool,
        /// At least this long between two such sounds, in seconds.
        pub greet_pause_seconds: f32,
    }
}

impl MixerSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let seconds = [
            ("crossfade_seconds", self.crossfade_seconds, 0.05..=60.0),
            ("first_fade_seconds", self.first_fade_seconds, 0.005..=10.0),
            ("device_frozen_seconds", self.device_frozen_seconds, 0.5..=60.0),
            ("greet_pause_seconds", self.greet_pause_seconds, 0.0..=3_600.0),
        ];
        for (field, value, range) in seconds {
            if !range.contains(&value) {
                return Err((
                    field,
                    format!("{value} is not between {} and {} seconds", range.start(), range.end()),
                ));
            }
        }
        for (field, value) in [("volume_db", self.volume_db), ("cue_volume_db", self.cue_volume_db)] {
            if !(-60.0..=6.0).contains(&value) {
                return Err((field, format!("{value} is not between -60 and 6 decibels")));
            }
        }
        Ok(())
    }
}

/// The amplitude that belongs to a level in decibels.
#[must_use]
pub fn amplitude(decibels: f32) -> f32 {
    10_f32.powf(decibels / 20.0)
}
