use std::path::Path;

use super::testing::{Bulb, Flat, Glow, Lamp};
use super::*;

fn loaded(text: &str, assignments: &[&str]) -> Result<LoadedSettings<Flat>, LoadError> {
    let assignments: Vec<Assignment> =
        assignments.iter().map(|text| text.parse().expect("KEY=VALUE")).collect();
    load(Some((Path::new("mine.ron"), text)), &assignments)
}

fn refused(text: &str, assignments: &[&str], holds: &[&str]) {
    let words = loaded(text, assignments).map(drop).unwrap_err().to_string();
    for part in holds {
        assert!(words.contains(part), "{words:?} does not hold {part:?}");
    }
}

#[test]
fn a_file_changes_only_what_it_names() {
    let flat = loaded("(hall: (lit: 3))", &[]).expect("valid").settings;
    assert_eq!(flat.hall, Lamp { lit: 3, ..Lamp::default() });
    assert_eq!(flat.socket, Flat::default().socket);
    assert_eq!(loaded(" // nothing yet\n", &[]).expect("valid").settings, Flat::default());
}

/// The command line is laid over the file, and each value knows where it came from.
#[test]
fn each_value_knows_where_it_came_from() {
    let LoadedSettings { settings, origins } =
        loaded("(hall: (power: 0.4, day: (least: 0.2)))", &["hall.power=0.6", "socket.label=a b"])
            .expect("valid");
    assert!((settings.hall.power - 0.6).abs() < 1e-6);
    assert_eq!(settings.socket.label, "a b");
    assert_eq!(origins.of("hall.power"), ValueOrigin::CommandLine);
    assert_eq!(origins.of("hall.day.least"), ValueOrigin::File);
    assert_eq!(origins.of("hall.lit"), ValueOrigin::Shipped);
}

/// An error names the file, the place, the dotted path, the value and what it must be.
#[test]
fn a_value_out_of_range_is_named_with_its_place() {
    refused(
        "(\n  hall: (\n    power: 0.8,\n  ),\n)",
        &[],
        &["mine.ron:3:5: hall.power: 0.8 is not between 0.3 and 0.7"],
    );
    refused("(hall: (lit: 9))", &[], &["mine.ron:1:9: hall.lit: 9 is not between 0 and 8"]);
    refused("(socket: (off_after: 0.5))", &[], &["socket.off_after: 0.5 is not between 1 and 24 h"]);
    refused(
        "(hall: (bulbs: [(name: \"a\", watts: 1.0), (name: \"b\", watts: 99.0)]))",
        &[],
        &["mine.ron:1:54: hall.bulbs[2].watts: 99 is not between 0.1 and 60 W"],
    );
    refused(
        "(hall: (day: (least: 0.95)))",
        &[],
        &["mine.ron:1:9: hall.day.greatest: 0.9 is below least (0.95)"],
    );
}

