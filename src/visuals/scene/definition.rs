//! A scene as it is written in a file: colours for regions of the mood, and how mood, sound and breath move the
//! parameters of the picture.

use std::path::Path;

use serde::Deserialize;

use super::affinity::SceneAffinity;
use super::palette::Palette;
use super::palette_sets::{PaletteLibrary, PaletteRegion, PaletteSet};
use super::parameters::{LEAST_SOUND_SECONDS, SceneParameters, check_seconds};
use super::problem::{InvalidSceneField, SceneProblem, check_range};
use super::visualizer::Visualizer;
use crate::emotion::Emotion;
use crate::foundation::{FileError, parse_ron};
use crate::visuals::inputs::MoodInput;

/// A scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Name of the file without its ending.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Which program draws it.
    pub visualizer: Visualizer,
    /// Where it belongs among moods and hours; without it, everywhere.
    pub suits: Option<SceneAffinity>,
    /// How colours follow the mood.
    pub colors: SceneColors,
    /// Time constant of the eight bands of the sound, in seconds.
    pub bands_seconds: f32,
    /// How its parameters are moved.
    pub parameters: SceneParameters,
}

/// A scene as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Scene")]
struct SceneFile {
    name: String,
    title: String,
    visualizer: Visualizer,
    #[serde(default)]
    suits: Option<SceneAffinity>,
    bands_seconds: f32,
    colors: SceneColorsFile,
    parameters: SceneParameters,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Colors")]
struct SceneColorsFile {
    set: String,
    seconds: f32,
    follow: f32,
    reach: f32,
}

/// Palettes over the valence–arousal plane, and how they are followed.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneColors {
    /// Time constant in seconds with which colours follow.
    pub seconds: f32,
    /// 0: the place in the plane alone decides; 1: the probabilities of the emotions alone.
    pub follow: f32,
    /// How far a palette reaches in the plane, as a standard deviation.
    pub reach: f32,
    /// When nobody is in view.
    pub empty: Palette,
    /// At least one.
    pub regions: Vec<PaletteRegion>,
}

/// The sound may change the brightness by this much at most, so that no beat becomes a flash.
const BRIGHTNESS_FROM_SOUND: f32 = 0.25;
/// The breath may change it by this much at most; it is slow.
const BRIGHTNESS_FROM_BREATH: f32 = 0.4;

impl Scene {
    /// Parses and checks a scene, with the colours that Attune ships with. `file` only names it in an error.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FileError> {
        Self::parse_with(file, text, &PaletteLibrary::shipped()?)
    }

    /// The same with these colours.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn parse_with(file: &Path, text: &str, palettes: &PaletteLibrary) -> Result<Self, FileError> {
        let SceneFile { name, title, visualizer, suits, bands_seconds, colors, parameters } =
            parse_ron(file, text)?;
        let PaletteSet { empty, regions } =
            palettes.get(&colors.set).map_err(|problem| FileError::invalid(file, "colors.set", problem))?;
        let colors = SceneColors {
            seconds: colors.seconds,
            follow: colors.follow,
            reach: colors.reach,
            empty,
            regions,
        };
        let scene = Self { name, title, visualizer, suits, colors, bands_seconds, parameters };
        scene.validate().map_err(|(field, problem)| FileError::invalid(file, field, problem))?;
        Ok(scene)
    }

    fn validate(&self) -> Result<(), InvalidSceneField> {
        if let Some(problem) = self.suits.as_ref().and_then(SceneAffinity::problem) {
            return Err(("suits".into(), problem));
        }
        self.colors.validate()?;
        check_seconds("bands_seconds", self.bands_seconds, LEAST_SOUND_SECONDS)?;
        for (name, mapping) in self.parameters.named() {
            mapping.validate(name)?;
        }
        let sound = self.parameters.brightness.sound.sum_of_sizes();
        if sound > BRIGHTNESS_FROM_SOUND {
            let problem = SceneProblem::Flashes { sum: sound, most: BRIGHTNESS_FROM_SOUND };
            return Err(("parameters.brightness.sound".into(), problem));
        }
        let breath = self.parameters.brightness.breath;
        if breath.abs() > BRIGHTNESS_FROM_BREATH {
            let problem = SceneProblem::Pumps { breath, most: BRIGHTNESS_FROM_BREATH };
            return Err(("parameters.brightness.breath".into(), problem));
        }
        Ok(())
    }
}

