//! The layout of `src/`: imports point downstream only, no files import each other, a type name is used once.

mod source;

use std::path::Path;

use source::SourceTree;

/// The rooms of `src/`, from the lowest to the highest. A room may import only those before it.
const ROOMS: [&str; 21] = [
    "foundation",
    "settings",
    "emotion",
    "frame",
    "inference",
    "command",
    "event",
    "session",
    "sense",
    "vision",
    "mood",
    "music",
    "mixer",
    "visuals",
    "input",
    "status",
    "report",
    "screens",
    "eval",
    "app",
    "cli",
];

fn tree() -> SourceTree {
    SourceTree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// Every folder of `src/` has its place in the order, and the order names no folder that is not there.
#[test]
fn every_room_has_its_place() {
    let tree = tree();
    assert!(tree.file_count() > 100, "the source tree was read");
    let mut listed = ROOMS.to_vec();
    listed.sort_unstable();
    assert_eq!(tree.rooms().into_iter().collect::<Vec<_>>(), listed);
}

/// Data flows downstream: no room names one that comes after it.
#[test]
fn no_room_imports_a_later_one() {
    let upward = tree().upward_imports(&ROOMS);
    assert!(upward.is_empty(), "{} upward imports: {upward:#?}", upward.len());
}

/// What two files share lives in a third one.
#[test]
fn no_files_import_each_other() {
    let circles = tree().circles();
    assert!(circles.is_empty(), "{} circles: {circles:#?}", circles.len());
}

/// A search for the name of a type finds one declaration.
#[test]
fn a_type_name_is_used_once() {
    let doubled = tree().doubled_types();
    assert!(doubled.is_empty(), "{} names: {doubled:#?}", doubled.len());
}

/// The check finds an import against the stream in every form: by `use` with braces, other names or stars, by a path in
/// code or a type, in a macro or its definition, in an attribute, and in a doc test.
#[test]
fn an_upward_import_is_found() {
    for text in [
        "use crate::mixer::Cue;",
        "fn ring() { crate::mixer::ring(); }",
        "settings! { pub struct Bell { pub cue: crate::mixer::Cue } }",
        "use super::mixer::Cue;",
        "pub use crate::mixer::Cue;",
        "use crate::{mixer::Cue as Sound};",
        "use crate::{self as root}; fn ring() { root::mixer::ring(); }",
        "use crate as root; fn ring(cue: root::mixer::Cue) {}",
        "use self::super::mixer::Cue;",
        "mod inner { use super::super::mixer::Cue; }",
        "use super as above; static CUE: above::mixer::Cue = above::mixer::Cue;",
        "extern crate self as attune; fn ring() { attune::mixer::ring(); }",
        "use crate::mixer::*;",
        "fn ring<C: Into<crate::mixer::Cue>>(cue: C) { if let crate::mixer::Cue = cue.into() {} }",
        "impl From<u8> for Bell where Vec<crate::mixer::Cue>: Clone {}",
        "macro_rules! ring { () => { $crate::mixer::ring() } }",
        "thread_local! { static CUE: u8 = { use crate::{mixer::Cue}; 0 } }",
        "#[derive(Deserialize)] struct Bell { #[serde(default = \"crate::mixer::cue\")] cue: u8 }",
        "#[cfg_attr(test, expect(crate::mixer::lint))] struct Bell;",
        "/// ```\n/// use attune::mixer::Cue;\n/// ```\nstruct Bell;",
        "//! ```no_run\n//! # attune::mixer::ring();\n//! ```",
    ] {
        let tree = SourceTree::parse([("mood/mod.rs", text), ("mixer/mod.rs", "pub struct Cue;")]);
        let found = tree.upward_imports(&["mood", "mixer"]);
        assert!(!found.is_empty(), "{text}");
        assert!(found.iter().all(|import| import.from == "mood/mod.rs" && import.to.starts_with("mixer")));
        assert!(tree.upward_imports(&["mixer", "mood"]).is_empty(), "{text}: downstream is fine");
    }
}

/// What only looks like an import is none: links and shown text in doc comments, other crates, a room's own modules.
#[test]
fn what_is_no_import_is_left_out() {
    for text in [
        "/// As [`crate::mixer::Cue`] does.\nstruct Bell;",
        "/// ```text\n/// attune::mixer::ring();\n/// ```\nstruct Bell;",
        "/// ```ignore\n/// use attune::mixer::Cue;\n/// ```\nstruct Bell;",
        "use kira::mixer::Cue; fn ring() { mixer::ring(); }",
        "mod mixer { pub struct Inner; } use mixer::Inner; fn ring() { self::mixer::Inner; }",
        "pub(in crate::mixer) struct Bell;",
        "#[error(\"crate::mixer rings\")] struct Bell;",
    ] {
        let tree = SourceTree::parse([("mood/mod.rs", text), ("mixer/mod.rs", "pub struct Cue;")]);
        let found = tree.upward_imports(&["mood", "mixer"]);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

/// Tests inside of a room may name what lies above it; the check leaves them out.
#[test]
fn test_modules_are_left_out() {
    let text = "#[cfg(test)] mod tests { use crate::mixer::Cue; struct Cue; } #[cfg(test)] mod far;";
    let far = "use crate::mixer::Cue;";
    let tree =
        SourceTree::parse([("mood/mod.rs", text), ("mood/far.rs", far), ("mixer/mod.rs", "pub struct Cue;")]);
    assert!(tree.upward_imports(&["mood", "mixer"]).is_empty());
    assert!(tree.doubled_types().is_empty());
}

/// A circle is found through a re-export, and a parent that only re-exports its children is none.
#[test]
fn a_circle_is_found() {
    let parent = "mod plan; mod ground; pub use plan::Plan; pub use ground::Ground;";
    let circle = SourceTree::parse([
        ("journey/mod.rs", parent),
        ("journey/plan.rs", "use super::Ground; pub struct Plan;"),
        ("journey/ground.rs", "use super::plan::Plan; pub struct Ground;"),
    ]);
    assert_eq!(circle.circles(), [["journey/ground.rs", "journey/plan.rs"]]);
    let straight = SourceTree::parse([
        ("journey/mod.rs", parent),
        ("journey/plan.rs", "use super::Ground; pub struct Plan;"),
        ("journey/ground.rs", "pub struct Ground; pub(in super::super::journey) const SIZE: u8 = 1;"),
    ]);
    assert!(straight.circles().is_empty());
}

/// A name that two rooms declare is found, also when a macro declares one of them.
#[test]
fn a_doubled_type_name_is_found() {
    let tree = SourceTree::parse([
        ("mood/mod.rs", "pub struct Scene; fn local() { struct Inner; }"),
        ("mixer/mod.rs", "settings! { pub struct Scene { } } fn local() { struct Inner; }"),
    ]);
    let doubled = tree.doubled_types();
    assert_eq!(doubled.len(), 1, "{doubled:?}");
    assert_eq!(doubled[0].0, "Scene");
}
