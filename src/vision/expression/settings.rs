//! Settings of the networks that read expressions.

use bevy::prelude::Resource;

use crate::settings::{Violation, require, settings};

settings! {
    /// Which networks read expressions, and how often.
    #[derive(Resource)]
    pub struct ExpressionSettings / ExpressionSettingsOverlay {
        /// Names of manifests in models/; the probabilities of several networks are averaged (geometric mean).
        pub networks: Vec<String> = vec!["expression".into()],
        /// The mean is raised to this power: 1 leaves it as it is. The mean of several networks is too flat, and a
        /// power above 1 corrects that.
        pub sharpness: f32 = 1.0, in 0.1..=10.0,
        /// Least time between two readings of a face.
        pub pause_seconds: f32 = 0.2, in 0.0..=10.0, unit "s",
        /// How long a reading of a face that holds still is used again.
        pub reuse_seconds: f32 = 0.5, in 0.0..=10.0, unit "s",
        /// Below this change (root mean square of grey values 0..255) a face holds still.
        pub reuse_change: f32 = 5.0, in 0.0..=255.0,
    }
    check a_network_is_named;
}

fn a_network_is_named(expression: &ExpressionSettings) -> Result<(), Violation> {
    require(!expression.networks.is_empty(), "networks", || "at least one network is needed".into())
}
