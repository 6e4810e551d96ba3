//! One validated tree of settings: the shipped file, with a person's file laid over it.

use std::path::Path;

use crate::foundation::{FileError, parse_ron};
use crate::mixer::MixerSettings;
use crate::mood::{ManualMoodSettings, MoodSettings};
use crate::music::{LibrarySettings, MusicSettings};
use crate::sense::camera::CameraSettings;
use crate::settings::{Assignment, LoadError, LoadedSettings, load_over, settings};
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

    /// The shipped settings, with a person's file and then assignments laid over them.
    ///
    /// # Errors
    /// [`LoadError`] names the file and the place, or the assignment, and what was expected.
    pub fn load(file: Option<&Path>, assignments: &[Assignment]) -> Result<LoadedSettings<Self>, LoadError> {
        let Some(file) = file else { return Self::from_text(Path::new(""), "", assignments) };
        let text = std::fs::read_to_string(file)
            .map_err(|error| FileError::Unreadable { file: file.to_owned(), reason: error.to_string() })?;
        Self::from_text(file, &text, assignments)
    }

    /// Like [`Settings::load`], with the text of the file.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn from_text(
        file: &Path,
        text: &str,
        assignments: &[Assignment],
    ) -> Result<LoadedSettings<Self>, LoadError> {
        let loaded = load_over(Self::shipped()?, Some((file, text)), assignments)?;
        loaded.settings.validate(file)?;
        Ok(loaded)
    }

    /// Each room checks its own section and names the field.
    fn validate(&self, file: &Path) -> Result<(), FileError> {
        let named = |section: &str, result: Result<(), (&'static str, String)>| {
            result.map_err(|(field, reason)| FileError::invalid(file, format!("{section}.{field}"), reason))
        };
        named("music", self.music.validate())?;
        named("library", self.library.validate())?;
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
        let words = Settings::load(Some(&file), &[]).map(drop).unwrap_err().to_string();
        assert!(words.contains("mine.ron") && words.contains("mood.thresholds.sad"), "{words}");
    }
}
