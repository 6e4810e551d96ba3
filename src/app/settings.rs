//! The tree of all settings: one section for each room.

use std::path::Path;

use crate::foundation::read_text;
use crate::mixer::MixerSettings;
use crate::mood::{ManualMoodSettings, MoodSettings};
use crate::music::{LibrarySettings, MusicSettings};
use crate::sense::camera::CameraSettings;
use crate::session::{EndingSettings, SessionSettings};
use crate::settings::{Assignment, LoadError, LoadedSettings, load, reference, settings, tree_of};
use crate::vision::expression::ExpressionSettings;
use crate::vision::face::FaceSettings;
use crate::vision::perception::PerceptionSettings;
use crate::visuals::VisualsSettings;

settings! {
    /// All settings, one section for each room.
    pub struct Settings / SettingsOverlay {
        /// The camera and the other sources of frames.
        pub camera: CameraSettings,
        /// How faces are found, followed and judged.
        pub face: FaceSettings,
        /// Which networks read expressions, and how often.
        pub expression: ExpressionSettings,
        /// The thread that turns frames into readings.
        pub perception: PerceptionSettings,
        /// How expressions over time become a mood.
        pub mood: MoodSettings,
        /// How the mood is set by hand (D, or the left face button of a pad).
        pub manual_mood: ManualMoodSettings,
        /// How music is chosen from the slow mood.
        pub music: MusicSettings,
        /// How music is found, measured and described.
        pub library: LibrarySettings,
        /// The breath that pictures and ambient pad follow.
        pub session: SessionSettings,
        /// How music is mixed.
        pub mixer: MixerSettings,
        /// The scenes, how they change, and how finely they are drawn.
        pub visuals: VisualsSettings,
        /// How sound and picture fade at the end of a run.
        pub ending: EndingSettings,
    }
}

/// The lines above the reference file.
const REFERENCE_HEAD: [&str; 2] = [
    "All settings of Attune with their defaults, written from the declarations in the source code. To change some, \
     write a file of your own that holds only what you change, e.g. (mood: (picture_seconds: 2.0)), at \
     ~/.config/attune/settings.ron, or name it with `attune --config FILE`. `attune settings set KEY VALUE` writes \
     it for you.",
    "In brackets: the range with its unit, or the choices; and whether a change holds from the next start only.",
];

impl Settings {
    /// The defaults, with a person's file and then assignments laid over them.
    ///
    /// # Errors
    /// [`LoadError`] names the file and the place, or the assignment, and what was expected.
    pub fn load(file: Option<&Path>, assignments: &[Assignment]) -> Result<LoadedSettings<Self>, LoadError> {
        let Some(file) = file else { return load(None, assignments) };
        let text = read_text(file)?;
        load(Some((file, &text)), assignments)
    }
}

/// The text of `assets/settings.ron`: every setting with its description, range and default.
#[must_use]
pub fn reference_file() -> String {
    reference(&tree_of::<Settings>(), &REFERENCE_HEAD)
}

#[cfg(test)]
mod tests;
