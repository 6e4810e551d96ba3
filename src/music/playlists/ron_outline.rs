//! Where in a RON file a field is, and which field a place belongs to.

/// A field or an item of a list, and the place at which it begins; lines and columns from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldMark {
    /// E.g. `happy.rules[1].genres`; items count from 1, as people do.
    path: String,
    line: usize,
    column: usize,
}

/// The fields of a RON text, in the order in which they begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RonOutline(Vec<FieldMark>);

/// A bracket that is open.
struct OpenBracket {
    list: bool,
    /// The key whose value is being read, or the number of the item.
    key: String,
    item: usize,
    /// In a list: the next thing begins an item.
    fresh: bool,
}

impl RonOutline {
    /// Looks through a text, which may be broken.
    pub(super) fn of(text: &str) -> Self {
        let mut reader = OutlineReader { marks: Vec::new(), open: Vec::new(), line: 1, column: 1 };
        reader.read(text);
        Self(reader.marks)
    }

    /// The field in which a place lies: the last that begins at it or before.
    pub(super) fn field_at(&self, line: usize, column: usize) -> Option<&str> {
        let before = |mark: &&FieldMark| (mark.line, mark.column) <= (line, column);
        self.0.iter().take_while(before).last().map(|mark| mark.path.as_str())
    }

    /// The place of a field, or of the nearest one around it that is in the text.
    pub(super) fn place_of(&self, field: &str) -> Option<(usize, usize)> {
        let mut field = field;
        loop {
            if let Some(mark) = self.0.iter().find(|mark| mark.path == field) {
                return Some((mark.line, mark.column));
            }
            field = &field[..field.rfind(['.', '['])?];
        }
    }
}

struct OutlineReader {
    marks: Vec<FieldMark>,
    open: Vec<OpenBracket>,
    line: usize,
    column: usize,
}

impl OutlineReader {
    fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let length = match next {
                '"' => string(rest),
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                c if c.is_alphanumeric() || c == '_' => {
                    rest.find(|c: char| !(c.is_alphanumeric() || "_.-".contains(c))).unwrap_or(rest.len())
                }
                c => c.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            if !token.starts_with('/') && !next.is_whitespace() {
                self.take(token, after.trim_start());
            }
            self.pass(token);
            rest = after;
        }
    }

    fn take(&mut self, token: &str, after: &str) {
        if !matches!(token, ")" | "]" | "}" | ",") {
            self.begin_item();
        }
        match token {
            "(" | "{" | "[" => {
                self.open.push(OpenBracket { list: token == "[", key: String::new(), item: 0, fresh: true });
            }
            ")" | "]" | "}" => {
                self.open.pop();
            }
            "," => {
                if let Some(open) = self.open.last_mut() {
                    open.fresh = true;
                }
            }
            word if after.starts_with(':') => {
                if let Some(open) = self.open.last_mut().filter(|open| !open.list) {
                    word.trim_matches('"').clone_into(&mut open.key);
                    self.mark();
                }
            }
            _ => {}
        }
    }

    /// In a list, whatever stands after a bracket or a comma begins an item.
    fn begin_item(&mut self) {
        if let Some(open) = self.open.last_mut().filter(|open| open.list && open.fresh) {
            open.fresh = false;
            open.item += 1;
            open.key = format!("[{}]", open.item);
            self.mark();
        }
    }

    fn mark(&mut self) {
        let mut path = String::new();
        for open in self.open.iter().filter(|open| !open.key.is_empty()) {
            if !path.is_empty() && !open.list {
                path.push('.');
            }
            path.push_str(&open.key);
        }
        self.marks.push(FieldMark { path, line: self.line, column: self.column });
    }

    fn pass(&mut self, token: &str) {
        for c in token.chars() {
            if c == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
    }
}

/// Length of a string with its quotes, up to the end of the text if it is not closed.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "// words (\n(\n    happy: (\n        rules: [\n            (moods: [\"a)\\\"\"]),\n            \
                        (genres: [\"x\"], hours: (from: \"1:00\")),\n        ],\n    ),\n    sad: (policy: lift),\n)\n";

    #[test]
    fn a_place_belongs_to_a_field_and_a_field_has_a_place() {
        let outline = RonOutline::of(TEXT);
        assert_eq!(outline.place_of("happy"), Some((3, 5)));
        assert_eq!(outline.place_of("happy.rules[2]"), Some((6, 13)));
        assert_eq!(outline.place_of("happy.rules[2].hours.from"), Some((6, 37)));
        assert_eq!(outline.place_of("sad.policy"), Some((9, 11)));
        assert_eq!(outline.field_at(6, 20), Some("happy.rules[2].genres"));
        assert_eq!(outline.field_at(9, 19), Some("sad.policy"));
        assert_eq!(outline.field_at(1, 1), None);
    }

    #[test]
    fn a_field_that_is_not_written_has_the_place_of_what_is_around_it() {
        let outline = RonOutline::of(TEXT);
        assert_eq!(outline.place_of("sad.target.tempo"), outline.place_of("sad"));
        assert_eq!(outline.place_of("angry.target"), None);
    }

    #[test]
    fn broken_text_does_not_hurt() {
        for text in ["", "(((", "]]]", "\"", "(a: \"", "/*", "(a: [,,], : )", "ä: (ö: ü"] {
            let _ = RonOutline::of(text).field_at(1, 3);
        }
    }
}
