//! One track of a list of another player.

use std::time::Duration;

/// A track that a list names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListItem {
    /// Line in the file, from 1.
    pub line: usize,
    /// As it is written, without the codes of XML.
    pub path: String,
    /// Its title, often with the artist before it.
    pub title: Option<String>,
    /// Its length; players write −1 where they do not know it.
    pub duration: Option<Duration>,
}

/// A text that is not empty.
pub(super) fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
