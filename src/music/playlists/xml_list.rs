//! Lists in XML, or what is nearly that: XSPF, ASX and WPL.
//!
//! ASX as players write it is no XML proper (names in any case, bare `&`, attributes without quotation marks), and lists
//! are changed by hand. So tags are looked for and all else is passed over; a strict reader would refuse such a file whole.

use std::time::Duration;

use super::list_item::{ListItem, filled};
use super::list_text::entities_decoded;

/// An element that is open, with the base of the paths in it.
struct OpenElement {
    name: String,
    base: String,
}

/// Reads a list that begins with `<`.
pub(super) fn parse(text: &str) -> Vec<ListItem> {
    let mut reader = ListReader::default();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        reader.words(&entities_decoded(&rest[..at]));
        let tag = &rest[at..];
        reader.line = 1 + text[..text.len() - tag.len()].matches('\n').count();
        rest = if let Some(after) = tag.strip_prefix("<![CDATA[") {
            let end = after.find("]]>").unwrap_or(after.len());
            reader.words(&after[..end]);
            after.get(end + 3..).unwrap_or_default()
        } else if let Some(after) = tag.strip_prefix("<!--") {
            after.find("-->").map_or("", |end| &after[end + 3..])
        } else {
            let end = end_of_tag(tag);
            reader.tag(&tag[1..end]);
            tag.get(end + 1..).unwrap_or_default()
        };
    }
    reader.items
}

/// Where a tag ends: a `>` between quotation marks does not end it.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    let end = tag.find(|letter| match (quote, letter) {
        (None, '"' | '\'') => {
            quote = Some(letter);
            false
        }
        (Some(open), letter) if open == letter => {
            quote = None;
            false
        }
        (None, '>') => true,
        _ => false,
    });
    // A mark that is never closed is a letter like any other.
    end.or_else(|| tag.find('>')).unwrap_or(tag.len())
}

#[derive(Default)]
struct ListReader {
    open: Vec<OpenElement>,
    /// Text since the last tag that began.
    text: String,
    line: usize,
    items: Vec<ListItem>,
    /// Items before the track that is open, and what is known of it.
    before: usize,
    title: Option<String>,
    duration: Option<Duration>,
}

impl ListReader {
    fn words(&mut self, words: &str) {
        self.text.push_str(words);
    }

    /// `inner` is what stands between `<` and `>`.
    fn tag(&mut self, inner: &str) {
        if inner.starts_with(['?', '!']) {
            return;
        }
        if let Some(name) = inner.strip_prefix('/') {
            self.close(&local_name(name));
            return;
        }
        let closes = inner.ends_with('/');
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let length = inner.find(char::is_whitespace).unwrap_or(inner.len());
        let name = local_name(&inner[..length]);
        let attributes = attributes(&inner[length..]);
        let attribute = |wanted: &str| {
            attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let outer = self.open.last().map_or("", |open| open.base.as_str());
        let base = attribute("xml:base").map_or_else(|| outer.to_owned(), |base| joined(outer, base));
        if matches!(name.as_str(), "track" | "entry" | "media") {
            (self.before, self.title, self.duration) = (self.items.len(), None, None);
        }
        match (name.as_str(), attribute("href"), attribute("src")) {
            ("ref", Some(path), _) | ("media", _, Some(path)) => self.add(&joined(&base, path)),
            ("base", Some(path), _) => {
                let base = joined(&base, path);
                self.open.iter_mut().for_each(|open| open.base.clone_from(&base));
            }
            _ => {}
        }
        self.text.clear();
        self.open.push(OpenElement { name: name.clone(), base });
        if closes {
            self.close(&name);
        }
    }

    fn close(&mut self, name: &str) {
        // An element that nobody opened, or that was left open, is passed over.
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        let in_track = self.open[..at].iter().any(|open| matches!(open.name.as_str(), "track" | "entry"));
        let text = std::mem::take(&mut self.text);
        let base = self.open[at].base.clone();
        self.open.truncate(at);
        match name {
            "location" if in_track && !text.trim().is_empty() => self.add(&joined(&base, text.trim())),
            "title" if in_track => self.title = filled(&text),
            "duration" if in_track => {
                let millis = text.trim().parse().ok().filter(|millis| *millis > 0);
                self.duration = millis.map(Duration::from_millis);
            }
            "track" | "entry" => {
                for item in self.items.iter_mut().skip(self.before) {
                    (item.title, item.duration) = (self.title.clone(), self.duration);
                }
                self.before = self.items.len();
            }
            _ => {}
        }
    }

    fn add(&mut self, path: &str) {
        if !path.is_empty() {
            self.items.push(ListItem { line: self.line, path: path.to_owned(), ..ListItem::default() });
        }
    }
}

/// "xspf:Track" is a track.
fn local_name(name: &str) -> String {
    name.trim().rsplit(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// Names in lower case, with their values; quotation marks may be missing.
fn attributes(text: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        let name = name.trim().rsplit(char::is_whitespace).next().unwrap_or_default();
        found.push((name.to_ascii_lowercase(), entities_decoded(value)));
        rest = left.trim_start();
    }
    found
}

/// A path below a base, if it is not a whole one itself.
fn joined(base: &str, path: &str) -> String {
    let is_whole = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":") || has_scheme(path);
    if is_whole || base.is_empty() {
        return path.to_owned();
    }
    // The last part of a base is a file, unless a slash follows it.
    let folder = base.rfind(['/', '\\']).map_or("", |slash| &base[..=slash]);
    format!("{folder}{path}")
}

fn has_scheme(path: &str) -> bool {
    let scheme = path.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}
