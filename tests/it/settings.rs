//! `attune settings` as people meet it: what can be set is listed, changed and taken back, and their file stays theirs.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::program::attune;

fn settings(arguments: &[&str], home: &Path) -> Output {
    attune(home).arg("settings").args(arguments).output().expect("the program starts")
}

fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Asserts status 2 and one line of errors that holds all of these.
fn is_refused(output: &Output, holds: &[&str]) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert_eq!(errors.trim_end().lines().count(), 1, "one line: {errors}");
    for part in holds {
        assert!(errors.contains(part), "{part:?} is missing in: {errors}");
    }
}

/// A value is written where it belongs, everything else in the file stays, and a reset takes the value out again.
#[test]
fn a_setting_is_written_into_the_file_and_taken_out_again() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join("mine.ron");
    let config = file.to_str().expect("plain names");
    let mine = "// mine\n(\n    mixer: (\n        volume: 0.5, // for the evening\n    ),\n)\n";
    fs::write(&file, mine).expect("written");
    let said = printed(&settings(&["set", "mixer.seek_seconds", "5", "--config", config], home.path()));
    assert!(said.contains("mixer.seek_seconds = 5.0"), "{said}");
    let with = "    mixer: (\n        volume: 0.5, // for the evening\n        seek_seconds: 5.0,\n    ),\n";
    assert_eq!(fs::read_to_string(&file).expect("read"), format!("// mine\n(\n{with})\n"));
    let got = printed(&settings(&["get", "mixer.seek_seconds", "--config", config], home.path()));
    for part in ["mixer.seek_seconds = 5.0", "your file", "10.0", "1 to 120 s"] {
        assert!(got.contains(part), "{part:?} is missing in: {got}");
    }
    printed(&settings(&["reset", "mixer.seek_seconds", "--config", config], home.path()));
    assert_eq!(fs::read_to_string(&file).expect("read"), mine);
}

/// Without a file of their own a person gets one at the usual place, and lists tell values apart by where they came from.
#[test]
fn the_first_setting_makes_the_file() {
    let home = tempfile::tempdir().expect("a temporary folder");
    printed(&settings(&["set", "mixer.volume", "0.25"], home.path()));
    let all = printed(&settings(&[], home.path()));
    let line = |key: &str| all.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("mixer.volume ").contains("0.25") && line("mixer.volume ").contains("your file"), "{all}");
    assert!(line("camera.width ").contains("640") && line("camera.width ").contains("default"), "{all}");
    let some = printed(&settings(&["list", "camera"], home.path()));
    assert!(some.lines().count() > 5 && some.lines().all(|line| line.starts_with("camera.")), "{some}");
}

#[test]
fn a_wrong_key_or_value_is_refused_with_what_is_right() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let typo = ["mixer", "volum"].join(".");
    is_refused(
        &settings(&["set", &typo, "1"], home.path()),
        &["no such setting", "did you mean mixer.volume?"],
    );
    is_refused(&settings(&["get", "mixer"], home.path()), &["section"]);
    is_refused(
        &settings(&["set", "mixer.volume", "3"], home.path()),
        &["mixer.volume: 3 is not between 0 and 1"],
    );
    is_refused(
        &settings(&["set", "mixer.volume", "loud"], home.path()),
        &["mixer.volume: loud is not a number"],
    );
    is_refused(&settings(&["list", "mixr"], home.path()), &["no such setting"]);
    assert!(!home.path().join("attune/settings.ron").exists(), "nothing is written");
}

/// `--set` holds for one run and beats the file; what is wrong with it ends the program.
#[test]
fn assignments_on_the_command_line_are_checked_before_a_run() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = |set: &str| {
        let arguments = ["render", "--source", "clip", "--for", "0.2", "--set", set];
        attune(home.path()).args(arguments).output().expect("the program starts")
    };
    printed(&run("mood.idle_seconds=30"));
    is_refused(&run("mood.idle_seconds=-1"), &["--set mood.idle_seconds", "-1 is not between 0 and 3600 s"]);
    let without_value = run("mood.idle_seconds");
    assert_eq!(without_value.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&without_value.stderr).contains("KEY=VALUE is needed"));
}
