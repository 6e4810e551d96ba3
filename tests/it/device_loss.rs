//! A graphics device that is lost while pictures are drawn is recovered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use attune::emotion::{Emotion, Probabilities};
use attune::foundation::Faults;
use attune::mood::Mood;
use attune::screens::ScreensPlugin;
use attune::visuals::VisualsSettings;
use attune::visuals::{OfflineScenes, make_ready};
use bevy::prelude::*;
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;

use crate::machine::can_draw;

const STEP: Duration = Duration::from_millis(100);
/// More updates than any recovery needs.
const MOST_UPDATES: u32 = 400;

/// Mean of each picture over all its pixels and channels, 0..=255.
type Means = Arc<Mutex<Vec<f64>>>;

fn app(means: &Means) -> App {
    let kept = Arc::clone(means);
    let settings = VisualsSettings { folder: "/nonexistent".into(), ..VisualsSettings::default() };
    let scenes = OfflineScenes { settings, size: (160, 90), step: STEP, every: STEP };
    let app = scenes.app(move |picture| {
        let sum: f64 = picture.rgb.iter().map(|byte| f64::from(*byte)).sum();
        kept.lock().expect("whole").push(sum / picture.rgb.len() as f64);
    });
    let mut app = app.expect("the shipped files are whole");
    app.add_plugins(ScreensPlugin);
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

/// Loses the device as a driver does: between two pictures, with an error for the next use.
fn lose(app: &App) {
    let device = app.world().resource::<RenderDevice>();
    device.wgpu_device().destroy();
    // An error is what is wanted here.
    let _ = device.poll(PollType::wait_indefinitely());
}

/// Updates until it holds.
fn until(app: &mut App, what: &str, holds: impl Fn(&App) -> bool) {
    for _ in 0..MOST_UPDATES {
        if holds(app) {
            return;
        }
        app.update();
    }
    panic!("{what} did not come within {MOST_UPDATES} updates; faults: {:?}", faults(app));
}

#[test]
fn a_lost_device_is_a_fault_and_the_picture_comes_back() {
    if !can_draw() {
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
