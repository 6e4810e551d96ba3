//! How a run ends, as it is heard: the full app on the virtual clock, and the program as a process.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use attune::app::AppBuilder;
use attune::app::settings::Settings;
use attune::command::{Command, Request};
use attune::foundation::ClockMode;
use attune::mixer::SoundOutput;
use attune::session::EndingSettings;
use attune::visuals::{PictureOutput, make_ready};
use bevy::prelude::*;

use crate::program::attune;
use crate::sound::test_rig::{RATE, Tone, between, power, steepest};
use crate::stepped_app::stepped_app;

/// Seven steps are no whole number of fortieths of a second: an end seldom falls on a step.
const STEP: Duration = Duration::from_millis(35);
const HERTZ: f64 = 440.0;

/// The left channel of a WAV file.
fn left(file: &Path) -> Vec<f64> {
    let samples = hound::WavReader::open(file).expect("whole").into_samples::<i16>();
    samples.step_by(2).map(|sample| f64::from(sample.expect("whole")) / 32_768.0).collect()
}

/// What a run of the full app writes; `ask` may ask for something before each update.
fn heard(until: Option<f64>, mut ask: impl FnMut(&mut App, f64)) -> Vec<f64> {
    let home = tempfile::tempdir().expect("a temporary folder");
    let (music, file) = (home.path().join("music"), home.path().join("mix.wav"));
    Tone::new(HERTZ, 90.0).write(&music.join("a.wav"));
    let builder = AppBuilder {
        until: until.map(Duration::from_secs_f64),
        ..stepped_app(home.path(), music, Settings::default())
    };
    let clock = ClockMode::Stepped { step: STEP };
    let mut app = builder.build(clock, PictureOutput::Nothing, SoundOutput::File(file.clone()));
    make_ready(&mut app);
    app.world_mut().write_message(Request::script(Command::ToggleCamera));
    for _ in 0..2_000 {
        let now = app.world().resource::<Time>().elapsed_secs_f64();
        ask(&mut app, now);
        app.update();
        if app.should_exit().is_some() {
            break;
        }
    }
    assert_eq!(app.should_exit(), Some(AppExit::Success));
    left(&file)
}

/// The sound is whole before a fade of this length, then falls without a step, and is silent at its end.
fn assert_fades(samples: &[f64], seconds: f64) {
    let length = samples.len() as f64 / RATE as f64;
    let full = power(between(samples, length - seconds - 0.6, length - seconds - 0.1));
    let level = |from: f64| power(between(samples, from, from + seconds / 10.0)) / full;
    let levels: Vec<f64> =
        (0..10).map(|part| level(length - seconds + seconds / 10.0 * f64::from(part))).collect();
    assert!(full > 1e-4 && levels[0] > 0.8, "{full} {levels:?}");
    assert!(levels.windows(2).all(|two| two[1] < two[0]) && levels[9] < 0.01, "{levels:?}");
    let amplitude = (2.0 * full).sqrt();
    // The last hundredth of the fade, and the steepest slope of a tone at this level.
    let last = between(samples, length - seconds / 100.0, length);
    assert!(last.iter().all(|sample| sample.abs() < 0.002 * amplitude + 1e-4), "it breaks off");
    let slope = std::f64::consts::TAU * HERTZ / RATE as f64 * amplitude;
    let end = between(samples, length - seconds - 0.5, length);
    assert!(steepest(end) < 1.1 * slope + 1e-3, "{} {slope}", steepest(end));
}

/// A run of a planned length is heard for exactly that length, fades within it, and not one sample of it is a step.
#[test]
fn a_planned_end_fades_inside_the_asked_length() {
    let samples = heard(Some(16.0), |_, _| {});
    let length = samples.len() as f64 / RATE as f64;
    assert!((length - 16.0).abs() < 1e-3, "{length} s");
    assert_fades(&samples, f64::from(EndingSettings::default().planned_seconds));
}

/// Quit fades for its own length, from where it is asked for.
#[test]
fn quit_fades() {
    let mut asked = None;
    let samples = heard(None, |app, now| {
        if now > 8.0 && asked.is_none() {
            asked = Some(now);
            app.world_mut().write_message(Request::script(Command::Quit));
        }
    });
    let seconds = f64::from(EndingSettings::default().quit_seconds);
    let length = samples.len() as f64 / RATE as f64;
    assert!((length - asked.expect("asked") - seconds).abs() < 0.1, "{length}");
    assert_fades(&samples, seconds);
}

fn send(signal: &str, id: u32) {
    let sent =
        std::process::Command::new("kill").args([signal, &id.to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// A signal fades for half a second, the file is whole, and its real length is said.
#[cfg(unix)]
#[test]
fn a_signal_fades_and_leaves_a_whole_file() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let (music, file) = (home.path().join("music"), home.path().join("mix.wav"));
    Tone::new(HERTZ, 600.0).write(&music.join("a.wav"));
    let mut command = attune(home.path());
    command.args(["render", "--source", "clip", "--for", "100000", "--set", "mixer.greet=false"]);
    command.args(["--music", &music.display().to_string(), "--audio", &file.display().to_string()]);
    let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    let deadline = Instant::now() + Duration::from_mins(2);
    while file.metadata().map_or(0, |metadata| metadata.len()) < 3 * 192_000 {
        assert!(Instant::now() < deadline, "nothing is rendered");
        std::thread::sleep(Duration::from_millis(20));
    }
    send("-TERM", child.id());
    let output = child.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let samples = left(&file);
    assert_fades(&samples, f64::from(EndingSettings::default().signal_seconds));
    let said = format!("{:.1} s in ", samples.len() as f64 / RATE as f64);
    assert!(words.contains(&said), "{said:?} is missing in: {words}");
}

/// A second signal ends the program at once, however long the fade would be.
#[cfg(unix)]
#[test]
fn a_second_signal_ends_at_once() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut command = attune(home.path());
    command.args(["run", "--headless", "--source", "clip", "--set", "ending.signal_seconds=60"]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut words = child.stderr.take().expect("piped");
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("nobody in view") {
        let mut buffer = [0; 4_096];
        let count = std::io::Read::read(&mut words, &mut buffer).expect("readable");
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..count]);
    }
    let began = Instant::now();
    send("-TERM", child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().expect("known"), None, "it fades");
    send("-INT", child.id());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert!(began.elapsed() < Duration::from_secs(30));
}
