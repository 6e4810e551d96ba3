//! A single value by its dotted path, as on the command line and on a screen: `mixer.volume=0.5`.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::context::{SettingContext, Violation};
use super::describe::{SettingField, SettingKind, SettingNode};
use super::setting::Setting;
use super::text::ron_text;
use crate::foundation::{most_similar, parse_ron};

/// `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Dotted path, e.g. `mixer.volume`.
    pub key: String,
    /// RON; quotes around a text may be left out.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = AssignError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or_else(|| AssignError::NoValue(text.to_owned()))?;
        Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}={}", self.key, self.value)
    }
}

/// Why a value cannot be set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AssignError {
    #[error("{0}: KEY=VALUE is needed, e.g. mixer.volume=0.5")]
    NoValue(String),
    #[error("{key}: there is no such setting{}", near.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    UnknownKey { key: String, near: Option<String> },
    #[error("{key}: this is a section; name one of its settings: {}", keys.join(", "))]
    IsSection { key: String, keys: Vec<String> },
    #[error("{key}: {value} is not {expected}")]
    WrongValue { key: String, value: String, expected: String },
    #[error(transparent)]
    Refused(#[from] Violation),
}

/// Finds a field by its dotted path.
///
/// # Errors
/// [`AssignError::UnknownKey`] with the key that is most alike, or [`AssignError::IsSection`].
pub fn find_field<'a>(tree: &'a SettingNode, key: &str) -> Result<&'a SettingField, AssignError> {
    match tree.find(key).filter(|_| !key.is_empty()) {
        Some(SettingNode::Field(field)) => Ok(field),
        Some(SettingNode::Section(section)) => {
            let keys = section.children.iter().map(|child| child.key().to_owned()).collect();
            Err(AssignError::IsSection { key: key.to_owned(), keys })
        }
        None => Err(AssignError::UnknownKey { key: key.to_owned(), near: near_key(tree, key) }),
    }
}

/// The known key that is most alike: by its last part, where that is known, else by all of it.
fn near_key(tree: &SettingNode, key: &str) -> Option<String> {
    let fields = tree.fields();
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let same = fields.iter().find(|field| last(&field.path) == last(key)).map(|field| field.path.as_str());
    let alike = most_similar(key, fields.iter().map(|field| field.path.as_str()));
    let by_last = || {
        fields
            .iter()
            .map(|field| field.path.as_str())
            .find(|path| most_similar(&last(key), [last(path).as_str()]).is_some())
    };
    alike.or(same).or_else(by_last).map(str::to_owned)
}

/// The RON text of a value that was written without care for quotes.
#[must_use]
pub fn written(field: &SettingField, value: &str) -> String {
    let quoted = value.starts_with(['"']) || value.starts_with("r\"") || value.starts_with("r#");
    match field.kind {
        SettingKind::Text if !quoted => ron_text(&value),
        _ => value.trim().to_owned(),
    }
}

/// Gives one field of a tree or a section another value. `prefix` is the path of `target`, empty for a whole tree.
/// Does not check ranges.
///
/// # Errors
/// The key is unknown, or the value is of the wrong kind. The target then stays as it is.
pub fn assign<T: Setting + Default>(
    target: &mut T,
    prefix: &str,
    key: &str,
    value: &str,
) -> Result<(), AssignError> {
    let context = SettingContext { path: prefix.to_owned(), ..SettingContext::default() };
    let tree = T::default().describe(&T::default(), &context);
    let field = find_field(&tree, key)?;
    let ron = written(field, value);
    let relative = key.strip_prefix(prefix).unwrap_or(key).trim_start_matches('.');
    let keys: Vec<&str> = relative.split('.').collect();
    let text = format!("({}:{ron}{}", keys.join(":("), ")".repeat(keys.len()));
    let overlay = parse_ron(Path::new(key), &text).map_err(|_| AssignError::WrongValue {
        key: key.to_owned(),
        value: value.to_owned(),
        expected: field.expected(),
    })?;
    target.lay(overlay);
    Ok(())
}

/// Gives one field its default again.
///
/// # Errors
/// The key is unknown.
pub fn reset<T: Setting + Default>(target: &mut T, prefix: &str, key: &str) -> Result<(), AssignError> {
    let context = SettingContext { path: prefix.to_owned(), ..SettingContext::default() };
    let tree = T::default().describe(&T::default(), &context);
    let default = find_field(&tree, key)?.default.clone();
    assign(target, prefix, key, &default)
}
