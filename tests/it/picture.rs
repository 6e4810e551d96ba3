//! What people see: shaders, words, and real pictures where this machine can draw any.

use std::path::Path;
use std::time::Duration;

use attune::command::{Command, Request, Screen};
use attune::emotion::{Emotion, Probabilities};
use attune::foundation::{Faults, FoundationPlugin};
use attune::input::InputPlugin;
use attune::mixer::faults;
use attune::mood::Mood;
use attune::screens::{HudText, OperatorHistory, PRIVACY, ScreensPlugin};
use attune::sense::camera::SourceStatus;
use attune::session::SessionPlugin;
use attune::settings::ChangeSetting;
use attune::status::StatusPlugin;
use attune::visuals::{
    CaptureLog, OfflineScenes, SceneCrossfade, VisualsPlugin, VisualsSettings, make_ready,
};
use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy::time::TimeUpdateStrategy;

use crate::machine::can_draw;

const STEP: Duration = Duration::from_millis(100);

fn settings() -> VisualsSettings {
    VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() }
}

fn feel(app: &mut App, emotion: Option<Emotion>) {
    let mut mood = app.world_mut().get_resource_or_init::<Mood>();
    mood.people = usize::from(emotion.is_some());
    mood.fast.emotion = emotion;
    if let Some(emotion) = emotion {
        mood.fast.probabilities = Probabilities::certain(emotion);
        mood.fast.probability = 0.97;
    }
}

#[test]
fn the_guard_the_enlargement_and_the_last_pass_are_valid() {
    for name in ["guard", "enlarge", "present"] {
        check_shader(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/shaders/{name}.wgsl")));
    }
}

fn check_shader(file: &Path) {
    let source = std::fs::read_to_string(file).expect("readable").replace("#{MATERIAL_BIND_GROUP}", "2");
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(&source, file)));
    let mut validator =
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    if let Err(error) = validator.validate(&module) {
        panic!("{}: {error:?}", file.display());
    }
}

/// An app without a renderer.
fn words_app() -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin, FoundationPlugin, SessionPlugin))
        .add_plugins((ScreensPlugin, VisualsPlugin, InputPlugin::default(), StatusPlugin))
        .insert_resource(settings())
        .insert_resource(TimeUpdateStrategy::ManualDuration(STEP));
    app.finish();
    app.cleanup();
    app.update();
    app
}

#[test]
fn the_words_follow_mood_source_and_faults() {
    let mut app = words_app();
    assert_eq!(app.world().resource::<HudText>().mood.text, "Step in front of the camera");
    feel(&mut app, Some(Emotion::Happy));
    app.insert_resource(SourceStatus { name: "visitor clip".into(), live: true, ..SourceStatus::default() });
    app.world_mut().resource_mut::<Faults>().raise(faults::DEVICE, "No sound.", Duration::ZERO);
    app.update();
    let words = app.world().resource::<HudText>();
    assert_eq!(words.mood.text, "looks happy (97 %)");
    assert_eq!(words.source.text, format!("1 person in view · visitor clip · {PRIVACY}"));
    assert_eq!(words.faults, ["No sound."]);
    app.world_mut().resource_mut::<Faults>().clear(faults::DEVICE);
    app.update();
    assert!(app.world().resource::<HudText>().faults.is_empty());
}

#[test]
fn the_menu_opens_and_closes_and_quit_ends_the_app() {
    let mut app = words_app();
    let screen = |app: &App| *app.world().resource::<State<Screen>>().get();
    for expected in [Screen::Menu, Screen::Picture] {
        app.world_mut().write_message(Request::script(Command::ToggleMenu));
        app.update();
        app.update();
        assert_eq!(screen(&app), expected);
    }
    app.world_mut().write_message(Request::script(Command::Quit));
    app.update();
    assert_eq!(app.should_exit(), None, "it fades first");
    for _ in 0..400 {
        if app.should_exit().is_none() {
            app.update();
        }
    }
    assert_eq!(app.should_exit(), Some(AppExit::Success));
}

#[test]
fn without_a_renderer_the_scene_moves_and_the_history_fills() {
    let mut app = words_app();
    feel(&mut app, Some(Emotion::Sad));
    let before = app.world().resource::<SceneCrossfade>().front().state().clone();
    for _ in 0..20 {
        app.update();
    }
    assert_ne!(*app.world().resource::<SceneCrossfade>().front().state(), before);
    assert!(app.world().resource::<OperatorHistory>().levels().len() >= 20);
}

#[test]
fn a_broken_scene_is_a_fault_and_the_built_in_one_is_shown() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("aurora.ron"), "(\n  name: \"aurora\",\n  speeed: 1,\n)")
        .expect("written");
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin, FoundationPlugin, SessionPlugin, VisualsPlugin))
        .insert_resource(VisualsSettings { folder: dir.path().to_owned(), ..settings() });
    app.update();
    assert_eq!(app.world().resource::<SceneCrossfade>().current().name, "aurora");
    let faults = app.world().resource::<Faults>();
    let (key, fault) = faults.active().next().expect("a fault");
    assert_eq!(key.room, "visuals");
    assert!(fault.what.contains("aurora.ron:3:") && fault.what.contains("speeed"), "{}", fault.what);
}

