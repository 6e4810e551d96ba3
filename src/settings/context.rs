//! What the declaration of a field says beside its type, and what is wrong with a value.

use serde::Serialize;

use super::describe::{SettingField, SettingKind, SettingNode, SettingRange, SettingSection};
use super::text::{ron_text, sentences};

/// What the declaration of a field says beside its type.
#[derive(Debug, Clone, Default)]
pub struct SettingContext {
    /// Dotted path; empty for the whole tree.
    pub path: String,
    /// Doc comment, lines as they are written.
    pub doc: &'static str,
    pub range: Option<SettingRange>,
    pub unit: Option<&'static str>,
    pub from_next_start: bool,
}

impl SettingContext {
    /// The context of a field of this section. For the macros.
    #[must_use]
    pub fn inner(&self, field: &str, declared: Self) -> Self {
        Self {
            path: join(&self.path, field),
            from_next_start: self.from_next_start || declared.from_next_start,
            ..declared
        }
    }

    /// The description of a field with this context.
    #[must_use]
    pub fn field<T: Serialize>(&self, kind: SettingKind, value: &T, default: &T) -> SettingField {
        SettingField {
            path: self.path.clone(),
            doc: sentences(self.doc),
            kind,
            unit: self.unit,
            range: self.range,
            default: ron_text(default),
            value: ron_text(value),
            from_next_start: self.from_next_start,
        }
    }

    /// The description of a section with this context. `doc` describes the type; it is used where the field says
    /// nothing of its own.
    #[must_use]
    pub fn section(
        &self,
        doc: &'static str,
        type_name: &'static str,
        children: Vec<SettingNode>,
    ) -> SettingSection {
        let doc = sentences(if self.doc.trim().is_empty() { doc } else { self.doc });
        SettingSection { path: self.path.clone(), doc, type_name, children }
    }

    pub(super) fn out_of_range(&self, value: impl std::fmt::Display) -> Violation {
        let value = value.to_string();
        Violation::of(match self.range {
            Some(range) => ValueProblem::OutOfRange { value, range, unit: self.unit },
            None => ValueProblem::NotFinite { value },
        })
    }
}

/// A value that reads well and cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Violation {
    /// Dotted path of the field; items of a list count from 1, as in `levels[2].detail`.
    pub path: String,
    pub problem: ValueProblem,
}

/// Why a value cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValueProblem {
    #[error("{value} is not between {} and {}{}", range.least, range.greatest, suffix(*unit))]
    OutOfRange { value: String, range: SettingRange, unit: Option<&'static str> },
    #[error("{value} is not a finite number")]
    NotFinite { value: String },
    /// A rule of the section, in words: the value and what it must be.
    #[error("{0}")]
    Rule(String),
}

fn suffix(unit: Option<&str>) -> String {
    unit.map(|unit| format!(" {unit}")).unwrap_or_default()
}

impl Violation {
    /// A rule that does not hold. `path` is relative to the section that is checked.
    #[must_use]
    pub fn new(path: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { path: path.into(), problem: ValueProblem::Rule(rule.into()) }
    }

    /// The problem of the value itself; [`Violation::within`] adds its path.
    pub(super) fn of(problem: ValueProblem) -> Self {
        Self { path: String::new(), problem }
    }

    /// The same, seen from the section around it. For the macros.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.path = join(outer, &self.path);
        self
    }
}

/// A rule between fields: an error at `path` if it does not hold.
///
/// # Errors
/// The reason, if `holds` is false.
pub fn require(holds: bool, path: &str, reason: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::new(path, reason())) }
}

fn join(outer: &str, inner: &str) -> String {
    match (outer.is_empty(), inner.is_empty()) {
        (true, _) => inner.to_owned(),
        (_, true) => outer.to_owned(),
        _ if inner.starts_with('[') => format!("{outer}{inner}"),
        _ => format!("{outer}.{inner}"),
    }
}
