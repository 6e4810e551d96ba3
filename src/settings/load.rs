//! Layers of settings, and where each value came from.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;

use super::assign::{AssignError, Assignment, assign};
use super::context::{SettingContext, Violation};
use super::describe::SettingNode;
use super::edit::is_blank;
use super::outline::{RonOutline, TextPlace};
use super::setting::Setting;
use crate::foundation::{FileError, FileProblem, parse_ron};

/// A tree of sections that can be taken apart, one for each room.
pub trait SettingsTree {
    /// The fields of the tree by name.
    fn into_sections(self) -> Vec<(&'static str, Box<dyn Any + Send + Sync>)>;
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueOrigin {
    /// The default that Attune ships with.
    #[default]
    Shipped,
    /// The person's file.
    File,
    /// `--set` or another argument.
    CommandLine,
    /// A change while running.
    Screen,
}

impl ValueOrigin {
    /// As it is shown in lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped => "default",
            Self::File => "your file",
            Self::CommandLine => "command line",
            Self::Screen => "screen",
        }
    }
}

/// Where each value came from that is not the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueOrigins(BTreeMap<String, ValueOrigin>);

impl ValueOrigins {
    /// Where the value with this dotted path came from.
    #[must_use]
    pub fn of(&self, path: &str) -> ValueOrigin {
        self.0.get(path).copied().unwrap_or_default()
    }

    /// Notes that a value came from somewhere else.
    pub fn note(&mut self, path: &str, origin: ValueOrigin) {
        if origin == ValueOrigin::Shipped {
            self.0.remove(path);
        } else {
            self.0.insert(path.to_owned(), origin);
        }
    }
}

/// Settings and where each value came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadedSettings<T> {
    pub settings: T,
    pub origins: ValueOrigins,
}

/// What keeps settings from being loaded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("--set {0}")]
    Assignment(#[from] AssignError),
}

/// The defaults, with the text of a person's file and then assignments laid over them.
///
/// # Errors
/// [`LoadError`] names the file with line and column, or the assignment, and what was expected.
pub fn load<T: Setting + Default>(
    file: Option<(&Path, &str)>,
    assignments: &[Assignment],
) -> Result<LoadedSettings<T>, LoadError> {
    let mut loaded = LoadedSettings::<T>::default();
    let LoadedSettings { settings, origins } = &mut loaded;
    if let Some((file, text)) = file {
        settings.lay(parse_overlay::<T>(file, text)?);
        settings.check(&SettingContext::default()).map_err(|wrong| located(file, text, &wrong))?;
        let outline = RonOutline::of(text);
        for field in tree_of::<T>().fields() {
            if outline.holds(&field.path) {
                origins.note(&field.path, ValueOrigin::File);
            }
        }
    }
    for assignment in assignments {
        assign(settings, "", &assignment.key, &assignment.value)?;
        origins.note(&assignment.key, ValueOrigin::CommandLine);
    }
    settings.check(&SettingContext::default()).map_err(AssignError::from)?;
    Ok(loaded)
}

/// The description of a tree with its defaults.
#[must_use]
pub fn tree_of<T: Setting + Default>() -> SettingNode {
    T::default().describe(&T::default(), &SettingContext::default())
}

/// Reads what a file changes. A file with nothing but comments changes nothing.
///
/// # Errors
/// [`FileError::Syntax`] with line, column, the field and what was expected.
pub fn parse_overlay<T: Setting>(file: &Path, text: &str) -> Result<T::Overlay, FileError> {
    if is_blank(text) {
        return Ok(T::Overlay::default());
    }
    parse_ron(file, text).map_err(|error| with_field(error, text))
}

/// Says which field a syntax error is in.
#[must_use]
pub fn with_field(error: FileError, text: &str) -> FileError {
    match error {
        FileError::Syntax { file, line, column, field: None, problem } => {
            let field = RonOutline::of(text).field_at(TextPlace { line, column }).map(str::to_owned);
            FileError::Syntax { file, line, column, field, problem }
        }
        other => other,
    }
}

/// Says where in a file a value is that cannot be used.
#[must_use]
pub fn located(file: &Path, text: &str, wrong: &Violation) -> FileError {
    match RonOutline::of(text).place_of(&wrong.path) {
        Some(TextPlace { line, column }) => {
            let field = Some(wrong.path.clone());
            let problem = FileProblem::rule(wrong.problem.clone());
            FileError::Syntax { file: file.to_owned(), line, column, field, problem }
        }
        None => FileError::invalid(file, &wrong.path, wrong.problem.clone()),
    }
}
