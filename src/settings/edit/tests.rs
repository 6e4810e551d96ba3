use std::path::Path;

use proptest::prelude::*;

use super::super::context::SettingContext;
use super::super::load::{parse_overlay, tree_of};
use super::super::setting::Setting;
use super::super::testing::Flat;
use super::*;

fn set(text: &str, path: &str, value: &str) -> String {
    SettingEdit::Set { path: path.into(), value: value.into() }.apply(text, &tree_of::<Flat>())
}

fn remove(text: &str, path: &str) -> String {
    SettingEdit::Remove { path: path.into() }.apply(text, &tree_of::<Flat>())
}

fn read(text: &str) -> Flat {
    let mut flat = Flat::default();
    flat.lay(
        parse_overlay::<Flat>(Path::new("mine.ron"), text).unwrap_or_else(|error| panic!("{error}\n{text}")),
    );
    flat
}

const MINE: &str = "\
// My flat.
(
    hall: ( // the lamp
        // bright enough
        power: 0.5, // for now
        day: (least: 0.2, greatest: 0.8),
    ),
    socket: (label: \"a, (b\", on: false)
)
";

/// A value that is there is replaced, and nothing else is touched.
#[test]
fn a_value_is_replaced_in_place() {
    assert_eq!(set(MINE, "hall.power", "0.6"), MINE.replace("power: 0.5", "power: 0.6"));
    assert_eq!(set(MINE, "hall.day.least", "0.3"), MINE.replace("least: 0.2", "least: 0.3"));
    assert_eq!(set(MINE, "socket.label", "\"x\""), MINE.replace("\"a, (b\"", "\"x\""));
}

/// A new field goes where its declaration puts it, in the manner of what is around it.
#[test]
fn a_field_is_added_where_it_belongs() {
    let line = "        power: 0.5, // for now\n";
    assert_eq!(
        set(MINE, "hall.glow", "very_cold"),
        MINE.replace(line, &format!("{line}        glow: very_cold,\n"))
    );
    assert_eq!(
        set(MINE, "hall.night.least", "0.1"),
        MINE.replace("0.8),\n", "0.8),\n        night: (\n            least: 0.1,\n        ),\n")
    );
    assert_eq!(
        set(MINE, "socket.off_after", "3.0"),
        MINE.replace("\"a, (b\", on", "\"a, (b\", off_after: 3.0, on")
    );
    assert_eq!(set(MINE, "height", "3.0"), MINE.replace("false)\n", "false),\n    height: 3.0,\n"));
    let first = "(\n    // about the socket\n    socket: (),\n)\n";
    assert_eq!(
        set(first, "hall.power", "0.5"),
        "(\n    hall: (\n        power: 0.5,\n    ),\n    // about the socket\n    socket: (),\n)\n"
    );
    assert_eq!(set("(socket: ())", "socket.on", "true"), "(socket: (on: true))");
    assert_eq!(set("(socket: (on: true))", "height", "3.0"), "(socket: (on: true), height: 3.0)");
    assert_eq!(set("(height: 3.0)", "socket.on", "true"), "(socket: (on: true), height: 3.0)");
}

/// A file that does not exist yet, or holds only comments, gets its parentheses.
#[test]
fn an_empty_file_is_begun() {
    assert_eq!(set("", "height", "3.0"), "(\n    height: 3.0,\n)\n");
    assert_eq!(
        set("// mine", "socket.on", "true"),
        "// mine\n(\n    socket: (\n        on: true,\n    ),\n)\n"
    );
    assert_eq!(set("()", "height", "3.0"), "(\n    height: 3.0,\n)");
}

/// What is taken out leaves no empty line and no empty section; comments stay.
#[test]
fn a_value_is_taken_out() {
    let without = remove(MINE, "hall.power");
    assert_eq!(without, MINE.replace("        power: 0.5, // for now\n", "        // for now\n"));
    assert_eq!(remove(MINE, "hall.day.greatest"), MINE.replace("0.2, greatest: 0.8", "0.2"));
    assert_eq!(remove(MINE, "hall.day.least"), MINE.replace("least: 0.2, ", ""));
    let day = remove(&remove(MINE, "hall.day.least"), "hall.day.greatest");
    assert_eq!(day, MINE.replace("        day: (least: 0.2, greatest: 0.8),\n", ""));
    assert_eq!(remove("(height: 3.0 /* m */, hall: ())", "height"), "( /* m */ hall: ())");
    assert_eq!(remove("(hall: (power: 0.5))", "hall.power"), "()");
    assert_eq!(remove(MINE, "height"), MINE);
}

#[test]
fn the_ends_of_lines_stay_those_of_the_file() {
    let windows = MINE.replace('\n', "\r\n");
    let changed = set(&windows, "hall.glow", "very_cold");
    assert_eq!(changed, set(MINE, "hall.glow", "very_cold").replace('\n', "\r\n"));
}

/// Fields with two values each that differ from the default.
const FIELDS: [(&str, [&str; 2]); 9] = [
    ("hall.power", ["0.5", "0.4"]),
    ("hall.lit", ["0", "7"]),
    ("hall.glow", ["very_cold", "warm"]),
    ("hall.bulbs", ["[]", "[(name: \"),\", watts: 3.0)]"]),
    ("hall.day.least", ["0.2", "0.3"]),
    ("hall.night.greatest", ["0.7", "0.8"]),
    ("socket.label", ["\"a (b\"", "\"// c\""]),
    ("socket.off_after", ["2.0", "3.0"]),
    ("height", ["3.0", "4.0"]),
];

#[derive(Debug, Clone)]
enum Written {
    Blank,
    Comment,
    Block,
}

/// A valid file with some of the fields and comments everywhere; `lines` says whether it has more than one line.
fn file(lines: impl Strategy<Value = bool>) -> impl Strategy<Value = String> {
    let noise = prop_oneof![Just(Written::Blank), Just(Written::Comment), Just(Written::Block)];
    (
        prop::collection::vec(prop::option::of(0..2_usize), FIELDS.len()),
        prop::collection::vec(noise, 64),
        lines,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(chosen, noise, lines, trailing, backward)| {
            write_file(&chosen, &noise, lines, trailing, backward)
        })
}

fn write_file(
    chosen: &[Option<usize>],
    noise: &[Written],
    lines: bool,
    trailing: bool,
    backward: bool,
) -> String {
    let mut number = 0;
    let mut between = |text: &mut String, depth: usize| {
        number += 1;
        match (&noise[number % noise.len()], lines) {
            (Written::Comment, true) => text.extend([" // c", &number.to_string(), " ( : ,\n"]),
            (Written::Block | Written::Comment, false) => {
                text.extend([" /* c", &number.to_string(), " ) */ "]);
            }
            (Written::Block, true) => text.extend([" /* c", &number.to_string(), " */\n"]),
            (Written::Blank, true) => text.push('\n'),
            (Written::Blank, false) => {}
        }
        if lines {
            text.push_str(&"  ".repeat(depth));
        }
    };
    let value = |path: &str| {
        let field = FIELDS.iter().position(|(field, _)| *field == path)?;
        chosen[field].map(|choice| FIELDS[field].1[choice])
    };
    let section =
        |prefix: &str, names: &[&str], depth: usize, between: &mut dyn FnMut(&mut String, usize)| {
            let mut entries: Vec<String> = names
                .iter()
                .filter_map(|name| value(&format!("{prefix}{name}")).map(|value| format!("{name}: {value}")))
                .collect();
            if backward {
                entries.reverse();
            }
            joined(&entries, depth, trailing, between)
        };
    let day = section("hall.day.", &["least"], 3, &mut between);
    let night = section("hall.night.", &["greatest"], 3, &mut between);
    let mut hall: Vec<String> = ["power", "lit", "glow", "bulbs"]
        .iter()
        .filter_map(|name| value(&format!("hall.{name}")).map(|value| format!("{name}: {value}")))
        .collect();
    hall.push(format!("day: {day}"));
    hall.push(format!("night: {night}"));
    let hall = joined(&hall, 2, trailing, &mut between);
    let socket = section("socket.", &["label", "off_after"], 2, &mut between);
    let mut all = vec![format!("hall: {hall}"), format!("socket: {socket}")];
    all.extend(value("height").map(|value| format!("height: {value}")));
    joined(&all, 1, trailing, &mut between)
}

fn joined(
    entries: &[String],
    depth: usize,
    trailing: bool,
    between: &mut dyn FnMut(&mut String, usize),
) -> String {
    let mut text = "(".to_owned();
    for (number, entry) in entries.iter().enumerate() {
        between(&mut text, depth);
        text.push_str(entry);
        if trailing || number + 1 < entries.len() {
            text.push(',');
        }
    }
    between(&mut text, depth.saturating_sub(1));
    text.push(')');
    text
}

fn edits() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    prop::collection::vec((0..FIELDS.len(), prop::option::of(0..2_usize)), 1..12)
}

