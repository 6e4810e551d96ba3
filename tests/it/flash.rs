//! The flash guard on real pictures: a scene that flashes is refused without it and safe with it.

use std::path::Path;
use std::process::Output as Finished;
use std::time::Duration;

use attune::emotion::{Emotion, Probabilities};
use attune::foundation::{Folders, FoundationPlugin};
use attune::mixer::SoundLevels;
use attune::mood::Mood;
use attune::session::SessionPlugin;
use attune::visuals::{SceneCrossfade, SceneLibrary, SceneState, VisualsPlugin, VisualsSettings};
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy::time::TimeUpdateStrategy;

use super::program::attune;
use crate::machine::can_draw;

/// Checks a scene whose program is a strobe (`tests/support/strobe`).
fn check(guard: bool) -> Finished {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = dir.path().join("settings.ron");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/strobe").display().to_string();
    std::fs::write(&config, format!("(visuals: (folder: {folder:?}))")).expect("written");
    let mut command = attune(dir.path());
    command.args(["check-scenes", "aurora", "--seconds", "3", "--config"]).arg(&config);
    if !guard {
        command.arg("--without-guard");
    }
    command.output().expect("the program starts")
}

#[test]
fn a_scene_that_flashes_is_refused_without_the_guard_and_safe_with_it() {
    if !can_draw() {
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

/// A short look; `attune check-scenes` with its defaults looks longer.
#[test]
fn no_shipped_scene_flashes_and_no_change_between_them() {
    if !can_draw() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = dir.path().join("settings.ron");
    std::fs::write(&config, "(visuals: (folder: \"/nonexistent\"))").expect("written");
    let mut command = attune(dir.path());
    let done = command.args(["check-scenes", "--seconds", "1.5", "--seed", "7", "--config"]).arg(&config);
    let done = done.output().expect("the program starts");
    let words = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{words}{}", String::from_utf8_lossy(&done.stderr));
    let safe = words.lines().filter(|line| line.ends_with("safe")).count();
    assert_eq!(safe, SceneLibrary::of(&settings(), &Folders::default()).names().len() + 1, "{words}");
}

fn settings() -> VisualsSettings {
    VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() }
}

/// The state of a scene without a renderer after ten seconds of somebody happy and of strobing sound, and how far its
/// bass jumped at most from one picture to the next.
fn after_ten_seconds(reduced_motion: bool) -> (SceneState, f32) {
    let mut settings = settings();
    settings.director.on = false;
    settings.reduced_motion = reduced_motion;
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin, FoundationPlugin, SessionPlugin, VisualsPlugin))
        .insert_resource(settings)
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(20)));
    let mut mood = app.world_mut().resource_mut::<Mood>();
    mood.people = 1;
    mood.fast.emotion = Some(Emotion::Happy);
    mood.fast.probabilities = Probabilities::certain(Emotion::Happy);
    let (mut last, mut jump) = (None, 0.0f32);
    for update in 0..500 {
        let level = if update % 8 < 4 { 1.0 } else { 0.0 };
        *app.world_mut().resource_mut::<SoundLevels>() = SoundLevels {
            rms: level,
            peak: level,
            bands: [level; 8],
            onset: level,
            ..SoundLevels::default()
        };
        app.update();
        let bass = app.world().resource::<SceneCrossfade>().front().state().bands()[0];
        jump = jump.max(last.map_or(0.0, |last: f32| (bass - last).abs()));
        last = Some(bass);
    }
    (app.world().resource::<SceneCrossfade>().front().state().clone(), jump)
}

#[test]
fn reduced_motion_moves_slowly_and_hardly_hears() {
    let ((usual, usual_jump), (calm, calm_jump)) = (after_ten_seconds(false), after_ten_seconds(true));
    assert!(usual.phase() > 0.1, "{}", usual.phase());
    assert!(calm.phase() < 0.5 * usual.phase(), "{} {}", calm.phase(), usual.phase());
    assert!(calm_jump < 0.35 * usual_jump, "{calm_jump} {usual_jump}");
    // The mood is shown all the same.
    assert!(calm.presence() > 0.5, "{}", calm.presence());
}
