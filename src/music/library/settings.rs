//! What a person may tune in how the library is kept.

use bevy::prelude::Resource;

use crate::music::analysis::descriptors::{DanceabilityWeights, EnergyWeights, ValenceWeights};
use crate::settings::settings;

settings! {
    /// How music is found, measured and described.
    #[derive(Resource)]
    pub struct LibrarySettings / LibrarySettingsOverlay {
        /// Whether tracks are analysed in the background.
        pub analyse: bool,
        /// The share of one core that the analysis may use while Attune runs, 0..=1.
        pub analysis_share: f32,
        /// How long a changed folder must be quiet before it is scanned again, in seconds.
        pub settle_seconds: f32,
        /// How often a folder is scanned even if no change was reported, in minutes.
        pub rescan_minutes: f32,
        /// Weight of typical music elsewhere in the percentiles, as a number of tracks.
        pub reference_tracks: usize,
        /// What energy is made of.
        pub energy: EnergyWeights,
        /// What danceability is made of.
        pub danceability: DanceabilityWeights,
        /// What the estimate of valence is made of.
        pub valence: ValenceWeights,
    }
}

impl LibrarySettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        if !(0.01..=1.0).contains(&self.analysis_share) {
            return Err(("analysis_share", format!("{} is not between 0.01 and 1", self.analysis_share)));
        }
        if !(0.1..=600.0).contains(&self.settle_seconds) {
            return Err(("settle_seconds", format!("{} is not between 0.1 and 600", self.settle_seconds)));
        }
        if !(0.1..=10_000.0).contains(&self.rescan_minutes) {
            return Err(("rescan_minutes", format!("{} is not between 0.1 and 10000", self.rescan_minutes)));
        }
        if !(1..=100_000).contains(&self.reference_tracks) {
            return Err((
                "reference_tracks",
                format!("{} is not between 1 and 100000", self.reference_tracks),
            ));
        }
        let (energy, dance, valence) = (&self.energy, &self.danceability, &self.valence);
        let sections: [(&'static str, &[f32]); 3] = [
            ("energy", &[energy.loudness, energy.change, energy.onsets, energy.brightness, energy.roughness]),
            ("danceability", &[dance.pulse, dance.steadiness, dance.tempo, dance.change]),
            ("valence", &[valence.mode, valence.key, valence.brightness, valence.roughness, valence.lyrics]),
        ];
        for (field, weights) in sections {
            if let Some(wrong) = weights.iter().find(|weight| !(-10.0..=10.0).contains(*weight)) {
                return Err((field, format!("the weight {wrong} is not between -10 and 10")));
            }
        }
        Ok(())
    }
}
