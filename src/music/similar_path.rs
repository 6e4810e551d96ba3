//! Finds files whose names other systems have written in another way.

use std::path::{Component, Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

/// The file at a path, without links and detours. Where there is none, each part of the path is compared without case and
/// Unicode form: composed or decomposed accents and upper or lower case differ from system to system.
pub(super) fn find_file(path: &Path) -> Option<PathBuf> {
    if let Ok(found) = path.canonicalize() {
        return Some(found);
    }
    find_similar(path)?.canonicalize().ok()
}

/// The same with links and detours as they are.
pub(super) fn find_similar(path: &Path) -> Option<PathBuf> {
    let mut found = PathBuf::new();
    for part in path.components() {
        let Component::Normal(name) = part else {
            found.push(part);
            continue;
        };
        let exact = found.join(name);
        found = if exact.exists() { exact } else { similar_name(&found, &name.to_string_lossy())? };
    }
    Some(found)
}

/// The file or folder with the same name but for case and Unicode form.
fn similar_name(folder: &Path, name: &str) -> Option<PathBuf> {
    let wanted = same_letters(name);
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = std::fs::read_dir(here).ok()?.filter_map(Result::ok);
    let similar = names.filter(|item| same_letters(&item.file_name().to_string_lossy()) == wanted);
    // The order of a folder is another on each machine.
    similar.map(|item| item.path()).min()
}

/// A name without the differences between systems: accents composed (NFC), lower case.
pub(super) fn same_letters(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}