/// How sharply the likeliest emotion outweighs the others in the colours.
const SHARPNESS: i32 = 2;

impl SceneColors {
    /// The colours for a mood: the mean of the regions near its place in the plane and of those of its emotions.
    #[must_use]
    pub fn palette_for(&self, mood: &MoodInput) -> Palette {
        let near = |at: (f32, f32)| {
            let square = (at.0 - mood.valence).powi(2) + (at.1 - mood.arousal).powi(2);
            (-square / (2.0 * self.reach * self.reach)).exp()
        };
        let likely =
            |emotion: Option<Emotion>| emotion.map_or(0.0, |e| mood.probabilities.of(e).powi(SHARPNESS));
        let nears: f32 = self.regions.iter().map(|region| near(region.at)).sum();
        let likelies: f32 = self.regions.iter().map(|region| likely(region.emotion)).sum();
        let follow = if likelies > 1e-6 { self.follow } else { 0.0 };
        let parts = self.regions.iter().map(|region| {
            let by_place = near(region.at) / nears.max(1e-6);
            let by_emotion = likely(region.emotion) / likelies.max(1e-6);
            (&region.palette, by_place + (by_emotion - by_place) * follow)
        });
        Palette::mix(parts).unwrap_or(self.empty)
    }

    fn validate(&self) -> Result<(), InvalidSceneField> {
        check_seconds("colors.seconds", self.seconds, 0.2)?;
        check_range("colors.follow", self.follow, (0.0, 1.0))?;
        check_range("colors.reach", self.reach, (0.05, 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AURORA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/aurora.ron"));

    fn complaint(change: (&str, &str)) -> String {
        assert!(AURORA.contains(change.0), "the scene file has no {:?}", change.0);
        let text = AURORA.replacen(change.0, change.1, 1);
        Scene::parse(Path::new("mine.ron"), &text).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_scene_is_whole_and_knows_every_emotion() {
        let scene = Scene::parse(Path::new("scenes/aurora.ron"), AURORA).expect("whole");
        for emotion in Emotion::ALL {
            assert!(scene.colors.regions.iter().any(|r| r.emotion == Some(emotion)), "{emotion}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_place() {
        let words = complaint(("title:", "titel:"));
        assert!(words.starts_with("mine.ron:") && words.contains("titel"), "{words}");
    }

    /// The breath is one for all scenes: a period of its own is refused by name.
    #[test]
    fn a_scene_has_no_breath_of_its_own() {
        let words = complaint(("bands_seconds:", "breath_seconds: 10.0,\n    bands_seconds:"));
        assert!(words.starts_with("mine.ron:") && words.contains("breath_seconds"), "{words}");
    }

    #[test]
    fn a_set_of_colours_that_is_not_there_is_named() {
        let words = complaint(("\"night\"", "\"noon\""));
        assert!(words.contains("colors.set") && words.contains("noon") && words.contains("night"), "{words}");
    }

    #[test]
    fn a_parameter_that_is_left_out_stays_at_0() {
        let text = AURORA.replacen(
            "        lights: (\n            base: 0.55, range: (0.0, 1.5), seconds: 2.0,\n        ),\n",
            "",
            1,
        );
        assert_ne!(text, AURORA);
        let scene = Scene::parse(Path::new("mine.ron"), &text).expect("whole");
        assert!(scene.parameters.lights.base.abs() < 1e-6);
    }

    #[test]
    fn a_beat_that_would_flash_is_refused() {
        let words = complaint(("rms: 0.18", "rms: 0.9"));
        assert!(words.contains("parameters.brightness.sound") && words.contains("flash"), "{words}");
    }

    #[test]
    fn a_parameter_that_would_jump_is_refused() {
        let words = complaint(("seconds: 2.0, follow", "seconds: 0.0, follow"));
        assert!(words.contains("colors.seconds"), "{words}");
    }
}
