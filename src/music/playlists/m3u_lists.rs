//! The M3U lists that rules name, with the files they lead to.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::m3u;
use crate::foundation::show_path;
use crate::music::library::LibraryEntry;
use crate::music::similar_path::find_file;

/// Lists by the path that a rule gives, each with the files in it that are there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct M3uLists {
    files: BTreeMap<PathBuf, M3uList>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct M3uList {
    /// Without links and detours.
    files: HashSet<PathBuf>,
    /// Their names alone.
    names: HashSet<OsString>,
}

impl M3uLists {
    /// Whether a list names a track.
    #[must_use]
    pub fn holds(&self, list: &Path, entry: &LibraryEntry) -> bool {
        let Some(list) = self.files.get(list) else { return false };
        let path = &entry.track.path;
        // List and library may reach the same file on different ways; only then the system is asked.
        list.files.contains(path)
            || (path.file_name().is_some_and(|name| list.names.contains(name))
                && path.canonicalize().is_ok_and(|path| list.files.contains(&path)))
    }

    /// Reads a list. Gives one sentence for each thing that is wrong with it; the rest of it counts.
    pub(super) fn read(&mut self, list: &Path, folders: &[PathBuf]) -> Vec<String> {
        let known = self.files.entry(list.to_owned()).or_default();
        let found = folders.iter().map(|folder| folder.join(list)).find(|file| file.is_file());
        let Some(file) = found else {
            let looked: Vec<_> = folders.iter().map(|folder| show_path(folder)).collect();
            return vec![format!("the list {} is not in {}", show_path(list), looked.join(" or "))];
        };
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) => return vec![format!("{}: cannot be read: {error}", show_path(&file))],
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut problems = Vec::new();
        for item in m3u::parse(&bytes) {
            let name = item.title.as_ref().map(|title| format!(" ({title})")).unwrap_or_default();
            let place = format!("{}:{}: {}{name}", show_path(&file), item.line, item.path);
            let files = item.files(folder);
            if files.is_empty() {
                problems.push(format!("{place} is not a file on this machine"));
                continue;
            }
            match files.iter().find_map(|file| find_file(file)) {
                Some(path) => {
                    known.names.extend(path.file_name().map(OsString::from));
                    known.files.insert(path);
                }
                None => problems.push(format!("{place} is not there")),
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::test_support::entry;

    #[test]
    fn a_list_finds_its_files_and_names_those_that_are_missing() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(dir.path().join("lists")).expect("made");
        std::fs::write(dir.path().join("one.ogg"), "sound").expect("written");
        let text = "#EXTINF:9,The Lamps - One\n../one.ogg\n#EXTINF:9,Gone\n../two.ogg\nhttp://radio/x\n";
        std::fs::write(dir.path().join("lists/evening.m3u8"), text).expect("written");
        let mut lists = M3uLists::default();
        let list = Path::new("lists/evening.m3u8");
        let problems = lists.read(list, &["nowhere".into(), dir.path().to_owned()]);
        let [missing, stream] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(missing.contains("evening.m3u8:4") && missing.contains("two.ogg (Gone)"), "{missing}");
        assert!(stream.contains("radio"), "{stream}");
        let mut one = entry("one.ogg", "");
        one.track.path = dir.path().join("lists/../one.ogg");
        assert!(lists.holds(list, &one) && !lists.holds(list, &entry("two.ogg", "")));
        let problems = lists.read(Path::new("other.m3u"), &[dir.path().to_owned()]);
        assert!(problems[0].contains("other.m3u"), "{problems:?}");
    }

    /// Lists of other systems find their files: percent-encoded, with decomposed accents, in another case.
    #[test]
    fn lists_of_other_systems_find_their_files() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in ["My Song.ogg", "Beyonc\u{e9}.ogg"] {
            std::fs::write(dir.path().join(name), "sound").expect("written");
        }
        let text = "My%20Song.ogg\nBeyonce\u{301}.ogg\nMY SONG.OGG\nC:\\Music\\my song.ogg\n";
        std::fs::write(dir.path().join("other.m3u8"), text).expect("written");
        let mut lists = M3uLists::default();
        assert_eq!(lists.read(Path::new("other.m3u8"), &[dir.path().to_owned()]), [""; 0]);
        let mut song = entry("Beyonc\u{e9}.ogg", "");
        song.track.path = dir.path().join("Beyonc\u{e9}.ogg");
        assert!(lists.holds(Path::new("other.m3u8"), &song));
    }
}
