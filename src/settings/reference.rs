//! The reference file: every setting with its description and default, as RON with comments.

use std::collections::BTreeSet;

use super::describe::{SettingField, SettingKind, SettingNode, SettingSection};

/// Longest line of a comment, in characters.
const WIDTH: usize = 110;

/// A whole settings file with the values of a tree. `head` are the lines at its top, without `//`.
#[must_use]
pub fn reference(tree: &SettingNode, head: &[&str]) -> String {
    let mut writer = Writer { text: String::new(), described: BTreeSet::new() };
    for line in head {
        writer.comment(0, line);
    }
    writer.text.push_str("(\n");
    if let SettingNode::Section(section) = tree {
        section.children.iter().for_each(|child| writer.node(1, child));
    }
    writer.text.push_str(")\n");
    writer.text
}

struct Writer {
    text: String,
    /// Types of sections whose fields were described already.
    described: BTreeSet<&'static str>,
}

impl Writer {
    fn node(&mut self, depth: usize, node: &SettingNode) {
        match node {
            SettingNode::Section(section) => self.section(depth, node.key(), section),
            SettingNode::Field(field) => self.field(depth, node.key(), field),
        }
    }

    fn section(&mut self, depth: usize, key: &str, section: &SettingSection) {
        self.comment(depth, &section.doc);
        if !self.described.insert(section.type_name) {
            // The fields are described above, at the first section of this type.
            let fields: Vec<String> = section.children.iter().map(in_one_line).collect();
            self.line(depth, &format!("{key}: ({}),", fields.join(", ")));
            return;
        }
        self.line(depth, &format!("{key}: ("));
        section.children.iter().for_each(|child| self.node(depth + 1, child));
        self.line(depth, "),");
    }

    fn field(&mut self, depth: usize, key: &str, field: &SettingField) {
        self.comment(depth, &comment_of(field));
        let one_line = format!("{key}: {},", field.value);
        match items(&field.value) {
            Some(items) if field.kind == SettingKind::List && one_line.len() + 4 * depth > WIDTH => {
                self.line(depth, &format!("{key}: ["));
                for item in &items {
                    self.line(depth + 1, &format!("{item},"));
                }
                self.line(depth, "],");
            }
            _ => self.line(depth, &one_line),
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"    ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, depth: usize, words: &str) {
        let mut line = String::from("//");
        for word in words.split_whitespace() {
            if line.len() > 2 && 4 * depth + line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(depth, &line);
                line = String::from("//");
            }
            line.push(' ');
            line.push_str(word);
        }
        if line.len() > 2 {
            self.line(depth, &line);
        }
    }
}

/// The sentences of a field, its choices or range, and when it is read.
#[must_use]
pub fn comment_of(field: &SettingField) -> String {
    let mut words = field.doc.clone();
    let range = match &field.kind {
        SettingKind::Choice(names) => names.join(", "),
        _ => field.range_text(),
    };
    for part in [range.as_str(), if field.from_next_start { "from the next start" } else { "" }] {
        if !part.is_empty() {
            words.extend([" [", part, "]"]);
        }
    }
    words
}

fn in_one_line(node: &SettingNode) -> String {
    match node {
        SettingNode::Field(field) => format!("{}: {}", node.key(), field.value),
        SettingNode::Section(section) => {
            let fields: Vec<String> = section.children.iter().map(in_one_line).collect();
            format!("{}: ({})", node.key(), fields.join(", "))
        }
    }
}

/// The items of a list that is written in one line.
fn items(list: &str) -> Option<Vec<&str>> {
    let inside = list.strip_prefix('[')?.strip_suffix(']')?;
    let (mut items, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (at, letter) in inside.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                items.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let rest = inside[start..].trim();
    items.extend((!rest.is_empty()).then_some(rest));
    Some(items)
}
