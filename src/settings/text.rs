//! Words and values as text.

use serde::Serialize;

/// A doc comment as running text.
pub(super) fn sentences(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value in one line of RON, with spaces as a person writes them.
#[must_use]
pub fn ron_text<T: Serialize>(value: &T) -> String {
    let style = ron::ser::PrettyConfig::new().depth_limit(0).separate_tuple_members(false);
    // Settings hold only numbers, texts, lists and structs, which RON can write.
    ron::ser::to_string_pretty(value, style).unwrap_or_default()
}
