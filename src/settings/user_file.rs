//! The settings file of a person: single values are changed in place, and the file is replaced as a whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use super::describe::SettingNode;
use super::edit::SettingEdit;
use super::load::{parse_overlay, tree_of};
use super::outline::RonOutline;
use super::setting::Setting;
use crate::foundation::{FileError, read_text, replace_kept_file};

/// A file that holds what a person changes of the settings `T`.
#[derive(Debug, Clone)]
pub struct UserFile {
    path: PathBuf,
    tree: SettingNode,
    parses: fn(&Path, &str) -> Result<(), FileError>,
}

/// Why a change was not saved. The file is as it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UserFileError {
    #[error("{0}. Mend the file first; nothing was changed in it")]
    Broken(#[from] FileError),
    #[error("{file}: {path} could not be changed in place; edit the file by hand")]
    NotChanged { file: PathBuf, path: String },
    #[error("{file}: cannot be written: {reason}")]
    NotWritten { file: PathBuf, reason: String },
}

impl UserFile {
    /// The file need not exist yet.
    #[must_use]
    pub fn new<T: Setting + Default>(path: PathBuf) -> Self {
        Self { path, tree: tree_of::<T>(), parses: |file, text| parse_overlay::<T>(file, text).map(drop) }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text of the file; empty where there is none yet.
    ///
    /// # Errors
    /// [`FileError::Unreadable`].
    pub fn text(&self) -> Result<String, FileError> {
        match read_text(&self.path) {
            Err(FileError::Unreadable { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                Ok(String::new())
            }
            read => read,
        }
    }

    /// Changes single values and keeps all else that is written in the file.
    ///
    /// # Errors
    /// The file is broken or cannot be written; it then stays as it was.
    pub fn save(&self, edits: &[SettingEdit]) -> Result<(), UserFileError> {
        let before = self.text()?;
        (self.parses)(&self.path, &before)?;
        let after = edits.iter().try_fold(before.clone(), |text, edit| self.edited(&text, edit))?;
        if after == before {
            return Ok(());
        }
        replace_kept_file(&self.path, after.as_bytes())
            .map_err(|error| UserFileError::NotWritten { file: self.path.clone(), reason: error.to_string() })
    }

    /// The text after an edit, read again: a text that would be broken is never written.
    fn edited(&self, text: &str, edit: &SettingEdit) -> Result<String, UserFileError> {
        let after = edit.apply(text, &self.tree);
        let holds = RonOutline::of(&after).holds(edit.path());
        let wanted = matches!(edit, SettingEdit::Set { .. });
        if holds != wanted || (self.parses)(&self.path, &after).is_err() {
            return Err(UserFileError::NotChanged { file: self.path.clone(), path: edit.path().to_owned() });
        }
        Ok(after)
    }
}

#[cfg(test)]
mod tests;