/// The bounds themselves are allowed, though 0.7 is another number with 32 bits than with 64.
#[test]
fn both_bounds_are_within_the_range() {
    for power in ["0.3", "0.7"] {
        loaded(&format!("(hall: (power: {power}))"), &[]).expect("a bound is allowed");
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    for wrong in ["NaN", "inf", "-inf"] {
        refused(&format!("(hall: (power: {wrong}))"), &[], &["hall.power"]);
        refused(&format!("(height: {wrong})"), &[], &["height", "is not a finite number"]);
    }
}

#[test]
fn an_unknown_field_is_named_with_what_may_be_meant() {
    refused("(\n hall: (powr: 0.5))", &[], &["mine.ron:2:", "hall.powr", "`power`"]);
    refused("(hall: (glow: red))", &[], &["mine.ron:1:", "hall.glow", "red", "very_cold"]);
}

#[test]
fn assignments_are_checked_like_a_file() {
    refused("()", &["hall.power=2"], &["--set hall.power: 2 is not between 0.3 and 0.7"]);
    refused("()", &["hall.pwer=0.5"], &["--set hall.pwer", "no such setting", "did you mean hall.power?"]);
    refused("()", &["power=0.5"], &["did you mean hall.power?"]);
    refused("()", &["hall=0.5"], &["hall: this is a section", "power, lit, glow"]);
    refused("()", &["hall.lit=many"], &["hall.lit: many is not a whole number from 0 to 8"]);
    refused("()", &["hall.glow=red"], &["hall.glow: red is not warm or very_cold"]);
    refused("()", &["socket.on=perhaps"], &["socket.on: perhaps is not true or false"]);
    assert!("height".parse::<Assignment>().is_err());
}

#[test]
fn texts_need_no_quotes_and_options_can_be_taken_back() {
    let mut flat = Flat::default();
    for (label, is) in
        [("plain", "plain"), ("\"quoted\"", "quoted"), ("with \"some", "with \"some"), ("", "")]
    {
        assign(&mut flat, "", "socket.label", label).expect("a text");
        assert_eq!(flat.socket.label, is);
    }
    assign(&mut flat, "", "socket.off_after", "3").expect("a number");
    assert_eq!(flat.socket.off_after, Some(3.0));
    reset(&mut flat, "", "socket.off_after").expect("known");
    assert_eq!(
        flat,
        Flat { socket: testing::Socket { label: String::new(), ..flat.socket.clone() }, ..Flat::default() }
    );
}

/// A section alone is addressed by the path that it has in the tree.
#[test]
fn a_section_takes_assignments_by_its_whole_path() {
    let mut lamp = Lamp::default();
    assign(&mut lamp, "hall", "hall.glow", "very_cold").expect("known");
    assert_eq!(lamp.glow, Glow::VeryCold);
    assert!(assign(&mut lamp, "hall", "glow", "warm").is_err());
}

#[test]
fn a_description_holds_all_that_is_declared() {
    let mut flat = Flat::default();
    flat.hall.power = 0.5;
    let tree = flat.describe(&Flat::default(), &SettingContext::default());
    let Some(SettingNode::Field(power)) = tree.find("hall.power") else { panic!("a field") };
    assert_eq!(power.doc, "How bright it is all together.");
    assert_eq!((power.default.as_str(), power.value.as_str()), ("0.7", "0.5"));
    assert_eq!(power.range, Some(SettingRange { least: 0.3, greatest: 0.7 }));
    assert_eq!((power.kind.clone(), power.from_next_start), (SettingKind::Number, false));
    let Some(SettingNode::Field(glow)) = tree.find("hall.glow") else { panic!("a field") };
    assert_eq!(glow.kind, SettingKind::Choice(vec!["warm".into(), "very_cold".into()]));
    let Some(SettingNode::Field(night)) = tree.find("hall.night.least") else { panic!("a field") };
    assert!(night.from_next_start, "what is said of a section holds for its fields");
    let Some(SettingNode::Field(height)) = tree.find("height") else { panic!("a field") };
    assert_eq!(height.unit, Some("m"));
    let Some(SettingNode::Section(hall)) = tree.find("hall") else { panic!("a section") };
    assert_eq!((hall.doc.as_str(), hall.type_name), ("The lamp of the hall.", "Lamp"));
    assert_eq!(tree.fields().len(), 12);
}

/// What is written for people reads back as the defaults.
#[test]
fn the_reference_reads_as_the_defaults() {
    let tree = tree_of::<Flat>();
    let text = reference(&tree, &["All of a flat."]);
    let overlay = parse_overlay::<Flat>(Path::new("reference.ron"), &text).expect("valid");
    let mut flat = Flat { height: 9.0, ..Flat::default() };
    flat.hall.bulbs = vec![Bulb::default()];
    flat.lay(overlay);
    assert_eq!(flat, Flat::default());
    for line in [
        "// All of a flat.",
        "        // How bright it is all together. [0.3 to 0.7]",
        "        // Its colour. [warm, very_cold]",
        "        night: (least: 0.1, greatest: 0.3),",
        "    // A number without a range. [m]",
    ] {
        assert!(text.lines().any(|other| other == line), "{line:?} is missing in\n{text}");
    }
}
