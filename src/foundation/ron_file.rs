//! Reading RON files that people edit, with errors that name file, line and column.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

use super::similar::most_similar;

/// More than anybody writes by hand.
const LARGEST_TEXT: u64 = 16 << 20;

/// What is wrong with a file that people edit.
///
/// The parts are shared, so that an error can be cloned and sent between threads.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {error}")]
    Unreadable { file: PathBuf, error: Arc<io::Error> },
    /// Something else was expected at a place in the file.
    #[error("{file}:{line}:{column}: {}{problem}", prefix(field.as_deref()))]
    Syntax {
        file: PathBuf,
        line: usize,
        column: usize,
        /// The dotted path of the field at that place, where it is known.
        field: Option<String>,
        problem: FileProblem,
    },
    /// The file has the right form, but a value in it is not allowed.
    #[error("{file}: {field}: {problem}")]
    Invalid { file: PathBuf, field: String, problem: FileProblem },
}

fn prefix(field: Option<&str>) -> String {
    field.map(|field| format!("{field}: ")).unwrap_or_default()
}

/// What is wrong at a place in a file, without the names of Rust types.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FileProblem {
    /// A field that nobody knows.
    #[error("there is no field `{found}`{}", suggestion(found, known))]
    UnknownField { found: String, known: &'static [&'static str] },
    /// A name that is none of the choices.
    #[error("`{found}` is not known{}", suggestion(found, known))]
    UnknownChoice { found: String, known: &'static [&'static str] },
    #[error("the field `{0}` is missing")]
    MissingField(&'static str),
    #[error("the field `{0}` is given twice")]
    DoubledField(&'static str),
    /// The text is no RON, or a value is of another kind.
    #[error("{0}")]
    Ron(Arc<ron::Error>),
    /// A rule of the room that reads the file.
    #[error("{0}")]
    Rule(Arc<dyn Error + Send + Sync>),
}

impl FileProblem {
    /// A rule that does not hold, as the room that reads the file describes it.
    pub fn rule(broken: impl Error + Send + Sync + 'static) -> Self {
        Self::Rule(Arc::new(broken))
    }
}

impl From<&ron::Error> for FileProblem {
    fn from(error: &ron::Error) -> Self {
        match error {
            ron::Error::NoSuchStructField { expected, found, .. } => {
                Self::UnknownField { found: found.clone(), known: expected }
            }
            ron::Error::NoSuchEnumVariant { expected, found, .. } => {
                Self::UnknownChoice { found: found.clone(), known: expected }
            }
            ron::Error::MissingStructField { field, .. } => Self::MissingField(field),
            ron::Error::DuplicateStructField { field, .. } => Self::DoubledField(field),
            other => Self::Ron(Arc::new(other.clone())),
        }
    }
}

impl FileError {
    /// The file, or a folder, cannot be read.
    #[must_use]
    pub fn unreadable(file: &Path, error: io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), error: Arc::new(error) }
    }

    /// A rule that the value of a field breaks.
    pub fn invalid(
        file: &Path,
        field: impl Into<String>,
        broken: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Invalid { file: file.to_owned(), field: field.into(), problem: FileProblem::rule(broken) }
    }

    /// A rule that a line of a file breaks.
    pub fn in_line(file: &Path, line: usize, broken: impl Error + Send + Sync + 'static) -> Self {
        let problem = FileProblem::rule(broken);
        Self::Syntax { file: file.to_owned(), line, column: 1, field: None, problem }
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
        field: None,
        problem: FileProblem::from(&error.code),
    })
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
    parse_ron(file, &read_text(file)?)
}

/// Reads a text that people write. A file that has no end, such as a device, is an error.
///
/// # Errors
/// [`FileError::Unreadable`], also for a text that is too large or not UTF-8.
pub fn read_text(file: &Path) -> Result<String, FileError> {
    read_bounded(file).map_err(|error| FileError::unreadable(file, error))
}

fn read_bounded(file: &Path) -> io::Result<String> {
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

    /// An error keeps what is wrong as a value: a program can tell a missing file from a broken one.
    #[test]
    fn the_kind_of_a_problem_is_kept() {
        let Err(FileError::Unreadable { error, .. }) = read_ron::<Lamp>(Path::new("nowhere/lamp.ron")) else {
            panic!("there is no such file");
        };
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let problem = |text| match parse_ron::<Lamp>(Path::new("lamp.ron"), text) {
            Err(FileError::Syntax { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        assert!(matches!(problem("(wats: 1.0)"), FileProblem::UnknownField { found, .. } if found == "wats"));
        assert!(matches!(problem("()"), FileProblem::MissingField(field) if field == "watts"));
        assert!(
            matches!(problem("(watts: 1, watts: 2)"), FileProblem::DoubledField(field) if field == "watts")
        );
        assert!(matches!(problem("(watts: many)"), FileProblem::Ron(_)));
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
