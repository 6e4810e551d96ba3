//! Where each field of a RON text is: for errors that name line and column, and for changes in place.

use std::ops::Range;

/// A place in a text. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextPlace {
    pub line: usize,
    pub column: usize,
}

/// A field or an item of a list. Spans are in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RonEntry {
    /// E.g. `happy.rules[1].genres`; items count from 1, as people do.
    pub(super) path: String,
    /// Where the key, or the item, begins.
    pub(super) place: TextPlace,
    /// Where the key begins; of an item, the item.
    pub(super) start: usize,
    /// From the first byte of the value to its last; empty while nothing was read.
    pub(super) value: Range<usize>,
    /// What is between the parentheses of a struct.
    pub(super) body: Option<Range<usize>>,
    /// The comma after the value.
    pub(super) comma: Option<usize>,
    /// The entry around this one.
    pub(super) parent: Option<usize>,
}

/// The fields of a RON text in the order in which they begin. A broken text is read as far as it makes sense.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RonOutline {
    pub(super) entries: Vec<RonEntry>,
    /// What is between the outermost parentheses.
    pub(super) body: Option<Range<usize>>,
}

impl RonOutline {
    /// Looks through a text, which may be broken.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut scanner = Scanner { outline: Self::default(), open: Vec::new(), line: 1, column: 1 };
        scanner.scan(text);
        scanner.outline
    }

    /// The field in which a place lies: the last that begins at it or before.
    #[must_use]
    pub fn field_at(&self, place: TextPlace) -> Option<&str> {
        let before = |entry: &&RonEntry| entry.place <= place;
        self.entries.iter().take_while(before).last().map(|entry| entry.path.as_str())
    }

    /// The place of a field, or of the nearest one around it that is in the text.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Option<TextPlace> {
        let mut path = path;
        loop {
            if let Some(entry) = self.entry(path) {
                return Some(entry.place);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    /// Whether the text gives a value to this path.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.entry(path).is_some()
    }

    fn entry(&self, path: &str) -> Option<&RonEntry> {
        self.entries.iter().find(|entry| entry.path == path)
    }
}

/// Length of the white space and comments at the start of a text.
pub(super) fn blank_length(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let step = match rest.chars().next() {
            Some(next) if next.is_whitespace() => next.len_utf8(),
            Some('/') => comment_length(rest),
            _ => 0,
        };
        if step == 0 {
            return at;
        }
        at += step;
    }
}

/// Length of the comment at the start of a text without the end of its line; 0 if there is none.
pub(super) fn comment_length(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find(['\n', '\r']).unwrap_or(text.len());
    }
    if !text.starts_with("/*") {
        return 0;
    }
    // Comments of this kind can hold others.
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let rest = &text[at..];
        match (rest.find("/*"), rest.find("*/")) {
            (Some(open), Some(close)) if open < close => (at, depth) = (at + open + 2, depth + 1),
            (_, Some(close)) => (at, depth) = (at + close + 2, depth - 1),
            (_, None) => return text.len(),
        }
    }
    at
}

/// A bracket that is open.
struct OpenBracket {
    list: bool,
    /// Where the text after it begins.
    inside: usize,
    /// The entry that is being read.
    entry: Option<usize>,
    /// How many items of a list began.
    items: usize,
}

struct Scanner {
    outline: RonOutline,
    open: Vec<OpenBracket>,
    line: usize,
    column: usize,
}

impl Scanner {
    fn scan(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let blank = blank_length(rest);
            let length = if blank > 0 { blank } else { token_length(rest) };
            let token = &rest[..length];
            if blank == 0 {
                let after = &rest[length..];
                self.take(token, at, after[blank_length(after)..].starts_with(':'));
            }
            self.pass(token);
            at += length;
        }
    }

    fn take(&mut self, token: &str, at: usize, is_key: bool) {
        match token {
            ")" | "]" | "}" => self.close(token, at),
            "," => self.end_entry(at),
            ":" => {}
            _ if token.starts_with("#!") => {}
            word if is_key && self.open.last().is_some_and(|open| !open.list) => {
                let key = word.trim_start_matches("r#").trim_matches('"').to_owned();
                self.begin_entry(key, at, at..at);
            }
            _ => self.take_value(token, at),
        }
    }

    fn take_value(&mut self, token: &str, at: usize) {
        let end = at + token.len();
        if let Some(open) = self.open.last_mut().filter(|open| open.list && open.entry.is_none()) {
            open.items += 1;
            let key = format!("[{}]", open.items);
            self.begin_entry(key, at, at..end);
        }
        self.extend_value(at, end);
        if let "(" | "[" | "{" = token {
            self.open.push(OpenBracket { list: token == "[", inside: end, entry: None, items: 0 });
        }
    }

    fn begin_entry(&mut self, key: String, at: usize, value: Range<usize>) {
        let parent = self.open.iter().rev().skip(1).find_map(|open| open.entry);
        let around = parent.map_or("", |parent| self.outline.entries[parent].path.as_str());
        let dot = if around.is_empty() || key.starts_with('[') { "" } else { "." };
        let entry = RonEntry {
            path: format!("{around}{dot}{key}"),
            place: TextPlace { line: self.line, column: self.column },
            start: at,
            value,
            body: None,
            comma: None,
            parent,
        };
        self.outline.entries.push(entry);
        if let Some(open) = self.open.last_mut() {
            open.entry = Some(self.outline.entries.len() - 1);
        }
    }

    /// The entry that is being read reaches at least to `end`.
    fn extend_value(&mut self, at: usize, end: usize) {
        let Some(entry) = self.open.last().and_then(|open| open.entry) else { return };
        let value = &mut self.outline.entries[entry].value;
        if value.start == value.end {
            value.start = at;
        }
        value.end = end;
    }

    fn end_entry(&mut self, at: usize) {
        if let Some(entry) = self.open.last_mut().and_then(|open| open.entry.take()) {
            self.outline.entries[entry].comma = Some(at);
        }
    }

    fn close(&mut self, token: &str, at: usize) {
        let Some(closed) = self.open.pop() else { return };
        let body = (token == ")").then_some(closed.inside..at);
        match self.open.last().and_then(|open| open.entry) {
            Some(entry) => {
                let entry = &mut self.outline.entries[entry];
                entry.value.end = at + token.len();
                entry.body = body;
            }
            None if self.open.is_empty() && self.outline.body.is_none() => self.outline.body = body,
            None => {}
        }
    }

    fn pass(&mut self, token: &str) {
        for letter in token.chars() {
            if letter == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
    }
}

