//! The visitor clip from end to end: what `attune render` reports against what is known to be shown.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use attune::emotion::Emotion;
use serde::Deserialize;
use serde_json::Value;

use super::program::attune;

#[derive(Deserialize)]
struct Truth {
    #[expect(dead_code, reason = "part of the file's shape")]
    frames_per_second: f32,
    cues: Vec<Cue>,
    duration: f64,
}

#[derive(Deserialize)]
struct Cue {
    at: f64,
    visitor: Option<String>,
    expression: Option<Emotion>,
}

struct Hold {
    from: f64,
    to: f64,
    expression: Option<Emotion>,
}

/// The stretches of the clip, from one cue to the next.
fn holds() -> Vec<Hold> {
    let text =
        std::fs::read_to_string("assets/demo/visitor.ron").expect("the ground truth is in the repository");
    let truth: Truth = ron::from_str(&text).expect("the ground truth reads well");
    let ends = truth.cues.iter().skip(1).map(|cue| cue.at).chain([truth.duration]);
    let hold = |(cue, to): (&Cue, f64)| {
        assert_eq!(cue.visitor.is_some(), cue.expression.is_some());
        Hold { from: cue.at, to, expression: cue.expression }
    };
    truth.cues.iter().zip(ends).map(hold).collect()
}

struct Rendered {
    report: Value,
    wav: PathBuf,
    _folder: tempfile::TempDir,
}

fn render(seconds: &str, folder: &Path, name: &str) -> (Value, PathBuf) {
    let report = folder.join(format!("{name}.json"));
    let wav = folder.join(format!("{name}.wav"));
    let output = attune(folder)
        .args(["render", "--source", "clip", "--for", seconds, "--seed", "1"])
        .arg("--report")
        .arg(&report)
        .arg("--audio")
        .arg(&wav)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(report).expect("a report is written");
    (serde_json::from_str(&text).expect("the report is JSON"), wav)
}

/// The whole clip, rendered once for all tests.
fn rendered() -> &'static Rendered {
    static RENDERED: OnceLock<Rendered> = OnceLock::new();
    RENDERED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (report, wav) = render("89", folder.path(), "clip");
        Rendered { report, wav, _folder: folder }
    })
}

/// `(at, emotion)` of a list of mood changes.
fn changes(report: &Value, list: &str) -> Vec<(f64, Option<Emotion>)> {
    let entries = report[list].as_array().expect("a list");
    entries
        .iter()
        .map(|entry| {
            let emotion = serde_json::from_value(entry["emotion"].clone()).expect("an emotion or null");
            (entry["at"].as_f64().expect("seconds"), emotion)
        })
        .collect()
}

/// The state of a list of changes at a time.
fn state_at(changes: &[(f64, Option<Emotion>)], at: f64) -> Option<Emotion> {
    changes.iter().rev().find(|(when, _)| *when <= at).and_then(|(_, emotion)| *emotion)
}

/// The share of a stretch in which the state is this emotion, sampled every 50 ms.
fn share(changes: &[(f64, Option<Emotion>)], from: f64, to: f64, emotion: Emotion) -> f64 {
    let samples = ((to - from) / 0.05) as u32;
    let hits =
        (0..samples).filter(|i| state_at(changes, from + f64::from(*i) * 0.05) == Some(emotion)).count();
    hits as f64 / f64::from(samples)
}

#[test]
fn every_long_expression_becomes_the_fast_mood_and_stays() {
    let moods = changes(&rendered().report, "moods");
    let long: Vec<Hold> = holds()
        .into_iter()
        .filter(|hold| hold.expression.is_some_and(|e| e != Emotion::Neutral) && hold.to - hold.from >= 5.0)
        .collect();
    assert_eq!(long.len(), 8);
    let mut missed = Vec::new();
    for hold in &long {
        let emotion = hold.expression.expect("filtered");
        let reached = (0..=50).any(|i| state_at(&moods, hold.from + f64::from(i) * 0.05) == Some(emotion));
        let kept = share(&moods, hold.from + 2.5, hold.to, emotion);
        if !reached || kept <= 0.5 {
            missed.push(format!("{emotion} at {} s: reached {reached}, kept {kept:.2}", hold.from));
        }
    }
    assert!(missed.len() <= 1, "{missed:?}; {moods:?}");
}

