//! What a person may tune in how music is chosen.

use bevy::prelude::Resource;

use crate::music::journey::JourneySettings;
use crate::music::recommend::RecommendSettings;
use crate::music::taste::TasteSettings;
use crate::settings::settings;

settings! {
    /// How often the music may change, how soon a track may come again, and how it is chosen.
    #[derive(Resource)]
    pub struct MusicSettings / MusicSettingsOverlay {
        /// A change of mood changes the music only when the last choice is this old, in seconds.
        pub minimum_seconds_between_changes: f32,
        /// A track does not come again before this many others, where there are as many.
        pub not_again_tracks: usize,
        /// How often a music folder that is missing or empty is looked into again, in seconds.
        pub look_again_seconds: f32,
        /// What makes a track the right one.
        pub recommend: RecommendSettings,
        /// What is learned from likes and skips.
        pub taste: TasteSettings,
        /// How music leads from one mood to another.
        pub journey: JourneySettings,
    }
}

impl MusicSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let seconds = [
            ("minimum_seconds_between_changes", self.minimum_seconds_between_changes, 0.0),
            ("look_again_seconds", self.look_again_seconds, 1.0),
        ];
        for (field, value, least) in seconds {
            if !(least..=3_600.0).contains(&value) {
                return Err((field, format!("{value} is not between {least} and 3600 seconds")));
            }
        }
        if self.not_again_tracks > 1_000 {
            return Err(("not_again_tracks", format!("{} is more than 1000", self.not_again_tracks)));
        }
        self.recommend.validate()?;
        self.taste.validate()?;
        self.journey.validate()
    }
}
