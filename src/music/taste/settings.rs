//! Settings of how taste is learned.

use crate::settings::settings;

settings! {
    /// What each sign of liking is worth, and how fast it is learned.
    pub struct TasteSettings / TasteSettingsOverlay {
        /// Pressed "like".
        pub liked: f32 = 1.0, in -1.0..=1.0,
        /// Asked to hear it again.
        pub replayed: f32 = 0.8, in -1.0..=1.0,
        /// Heard to its end while a person was present.
        pub finished: f32 = 0.5, in -1.0..=1.0,
        /// Skipped within the first `early_seconds`.
        pub skipped_early: f32 = -1.0, in -1.0..=1.0,
        /// Skipped later.
        pub skipped_late: f32 = -0.3, in -1.0..=1.0,
        /// Pressed "not now".
        pub not_now: f32 = -0.4, in -1.0..=1.0,
        /// A skip within this time is early.
        pub early_seconds: f32 = 30.0, in 0.0..=3_600.0, unit "s",
        /// How long "not now" keeps a track away.
        pub not_now_hours: f32 = 6.0, in 0.0..=1_000.0, unit "h",
        /// How much of what was learned remains after each further lesson.
        pub discount: f32 = 0.995, in 0.5..=1.0,
        /// Standard deviation of the weights before anything is learned.
        pub prior_deviation: f32 = 0.15, in 0.01..=10.0,
        /// Standard deviation of the noise of one reward.
        pub reward_deviation: f32 = 0.5, in 0.01..=10.0,
        /// Strength of exploration: 0 none, 1 as in Thompson sampling.
        pub explore: f32 = 0.35, in 0.0..=10.0,
        /// Weight of what is known about the very track, beside what its sound lets expect.
        pub track_memory: f32 = 0.5, in 0.0..=10.0,
        /// Weight of what is known about other tracks of the artist.
        pub artist_memory: f32 = 0.3, in 0.0..=10.0,
    }
}
