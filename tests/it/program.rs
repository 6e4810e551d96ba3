//! Starts the program in a home of its own, so that no test reads or writes the files of a person.

use std::path::Path;
use std::process::{Command, Stdio};

/// The program with its configuration and data in `home/attune`, and nothing to read from standard input.
pub fn attune(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attune"));
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("XDG_CACHE_HOME", home)
        // Compiled shaders are kept from test to test: they are not a person's, and save minutes.
        .env("MESA_SHADER_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null());
    command
}

/// A settings file in the home is found, and one of the person who runs the tests is not looked for.
#[test]
fn the_program_reads_the_settings_of_the_home_it_is_given() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let settings = home.path().join("attune/settings.ron");
    let doctor = || {
        let output = attune(home.path()).arg("doctor").output().expect("the program starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(doctor().contains("the shipped settings"), "{}", doctor());
    std::fs::create_dir(home.path().join("attune")).expect("made");
    std::fs::write(&settings, "(mixer: (volum: 1.0))").expect("written");
    assert!(doctor().contains(&format!("{}:1:", settings.display())), "{}", doctor());
}

/// No other test starts the program by itself, past the home.
#[test]
fn every_test_starts_the_program_in_a_home_of_its_own() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut folders = vec![tests.clone()];
    let mut starters = Vec::new();
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).expect("read").flatten() {
            let path = item.path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("CARGO_BIN_EXE")) {
                starters.push(path.strip_prefix(&tests).expect("below").to_owned());
            }
        }
    }
    assert_eq!(starters, [Path::new("program.rs")]);
}
