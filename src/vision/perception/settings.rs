//! Settings of the thread that turns frames into readings.

use bevy::prelude::Resource;

use crate::inference::Models;
use crate::settings::settings;

settings! {
    /// The thread that turns frames into readings.
    #[derive(Resource)]
    pub struct PerceptionSettings / PerceptionSettingsOverlay {
        /// A folder with manifests and networks of your own; "" uses those inside the program.
        pub models_folder: String = String::new(),
        /// At most this many faces are read in a frame, the largest first.
        pub max_faces: usize = 4, in 1..=64,
    }
}

impl PerceptionSettings {
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
