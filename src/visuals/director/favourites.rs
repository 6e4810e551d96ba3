//! The file that keeps which scenes a person likes: a list of names in RON.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::foundation::{FileError, read_ron, replace_kept_file};

/// Why favourites are not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum FavouritesError {
    #[error("{file}: favourites are not saved: {reason}")]
    Unwritten { file: PathBuf, reason: std::io::Error },
    #[error("{file}: favourites are not saved: {reason}")]
    Unencoded { file: PathBuf, reason: ron::Error },
}

/// Reads the names; none if there is no file.
///
/// # Errors
/// [`FileError`] names the file, the place and what was expected.
pub(super) fn read_favourites(file: &Path) -> Result<Vec<String>, FileError> {
    if file.exists() { read_ron(file) } else { Ok(Vec::new()) }
}

/// Renames a file that cannot be read to `favourites.ron.broken`, so that writing loses nothing.
///
/// # Errors
/// [`FavouritesError`] names the file and the reason.
pub(super) fn set_aside(file: &Path) -> Result<(), FavouritesError> {
    let broken = file.with_extension("ron.broken");
    std::fs::rename(file, broken)
        .map_err(|reason| FavouritesError::Unwritten { file: file.to_owned(), reason })
}

/// Replaces the file as a whole, so that it is never half written.
///
/// # Errors
/// [`FavouritesError`] names the file and the reason.
pub(super) fn write_favourites(file: &Path, names: &BTreeSet<String>) -> Result<(), FavouritesError> {
    let unwritten = |reason| FavouritesError::Unwritten { file: file.to_owned(), reason };
    let text = ron::to_string(names)
        .map_err(|reason| FavouritesError::Unencoded { file: file.to_owned(), reason })?;
    replace_kept_file(file, text.as_bytes()).map_err(unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn favourites_are_written_and_read_again() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("new").join("favourites.ron");
        assert!(read_favourites(&file).expect("no file is no error").is_empty());
        write_favourites(&file, &BTreeSet::from(["orb".to_owned(), "rain".to_owned()])).expect("written");
        assert_eq!(read_favourites(&file).expect("whole"), ["orb", "rain"]);
        std::fs::write(&file, "[1]").expect("written");
        assert!(read_favourites(&file).unwrap_err().to_string().contains("favourites.ron:1:"));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("file"), "").expect("written");
        let file = dir.path().join("file").join("favourites.ron");
        let words = write_favourites(&file, &BTreeSet::new()).unwrap_err().to_string();
        assert!(words.contains("favourites.ron") && words.contains("not saved"), "{words}");
    }
}
