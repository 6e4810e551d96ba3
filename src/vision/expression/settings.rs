//! What a person may tune in how expressions are read.

use bevy::prelude::Resource;

use crate::settings::settings;

settings! {
    /// Which networks read expressions.
    #[derive(Resource)]
    pub struct ExpressionSettings / ExpressionSettingsOverlay {
        /// Names of manifests; several are averaged (geometric mean).
        pub networks: Vec<String>,
        /// The mean is raised to this power: 1 leaves it as it is, more makes it surer.
        pub sharpness: f32,
        /// Least time between two readings of a face, in seconds.
        pub pause_seconds: f32,
        /// A reading of a face that holds still is reused for this many seconds.
        pub reuse_seconds: f32,
        /// Below this change of a face (root mean square of grey values 0..255) it holds still.
        pub reuse_change: f32,
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
        for (field, value, most) in [
            ("pause_seconds", self.pause_seconds, 10.0),
            ("reuse_seconds", self.reuse_seconds, 10.0),
            ("reuse_change", self.reuse_change, 255.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err((field, format!("{value} is not between 0 and {most}")));
            }
        }
        Ok(())
    }
}
