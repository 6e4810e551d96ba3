//! Settings of how music is chosen.

use bevy::prelude::Resource;

use crate::music::journey::JourneySettings;
use crate::music::recommend::RecommendSettings;
use crate::music::taste::TasteSettings;
use crate::settings::settings;

settings! {
    /// How often the music may change, how soon a track may come again, and how it is chosen.
    #[derive(Resource)]
    pub struct MusicSettings / MusicSettingsOverlay {
        /// A change of mood changes the music only when the last choice is this old.
        pub minimum_seconds_between_changes: f32 = 12.0, in 0.0..=3_600.0, unit "s",
        /// A track does not come again before this many others, where there are as many.
        pub not_again_tracks: usize = 4, in 0..=1_000,
        /// How often a music folder that is missing or empty is looked into again.
        pub look_again_seconds: f32 = 30.0, in 1.0..=3_600.0, unit "s",
        /// What makes a track the right one.
        pub recommend: RecommendSettings,
        /// What is learned from likes and skips.
        pub taste: TasteSettings,
        /// How music leads from one mood to another.
        pub journey: JourneySettings,
    }
}
