//! The music library, as the subcommands open and show it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::args::SettingsArgs;
use super::setup::configure;
use crate::foundation::{Folders, serialize_path, show_path};
use crate::music::library::{LIBRARY_FILE, LibraryIndex, LibraryStore, absolute};
use crate::music::{LibraryEntry, ScannedFolder};

/// Opens the library of this person, or the one that was named.
pub(super) fn open_library(
    database: Option<&Path>,
    args: &SettingsArgs,
    folders: &Folders,
) -> anyhow::Result<LibraryIndex> {
    let configured = configure(args, folders)?;
    if let Some(complaint) = configured.complaint {
        eprintln!("attune: {complaint}");
    }
    let file = database.map(Path::to_owned).or_else(|| folders.data_file(LIBRARY_FILE));
    let file = file.context("there is no data folder for the library; name a file with --database")?;
    let (store, words) = LibraryStore::open_or_rebuild(&file)?;
    if let Some(words) = words {
        eprintln!("attune: {words}");
    }
    Ok(LibraryIndex::new(store, configured.settings.library))
}

/// Every track of a folder, with what an earlier analysis stored. Nothing is analysed here.
///
/// # Errors
/// If the folder or the library cannot be read.
pub(super) fn known_music(
    folder: &Path,
    args: &SettingsArgs,
    folders: &Folders,
) -> anyhow::Result<Vec<LibraryEntry>> {
    let folder = absolute(folder);
    let spoken = configure(args, folders)?.settings.library.include_spoken_word;
    let found = ScannedFolder::scan_including(&folder, spoken)
        .with_context(|| format!("--music {}", show_path(&folder)))?;
    let Some(database) = folders.data_file(LIBRARY_FILE).filter(|file| file.exists()) else {
        return Ok(found.entries);
    };
    let mut catalogue = open_library(Some(&database), args, folders)?;
    catalogue.take_scale(&folder)?;
    let mut kept: HashMap<PathBuf, LibraryEntry> =
        catalogue.all_entries(&folder)?.into_iter().map(|entry| (entry.track.path.clone(), entry)).collect();
    Ok(found.entries.into_iter().map(|entry| kept.remove(&entry.track.path).unwrap_or(entry)).collect())
}

/// A file that cannot be used.
#[derive(Debug, Serialize)]
pub(super) struct UnreadableFile {
    #[serde(serialize_with = "serialize_path")]
    pub(super) file: PathBuf,
    pub(super) reason: String,
}

/// The files below a folder that cannot be used.
pub(super) fn unreadable_files(
    catalogue: &LibraryIndex,
    folder: &Path,
) -> anyhow::Result<Vec<UnreadableFile>> {
    let unreadable = catalogue.unreadable(folder)?;
    Ok(unreadable.into_iter().map(|it| UnreadableFile { file: it.file, reason: it.reason }).collect())
}

/// The path of a file below a folder; below the root of the file system, the whole path.
pub(super) fn path_below<'a>(folder: &Path, file: &'a Path) -> &'a Path {
    let whole = folder.parent().is_none();
    file.strip_prefix(folder).ok().filter(|_| !whole).unwrap_or(file)
}

/// "1 file cannot be used" or "3 files cannot be used"
pub(super) fn describe_unreadable(files: usize) -> String {
    if files == 1 { "1 file cannot be used".to_owned() } else { format!("{files} files cannot be used") }
}

/// "1 h 02 min" or "3 min 20 s"
pub(super) fn format_length(seconds: f64) -> String {
    let seconds = Duration::from_secs_f64(seconds.max(0.0)).as_secs();
    if seconds >= 3_600 {
        format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60)
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_the_root_keeps_its_slash() {
        let file = Path::new("/music/one.ogg");
        assert_eq!(path_below(Path::new("/"), file), file);
        assert_eq!(path_below(Path::new("/music"), file), Path::new("one.ogg"));
        assert_eq!(path_below(Path::new("/other"), file), file);
    }

    #[test]
    fn one_file_is_no_files() {
        assert_eq!(describe_unreadable(1), "1 file cannot be used");
        assert_eq!(describe_unreadable(2), "2 files cannot be used");
    }

    #[test]
    fn lengths_are_said_in_hours_or_minutes() {
        assert_eq!(format_length(3_725.0), "1 h 02 min");
        assert_eq!(format_length(200.4), "3 min 20 s");
    }
}
