//! What a person may tune in the thread that turns frames into readings.

use bevy::prelude::Resource;

use crate::network::Models;
use crate::settings::settings;

settings! {
    /// Where models come from and how much is read.
    #[derive(Resource)]
    pub struct PerceptionSettings / PerceptionSettingsOverlay {
        /// A folder with manifests and networks that override the built-in ones; empty for none.
        pub models_folder: String,
        /// Most faces that are read in a frame, the largest first.
        pub max_faces: usize,
    }
}

impl PerceptionSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        if !(1..=64).contains(&self.max_faces) {
            return Err(("max_faces", format!("{} is not between 1 and 64", self.max_faces)));
        }
        Ok(())
    }

    /// The models that these settings speak of.
    #[must_use]
    pub fn models(&self) -> Models {
        if self.models_folder.is_empty() {
            Models::embedded()
        } else {
            Models::in_folder(&self.models_folder)
        }
    }
}