/// Length of the token at the start of a text that is neither white space nor a comment.
fn token_length(text: &str) -> usize {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return 0 };
    match first {
        '"' => quoted_length(text, '"'),
        '\'' => quoted_length(text, '\''),
        '#' if text.starts_with("#!") => text.find(")]").map_or(text.len(), |end| end + 2),
        _ if raw_string_length(text) > 0 => raw_string_length(text),
        'b' if letters.next().is_some_and(|quote| quote == '"' || quote == '\'') => {
            1 + token_length(&text[1..])
        }
        'r' if text.starts_with("r#") => 2 + token_length(&text[2..]),
        _ if first.is_alphanumeric() || "_+-.".contains(first) => {
            let ends = |letter: char| !(letter.is_alphanumeric() || "_+-.".contains(letter));
            text.find(ends).unwrap_or(text.len())
        }
        _ => first.len_utf8(),
    }
}

/// Length of a string or character with its quotes, up to the end of the text if it is not closed.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            letter if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of `r"…"`, `r#"…"#` and so on (also with a `b` before); 0 if the text begins with something else.
fn raw_string_length(text: &str) -> usize {
    let prefix = usize::from(text.starts_with('b'));
    let Some(rest) = text[prefix..].strip_prefix('r') else { return 0 };
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if !rest[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let inside = prefix + 1 + hashes + 1;
    text[inside..].find(&end).map_or(text.len(), |at| inside + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"// One.
(
    happy: (
        /* two: ( [ */ policy: match, // three: "
        rules: [
            (genres: ["a, b", "c\")"]), (moods: ["x"], hours: (from: "7:00")),
        ],
    ),
    sad: (policy: lift),
)
"#;

    fn at(line: usize, column: usize) -> TextPlace {
        TextPlace { line, column }
    }

    #[test]
    fn places_and_fields_are_found_between_comments_and_strings() {
        let outline = RonOutline::of(TEXT);
        assert_eq!(outline.place_of("happy"), Some(at(3, 5)));
        assert_eq!(outline.place_of("happy.rules[2]"), Some(at(6, 41)));
        assert_eq!(outline.place_of("happy.rules[2].hours.from"), Some(at(6, 64)));
        assert_eq!(outline.place_of("sad.policy"), Some(at(9, 11)));
        assert_eq!(outline.field_at(at(6, 20)), Some("happy.rules[1].genres"));
        assert_eq!(outline.field_at(at(9, 19)), Some("sad.policy"));
        assert_eq!(outline.field_at(at(1, 1)), None);
    }

    #[test]
    fn a_field_that_is_not_written_has_the_place_of_what_is_around_it() {
        let outline = RonOutline::of(TEXT);
        assert_eq!(outline.place_of("sad.target.tempo"), outline.place_of("sad"));
        assert_eq!(outline.place_of("angry.target"), None);
    }

    #[test]
    fn values_are_found_to_the_byte() {
        let text = r##"#![enable(implicit_some)]
            (a: r#"x"),"#, b: 'c', c: (d: -1.5e3, e: [1, 2]), f: "ä\"" /* , */ , g: ())"##;
        let outline = RonOutline::of(text);
        let value = |path: &str| &text[outline.entry(path).expect(path).value.clone()];
        assert_eq!(value("a"), "r#\"x\"),\"#");
        assert_eq!(value("b"), "'c'");
        assert_eq!(value("c"), "(d: -1.5e3, e: [1, 2])");
        assert_eq!(value("c.d"), "-1.5e3");
        assert_eq!(value("c.e"), "[1, 2]");
        assert_eq!(value("f"), r#""ä\"""#);
        assert_eq!(value("g"), "()");
        let comma = outline.entry("f").and_then(|entry| entry.comma).expect("a comma");
        assert!(text[..comma].ends_with("/* , */ "));
        let body = outline.entry("c").and_then(|entry| entry.body.clone()).expect("a body");
        assert_eq!(&text[body], "d: -1.5e3, e: [1, 2]");
        assert_eq!(outline.entry("g").and_then(|entry| entry.body.clone()).map(|body| body.len()), Some(0));
        assert_eq!(&text[outline.body.clone().expect("a body")][..3], "a: ");
    }

    #[test]
    fn comments_within_comments_end_where_they_should() {
        assert_eq!(comment_length("/* a /* b */ c */d"), 17);
        assert_eq!(blank_length(" // x\n  /**/ y"), 13);
    }

    #[test]
    fn a_broken_text_does_no_harm() {
        for text in ["", "(", ")))", "((", "a: ", "(a: \"", "[[,", "(/*", "r#", "b'", "#![", "'", "ä: (ö: ü"]
        {
            let _ = RonOutline::of(text).field_at(at(1, 3));
        }
    }
}
