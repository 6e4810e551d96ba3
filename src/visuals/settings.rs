//! What a person may tune in the pictures.

use bevy::prelude::Resource;

use super::director::DirectorSettings;
use super::display::DisplaySettings;
use super::quality::QualitySettings;
use crate::settings::settings;

settings! {
    /// The scenes, how they change, and how finely they are drawn.
    #[derive(Resource)]
    pub struct VisualsSettings / VisualsSettingsOverlay {
        /// The scene at the start: `NAME.ron` in the folder below, else one that Attune ships with.
        pub scene: String,
        /// A folder with scenes of your own; "" is `scenes` next to your settings.
        pub folder: std::path::PathBuf,
        /// Keeps every picture within WCAG 2.3.1: at most three flashes in any second. Leave it on.
        pub flash_guard: bool,
        /// Slow light and little motion.
        pub reduced_motion: bool,
        /// Strength of the bloom, 0..=1; 0 turns it off.
        pub bloom: f32,
        /// How much darker the corners are, 0..=1.
        pub vignette: f32,
        /// When scenes change, and how.
        pub director: DirectorSettings,
        /// How finely scenes are drawn.
        pub quality: QualitySettings,
        /// Where the picture is shown.
        pub display: DisplaySettings,
        /// Colours for the light of the room: 0 a dark room, 0.5 as designed, 1 a bright one.
        pub room_light: f32,
        /// Only colours that colour-blind eyes can tell apart.
        pub safe_colors: bool,
    }
}

impl VisualsSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let named = self.scene.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if self.scene.is_empty() || !named {
            return Err(("scene", format!("{:?} is not a name of letters, digits, - and _", self.scene)));
        }
        for (field, value) in
            [("bloom", self.bloom), ("vignette", self.vignette), ("room_light", self.room_light)]
        {
            if !(0.0..=1.0).contains(&value) {
                return Err((field, format!("{value} is not between 0 and 1")));
            }
        }
        self.director.validate()?;
        self.quality.validate()?;
        self.display.validate()
    }
}
