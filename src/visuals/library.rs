//! Finding a scene: a person's own file first, else one that Attune ships with.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::scene::Scene;
use crate::foundation::FileError;

const SHIPPED: [(&str, &str); 2] =
    [("aurora", include_str!("../../scenes/aurora.ron")), ("orb", include_str!("../../scenes/orb.ron"))];

/// A file of this name in a person's folder holds colours, no scene.
const PALETTES: &str = "palettes";

/// The scene that stands in when nothing else can be read.
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

/// Scenes by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    /// Looks in `folder` first; an empty path is `scenes` in the folder of a person's settings.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        if folder.as_os_str().is_empty() {
            let own = crate::config::user_file().and_then(|file| file.parent().map(|dir| dir.join("scenes")));
            return Self { folder: own };
        }
        Self { folder: Some(folder.to_owned()) }
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
            let text = fs::read_to_string(&file)
                .map_err(|error| FileError::Unreadable { file: file.clone(), reason: error.to_string() })?;
            return Ok(Scene::parse(&file, &text)?);
        }
        Self::shipped(name).unwrap_or_else(|| {
            Err(SceneError::Unknown {
                name: name.to_owned(),
                folder: self.folder.clone().unwrap_or_else(|| "a folder of scenes".into()),
                known: SHIPPED.map(|(name, _)| name).join(", "),
            })
        })
    }

    /// The scene that stands in while another is broken.
    ///
    /// # Errors
    /// Only if the shipped file is broken; a test keeps it whole.
    pub fn fallback() -> Result<Scene, SceneError> {
        Self::shipped(FALLBACK).unwrap_or_else(|| {
            Err(SceneError::Unknown { name: FALLBACK.into(), folder: PathBuf::new(), known: String::new() })
        })
    }

    /// When a person's own file of this name was last written; `None` if there is none.
    #[must_use]
    pub fn written(&self, name: &str) -> Option<SystemTime> {
        fs::metadata(self.own_file(name)?).and_then(|data| data.modified()).ok()
    }

    fn own_file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.ron"))).filter(|file| file.exists())
    }

    fn shipped(name: &str) -> Option<Result<Scene, SceneError>> {
        let (_, text) = SHIPPED.into_iter().find(|(known, _)| *known == name)?;
        Some(Scene::parse(&PathBuf::from(format!("scenes/{name}.ron")), text).map_err(SceneError::from))
    }
}

fn scenes_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "ron"))
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != PALETTES)
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
        let scene = Library::new(dir.path()).load("aurora").expect("whole");
        assert_eq!(scene.title, "My own sky");
    }

    #[test]
    fn a_broken_file_is_named_with_its_place() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("dawn.ron"), "(\n  name: \"dawn\",\n  oops: 1,\n)").expect("written");
        let words = Library::new(dir.path()).load("dawn").unwrap_err().to_string();
        assert!(words.contains("dawn.ron:3:") && words.contains("oops"), "{words}");
    }

    #[test]
    fn every_shipped_scene_is_whole_and_every_visualizer_has_one() {
        let library = Library::new(Path::new("/nowhere"));
        let scenes: Vec<_> =
            library.names().iter().map(|name| (name.clone(), library.load(name).expect("whole"))).collect();
        assert!(scenes.iter().all(|(name, scene)| *name == scene.name));
        for visualizer in super::super::scenes::Visualizer::ALL {
            assert!(scenes.iter().any(|(_, scene)| scene.visualizer == visualizer), "{visualizer:?}");
        }
    }

    #[test]
    fn own_scenes_are_listed_after_the_shipped_ones() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in ["zen.ron", "aurora.ron", "palettes.ron", "notes.txt"] {
            fs::write(dir.path().join(name), "").expect("written");
        }
        let names = Library::new(dir.path()).names();
        assert_eq!(
            (names.first().map(String::as_str), names.last().map(String::as_str)),
            (Some("aurora"), Some("zen"))
        );
        assert_eq!(names.len(), SHIPPED.len() + 1);
    }

    #[test]
    fn an_unknown_scene_says_what_there_is() {
        let words = Library::new(Path::new("/nowhere")).load("dawn").unwrap_err().to_string();
        assert!(words.contains("dawn.ron") && words.contains("aurora"), "{words}");
    }
}
