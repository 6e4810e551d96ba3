//! The library of analysed music, as the subcommands open and show it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::setup::configure;
use crate::foundation::Folders;
use crate::music::library::{LIBRARY_FILE, LibraryIndex, LibraryStore, absolute};
use crate::music::{LibraryEntry, ScannedFolder};

/// The library of this person, or one that was named.
pub(super) fn open_library(
    database: Option<&Path>,
    config: Option<&Path>,
    folders: &Folders,
) -> anyhow::Result<LibraryIndex> {
    let configured = configure(config, folders)?;
    if let Some(complaint) = configured.complaint {
        eprintln!("attune: {complaint}");
    }
    let file = database.map(Path::to_owned).or_else(|| folders.data_file(LIBRARY_FILE));
    let file = file.context("there is no place for the library; name a file with --database")?;
    let (store, words) = LibraryStore::open_or_rebuild(&file)?;
    if let Some(words) = words {
        eprintln!("attune: {words}");
    }
    Ok(LibraryIndex::new(store, configured.settings.library))
}

/// Every track of a folder. What `attune scan` or a run has measured of it counts; nothing is measured here.
///
/// # Errors
/// If the folder cannot be read, or the library cannot.
pub(super) fn known_music(
    folder: &Path,
    config: Option<&Path>,
    folders: &Folders,
) -> anyhow::Result<Vec<LibraryEntry>> {
    let folder = absolute(folder);
    let found = ScannedFolder::scan(&folder).with_context(|| format!("--music {}", folder.display()))?;
    let Some(database) = folders.data_file(LIBRARY_FILE).filter(|file| file.exists()) else {
        return Ok(found.entries);
    };
    let mut catalogue = open_library(Some(&database), config, folders)?;
    catalogue.take_scale(&folder)?;
    let mut kept: HashMap<PathBuf, LibraryEntry> =
        catalogue.all_entries(&folder)?.into_iter().map(|entry| (entry.track.path.clone(), entry)).collect();
    Ok(found.entries.into_iter().map(|entry| kept.remove(&entry.track.path).unwrap_or(entry)).collect())
}

/// A file that cannot be used, and why.
#[derive(Debug, Serialize)]
pub(super) struct UnreadableFile {
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
    fn lengths_are_said_in_hours_or_minutes() {
        assert_eq!(format_length(3_725.0), "1 h 02 min");
        assert_eq!(format_length(200.4), "3 min 20 s");
    }
}
