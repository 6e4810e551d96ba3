//! `attune eval` on pictures of the synthetic visitors.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Output;

use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, DynamicImage};
use serde_json::Value;

use super::program::attune;

/// Which frame of the clip goes into which folder. Nobody is in view in the sad one.
const FRAMES: [(usize, &str); 5] =
    [(5, "sad"), (45, "Neutral"), (90, "happiness"), (120, "happiness"), (190, "SURPRISED")];

/// Frames of the clip as PNG, a file that is no picture, and a folder of something else.
fn collection() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = fs::read("assets/demo/visitor.webp").expect("the clip is in the repository");
    let decoder = WebPDecoder::new(Cursor::new(clip)).expect("the clip is a WebP");
    for (index, frame) in decoder.into_frames().take(191).enumerate() {
        let frame = frame.expect("a whole frame");
        for (_, name) in FRAMES.iter().filter(|(wanted, _)| *wanted == index) {
            let place = folder.path().join(name);
            fs::create_dir_all(&place).expect("a folder");
            let picture = DynamicImage::from(frame.clone().into_buffer()).into_rgb8();
            picture.save(place.join(format!("{index}.png"))).expect("written");
        }
    }
    fs::write(folder.path().join("sad/broken.png"), "this is no picture").expect("written");
    fs::create_dir(folder.path().join("contempt")).expect("a folder");
    folder
}

/// Which frame of the clip shows whom with which expression.
const POSES: [(usize, &str); 5] =
    [(45, "ann/neutral"), (120, "ann/happy"), (245, "ben/neutral"), (330, "ben/sad"), (90, "cleo/happy")];

/// Visitors of the clip, each at rest and with an expression, one without a rest, and a table of groups.
fn people() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = fs::read("assets/demo/visitor.webp").expect("the clip is in the repository");
    let decoder = WebPDecoder::new(Cursor::new(clip)).expect("the clip is a WebP");
    for (index, frame) in decoder.into_frames().take(331).enumerate() {
        let Some((_, name)) = POSES.iter().find(|(wanted, _)| *wanted == index) else { continue };
        let place = folder.path().join("people").join(name);
        fs::create_dir_all(&place).expect("a folder");
        let frame = frame.expect("a whole frame").into_buffer();
        DynamicImage::from(frame).into_rgb8().save(place.join("picture.png")).expect("written");
    }
    fs::write(folder.path().join("groups.csv"), "person,age\nann,31\nben,58\n").expect("written");
    folder
}