/// Runs until app time has moved on by `seconds`.
fn run(app: &mut App, seconds: f32) {
    let end = app.world().resource::<Time>().elapsed_secs() + seconds;
    while app.world().resource::<Time>().elapsed_secs() < end {
        app.update();
    }
}

/// Mean of each channel, 0..=1, and of the upper half only, where no words are.
fn mean(picture: &image::RgbImage) -> [f32; 3] {
    let mut sum = [0.0f64; 3];
    let rows = picture.height() / 2;
    for y in 0..rows {
        for x in 0..picture.width() {
            for (sum, value) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                *sum += f64::from(value) / 255.0;
            }
        }
    }
    sum.map(|value| (value / f64::from(rows * picture.width())) as f32)
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// Mean difference of pixels, 0..=1.
fn change(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b)) / 255.0).sum();
    sum / a.as_raw().len() as f64
}

/// What is drawn with already takes changed settings over: the bloom of the cameras, and the size of the text.
#[test]
fn bloom_and_text_follow_their_settings() {
    if !can_draw() {
        return;
    }
    let scenes = OfflineScenes { settings: settings(), size: (64, 36), step: STEP, every: STEP };
    let mut app = scenes.app(|_| {}).expect("the shipped files are whole");
    app.add_plugins(ScreensPlugin);
    make_ready(&mut app);
    run(&mut app, 0.3);
    let mut blooms = app.world_mut().query::<&Bloom>();
    let mut texts = app.world_mut().query::<&TextFont>();
    let mut set = |app: &mut App, key: &str, value: &str| {
        app.world_mut().write_message(ChangeSetting { key: key.into(), value: Some(value.into()) });
        run(app, 0.3);
        let intensities: Vec<f32> = blooms.iter(app.world()).map(|bloom| bloom.intensity).collect();
        let size = |text: &TextFont| match text.font_size {
            FontSize::VMin(size) => size,
            _ => 0.0,
        };
        (intensities, texts.iter(app.world()).map(size).sum::<f32>())
    };
    let (intensities, size) = set(&mut app, "visuals.bloom", "0.8");
    assert!(
        intensities.len() == 2 && intensities.iter().all(|bloom| (bloom - 0.8).abs() < 1e-6),
        "{intensities:?}"
    );
    let (intensities, larger) = set(&mut app, "visuals.display.words", "2.0");
    assert_eq!(intensities.len(), 2);
    assert!(size > 0.0 && (larger - 2.0 * size).abs() < 0.01 * size, "{size} {larger}");
    let (intensities, _) = set(&mut app, "visuals.bloom", "0.0");
    assert_eq!(intensities, [0.0; 0]);
}

#[test]
fn pictures_follow_the_mood_without_a_jump() {
    if !can_draw() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let scenes = OfflineScenes { settings: settings(), size: (320, 180), step: STEP, every: STEP };
    let mut app = scenes.app_writing(dir.path().to_owned()).expect("the shipped files are whole");
    app.add_plugins(ScreensPlugin);
    make_ready(&mut app);
    let captured = app.world().resource::<CaptureLog>().clone();
    feel(&mut app, Some(Emotion::Happy));
    run(&mut app, 5.0);
    feel(&mut app, Some(Emotion::Sad));
    run(&mut app, 5.0);

    // None is outstanding, and each is named by its time.
    let files = captured.written();
    assert_eq!(captured.lost().0, 0);
    assert_eq!(files.len(), 100, "{files:?}");
    assert!(files[49].ends_with("frame-0005.00s.png"), "{:?}", files[49]);

    let pictures: Vec<_> =
        files.iter().map(|file| image::open(file).expect("a whole PNG").to_rgb8()).collect();
    let (happy, sad) = (mean(&pictures[49]), mean(&pictures[99]));
    assert!(happy.iter().sum::<f32>() > 0.5, "black? {happy:?}");
    assert!(sad.iter().sum::<f32>() > 0.1, "black? {sad:?}");
    assert!(distance(happy, sad) > 0.25, "{happy:?} {sad:?}");
    assert!(happy[0] > happy[2] && sad[2] > sad[0], "warm and cold: {happy:?} {sad:?}");
    // The first second brings in the words.
    for pair in pictures[10..].windows(2) {
        assert!(distance(mean(&pair[0]), mean(&pair[1])) < 0.04);
        assert!(change(&pair[0], &pair[1]) < 0.05, "{}", change(&pair[0], &pair[1]));
        assert!(change(&pair[0], &pair[1]) > 0.0, "the picture stands still");
    }
}