proptest! {
    /// After any sequence of changes the file reads as the settings that the same changes make in memory, and all
    /// comments are still there, in their order.
    #[test]
    fn a_changed_file_reads_as_the_changed_settings(text in file(any::<bool>()), edits in edits()) {
        let mut model = read(&text);
        let before = text.clone();
        let mut text = text;
        for (field, value) in edits {
            let (path, values) = FIELDS[field];
            if let Some(value) = value {
                text = set(&text, path, values[value]);
                super::super::assign::assign(&mut model, "", path, values[value]).expect("valid");
            } else {
                text = remove(&text, path);
                super::super::assign::reset(&mut model, "", path).expect("known");
            }
            prop_assert_eq!(&read(&text), &model, "{}", text);
        }
        prop_assert!(model.check(&SettingContext::default()).is_ok());
        prop_assert_eq!(comments_of(&before), comments_of(&text), "{}\n---\n{}", before, text);
    }

    /// Where each field has a line of its own, lines that hold nothing of the changed field stay equal to the byte, in
    /// their order.
    #[test]
    fn other_lines_stay_as_they_are(
        text in file(Just(true)),
        field in 0..FIELDS.len(),
        value in prop::option::of(0..2_usize),
    ) {
        let (path, values) = FIELDS[field];
        let changed = match value {
            Some(value) => set(&text, path, values[value]),
            None => remove(&text, path),
        };
        let outline = RonOutline::of(&text);
        // Lines of the field, of an entry that needs a comma before it, and of sections that became empty.
        let touched = |line: usize| {
            let in_line = |at: usize| text[..at].matches('\n').count() == line;
            outline.entries.iter().any(|entry| {
                let own = path == entry.path || path.starts_with(&format!("{}.", entry.path));
                let ends = entry.comma.is_none() && in_line(entry.value.end);
                (own && (in_line(entry.start) || in_line(entry.value.end))) || ends
            })
        };
        let kept: Vec<&str> =
            text.lines().enumerate().filter(|(number, _)| !touched(*number)).map(|(_, line)| line).collect();
        let mut after = changed.lines();
        for line in kept {
            prop_assert!(after.any(|other| other == line), "{:?} is gone\n{}\n---\n{}", line, text, changed);
        }
    }
}

fn comments_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = comment_length(rest);
        if length > 0 {
            found.push(rest[..length].to_owned());
        }
        // Strings of these files hold no escaped quotes.
        let string = rest.strip_prefix('"').map_or(1, |inside| inside.find('"').map_or(1, |end| end + 2));
        at += length.max(string);
    }
    // Values hold comment marks only in strings.
    found
}
