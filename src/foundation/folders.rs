//! The folders of the person who runs Attune, looked up once.

use std::path::PathBuf;

use bevy::prelude::Resource;
use directories::{BaseDirs, ProjectDirs, UserDirs};

/// Where this person's files are. `None` where the system names no such folder.
///
/// The command line resolves them once and passes them down; nothing else asks the system. The
/// default has no folder at all, so that an app in a test never reads or writes what belongs to a
/// person.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Folders {
    /// Settings, playlists, scenes and favourites: files that people edit.
    pub config: Option<PathBuf>,
    /// The library and the taste: files that Attune keeps.
    pub data: Option<PathBuf>,
    /// Files that can be made again.
    pub cache: Option<PathBuf>,
    /// Where screenshots are written.
    pub pictures: Option<PathBuf>,
}

impl Folders {
    /// The folders of the current user, on Linux by the XDG base directory specification.
    #[must_use]
    pub fn of_current_user() -> Self {
        let project = ProjectDirs::from("", "", "attune");
        let pictures = UserDirs::new()
            .and_then(|user| user.picture_dir().map(PathBuf::from))
            .or_else(|| BaseDirs::new().map(|base| base.home_dir().join("Pictures")));
        Self {
            config: project.as_ref().map(|dirs| dirs.config_dir().to_owned()),
            data: project.as_ref().map(|dirs| dirs.data_dir().to_owned()),
            cache: project.as_ref().map(|dirs| dirs.cache_dir().to_owned()),
            pictures: pictures.map(|folder| folder.join("Attune")),
        }
    }

    /// All folders below one, for tests and for installations that keep everything in one place.
    #[must_use]
    pub fn below(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let named = |name: &str| Some(root.join(name));
        Self {
            config: named("config"),
            data: named("data"),
            cache: named("cache"),
            pictures: named("pictures"),
        }
    }

    /// A file or folder that people edit.
    #[must_use]
    pub fn config_file(&self, name: &str) -> Option<PathBuf> {
        self.config.as_ref().map(|folder| folder.join(name))
    }

    /// A file that people may have put among their settings, if it is there.
    #[must_use]
    pub fn existing_config_file(&self, name: &str) -> Option<PathBuf> {
        self.config_file(name).filter(|file| file.exists())
    }

    /// A file that Attune keeps.
    #[must_use]
    pub fn data_file(&self, name: &str) -> Option<PathBuf> {
        self.data.as_ref().map(|folder| folder.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_in_their_folders() {
        let folders = Folders::below("/somewhere");
        assert_eq!(folders.config_file("settings.ron"), Some("/somewhere/config/settings.ron".into()));
        assert_eq!(folders.data_file("library.db"), Some("/somewhere/data/library.db".into()));
    }

    #[test]
    fn only_files_that_are_there_exist() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::below(root.path());
        assert_eq!(folders.existing_config_file("settings.ron"), None);
        std::fs::create_dir(root.path().join("config")).expect("made");
        let file = root.path().join("config/settings.ron");
        std::fs::write(&file, "()").expect("written");
        assert_eq!(folders.existing_config_file("settings.ron"), Some(file));
    }

    #[test]
    fn the_default_names_nothing_that_belongs_to_a_person() {
        let Folders { config, data, cache, pictures } = Folders::default();
        assert_eq!([config, data, cache, pictures], [None, None, None, None]);
    }
}
