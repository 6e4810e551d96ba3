//! Settings of the pictures.

use bevy::prelude::Resource;

use super::director::DirectorSettings;
use super::display::DisplaySettings;
use super::quality::QualitySettings;
use crate::settings::{Violation, require, settings};

settings! {
    /// The scenes, how they change, and how finely they are drawn.
    #[derive(Resource)]
    pub struct VisualsSettings / VisualsSettingsOverlay {
        /// The scene at the start: NAME.ron in the folder below, else one that Attune ships with.
        pub scene: String = "aurora".into(), from next start,
        /// A folder with scenes of your own; "" is the folder scenes next to your settings.
        pub folder: std::path::PathBuf = std::path::PathBuf::new(), from next start,
        /// Keeps every picture within WCAG 2.3.1: at most three flashes in any second. Leave it on.
        pub flash_guard: bool = true,
        /// Slow light and little motion.
        pub reduced_motion: bool = false,
        /// With reduced motion: how fast the picture moves, as a share of its usual speed.
        pub reduced_motion_speed: f32 = 0.4, in 0.05..=1.0,
        /// With reduced motion: how much of the sound the picture follows, as a share of the usual; notes and beats it
        /// never follows.
        pub reduced_motion_sound: f32 = 0.25, in 0.0..=1.0,
        /// Strength of the bloom; 0 leaves it out.
        pub bloom: f32 = 0.22, in 0.0..=1.0,
        /// How much darker the corners are.
        pub vignette: f32 = 0.55, in 0.0..=1.0,
        /// When scenes change, and how.
        pub director: DirectorSettings,
        /// How finely scenes are drawn.
        pub quality: QualitySettings,
        /// Where the picture is shown.
        pub display: DisplaySettings,
        /// Colours for the light in the room: 0 dark, 0.5 as designed, 1 bright.
        pub room_light: f32 = 0.5, in 0.0..=1.0,
        /// Only colours that people with any colour blindness can tell apart.
        pub safe_colors: bool = false,
    }
    check scene_is_a_name;
}

fn scene_is_a_name(visuals: &VisualsSettings) -> Result<(), Violation> {
    let scene = &visuals.scene;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    require(!scene.is_empty() && scene.chars().all(allowed), "scene", || {
        format!("{scene:?} is not a name of letters, digits, - and _")
    })
}
