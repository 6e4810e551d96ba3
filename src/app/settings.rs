//! One validated tree of settings: the shipped file, with a person's file laid over it.

use std::path::Path;

use crate::foundation::{FileError, parse_ron, read_ron};
use crate::mixer::MixerSettings;
use crate::mood::{ManualMoodSettings, MoodSettings};
use crate::music::{LibrarySettings, MusicSettings};
use crate::sense::camera::CameraSettings;
use crate::settings::{Layered as _, settings};
use crate::vision::expression::ExpressionSettings;
use crate::vision::face::FaceSettings;
use crate::vision::perception::PerceptionSettings;
use crate::visuals::VisualsSettings;

settings! {
    /// Everything that can be tuned, one section for each room.
    pub struct Settings / SettingsOverlay {
        /// Where frames come from.
        pub camera: CameraSettings,
        /// How faces are found.
        pub face: FaceSettings,
        /// How expressions are read.
        pub expression: ExpressionSettings,
        /// The thread that turns frames into readings.
        pub perception: PerceptionSettings,
        /// How a mood forms.
        pub mood: MoodSettings,
        /// How a mood is set by hand.
        pub manual_mood: ManualMoodSettings,
        /// How music is chosen.
        pub music: MusicSettings,
        /// How music is found, measured and described.
        pub library: LibrarySettings,
        /// How music is mixed.
        pub mixer: MixerSettings,
        /// Which scene is shown, and how finely.
        pub visuals: VisualsSettings,
    }
}

const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/settings.ron"));

impl Settings {
    /// The settings that Attune ships with (`assets/settings.ron`).
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        let file = Path::new("assets/settings.ron");
        let settings: Self = parse_ron(file, SHIPPED)?;
        settings.validate(file)?;
        Ok(settings)
    }

    /// The shipped settings with a person's file laid over them.
    ///
    /// # Errors
    /// [`FileError`] names the file, the place and what was expected.
    pub fn with_overlay(file: &Path) -> Result<Self, FileError> {
        let mut settings = Self::shipped()?;
        settings.lay(read_ron(file)?);
        settings.validate(file)?;
        Ok(settings)
    }

    /// Each room checks its own section and names the field.
    fn validate(&self, file: &Path) -> Result<(), FileError> {
        let named = |section: &str, result: Result<(), (&'static str, String)>| {
            result.map_err(|(field, reason)| FileError::invalid(file, format!("{section}.{field}"), reason))
        };
        named("camera", self.camera.validate())?;
        named("face", self.face.validate())?;
        named("expression", self.expression.validate())?;
        named("perception", self.perception.validate())?;
        named("mood", self.mood.validate())?;
        named("manual_mood", self.manual_mood.validate())?;
        named("music", self.music.validate())?;
        named("library", self.library.validate())?;
        named("mixer", self.mixer.validate())?;
        named("visuals", self.visuals.validate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_are_valid() {
        Settings::shipped().expect("assets/settings.ron is valid");
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("mine.ron");
        std::fs::write(&file, "(mood: (thresholds: (sad: (enter: 1.5))))").expect("written");
        let words = Settings::with_overlay(&file).unwrap_err().to_string();
        assert!(words.contains("mine.ron") && words.contains("mood.thresholds.sad"), "{words}");
    }
}
