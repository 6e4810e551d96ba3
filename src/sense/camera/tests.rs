//! Tests that step the plugin in an app without window, sound or device.

use std::time::Duration;

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;

use super::{
    CameraChoice, CameraPlugin, CameraSettings, CameraSwitch, NewestFrame, SourceSpec, SourceStatus,
};
use crate::foundation::{ClockMode, Faults, FoundationPlugin};
use crate::settings::ChangeSetting;

fn stepped(spec: SourceSpec, milliseconds: u64) -> App {
    let step = Duration::from_millis(milliseconds);
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, FoundationPlugin))
        .insert_resource(ClockMode::Stepped { step })
        .insert_resource(TimeUpdateStrategy::ManualDuration(step))
        .insert_resource(CameraSettings::default())
        .add_plugins(CameraPlugin { spec });
    app
}

fn take(app: &mut App) -> Option<u128> {
    app.update();
    app.world_mut().resource_mut::<NewestFrame>().0.take().map(|frame| frame.at.as_millis())
}

fn status(app: &App) -> SourceStatus {
    app.world().resource::<SourceStatus>().clone()
}

#[test]
fn a_stepped_run_sees_each_frame_of_the_clip_once() {
    let mut app = stepped(SourceSpec::Clip(None), 50);
    let seen: Vec<_> = (0..40).filter_map(|_| take(&mut app)).collect();
    assert_eq!(seen, (0..20).map(|frame| frame * 100).collect::<Vec<_>>());
    let status = status(&app);
    assert_eq!(
        (status.name.as_str(), status.captured, status.dropped, status.live),
        ("visitor clip", 20, 0, true)
    );
}

/// A changed setting holds from the next frames on, without a new start.
#[test]
fn a_changed_setting_is_taken_over_while_running() {
    let mut app = stepped(SourceSpec::Clip(None), 100);
    let width = |app: &mut App| {
        app.update();
        app.world_mut().resource_mut::<NewestFrame>().0.take().map(|frame| frame.width().max(frame.height()))
    };
    assert!(width(&mut app) > Some(128));
    let change = ChangeSetting { key: "camera.longest_side".into(), value: Some("128".into()) };
    app.world_mut().write_message(change);
    assert_eq!(width(&mut app), Some(128));
}

#[test]
fn frames_that_are_not_taken_are_replaced_and_counted() {
    let mut app = stepped(SourceSpec::Auto, 100);
    for _ in 0..10 {
        app.update();
    }
    let status = status(&app);
    assert_eq!((status.captured, status.dropped), (10, 9));
    assert!(status.why.is_some_and(|why| why.contains("virtual clock")));
}

#[test]
fn a_camera_on_a_virtual_clock_is_a_fault_and_not_a_panic() {
    let mut app = stepped(SourceSpec::Camera(CameraChoice::Number(0)), 100);
    app.update();
    let words =
        app.world().resource::<Faults>().active().map(|(_, fault)| fault.what.clone()).collect::<String>();
    assert!(words.contains("--source clip"), "{words}");
}

#[test]
fn the_switch_stops_the_frames_and_brings_them_back() {
    let mut app = stepped(SourceSpec::Clip(None), 100);
    assert_eq!(take(&mut app), Some(0));
    app.world_mut().resource_mut::<CameraSwitch>().on = false;
    assert_eq!(take(&mut app), None);
    assert_eq!(status(&app).name, "camera off");
    app.world_mut().resource_mut::<CameraSwitch>().on = true;
    assert_eq!(take(&mut app), Some(0));
    assert_eq!(status(&app).captured, 2, "counts go on");
}

#[test]
fn one_broken_image_is_one_fault_and_the_others_are_shown() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    image::RgbImage::new(8, 8).save(dir.path().join("b.png")).expect("written");
    std::fs::write(dir.path().join("a.png"), "text").expect("written");
    let mut app = stepped(SourceSpec::Images(dir.path().to_owned()), 1_000);
    let seen = (0..30).filter_map(|_| take(&mut app)).count();
    assert!(seen > 20, "{seen}");
    let faults = app.world().resource::<Faults>();
    assert_eq!(faults.log().len(), 1, "{:?}", faults.log());
    assert!(faults.log()[0].what.contains("a.png"));
}
