//! A graphics device that goes away in the middle of the evening comes back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use attune::app::settings::Settings;
use attune::emotion::{Emotion, Probabilities};
use attune::foundation::{ClockMode, Faults, FoundationPlugin};
use attune::mood::Mood;
use attune::screens::ScreensPlugin;
use attune::visuals::{
    CapturePlugin, Output, TakePictures, VisualsPlugin, graphics_available, make_ready, plugins,
};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use bevy::time::TimeUpdateStrategy;

const STEP: Duration = Duration::from_millis(100);
/// More updates than any recovery needs.
const PATIENCE: u32 = 400;

/// Mean of each picture over all its pixels and channels, 0..=255.
type Means = Arc<Mutex<Vec<f64>>>;

fn app(means: &Means) -> App {
    let kept = Arc::clone(means);
    let clock_mode = ClockMode::Stepped { step: STEP };
    let mut settings = Settings::shipped().expect("whole").visuals;
    settings.folder = "/nonexistent".into();
    let mut app = App::new();
    app.add_plugins(plugins(Output::Pictures, clock_mode).disable::<LogPlugin>())
        .insert_resource(clock_mode)
        .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
        .insert_resource(settings)
        .insert_resource(TakePictures::new(move |picture| {
            let sum: f64 = picture.rgb.iter().map(|byte| f64::from(*byte)).sum();
            kept.lock().expect("whole").push(sum / picture.rgb.len() as f64);
        }))
        .add_plugins((
            CapturePlugin { size: (160, 90), folder: std::path::PathBuf::new(), every: STEP },
            FoundationPlugin,
            VisualsPlugin,
            ScreensPlugin,
        ));
    make_ready(&mut app);
    let mut mood = app.world_mut().get_resource_or_init::<Mood>();
    mood.people = 1;
    mood.fast.emotion = Some(Emotion::Happy);
    mood.fast.probabilities = Probabilities::certain(Emotion::Happy);
    app
}

fn faults(app: &App) -> Vec<String> {
    app.world().resource::<Faults>().active().map(|(_, fault)| fault.what.clone()).collect()
}

/// As a driver does it: between two pictures, and whoever asks next is told.
fn lose(app: &App) {
    let device = app.world().resource::<RenderDevice>();
    device.wgpu_device().destroy();
    // An error is what is wanted here.
    let _ = device.poll(PollType::wait_indefinitely());
}

/// Updates until it holds.
fn until(app: &mut App, what: &str, holds: impl Fn(&App) -> bool) {
    for _ in 0..PATIENCE {
        if holds(app) {
            return;
        }
        app.update();
    }
    panic!("{what} did not come within {PATIENCE} updates; faults: {:?}", faults(app));
}

#[test]
fn a_lost_device_is_a_fault_and_the_picture_comes_back() {
    if let Err(error) = graphics_available(Output::Pictures) {
        eprintln!("skipped: no pictures can be drawn here: {error}");
        return;
    }
    let means = Means::default();
    let mut app = app(&means);
    let count = || means.lock().expect("whole").len();
    until(&mut app, "the first picture", |_| count() > 30);
    let before = *means.lock().expect("whole").last().expect("a picture");
    assert!(before > 10.0, "black: {before}");
    for loss in 1..=2 {
        lose(&app);
        until(&mut app, "the fault", |app| faults(app).iter().any(|what| what.contains("graphics card")));
        until(&mut app, "the end of the fault", |app| faults(app).is_empty());
        let drawn = count();
        until(&mut app, "another picture", |_| count() > drawn + 30);
        let after = *means.lock().expect("whole").last().expect("a picture");
        assert!((after - before).abs() < 0.35 * before, "loss {loss}: {before} before, {after} after");
    }
}
