//! Changes of single values in a RON text that a person wrote: everything else stays as it is, to the byte.

use std::ops::Range;

use super::describe::SettingNode;
use super::outline::{RonEntry, RonOutline, blank_length, comment_length};

/// One change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingEdit {
    /// Gives a path this value, a RON text without comments and line breaks.
    Set { path: String, value: String },
    /// Takes a path out, so that the default holds. A section that becomes empty goes with it; comments stay.
    Remove { path: String },
}

impl SettingEdit {
    /// The dotted path that is changed.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Set { path, .. } | Self::Remove { path } => path,
        }
    }

    /// The text with this change. `tree` gives the order of the fields. The text must be valid RON.
    pub(super) fn apply(&self, text: &str, tree: &SettingNode) -> String {
        match self {
            Self::Set { path, value } => set_value(text, path, value, tree),
            Self::Remove { path } => remove_value(text, path),
        }
    }
}

const INDENT: &str = "    ";

fn set_value(text: &str, path: &str, value: &str, tree: &SettingNode) -> String {
    let outline = RonOutline::of(text);
    if let Some(entry) = find(&outline, path) {
        return replaced(text, entry.value.clone(), value);
    }
    if outline.body.is_none() {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { line_end(text) };
        let whole = format!("{text}{end}(){}", line_end(text));
        return set_value(&whole, path, value, tree);
    }
    insert_value(text, &outline, path, value, tree)
}

/// Adds an entry to the innermost section of the path that the text has.
fn insert_value(text: &str, outline: &RonOutline, path: &str, value: &str, tree: &SettingNode) -> String {
    let mut around = path;
    let section = loop {
        let Some(dot) = around.rfind('.') else {
            around = "";
            break None;
        };
        around = &around[..dot];
        if let Some(section) = position(outline, around) {
            break Some(section);
        }
    };
    let body = match section {
        Some(section) => outline.entries[section].body.clone(),
        None => outline.body.clone(),
    };
    let Some(body) = body else { return text.to_owned() };
    let keys: Vec<&str> = path[around.len()..].trim_start_matches('.').split('.').collect();
    let siblings: Vec<&RonEntry> = outline.entries.iter().filter(|entry| entry.parent == section).collect();
    let before = sibling_before(&siblings, keys[0], around, tree);
    let place = Insertion { text, body, before, indent: indent_of(text, &siblings, section, outline) };
    place.insert(&keys, value, section.is_none())
}

/// Where a new entry goes.
struct Insertion<'a> {
    text: &'a str,
    body: Range<usize>,
    /// The entry that comes before the new one.
    before: Option<&'a RonEntry>,
    indent: String,
}

impl Insertion<'_> {
    fn insert(&self, keys: &[&str], value: &str, outermost: bool) -> String {
        let Self { text, body, before, .. } = self;
        if text[body.clone()].trim().is_empty() && outermost {
            let (end, lines) = (line_end(text), self.lines(keys, value));
            return replaced(text, body.clone(), &format!("{lines}{end}"));
        }
        let (anchor, has_comma) = match before {
            Some(entry) => entry.comma.map_or((entry.value.end, false), |comma| (comma + 1, true)),
            None => (body.start, true),
        };
        let own_line = anchor + trailing_length(&text[anchor..body.end]);
        let comma = if has_comma { "" } else { "," };
        if text[own_line..body.end].starts_with(['\n', '\r']) {
            let lines = self.lines(keys, value);
            return format!(
                "{}{comma}{}{lines}{}",
                &text[..anchor],
                &text[anchor..own_line],
                &text[own_line..]
            );
        }
        let entry = inline(keys, value);
        let new = match before {
            Some(_) if has_comma => format!(" {entry},"),
            Some(_) => format!(", {entry}"),
            None if text[body.clone()].trim().is_empty() => entry,
            None => format!("{entry}, "),
        };
        replaced(text, anchor..anchor, &new)
    }

    /// The entry on lines of its own, beginning with the end of the line before.
    fn lines(&self, keys: &[&str], value: &str) -> String {
        let end = line_end(self.text);
        let mut lines = String::new();
        let mut indent = self.indent.clone();
        let Some((last, sections)) = keys.split_last() else { return lines };
        for section in sections {
            lines.extend([end, &indent, section, ": ("]);
            indent.push_str(INDENT);
        }
        lines.extend([end, &indent, last, ": ", value, ","]);
        for _ in sections {
            indent.truncate(indent.len() - INDENT.len());
            lines.extend([end, &indent, "),"]);
        }
        lines
    }
}

/// `a: (b: value)`.
fn inline(keys: &[&str], value: &str) -> String {
    match keys {
        [] => value.to_owned(),
        [key] => format!("{key}: {value}"),
        [key, inner @ ..] => format!("{key}: ({})", inline(inner, value)),
    }
}

