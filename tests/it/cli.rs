//! The command line as a person meets it: what is wrong is said in one clear line, and the rest goes on.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program;

fn run(arguments: &[&str], folder: &Path) -> Output {
    command(arguments, folder).output().expect("the program starts")
}

/// Without a display.
fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = program::attune(folder);
    command.args(arguments).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain names")
}

/// Asserts status 2 and one line that holds all of these.
fn is_refused(output: &Output, holds: &[&str]) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    for part in holds {
        assert!(words.contains(part), "{part:?} is missing in: {words}");
    }
    assert_eq!(words.trim_end().lines().count(), 1, "one line: {words}");
}

fn report(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).expect("a report is written")).expect("the report is JSON")
}

/// The words of all faults in a report.
fn faults(report: &Value) -> Vec<String> {
    let entries = report["faults"].as_array().expect("a list");
    entries.iter().map(|fault| fault["what"].as_str().expect("words").to_owned()).collect()
}

#[test]
fn broken_settings_are_refused_with_file_line_and_place() {
    let folder = folder();
    let file = folder.path().join("mine.ron");
    fs::write(&file, "(\n    mood: (enter: ),\n)").expect("written");
    let output = run(&["render", "--for", "1", "--config", text(&file)], folder.path());
    is_refused(&output, &["mine.ron:2:"]);
}

#[test]
fn an_unknown_field_is_refused_with_what_was_expected() {
    let folder = folder();
    let file = folder.path().join("mine.ron");
    fs::write(&file, "(mood: (picture_secs: 2.0))").expect("written");
    let output = run(&["render", "--for", "1", "--config", text(&file)], folder.path());
    is_refused(&output, &["mine.ron:1:", "picture_secs", "picture_seconds"]);
}

#[test]
fn a_broken_settings_file_that_nobody_named_does_not_keep_an_installation_from_starting() {
    let folder = folder();
    let settings = folder.path().join("attune");
    fs::create_dir(&settings).expect("a folder");
    fs::write(settings.join("settings.ron"), "(mood: (entre: 0.5))").expect("written");
    let file = folder.path().join("r.json");
    let output = run(&["render", "--for", "1", "--report", text(&file)], folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let faults = faults(&report(&file));
    assert!(
        faults.iter().any(|fault| fault.contains("settings.ron:1:") && fault.contains("entre")),
        "{faults:?}"
    );
}

#[test]
fn broken_playlists_are_refused_with_the_playlist_and_the_field() {
    let folder = folder();
    let file = folder.path().join("lists.ron");
    fs::write(&file, "(happy: (target: (energy: 7.0)))").expect("written");
    let output = run(&["render", "--for", "1", "--playlists", text(&file)], folder.path());
    is_refused(&output, &["lists.ron", "happy", "energy"]);
}

#[test]
fn a_model_whose_file_is_missing_is_refused_with_its_file() {
    let folder = folder();
    let models = folder.path().join("models");
    fs::create_dir(&models).expect("a folder");
    let manifest = fs::read_to_string("models/expression.ron").expect("the manifest is in the repository");
    fs::write(models.join("expression.ron"), manifest).expect("written");
    let output = run(&["render", "--for", "1", "--models", text(&models)], folder.path());
    is_refused(&output, &["expression.onnx"]);
}

#[test]
fn a_text_file_named_png_is_left_out_and_named() {
    let folder = folder();
    let images = folder.path().join("images");
    fs::create_dir(&images).expect("a folder");
    fs::write(images.join("a.png"), "this is no picture").expect("written");
    image::RgbImage::new(64, 48).save(images.join("b.png")).expect("written");
    let file = folder.path().join("r.json");
    let source = format!("images:{}", images.display());
    let arguments = ["render", "--for", "2", "--source", &source, "--report", text(&file)];
    let output = run(&arguments, folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = report(&file);
    assert!(report["frames"]["processed"].as_u64().is_some_and(|n| n > 0));
    let faults = faults(&report);
    assert!(faults.iter().any(|fault| fault.contains("a.png")), "{faults:?}");
}

#[test]
fn images_of_which_none_can_be_read_are_refused() {
    let folder = folder();
    let images = folder.path().join("images");
    fs::create_dir(&images).expect("a folder");
    fs::write(images.join("a.png"), "this is no picture").expect("written");
    let source = format!("images:{}", images.display());
    let output = run(&["render", "--for", "1", "--source", &source], folder.path());
    is_refused(&output, &["a.png"]);
}

#[test]
fn a_truncated_track_is_named_and_the_music_goes_on() {
    let folder = folder();
    let music = folder.path().join("music");
    fs::create_dir(&music).expect("a folder");
    let whole = fs::read("assets/music/neutral-01-plain-table.ogg").expect("the album is in the repository");
    fs::write(music.join("cut.ogg"), &whole[..900]).expect("written");
    fs::write(music.join("whole.ogg"), &whole).expect("written");
    let file = folder.path().join("r.json");
    let arguments = ["render", "--for", "3", "--music", text(&music), "--report", text(&file)];
    let output = run(&arguments, folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = report(&file);
    let faults = faults(&report);
    assert!(faults.iter().any(|fault| fault.contains("cut.ogg")), "{faults:?}");
    let tracks = report["tracks"].as_array().expect("a list");
    assert!(tracks.iter().any(|track| track["file"] == "whole.ogg"), "{tracks:?}");
}

#[test]
fn a_camera_cannot_be_rendered() {
    let folder = folder();
    is_refused(&run(&["render", "--for", "1", "--source", "camera"], folder.path()), &["camera"]);
}

#[test]
fn the_doctor_knows_models_music_and_settings() {
    let folder = folder();
    let output = run(&["doctor", "--json"], folder.path());
    let checks: Value = serde_json::from_slice(&output.stdout).expect("the doctor prints JSON");
    let ok = |what: &str| {
        let all = checks.as_array().expect("a list");
        all.iter().find(|check| check["what"] == what).and_then(|check| check["ok"].as_bool())
    };
    for what in ["models", "music", "settings"] {
        assert_eq!(ok(what), Some(true), "{what}: {checks}");
    }
    assert_eq!(ok("display"), Some(false), "{checks}");
    for check in checks.as_array().expect("a list") {
        assert!(check["ok"] == true || check["remedy"].is_string(), "a remedy for {check}");
    }
}

#[test]
fn without_a_display_it_says_so_goes_on_and_ends_cleanly_when_asked() {
    let folder = folder();
    let file = folder.path().join("r.json");
    let mut command = command(&["run", "--source", "clip", "--report", text(&file)], folder.path());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut words = child.stderr.take().expect("piped");
    // The first line says that there is no window; then the run is under way.
    let mut seen = Vec::new();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !String::from_utf8_lossy(&seen).contains("nobody in view") {
        let mut buffer = [0; 4096];
        let count = std::io::Read::read(&mut words, &mut buffer).expect("readable");
        assert!(count > 0 && Instant::now() < deadline, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..count]);
    }
    assert!(String::from_utf8_lossy(&seen).contains("no window"));
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(asked.success());
    let reader = std::thread::spawn(move || std::io::copy(&mut words, &mut std::io::sink()));
    let status = child.wait().expect("the program ends");
    assert!(reader.join().expect("the reader ends").is_ok());
    assert!(status.success(), "{status}");
    assert_eq!(report(&file)["source"], "visitor clip");
}
