//! Scenes by name: a person's own file first, else the one that Attune ships with.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::foundation::{FileError, Folders, read_text};
use crate::visuals::people::PersonLightTiming;
use crate::visuals::scene::{PaletteAdaptation, PaletteLibrary, Scene};
use crate::visuals::settings::VisualsSettings;

const SHIPPED: [(&str, &str); 9] = [
    ("aurora", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/aurora.ron"))),
    ("bloom", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/bloom.ron"))),
    ("constellation", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/constellation.ron"))),
    ("dusk", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/dusk.ron"))),
    ("ink", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/ink.ron"))),
    ("mirror", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/mirror.ron"))),
    ("murmuration", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/murmuration.ron"))),
    ("orb", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/orb.ron"))),
    ("rain", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/rain.ron"))),
];

/// A file of this name in a person's folder holds colours and no scene.
pub(super) const PALETTES: &str = "palettes";

/// A file of this name says how the picture responds to people.
pub(super) const PRESENCE: &str = "presence";

/// The scene that is shown when nothing else can be read.
pub const FALLBACK: &str = "aurora";

/// Why a scene cannot be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SceneError {
    /// Neither in the person's folder nor shipped.
    #[error("there is no scene \"{name}\": put {name}.ron into {folder}, or choose {known}")]
    Unknown { name: String, folder: PathBuf, known: String },
    /// The file is broken.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The name of the folder of scenes in the configuration folder.
pub const SCENES: &str = "scenes";

/// Scenes by name.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneLibrary {
    folder: Option<PathBuf>,
    adaptation: PaletteAdaptation,
}

impl SceneLibrary {
    /// Looks in `folder` first.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), adaptation: PaletteAdaptation::default() }
    }

    /// The library of these settings, with colours adapted as they say. Where they name no
    /// folder, it looks in the scenes of the person's configuration folder.
    #[must_use]
    pub fn of(settings: &VisualsSettings, folders: &Folders) -> Self {
        let adaptation = PaletteAdaptation { safe: settings.safe_colors, room_light: settings.room_light };
        let named = Some(&settings.folder).filter(|folder| !folder.as_os_str().is_empty()).cloned();
        Self { folder: named.or_else(|| folders.config_file(SCENES)), adaptation }
    }

    /// The colours: the shipped ones, and over them those of the person's folder.
    fn palettes(&self) -> Result<PaletteLibrary, FileError> {
        let mut palettes = PaletteLibrary::shipped()?;
        if let Some(file) = self.own_file(PALETTES) {
            palettes.lay(&file, &read_text(&file)?)?;
        }
        Ok(palettes.adapted(self.adaptation))
    }

    /// How the picture responds to people: the shipped file, and over it the one of the person's folder.
    ///
    /// # Errors
    /// [`FileError`] names the file and the place in it.
    pub fn presence_response(&self) -> Result<PersonLightTiming, FileError> {
        match self.own_file(PRESENCE) {
            Some(file) => PersonLightTiming::with_overlay(&file, &read_text(&file)?),
            None => PersonLightTiming::shipped(),
        }
    }

    /// When the person's own file of [`SceneLibrary::presence_response`] was last written; `None` if there is none.
    pub(super) fn presence_written(&self) -> Option<SystemTime> {
        let file = self.own_file(PRESENCE)?;
        fs::metadata(file).and_then(|data| data.modified()).ok()
    }

    /// Where a person's own scenes lie.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Names of the scenes that Attune ships with, then those that only the person's folder has.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut own: Vec<String> = self.folder.iter().flat_map(|folder| scenes_in(folder)).collect();
        own.retain(|name| SHIPPED.iter().all(|(shipped, _)| shipped != name));
        own.sort();
        SHIPPED.iter().map(|(name, _)| (*name).to_owned()).chain(own).collect()
    }

    /// Reads a scene.
    ///
    /// # Errors
    /// [`SceneError`] names the file and the place in it.
    pub fn load(&self, name: &str) -> Result<Scene, SceneError> {
        if let Some(file) = self.own_file(name) {
            return Ok(Scene::parse_with(&file, &read_text(&file)?, &self.palettes()?)?);
        }
        Self::shipped(name, &self.palettes()?).unwrap_or_else(|| {
            Err(SceneError::Unknown {
                name: name.to_owned(),
                folder: self.folder.clone().unwrap_or_else(|| "a folder of scenes".into()),
                known: SHIPPED.map(|(name, _)| name).join(", "),
            })
        })
    }

    /// The scene that is shown while another is broken.
    ///
    /// # Errors
    /// Only if the shipped file is broken; a test keeps it whole.
    pub fn fallback() -> Result<Scene, SceneError> {
        Self::shipped(FALLBACK, &PaletteLibrary::shipped()?).unwrap_or_else(|| {
            Err(SceneError::Unknown { name: FALLBACK.into(), folder: PathBuf::new(), known: String::new() })
        })
    }

    /// When a person's own file of this name, or their colours, were last written; `None` if there are none.
    #[must_use]
    pub fn written(&self, name: &str) -> Option<SystemTime> {
        let files = [name, PALETTES].into_iter().filter_map(|name| self.own_file(name));
        files.filter_map(|file| fs::metadata(file).and_then(|data| data.modified()).ok()).max()
    }

    fn own_file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.ron"))).filter(|file| file.exists())
    }

    fn shipped(name: &str, palettes: &PaletteLibrary) -> Option<Result<Scene, SceneError>> {
        let (_, text) = SHIPPED.into_iter().find(|(known, _)| *known == name)?;
        let file = PathBuf::from(format!("scenes/{name}.ron"));
        Some(Scene::parse_with(&file, text, palettes).map_err(SceneError::from))
    }
}

fn scenes_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "ron"))
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != PALETTES && name != PRESENCE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_folder_comes_before_the_shipped_one() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let text = SHIPPED[0].1.replace("Aurora over water", "My own sky");
        fs::write(dir.path().join("aurora.ron"), text).expect("written");
        let scene = SceneLibrary::new(dir.path()).load("aurora").expect("whole");
        assert_eq!(scene.title, "My own sky");
    }

    #[test]
    fn a_broken_file_is_named_with_its_place() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("dawn.ron"), "(\n  name: \"dawn\",\n  oops: 1,\n)").expect("written");
        let words = SceneLibrary::new(dir.path()).load("dawn").unwrap_err().to_string();
        assert!(words.contains("dawn.ron:3:") && words.contains("oops"), "{words}");
    }

    #[test]
    fn every_shipped_scene_is_whole_and_every_visualizer_has_one() {
        let library = SceneLibrary::new(Path::new("/nowhere"));
        let scenes: Vec<_> =
            library.names().iter().map(|name| (name.clone(), library.load(name).expect("whole"))).collect();
        assert!(scenes.iter().all(|(name, scene)| *name == scene.name));
        for visualizer in crate::visuals::scene::Visualizer::ALL {
            assert!(scenes.iter().any(|(_, scene)| scene.visualizer == visualizer), "{visualizer:?}");
        }
    }

    #[test]
    fn own_scenes_are_listed_after_the_shipped_ones() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in ["zen.ron", "aurora.ron", "palettes.ron", "presence.ron", "notes.txt"] {
            fs::write(dir.path().join(name), "").expect("written");
        }
        let names = SceneLibrary::new(dir.path()).names();
        assert_eq!(
            (names.first().map(String::as_str), names.last().map(String::as_str)),
            (Some("aurora"), Some("zen"))
        );
        assert_eq!(names.len(), SHIPPED.len() + 1);
    }

    #[test]
    fn an_unknown_scene_says_what_there_is() {
        let words = SceneLibrary::new(Path::new("/nowhere")).load("dawn").unwrap_err().to_string();
        assert!(words.contains("dawn.ron") && words.contains("aurora"), "{words}");
    }
}
