//! The tracks of a folder with the best that is known: what the library kept, else the tags.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::scan::open;
use crate::music::library::{absolute, default_file};
use crate::music::{LibraryEntry, ScannedFolder};

/// Every track of a folder. What `attune scan` or a run has measured of it counts; nothing is measured here.
///
/// # Errors
/// If the folder cannot be read, or the library cannot.
pub(super) fn known_music(folder: &Path, config: Option<&Path>) -> anyhow::Result<Vec<LibraryEntry>> {
    let folder = absolute(folder);
    let found = ScannedFolder::scan(&folder).with_context(|| format!("--music {}", folder.display()))?;
    let Some(database) = default_file().filter(|file| file.exists()) else { return Ok(found.entries) };
    let mut catalogue = open(Some(&database), config)?;
    catalogue.take_scale(&folder)?;
    let mut kept: HashMap<PathBuf, LibraryEntry> =
        catalogue.all_entries(&folder)?.into_iter().map(|entry| (entry.track.path.clone(), entry)).collect();
    Ok(found.entries.into_iter().map(|entry| kept.remove(&entry.track.path).unwrap_or(entry)).collect())
}
