//! Finds files whose names other systems have written in another way.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

/// Finds files, also where a path differs in upper and lower case or in Unicode form: both differ from system to system.
/// Remembers what folders hold, since a list has many files of one folder.
#[derive(Default)]
pub(super) struct FileFinder {
    /// What each folder holds, by [`same_letters`].
    listings: HashMap<PathBuf, HashMap<String, PathBuf>>,
}

impl FileFinder {
    /// The path as it is on the disk, with links and detours as they are written; `None` if nothing is there.
    pub(super) fn find(&mut self, path: &Path) -> Option<PathBuf> {
        let mut found = PathBuf::new();
        for part in path.components() {
            let Component::Normal(name) = part else {
                found.push(part);
                continue;
            };
            let exact = found.join(name);
            found = if exact.exists() { exact } else { self.similar_name(&found, &name.to_string_lossy())? };
        }
        Some(found)
    }

    /// The file or folder with the same name but for case and Unicode form.
    fn similar_name(&mut self, folder: &Path, name: &str) -> Option<PathBuf> {
        let listing = self.listings.entry(folder.to_owned()).or_insert_with(|| list_names(folder));
        listing.get(&same_letters(name)).cloned()
    }
}

fn list_names(folder: &Path) -> HashMap<String, PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let items = std::fs::read_dir(here).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = items.map(|item| item.path()).collect();
    // The order of a folder is another on each machine: of similar names the first one counts.
    paths.sort_unstable_by(|a, b| b.cmp(a));
    let letters = |path: &Path| same_letters(&path.file_name().unwrap_or_default().to_string_lossy());
    paths.into_iter().map(|path| (letters(&path), path)).collect()
}

/// A name without the differences between systems: accents composed (NFC), lower case.
pub(super) fn same_letters(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}