fn eval(folder: &Path, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a temporary folder");
    attune(home.path()).arg("eval").arg(folder).args(arguments).output().expect("the program starts")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(file: &Path) -> &str {
    file.to_str().expect("plain names")
}

/// Runs it, asserts success, and reads the JSON.
fn measured(folder: &Path, arguments: &[&str]) -> (Value, Output) {
    let results = tempfile::tempdir().expect("a temporary folder");
    let file = results.path().join("e.json");
    let output = eval(folder, &[arguments, &["--json", text(&file)]].concat());
    assert!(output.status.success(), "{}", words(&output));
    let json = fs::read_to_string(file).expect("JSON is written");
    (serde_json::from_str(&json).expect("it is JSON"), output)
}

#[test]
fn visitors_are_found_and_read_and_everything_is_written() {
    let collection = collection();
    let plot = collection.path().join("plot.png");
    let (json, output) = measured(collection.path(), &["--plot", text(&plot)]);
    let mut keys: Vec<&str> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = [
        "abstained",
        "accuracy",
        "accuracy_answered",
        "confusion",
        "ece",
        "macro_f1",
        "models",
        "ms_per_image",
        "n",
        "no_face",
        "per_class",
        "unreadable",
    ];
    assert_eq!(keys, expected);
    // Four visitors are read right; the empty room counts as wrong, and the broken file does not count.
    assert_eq!(json["n"], 5);
    assert_eq!(json["accuracy"], 0.8);
    assert_eq!(json["accuracy_answered"], 1.0);
    assert_eq!(json["no_face"], 0.2);
    assert_eq!(json["confusion"]["sad"]["no_face"], 1);
    assert_eq!(
        json["per_class"]["happy"],
        serde_json::json!({"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 2})
    );
    assert!(json["ms_per_image"].as_f64().is_some_and(|ms| ms > 0.0));
    let unreadable = json["unreadable"].as_array().expect("a list");
    assert_eq!(unreadable.len(), 1);
    assert!(unreadable[0]["file"].as_str().is_some_and(|file| file.ends_with("sad/broken.png")));
    assert!(unreadable[0]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let said = words(&output);
    assert!(said.contains("broken.png") && said.contains("contempt is not one of the seven"), "{said}");
    let plot = image::open(plot).expect("the plot is a PNG");
    assert!(plot.width() > 1_000 && plot.height() > 500);
}

#[test]
fn networks_can_be_named_and_a_crop_always_has_a_face() {
    let collection = collection();
    let arguments = ["--cropped", "--model", "fer_mini_xception", "--model", "faceapi_expression"];
    let (json, _) = measured(collection.path(), &arguments);
    assert_eq!(json["models"], serde_json::json!(["fer_mini_xception", "faceapi_expression"]));
    assert_eq!(json["no_face"], 0.0);
    let (one, _) = measured(collection.path(), &["--cropped", "--model", "fer_mini_xception"]);
    assert_ne!(one["ece"], json["ece"], "one network is not the mean of two");
}

/// Everybody who poses is answered by the mood, at rest nobody is angry, and each group is measured.
#[test]
fn people_who_rest_and_pose_are_measured_live() {
    let folder = people();
    let groups = folder.path().join("groups.csv");
    let (json, output) = measured(&folder.path().join("people"), &["--people", "--groups", text(&groups)]);
    let counts = |rate: &Value| (rate["count"].clone(), rate["total"].clone());
    assert_eq!(json["people"], 2);
    assert_eq!(counts(&json["answered"]), (2.into(), 2.into()), "{json:#}");
    assert_eq!(counts(&json["rests_neutral"]), (4.into(), 4.into()), "{json:#}");
    assert_eq!(counts(&json["anger_at_rest"]), (0.into(), 4.into()));
    assert_eq!(counts(&json["by_emotion"]["sad"]["answered"]), (1.into(), 1.into()));
    let names: Vec<&Value> = json["groups"].as_array().expect("a list").iter().map(|g| &g["group"]).collect();
    assert_eq!(names, ["30–39", "50–59"]);
    assert!(words(&output).contains("cleo: skipped: there is no neutral picture"), "{}", words(&output));
}

/// Single pictures are read relative to the person's own neutral one, which is not scored itself.
#[test]
fn pictures_are_read_relative_to_rest() {
    let folder = people();
    let (json, _) = measured(&folder.path().join("people"), &["--rest"]);
    assert_eq!((&json["n"], &json["accuracy"]), (&2.into(), &1.0.into()), "{json:#}");
}

/// Asserts status 2 and one line that holds all of these.
fn is_refused(output: &Output, holds: &[&str]) {
    let said = words(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "one line: {said}");
    for part in holds {
        assert!(said.contains(part), "{part:?} is missing in: {said}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_refused_in_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    is_refused(&eval(folder.path(), &[]), &["no picture was found", "EMOTION"]);
    is_refused(&eval(&folder.path().join("nowhere"), &[]), &["nowhere", "cannot be read"]);
    is_refused(&eval(folder.path(), &["--model", "mood_ring"]), &["mood_ring", "faceapi_expression"]);
    is_refused(&eval(folder.path(), &["--json", "not-here/e.json"]), &["not-here/e.json"]);
}

#[test]
fn pictures_of_which_none_can_be_read_are_refused_with_the_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sad: PathBuf = folder.path().join("sad");
    fs::create_dir(&sad).expect("a folder");
    fs::write(sad.join("a.png"), "this is no picture").expect("written");
    let output = eval(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("none of its 1 pictures can be read"), "{}", words(&output));
}
