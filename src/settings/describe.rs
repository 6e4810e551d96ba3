//! What can be set, as data: for a settings screen, `attune settings` and the reference file.

use std::fmt;

use serde::Serialize;

use super::text::ron_text;

/// A section or a field of the settings.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingNode {
    Section(SettingSection),
    Field(SettingField),
}

/// Settings that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingSection {
    /// Dotted path, e.g. `mixer.bell_duck`; empty for the whole tree.
    pub path: String,
    /// What it is about, in one or more sentences.
    pub doc: String,
    /// Name of the type; sections of one type have the same fields.
    pub type_name: &'static str,
    /// In the order of their declaration.
    pub children: Vec<SettingNode>,
}

/// One value that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingField {
    /// Dotted path, e.g. `mixer.volume`.
    pub path: String,
    /// What it does, in one or more sentences.
    pub doc: String,
    pub kind: SettingKind,
    /// E.g. `s`, `dB`, `px`; none for a plain number and for what is no number.
    pub unit: Option<&'static str>,
    /// Only for numbers (and the numbers of a list): the least and the greatest value.
    pub range: Option<SettingRange>,
    /// The default as RON text.
    pub default: String,
    /// The value as RON text.
    pub value: String,
    /// Whether the value is read at the start only, so that a change holds from the next start.
    pub from_next_start: bool,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingKind {
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// One of some names.
    Choice(Vec<String>),
    /// A list or a table, which is set as a whole.
    List,
}

/// The least and the greatest value of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingRange {
    pub least: f64,
    pub greatest: f64,
}

impl<N: Into<f64>> From<std::ops::RangeInclusive<N>> for SettingRange {
    fn from(range: std::ops::RangeInclusive<N>) -> Self {
        let (least, greatest) = range.into_inner();
        Self { least: least.into(), greatest: greatest.into() }
    }
}

impl fmt::Display for SettingRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} to {}", self.least, self.greatest)
    }
}

impl SettingKind {
    /// The names of an enum without data, as they are written in a file.
    #[must_use]
    pub fn choice_of<T: Serialize>(choices: &[T]) -> Self {
        Self::Choice(choices.iter().map(ron_text).collect())
    }
}

impl SettingNode {
    /// Dotted path.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Section(section) => &section.path,
            Self::Field(field) => &field.path,
        }
    }

    /// The last part of the path.
    #[must_use]
    pub fn key(&self) -> &str {
        self.path().rsplit('.').next().unwrap_or_default()
    }

    /// All fields in the order of their declaration.
    #[must_use]
    pub fn fields(&self) -> Vec<&SettingField> {
        match self {
            Self::Section(section) => section.children.iter().flat_map(Self::fields).collect(),
            Self::Field(field) => vec![field],
        }
    }

    /// The section or field with this dotted path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Self> {
        if self.path() == path {
            return Some(self);
        }
        match self {
            Self::Section(section) => section.children.iter().find_map(|child| child.find(path)),
            Self::Field(_) => None,
        }
    }
}

impl SettingField {
    /// What a value must be, e.g. `a number from 0.05 to 60 s`.
    #[must_use]
    pub fn expected(&self) -> String {
        let kind = match &self.kind {
            SettingKind::Switch => "true or false".to_owned(),
            SettingKind::Integer => "a whole number".to_owned(),
            SettingKind::Number => "a number".to_owned(),
            SettingKind::Text => "a text".to_owned(),
            SettingKind::Choice(names) => one_of(names),
            SettingKind::List => "a list in RON".to_owned(),
        };
        match &self.range {
            Some(range) => format!("{kind} from {range}{}", self.unit_suffix()),
            None => kind,
        }
    }

    /// The range with its unit, the unit alone, or nothing; e.g. `0.05 to 60 s`.
    #[must_use]
    pub fn range_text(&self) -> String {
        match (&self.range, self.unit) {
            (Some(range), _) => format!("{range}{}", self.unit_suffix()),
            (None, Some(unit)) => unit.to_owned(),
            (None, None) => String::new(),
        }
    }

    fn unit_suffix(&self) -> String {
        self.unit.map(|unit| format!(" {unit}")).unwrap_or_default()
    }
}

/// `a, b or c`.
fn one_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} or {last}", before.join(", ")),
    }
}
