//! What a person may tune in how taste is learned.

use crate::settings::settings;

settings! {
    /// What each sign of liking is worth, and how fast it is learned.
    pub struct TasteSettings / TasteSettingsOverlay {
        /// Pressed "like".
        pub liked: f32,
        /// Asked to hear it again.
        pub replayed: f32,
        /// Heard to its end while a person was present.
        pub finished: f32,
        /// Skipped within the first `early_seconds`.
        pub skipped_early: f32,
        /// Skipped later.
        pub skipped_late: f32,
        /// Pressed "not now".
        pub not_now: f32,
        /// A skip within this time is early, in seconds.
        pub early_seconds: f32,
        /// How long "not now" keeps a track away, in hours.
        pub not_now_hours: f32,
        /// How much of what was learned remains after each further lesson.
        pub discount: f32,
        /// Standard deviation of the weights before anything is learned.
        pub prior_deviation: f32,
        /// Standard deviation of the noise of one reward.
        pub reward_deviation: f32,
        /// Strength of exploration: 0 none, 1 as in Thompson sampling.
        pub explore: f32,
        /// Weight of what is known about the very track, beside what its sound lets expect.
        pub track_memory: f32,
        /// Weight of what is known about other tracks of the artist.
        pub artist_memory: f32,
    }
}

impl TasteSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let ranges = [
            ("taste.liked", self.liked, -1.0..=1.0),
            ("taste.replayed", self.replayed, -1.0..=1.0),
            ("taste.finished", self.finished, -1.0..=1.0),
            ("taste.skipped_early", self.skipped_early, -1.0..=1.0),
            ("taste.skipped_late", self.skipped_late, -1.0..=1.0),
            ("taste.not_now", self.not_now, -1.0..=1.0),
            ("taste.early_seconds", self.early_seconds, 0.0..=3_600.0),
            ("taste.not_now_hours", self.not_now_hours, 0.0..=1_000.0),
            ("taste.discount", self.discount, 0.5..=1.0),
            ("taste.prior_deviation", self.prior_deviation, 0.01..=10.0),
            ("taste.reward_deviation", self.reward_deviation, 0.01..=10.0),
            ("taste.explore", self.explore, 0.0..=10.0),
            ("taste.track_memory", self.track_memory, 0.0..=10.0),
            ("taste.artist_memory", self.artist_memory, 0.0..=10.0),
        ];
        for (field, value, range) in ranges {
            if !range.contains(&value) {
                let reason = format!("{value} is not between {} and {}", range.start(), range.end());
                return Err((field, reason));
            }
        }
        Ok(())
    }
}
