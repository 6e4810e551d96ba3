//! The lists of other players that rules name, with the files they lead to.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::list_parser;
use super::list_paths::possible_files;
use crate::foundation::show_path;
use crate::music::file_finder::FileFinder;
use crate::music::library::LibraryEntry;

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
        let beside = file.parent().unwrap_or(Path::new(""));
        let folders: Vec<&Path> =
            std::iter::once(beside).chain(folders.iter().map(PathBuf::as_path)).collect();
        let (mut problems, mut finder) = (Vec::new(), FileFinder::default());
        for item in list_parser::parse(&bytes) {
            let name = item.title.as_ref().map(|title| format!(" ({title})")).unwrap_or_default();
            let place = format!("{}:{}: {}{name}", show_path(&file), item.line, item.path);
            let files = possible_files(&item.path, &folders);
            if files.is_empty() {
                problems.push(format!("{place} is not a file on this machine"));
                continue;
            }
            match find_first(&mut finder, &files) {
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

/// The first of these files that is there, without links and detours; one that is written exactly so comes before one that
/// is only similar.
fn find_first(finder: &mut FileFinder, files: &[PathBuf]) -> Option<PathBuf> {
    let file = |path: PathBuf| path.canonicalize().ok().filter(|found| found.is_file());
    let exact = files.iter().find_map(|path| file(path.clone()));
    exact.or_else(|| files.iter().find_map(|path| finder.find(path).and_then(file)))
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

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

    /// Links that lead in circles or nowhere are files that are not there, and a folder is no track.
    #[cfg(unix)]
    #[test]
    fn links_in_circles_and_folders_are_no_tracks() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::os::unix::fs::symlink(dir.path().join("b.ogg"), dir.path().join("a.ogg")).expect("linked");
        std::os::unix::fs::symlink(dir.path().join("a.ogg"), dir.path().join("b.ogg")).expect("linked");
        std::os::unix::fs::symlink(dir.path(), dir.path().join("round")).expect("linked");
        std::fs::create_dir(dir.path().join("folder.ogg")).expect("made");
        std::fs::write(dir.path().join("c.ogg"), "sound").expect("written");
        let text = "a.ogg\nA.OGG\nfolder.ogg\nround/round/ROUND/c.ogg\n";
        std::fs::write(dir.path().join("list.m3u"), text).expect("written");
        let mut lists = M3uLists::default();
        let problems = lists.read(Path::new("list.m3u"), &[dir.path().to_owned()]);
        assert_eq!(problems.len(), 3, "{problems:?}");
        let mut song = entry("c.ogg", "");
        song.track.path = dir.path().join("c.ogg");
        assert!(lists.holds(Path::new("list.m3u"), &song));
    }

    /// Codes for the bytes of a path.
    fn percent(text: &str) -> String {
        text.bytes().map(|byte| if byte == b'/' { "/".to_owned() } else { format!("%{byte:02X}") }).collect()
    }

    fn utf_16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    proptest::proptest! {
        /// A file with any name is found however another player writes it down.
        #[test]
        fn a_file_of_any_name_is_found_in_every_list(
            folder in "[a-zA-Z\u{e4}\u{f6}\u{e9}\u{f1}\u{3042} &'()-]{1,8}[a-z]",
            name in "[a-zA-Z\u{e4}\u{f6}\u{e9}\u{f1}\u{3042}0-9 &;'()!,+=%-]{1,12}[a-z]",
        ) {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let (folder, name) = (folder.trim().nfc().collect::<String>(), name.trim().nfc().collect::<String>());
            let below = format!("{folder}/{name}.ogg");
            std::fs::create_dir(dir.path().join(&folder)).expect("made");
            std::fs::write(dir.path().join(&below), "sound").expect("written");
            let decomposed: String = below.nfd().collect();
            let escaped = below.replace('&', "&amp;").replace('\'', "&#39;");
            let written = [
                below.clone(),
                percent(&below),
                decomposed.to_uppercase().to_lowercase(),
                decomposed.clone(),
                below.replace('/', "\\"),
                format!("C:\\Music\\{}", below.replace('/', "\\")),
                format!("/home/other/Music/{below}"),
                format!("file://localhost/Volumes/x/{}", percent(&below)),
                format!("file://{}", percent(&dir.path().join(&below).display().to_string())),
            ];
            let mut files: Vec<(String, Vec<u8>)> = written
                .iter()
                .enumerate()
                .map(|(number, line)| (format!("{number}.m3u"), format!("#EXTM3U\r\n{line}\r\n").into_bytes()))
                .collect();
            files.push(("utf16.m3u".into(), utf_16(&format!("\u{feff}{below}\r\n"))));
            files.push(("bare.m3u".into(), utf_16(&format!("{below}\r"))));
            files.push(("a.pls".into(), format!("[playlist]\rFile3={below}\r").into_bytes()));
            files.push((
                "a.xspf".into(),
                format!("<playlist><trackList><track><location>{}</location></track></trackList></playlist>", percent(&below))
                    .into_bytes(),
            ));
            files.push(("a.wpl".into(), format!("<smil><media src=\"{escaped}\"/></smil>").into_bytes()));
            let mut song = entry("x.ogg", "");
            song.track.path = dir.path().join(&below);
            for (list, bytes) in files {
                std::fs::write(dir.path().join(&list), &bytes).expect("written");
                let mut lists = M3uLists::default();
                let problems = lists.read(Path::new(&list), &[dir.path().to_owned()]);
                proptest::prop_assert!(problems.is_empty(), "{}: {problems:?}", String::from_utf8_lossy(&bytes));
                proptest::prop_assert!(lists.holds(Path::new(&list), &song), "{list}");
            }
        }
    }
}
