use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::settings::{RonOutline, Setting as _, SettingContext, SettingKind, SettingNode, parse_overlay};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_defaults_are_within_their_ranges() {
    Settings::default().check(&SettingContext::default()).expect("all defaults are allowed");
}

/// The file that people copy from is what the declarations say.
#[test]
fn the_reference_file_is_that_of_the_declarations() {
    let file = root().join("assets/settings.ron");
    let generated = reference_file();
    if std::env::var_os("ATTUNE_WRITE_REFERENCE").is_some() {
        fs::write(&file, &generated).expect("the reference file can be written");
    }
    let kept = fs::read_to_string(&file).expect("the reference file is there");
    assert!(
        kept == generated,
        "assets/settings.ron is not what the declarations say; write it anew with \
         `ATTUNE_WRITE_REFERENCE=1 cargo test --lib the_reference_file`"
    );
}

/// Every value of the reference file is read, and is the default.
#[test]
fn the_reference_file_reads_as_the_defaults() {
    let overlay = parse_overlay::<Settings>(Path::new("assets/settings.ron"), &reference_file());
    let mut settings = Settings::default();
    settings.lay(overlay.expect("valid"));
    assert_eq!(settings, Settings::default());
    let outline = RonOutline::of(&reference_file());
    for field in tree_of::<Settings>().fields() {
        assert!(outline.holds(&field.path), "{} is missing", field.path);
    }
}

/// A number without a range would be shown without a slider and checked by nobody.
#[test]
fn every_number_has_a_range_and_every_field_a_description() {
    let tree = tree_of::<Settings>();
    for field in tree.fields() {
        let number = matches!(field.kind, SettingKind::Number | SettingKind::Integer);
        assert!(!number || field.range.is_some(), "{} has no range", field.path);
        assert!(field.doc.ends_with('.'), "{} is not described by a sentence: {:?}", field.path, field.doc);
    }
}

#[test]
fn a_value_out_of_range_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("mine.ron");
    fs::write(&file, "(mood: (thresholds: (sad: (enter: 1.5))))").expect("written");
    let words = Settings::load(Some(&file), &[]).map(drop).unwrap_err().to_string();
    assert!(words.contains("mine.ron:1:") && words.contains("mood.thresholds.sad.enter: 1.5"), "{words}");
}

/// What a message or a page tells people to set can be set.
#[test]
fn a_setting_that_is_named_in_a_message_exists() {
    let tree = tree_of::<Settings>();
    let SettingNode::Section(section) = &tree else { panic!("the tree is a section") };
    let sections: BTreeSet<&str> = section.children.iter().map(SettingNode::key).collect();
    let mut found = 0;
    for file in files() {
        let text = fs::read_to_string(&file).expect("a text file");
        let literals =
            if file.extension().is_some_and(|end| end == "rs") { literals(&text) } else { vec![text] };
        for path in literals.iter().flat_map(|literal| dotted_paths(literal)) {
            let first = path.split('.').next().unwrap_or_default();
            if sections.contains(first) {
                found += 1;
                assert!(tree.find(&path).is_some(), "{}: there is no setting {path}", file.display());
            }
        }
    }
    assert!(found >= 5, "only {found} settings were found in messages: is the search broken?");
}

/// The sources and the pages that people read.
fn files() -> Vec<PathBuf> {
    let mut files = vec![root().join("README.md"), root().join("docs/design.md")];
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The string literals of a Rust source.
fn literals(source: &str) -> Vec<String> {
    let letters: Vec<char> = source.chars().collect();
    let (mut literals, mut at) = (Vec::new(), 0);
    let starts =
        |at: usize, word: &str| word.chars().enumerate().all(|(n, c)| letters.get(at + n) == Some(&c));
    while at < letters.len() {
        if starts(at, "//") {
            at += letters[at..].iter().position(|c| *c == '\n').unwrap_or(letters.len() - at);
        } else if letters[at] == '\''
            && (letters.get(at + 1) == Some(&'\\') || letters.get(at + 2) == Some(&'\''))
        {
            // A character, not a lifetime; it may be a quote.
            let inside = at + if letters[at + 1] == '\\' { 3 } else { 2 };
            at = inside + letters[inside..].iter().position(|c| *c == '\'').unwrap_or(0) + 1;
        } else if letters[at] == '"' {
            let hashes = letters[..at].iter().rev().take_while(|c| **c == '#').count();
            let raw = letters[..at - hashes].last() == Some(&'r');
            let end = format!("\"{}", "#".repeat(if raw { hashes } else { 0 }));
            let mut stop = at + 1;
            while stop < letters.len() && !starts(stop, &end) {
                stop += if !raw && letters[stop] == '\\' { 2 } else { 1 };
            }
            literals.push(letters[at + 1..stop.min(letters.len())].iter().collect());
            at = stop + end.len();
        } else {
            at += 1;
        }
    }
    literals
}

/// Names of files end so.
const FILE_ENDS: [&str; 8] = ["ron", "db", "rs", "md", "json", "png", "wgsl", "onnx"];

/// What looks like the dotted path of a setting.
fn dotted_paths(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-/~".contains(c)))
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.contains('.') && !word.contains(['-', '/', '~']))
        .filter(|word| !FILE_ENDS.contains(&word.rsplit('.').next().unwrap_or_default()))
        .filter(|word| word.split('.').all(|key| key.starts_with(|c: char| c.is_ascii_lowercase())))
        .map(str::to_owned)
        .collect()
}

#[test]
fn literals_and_paths_are_found() {
    let source = "let a = \"mixer.volume; see x\"; // \"not.this\"\nlet b = '\"'; let c = r#\"a \"lamp.b\" c\"#; \
                  fn d<'a>() {} let e = \"\\\"f.g\\\"\";";
    assert_eq!(literals(source), ["mixer.volume; see x", "a \"lamp.b\" c", "\\\"f.g\\\""]);
    assert_eq!(
        dotted_paths("See mixer.volume. Not a/b.c, settings.ron, e.g. 0.5 or v1.2"),
        ["mixer.volume", "e.g"]
    );
}
