//! Reading RON files that people edit, with errors that name file, line and column.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

use super::similar::most_similar;

/// More than anybody writes by hand.
const LARGEST_TEXT: u64 = 16 << 20;

/// What is wrong with a file that people edit.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {reason}")]
    Unreadable { file: PathBuf, reason: String },
    /// Something else was expected at a place in the file.
    #[error("{file}:{line}:{column}: {reason}")]
    Syntax { file: PathBuf, line: usize, column: usize, reason: String },
    /// The file has the right form, but a value in it is not allowed.
    #[error("{file}: {field}: {reason}")]
    Invalid { file: PathBuf, field: String, reason: String },
}

impl FileError {
    /// An error about the value of a field.
    pub fn invalid(file: &Path, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { file: file.to_owned(), field: field.into(), reason: reason.into() }
    }
}

/// Parses RON text. `file` is only named in errors. `Some(…)` may be omitted around optional values.
///
/// # Errors
/// [`FileError::Syntax`] with line, column and what was expected.
pub fn parse_ron<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, FileError> {
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|error| FileError::Syntax {
        file: file.to_owned(),
        line: error.span.start.line,
        column: error.span.start.col,
        reason: reason(&error.code),
    })
}

/// What is wrong, without the names of Rust types.
fn reason(error: &ron::Error) -> String {
    match error {
        ron::Error::NoSuchStructField { expected, found, .. } => {
            format!("there is no field `{found}`{}", suggestion(found, expected))
        }
        ron::Error::NoSuchEnumVariant { expected, found, .. } => {
            format!("`{found}` is not known{}", suggestion(found, expected))
        }
        ron::Error::MissingStructField { field, .. } => format!("the field `{field}` is missing"),
        ron::Error::DuplicateStructField { field, .. } => format!("the field `{field}` is given twice"),
        other => other.to_string(),
    }
}

/// The most similar known name, and all known names.
fn suggestion(found: &str, known: &[&str]) -> String {
    match (most_similar(found, known.iter().copied()), known) {
        (_, []) => String::new(),
        (Some(similar), [_]) => format!("; did you mean `{similar}`?"),
        (Some(similar), several) => format!("; did you mean `{similar}`? Known: {}", several.join(", ")),
        (None, all) => format!("; known: {}", all.join(", ")),
    }
}

/// Reads and parses a RON file.
///
/// # Errors
/// [`FileError::Unreadable`] or [`FileError::Syntax`].
pub fn read_ron<T: DeserializeOwned>(file: &Path) -> Result<T, FileError> {
    let text = read_text(file)
        .map_err(|error| FileError::Unreadable { file: file.to_owned(), reason: error.to_string() })?;
    parse_ron(file, &text)
}

/// Reads a text that people write. A file that has no end, such as a device, is an error.
///
/// # Errors
/// The reason of the system, or a text that is too large or not UTF-8.
pub fn read_text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(LARGEST_TEXT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_TEXT {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST_TEXT >> 20)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Lamp {
        #[expect(dead_code, reason = "only the parsing matters here")]
        watts: f32,
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let error = parse_ron::<Lamp>(Path::new("lamp.ron"), "(\n  wats: 3.0,\n)").unwrap_err();
        let words = error.to_string();
        assert!(words.starts_with("lamp.ron:2:"), "{words}");
        assert!(words.contains("wats"), "{words}");
        assert!(words.ends_with("; did you mean `watts`?"), "{words}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let words = read_ron::<Lamp>(Path::new("nowhere/lamp.ron")).unwrap_err().to_string();
        assert!(words.contains("nowhere/lamp.ron"), "{words}");
    }

    /// A device that never ends is refused instead of filling the memory.
    #[test]
    fn a_file_without_an_end_is_refused() {
        let words = read_text(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(words.contains("larger than 16 MiB"), "{words}");
    }
}
