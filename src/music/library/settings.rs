//! Settings of the music library.

use bevy::prelude::Resource;

use crate::music::analysis::descriptors::{DanceabilityWeights, EnergyWeights, ValenceWeights};
use crate::settings::settings;

settings! {
    /// How music is found, measured and described.
    #[derive(Resource)]
    pub struct LibrarySettings / LibrarySettingsOverlay {
        /// Whether tracks are analysed in the background.
        pub analyse: bool = true,
        /// The share of one core that the analysis may use while Attune runs, 0..=1.
        pub analysis_share: f32 = 0.5, in 0.01..=1.0,
        /// Whether audiobooks, podcasts and radio plays are played as music is. They are listed with the reason otherwise.
        pub include_spoken_word: bool = false, from next start,
        /// How long a changed folder must be quiet before it is scanned again.
        pub settle_seconds: f32 = 2.0, in 0.1..=600.0, unit "s",
        /// How often a folder is scanned even if no change was reported.
        pub rescan_minutes: f32 = 15.0, in 0.1..=10_000.0, unit "min",
        /// Weight of typical music elsewhere in the percentiles, as a number of tracks.
        pub reference_tracks: usize = 50, in 1..=100_000,
        /// What energy is made of.
        pub energy: EnergyWeights,
        /// What danceability is made of.
        pub danceability: DanceabilityWeights,
        /// What the estimate of valence is made of.
        pub valence: ValenceWeights,
    }
}