/// The sibling that is declared closest before a key.
fn sibling_before<'a>(
    siblings: &[&'a RonEntry],
    key: &str,
    around: &str,
    tree: &SettingNode,
) -> Option<&'a RonEntry> {
    let Some(SettingNode::Section(section)) = tree.find(around) else { return siblings.last().copied() };
    let order = |key: &str| section.children.iter().position(|child| child.key() == key);
    let own = order(key);
    let earlier = |entry: &&&RonEntry| order(last_key(&entry.path)) < own;
    siblings.iter().filter(earlier).max_by_key(|entry| order(last_key(&entry.path))).copied()
}

fn last_key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// White space before an entry of a section: that of its siblings, else one step more than the section has.
fn indent_of(text: &str, siblings: &[&RonEntry], section: Option<usize>, outline: &RonOutline) -> String {
    let own_line = |at: usize| {
        let before = &text[line_start(text, at)..at];
        before.trim().is_empty().then(|| before.to_owned())
    };
    if let Some(indent) = siblings.iter().find_map(|entry| own_line(entry.start)) {
        return indent;
    }
    let line = section.map_or("", |section| &text[line_start(text, outline.entries[section].start)..]);
    let width = line.len() - line.trim_start_matches([' ', '\t']).len();
    format!("{}{INDENT}", &line[..width])
}

fn remove_value(text: &str, path: &str) -> String {
    let outline = RonOutline::of(text);
    let Some(mut target) = position(&outline, path) else { return text.to_owned() };
    while let Some(parent) = outline.entries[target].parent
        && is_alone(text, &outline, target)
    {
        target = parent;
    }
    let entry = &outline.entries[target];
    let own_comma = entry.comma.filter(|comma| text[entry.value.end..*comma].trim().is_empty());
    let after = own_comma.map_or(entry.value.end, |comma| comma + 1);
    let blank = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let line = line_start(text, entry.start);
    let rest = after + blank(&text[after..]);
    let begins_line = text[line..entry.start].trim().is_empty();
    let ends_line = text[rest..].is_empty() || text[rest..].starts_with(['\n', '\r']);
    let span = if begins_line && ends_line {
        // The line before keeps its end; nothing else was on this one.
        line..rest + newline_length(&text[rest..])
    } else if begins_line || own_comma.is_some() {
        entry.start..rest
    } else {
        before_last(text, &outline, entry)..entry.value.end
    };
    let mut shorter = replaced(text, span.clone(), "");
    if let Some(comma) = entry.comma.filter(|_| own_comma.is_none()) {
        // A comment stands between the value and its comma: the comment stays.
        let at = if comma < span.start { comma } else { comma - span.len() };
        shorter.remove(at);
    }
    shorter
}

/// Where to cut before an entry in the middle of a line that has no comma of its own: at the comma before it, if only
/// blanks are between.
fn before_last(text: &str, outline: &RonOutline, entry: &RonEntry) -> usize {
    let commas = outline.entries.iter().filter(|other| other.parent == entry.parent);
    let before = commas.filter_map(|other| other.comma).filter(|comma| *comma < entry.start).max();
    before.filter(|comma| text[comma + 1..entry.start].trim().is_empty()).unwrap_or(entry.start)
}

/// Whether a section would be blank without this entry.
fn is_alone(text: &str, outline: &RonOutline, target: usize) -> bool {
    let entry = &outline.entries[target];
    let Some(body) = entry.parent.and_then(|parent| outline.entries[parent].body.clone()) else {
        return false;
    };
    let rest = format!("{}{}", &text[body.start..entry.start], &text[entry.value.end..body.end]);
    matches!(rest.trim(), "" | ",")
}

fn find<'a>(outline: &'a RonOutline, path: &str) -> Option<&'a RonEntry> {
    outline.entries.iter().find(|entry| entry.path == path)
}

fn position(outline: &RonOutline, path: &str) -> Option<usize> {
    outline.entries.iter().position(|entry| entry.path == path)
}

fn replaced(text: &str, span: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..span.start], &text[span.end..])
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// How lines of this text end.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn newline_length(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { usize::from(text.starts_with('\n')) }
}

/// Length of the blanks and comments that end on this line.
fn trailing_length(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let comment = comment_length(&rest[blank..]);
        if rest[blank..][..comment].contains('\n') || blank + comment == 0 {
            return at;
        }
        at += blank + comment;
    }
}

/// Whether a text holds nothing but white space and comments.
pub(super) fn is_blank(text: &str) -> bool {
    blank_length(text) == text.len()
}

#[cfg(test)]
mod tests;
