//! Settings of the transition gain.

use crate::music::Decibels;
use crate::settings::settings;

settings! {
    /// The gain curve that keeps a transition as loud as what came before it.
    pub struct TransitionGainSettings / TransitionGainSettingsOverlay {
        /// Largest gain, up or down; 0 turns it off.
        pub limit_db: Decibels = Decibels(12.0), in 0.0..=12.0, unit "dB",
        /// The curve begins this long before a fade that is planned early enough.
        pub lead_seconds: f32 = 5.0, in 4.0..=10.0, unit "s",
        /// The curve controls the incoming track for this long after the fade.
        pub hold_seconds: f32 = 5.0, in 0.0..=30.0, unit "s",
        /// Largest slope of the curve.
        pub steepest_db_per_second: f32 = 2.5, in 0.1..=12.0, unit "dB/s",
        /// Slope back to unity afterwards.
        pub release_db_per_second: f32 = 0.35, in 0.05..=6.0, unit "dB/s",
        /// Loudness error over three seconds that is treated as inaudible.
        pub inaudible_db: Decibels = Decibels(0.5), in 0.0..=6.0, unit "dB",
        /// If a passage cannot reach the target, the target before it is lowered by at most this.
        pub concession_db: Decibels = Decibels(1.5), in 0.0..=6.0, unit "dB",
    }
}
