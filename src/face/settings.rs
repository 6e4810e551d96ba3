//! What a person may tune in how faces are found.

use bevy::prelude::Resource;

use crate::foundation::settings;

settings! {
    /// Which network finds faces.
    #[derive(Resource)]
    pub struct FaceSettings / FaceSettingsOverlay {
        /// Name of the detector's manifest.
        pub detector: String,
    }
}

impl FaceSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        if self.detector.is_empty() {
            return Err(("detector", "the name of a model is needed".into()));
        }
        Ok(())
    }
}
