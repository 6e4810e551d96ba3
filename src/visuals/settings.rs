//! What a person may tune in the pictures.

use bevy::prelude::Resource;

use crate::foundation::settings;

settings! {
    /// The scene and how finely it is drawn.
    #[derive(Resource)]
    pub struct VisualsSettings / VisualsSettingsOverlay {
        /// Name of a scene: `NAME.ron` in the folder below, else one that Attune ships with.
        pub scene: String,
        /// A folder with scenes of your own; "" is `scenes` next to your settings.
        pub folder: std::path::PathBuf,
        /// Width of the scene picture as a share of the screen's, 0.1..=1. Stars and words stay sharp.
        pub resolution: f32,
        /// Curtains of light, 1..=8. More look deeper and cost more.
        pub layers: u32,
        /// Strength of the bloom, 0..=1; 0 leaves it out.
        pub bloom: f32,
        /// Largest side of the picture that blooms, in pixels, 16..=1024. Smaller is cheaper.
        pub bloom_size: u32,
        /// How much darker the corners are, 0..=1.
        pub vignette: f32,
        /// Colours for the light of the room: 0 a dark room, 0.5 as designed, 1 a bright one.
        pub room_light: f32,
        /// Only colours that eyes tell apart which see no red and green, or no blue.
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
        if !(0.1..=1.0).contains(&self.resolution) {
            return Err(("resolution", format!("{} is not between 0.1 and 1", self.resolution)));
        }
        if !(1..=8).contains(&self.layers) {
            return Err(("layers", format!("{} is not between 1 and 8", self.layers)));
        }
        if !(16..=1024).contains(&self.bloom_size) {
            return Err(("bloom_size", format!("{} is not between 16 and 1024", self.bloom_size)));
        }
        for (field, value) in
            [("bloom", self.bloom), ("vignette", self.vignette), ("room_light", self.room_light)]
        {
            if !(0.0..=1.0).contains(&value) {
                return Err((field, format!("{value} is not between 0 and 1")));
            }
        }
        Ok(())
    }
}
