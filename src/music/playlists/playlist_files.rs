//! Playlists as they lie on the disk, read again when they change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::m3u_lists::M3uLists;
use super::playlist::Playlists;
use super::playlist_name::PlaylistName;
use crate::foundation::FileError;

/// Playlists with the lists that they name.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedPlaylists {
    pub playlists: Playlists,
    pub lists: M3uLists,
    /// One sentence for each list or track in it that is not there.
    pub problems: Vec<String>,
}

impl LoadedPlaylists {
    /// The shipped playlists with a person's file over them, and the lists of their rules, which lie beside
    /// that file or in the music folder.
    ///
    /// # Errors
    /// As [`Playlists::with_overlay`]. What is wrong with a list is among the problems.
    pub fn load(file: Option<&Path>, music: &Path) -> Result<Self, FileError> {
        let playlists = match file {
            Some(file) => Playlists::with_overlay(file)?,
            None => Playlists::shipped()?,
        };
        let beside = file.and_then(Path::parent).map(Path::to_owned);
        let folders: Vec<PathBuf> = beside.into_iter().chain([music.to_owned()]).collect();
        let (mut lists, mut problems) = (M3uLists::default(), Vec::new());
        for (place, list) in named_lists(&playlists) {
            problems.extend(lists.read(&list, &folders).into_iter().map(|what| format!("{place}: {what}")));
        }
        Ok(Self { playlists, lists, problems })
    }
}

/// Every list that a rule names, once, with the first rule that does.
fn named_lists(playlists: &Playlists) -> Vec<(String, PathBuf)> {
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    for name in PlaylistName::all() {
        let playlist = playlists.get(name);
        for (kind, rules) in [("rules", &playlist.rules), ("exclude", &playlist.exclude)] {
            for (number, rule) in (1..).zip(rules) {
                let Some(list) = rule.list.as_ref().filter(|list| named.iter().all(|(_, it)| it != *list))
                else {
                    continue;
                };
                named.push((format!("{name}.{kind}[{number}]"), list.clone()));
            }
        }
    }
    named
}

/// When a file was written and how long it is; `None` where it is not there.
type FileStamp = Option<(SystemTime, u64)>;

/// Tells when the playlists must be read again.
#[derive(Debug)]
pub struct PlaylistFiles {
    file: Option<PathBuf>,
    music: PathBuf,
    stamps: BTreeMap<PathBuf, FileStamp>,
}

impl PlaylistFiles {
    /// Reads the playlists for the first time.
    pub fn begin(file: Option<PathBuf>, music: PathBuf) -> (Self, Result<LoadedPlaylists, FileError>) {
        let mut watched = Self { file, music, stamps: BTreeMap::new() };
        let loaded = watched.load();
        (watched, loaded)
    }

    /// Reads them again if the file or one of its lists has changed since the last look.
    pub fn look(&mut self) -> Option<Result<LoadedPlaylists, FileError>> {
        let changed = self.stamps.iter().any(|(file, old)| stamp(file) != *old);
        changed.then(|| self.load())
    }

    fn load(&mut self) -> Result<LoadedPlaylists, FileError> {
        // Stamps first: what changes while it is read is read once more.
        let files: Vec<PathBuf> = self.file.iter().cloned().chain(self.stamps.keys().cloned()).collect();
        self.stamps = files.into_iter().map(|file| (file.clone(), stamp(&file))).collect();
        let loaded = LoadedPlaylists::load(self.file.as_deref(), &self.music);
        if let Ok(loaded) = &loaded {
            let beside = self.file.as_deref().and_then(Path::parent);
            let folders: Vec<&Path> = beside.into_iter().chain([self.music.as_path()]).collect();
            self.stamps.retain(|file, _| Some(file) == self.file.as_ref());
            for (_, list) in named_lists(&loaded.playlists) {
                for file in folders.iter().map(|folder| folder.join(&list)) {
                    let now = stamp(&file);
                    self.stamps.insert(file, now);
                }
            }
        }
        loaded
    }
}

fn stamp(file: &Path) -> FileStamp {
    let facts = fs::metadata(file).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::playlists::playlist::PlaylistPolicy;

    #[test]
    fn a_change_is_read_a_mistake_is_told_and_the_next_change_is_read_again() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("mine.ron");
        fs::write(&file, "(happy: (policy: hold))").expect("written");
        let (mut watched, loaded) = PlaylistFiles::begin(Some(file.clone()), dir.path().to_owned());
        assert_eq!(loaded.expect("valid").playlists.happy.policy, PlaylistPolicy::Hold);
        assert!(watched.look().is_none());
        fs::write(&file, "(happy: (policy: hop))").expect("written");
        assert!(watched.look().expect("changed").unwrap_err().to_string().contains("happy.policy"));
        assert!(watched.look().is_none(), "the same mistake is no news");
        fs::write(&file, "(happy: (policy: match))").expect("written");
        assert_eq!(
            watched.look().expect("changed").expect("valid").playlists.happy.policy,
            PlaylistPolicy::Match
        );
        fs::remove_file(&file).expect("removed");
        assert!(watched.look().expect("gone").is_err());
    }

    #[test]
    fn a_list_that_changes_or_appears_is_read_again() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("mine.ron");
        fs::write(&file, "(happy: (rules: [(list: \"a.m3u\")]))").expect("written");
        let (mut watched, loaded) = PlaylistFiles::begin(Some(file), dir.path().join("music"));
        let problems = loaded.expect("valid").problems;
        assert!(problems[0].starts_with("happy.rules[1]: the list a.m3u"), "{problems:?}");
        fs::write(dir.path().join("a.m3u"), "gone.ogg\n").expect("written");
        let problems = watched.look().expect("appeared").expect("valid").problems;
        assert!(problems[0].contains("a.m3u:1: gone.ogg"), "{problems:?}");
        fs::write(dir.path().join("gone.ogg"), "x").expect("written");
        fs::write(dir.path().join("a.m3u"), "gone.ogg\n\n").expect("written");
        assert_eq!(watched.look().expect("changed").expect("valid").problems, [""; 0]);
    }
}