#[test]
fn nobody_who_is_neutral_is_called_angry() {
    let moods = changes(&rendered().report, "moods");
    for hold in holds().iter().filter(|hold| hold.expression == Some(Emotion::Neutral)) {
        // The mood before may last a little into the hold, so the first two seconds are not counted.
        let angry = share(&moods, hold.from + 2.0, hold.to, Emotion::Angry);
        assert!(angry == 0.0, "neutral from {} s is called angry: {moods:?}", hold.from);
        let became =
            moods.iter().any(|(at, e)| *e == Some(Emotion::Angry) && (hold.from..hold.to).contains(at));
        assert!(!became, "neutral from {} s becomes angry: {moods:?}", hold.from);
    }
}

#[test]
fn an_empty_room_is_noticed_within_half_a_second() {
    let entries = rendered().report["presence"].as_array().expect("a list").clone();
    let people_at = |at: f64| {
        let last = entries.iter().rev().find(|entry| entry["at"].as_f64().is_some_and(|when| when <= at));
        last.map_or(0, |entry| entry["people"].as_u64().expect("a count"))
    };
    for hold in holds() {
        match hold.expression {
            None => assert_eq!(people_at(hold.from + 0.5), 0, "gap at {} s: {entries:?}", hold.from),
            Some(_) => assert_eq!(people_at(hold.to - 0.1), 1, "visitor at {} s: {entries:?}", hold.to),
        }
    }
}

#[test]
fn tracks_follow_the_slow_mood() {
    let report = &rendered().report;
    let slow = changes(report, "music_moods");
    let tracks = report["tracks"].as_array().expect("a list");
    assert!(tracks.len() >= 4, "at least three changes of track: {tracks:?}");
    for track in tracks {
        let at = track["at"].as_f64().expect("seconds");
        let emotion: Option<Emotion> = serde_json::from_value(track["emotion"].clone()).expect("an emotion");
        assert_eq!(emotion, state_at(&slow, at), "the track at {at} s was chosen for the slow mood");
        assert!(!track["reason"].as_str().expect("words").is_empty());
        let why = track["why"].as_object().expect("terms with numbers");
        let terms: Vec<&str> = why.keys().map(String::as_str).collect();
        assert_eq!(terms, ["context", "fit", "novelty", "step", "taste", "variety"]);
        assert!(why.values().all(|points| points.as_f64().is_some_and(f64::is_finite)), "{why:?}");
        assert!(why["fit"].as_f64() > Some(0.0), "{why:?}");
    }
    assert_eq!(report["crossfades"].as_u64(), Some(tracks.len() as u64 - 1));
}

#[test]
fn the_sound_has_no_hole_and_does_not_clip() {
    let mut wav = hound::WavReader::open(&rendered().wav).expect("a WAV is written");
    let spec = wav.spec();
    let channels = usize::from(spec.channels);
    let rate = spec.sample_rate as usize;
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Int => {
            let full = (1_u32 << (spec.bits_per_sample - 1)) as f32;
            wav.samples::<i32>().map(|s| s.expect("a sample") as f32 / full).collect()
        }
        hound::SampleFormat::Float => wav.samples::<f32>().map(|s| s.expect("a sample")).collect(),
    };
    let seconds = samples.len() as f64 / channels as f64 / rate as f64;
    assert!((seconds - 89.0).abs() < 0.1, "{seconds} s of sound");
    let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    assert!(peak < 0.999, "a sample reaches full scale: {peak}");
    let window = rate / 20 * channels;
    // The last moments of the fade at the end are below any bound.
    let faded = samples.len() - rate / 2 * channels;
    for (index, chunk) in samples[..faded].chunks_exact(window).enumerate().skip(40) {
        let loudest = chunk.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        assert!(loudest > 1e-4, "silence of 50 ms at {:.2} s", index as f64 * 0.05);
    }
}

#[test]
fn the_same_seed_gives_the_same_report_and_the_same_sound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runs = ["first", "second"].map(|name| {
        let (mut report, wav) = render("12", folder.path(), name);
        let fields = report.as_object_mut().expect("an object");
        // What is measured differs from run to run; what happened does not.
        for measured in ["latency_ms", "update_ms", "cpu_ms_per_frame", "peak_rss_mb"] {
            assert!(fields.remove(measured).is_some(), "{measured} is in the report");
        }
        (report, std::fs::read(wav).expect("a WAV is written"))
    });
    assert_eq!(runs[0].0, runs[1].0);
    assert!(runs[0].1 == runs[1].1, "the samples differ");
}
