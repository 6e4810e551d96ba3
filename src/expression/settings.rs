//! What a person may tune in how expressions are read.

use bevy::prelude::Resource;

use crate::foundation::settings;

settings! {
    /// Which networks read expressions.
    #[derive(Resource)]
    pub struct ExpressionSettings / ExpressionSettingsOverlay {
        /// Names of manifests; several are averaged (geometric mean).
        pub networks: Vec<String>,
        /// The mean is raised to this power: 1 leaves it as it is, more makes it surer.
        pub sharpness: f32,
    }
}

impl ExpressionSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        if self.networks.is_empty() {
            return Err(("networks", "at least one network is needed".into()));
        }
        if !(0.1..=10.0).contains(&self.sharpness) {
            return Err(("sharpness", format!("{} is not between 0.1 and 10", self.sharpness)));
        }
        Ok(())
    }
}
