//! The flash guard on real pictures: a scene that flashes is refused without it and safe with it.

use std::path::Path;
use std::process::{Command, Output as Finished};

use attune::visuals::{Output, graphics_available};

/// Checks a scene whose program is a strobe (`tests/support/strobe`).
fn check(guard: bool) -> Finished {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = dir.path().join("settings.ron");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/strobe").display().to_string();
    std::fs::write(&config, format!("(visuals: (folder: {folder:?}))")).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_attune"));
    command.args(["check-scenes", "aurora", "--seconds", "3", "--config"]).arg(&config);
    if !guard {
        command.arg("--without-guard");
    }
    command.output().expect("the program starts")
}

#[test]
fn a_scene_that_flashes_is_refused_without_the_guard_and_safe_with_it() {
    if let Err(error) = graphics_available(Output::Pictures) {
        eprintln!("skipped: no pictures can be drawn here: {error}");
        return;
    }
    for (guard, code, word) in [(false, Some(1), "FLASHES"), (true, Some(0), "safe")] {
        let done = check(guard);
        let words = String::from_utf8_lossy(&done.stdout).into_owned();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), code, "guard {guard}: {words}{errors}");
        assert!(words.lines().any(|line| line.starts_with("aurora") && line.ends_with(word)), "{words}");
    }
}
