//! What a person may tune in the transition gain.

use crate::settings::settings;

settings! {
    /// The gain curve that keeps a transition as loud as what came before it.
    pub struct TransitionGainSettings / TransitionGainSettingsOverlay {
        /// Largest gain, up or down, in decibels; 0 turns it off.
        pub limit_db: f32,
        /// The curve begins this long before a fade that is planned early enough, in seconds.
        pub lead_seconds: f32,
        /// The curve controls the incoming track for this long after the fade, in seconds.
        pub hold_seconds: f32,
        /// Largest slope of the curve, in dB per second.
        pub steepest_db_per_second: f32,
        /// Slope back to unity afterwards, in dB per second.
        pub release_db_per_second: f32,
        /// Loudness error over three seconds that is treated as inaudible, in decibels.
        pub inaudible_db: f32,
        /// If a passage cannot reach the target, the target before it is lowered by at most this, in decibels.
        pub concession_db: f32,
    }
}

impl TransitionGainSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let numbers = [
            ("transition_gain.limit_db", self.limit_db, 0.0..=12.0, "decibels"),
            ("transition_gain.lead_seconds", self.lead_seconds, 4.0..=10.0, "seconds"),
            ("transition_gain.hold_seconds", self.hold_seconds, 0.0..=30.0, "seconds"),
            (
                "transition_gain.steepest_db_per_second",
                self.steepest_db_per_second,
                0.1..=12.0,
                "decibels a second",
            ),
            (
                "transition_gain.release_db_per_second",
                self.release_db_per_second,
                0.05..=6.0,
                "decibels a second",
            ),
            ("transition_gain.inaudible_db", self.inaudible_db, 0.0..=6.0, "decibels"),
            ("transition_gain.concession_db", self.concession_db, 0.0..=6.0, "decibels"),
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
