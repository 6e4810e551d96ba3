//! Tests that drive the real V4L2 path through nokhwa with a fake camera. In
//! each the app keeps updating, says in plain words what is wrong, and recovers.

#[path = "../support/fake_camera.rs"]
mod fake_camera;

use std::time::{Duration, Instant};

use attune::foundation::{Faults, FoundationPlugin};
use attune::sense::camera::{
    CameraPlugin, CameraSettings, CameraSwitch, NewestFrame, SourceSpec, SourceStatus, open_cameras,
};
use bevy::prelude::*;
use fake_camera::{COLOUR, FakeCamera};

/// Generous, for a loaded machine: a test that passes needs a second or two.
const DEADLINE: Duration = Duration::from_mins(1);

fn app(spec: SourceSpec) -> App {
    let settings = CameraSettings {
        first_frame_seconds: 2.0,
        stall_seconds: 0.4,
        retry_seconds: 0.05,
        retry_longest_seconds: 0.2,
        broken_in_a_row: 3,
        ..CameraSettings::default()
    };
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, FoundationPlugin))
        .insert_resource(settings)
        .add_plugins(CameraPlugin { spec });
    app
}

/// Updates the app until something holds. No update may wait for the camera.
fn until(app: &mut App, what: &str, holds: impl Fn(&App) -> bool) {
    let began = Instant::now();
    while !holds(app) {
        let told = (status(app), words(app));
        assert!(began.elapsed() < DEADLINE, "waited for {what}; now {told:?}");
        app.update();
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn status(app: &App) -> SourceStatus {
    app.world().resource::<SourceStatus>().clone()
}

/// Every fault that holds, in one text.
fn words(app: &App) -> String {
    app.world()
        .resource::<Faults>()
        .active()
        .map(|(_, fault)| fault.what.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Waits for frames that come now, from the camera, in the colour that the test sent.
fn frames_come(app: &mut App) {
    app.world_mut().resource_mut::<NewestFrame>().0 = None;
    until(app, "a frame of the camera", |app| {
        app.world().resource::<NewestFrame>().0.is_some()
            && status(app).name.starts_with("camera 0 (Fake Cam")
    });
    let frame = app.world_mut().resource_mut::<NewestFrame>().0.take().expect("just seen");
    assert_eq!((frame.width(), frame.height()), (640, 480));
    for place in [0, 640 * 240 * 3, 640 * 480 * 3 - 3] {
        let pixel = &frame.rgb()[place..place + 3];
        assert!(pixel.iter().zip(COLOUR).all(|(got, sent)| got.abs_diff(sent) <= 6), "{pixel:?}");
    }
    until(app, "no fault", |app| words(app).is_empty());
}

fn fault(app: &mut App, part: &str) {
    until(app, part, |app| words(app).contains(part));
}

fn faults_so_far(app: &App) -> usize {
    app.world().resource::<Faults>().log().len()
}

#[test]
fn yuyv_arrives_in_its_colours() {
    FakeCamera::run("camera::yuyv_arrives_in_its_colours", "YUYV", "ok", |_| {
        let mut app = app(SourceSpec::Camera(0));
        frames_come(&mut app);
        assert_eq!(status(&app).name, "camera 0 (Fake Cam, 640×480)");
        assert_eq!(faults_so_far(&app), 0);
    });
}

#[test]
fn mjpeg_arrives_in_its_colours() {
    FakeCamera::run("camera::mjpeg_arrives_in_its_colours", "MJPG", "ok", |_| {
        let mut app = app(SourceSpec::Camera(0));
        frames_come(&mut app);
        assert_eq!(faults_so_far(&app), 0);
    });
}

#[test]
fn an_unplugged_camera_is_a_fault_until_it_is_plugged_in_again() {
    let name = "camera::an_unplugged_camera_is_a_fault_until_it_is_plugged_in_again";
    FakeCamera::run(name, "YUYV,MJPG", "ok", |camera| {
        let mut app = app(SourceSpec::Camera(0));
        frames_come(&mut app);
        for time in 1..=3 {
            camera.set("gone");
            fault(&mut app, "camera 0 was disconnected");
            until(&mut app, "the device is closed", |_| open_cameras().is_empty());
            assert!(!status(&app).live);
            camera.set("ok");
            frames_come(&mut app);
            assert_eq!(faults_so_far(&app), time, "each unplug is told once");
        }
    });
}

#[test]
fn a_stalled_camera_is_given_up_and_taken_back() {
    FakeCamera::run("camera::a_stalled_camera_is_given_up_and_taken_back", "YUYV", "ok", |camera| {
        let mut app = app(SourceSpec::Camera(0));
        frames_come(&mut app);
        camera.set("stall");
        fault(&mut app, "stopped sending pictures");
        let began = Instant::now();
        let mut updates = 0;
        while began.elapsed() < Duration::from_millis(500) {
            app.update();
            updates += 1;
        }
        assert!(updates > 5, "the app goes on, however long the driver sleeps: {updates}");
        assert_eq!(open_cameras(), [0], "the thread is asleep in the driver");
        camera.set("ok");
        frames_come(&mut app);
        assert_eq!(faults_so_far(&app), 1);
    });
}

#[test]
fn a_stalled_camera_that_is_plugged_in_again_is_taken_back() {
    let name = "camera::a_stalled_camera_that_is_plugged_in_again_is_taken_back";
    FakeCamera::run(name, "MJPG", "ok", |camera| {
        let mut app = app(SourceSpec::Camera(0));
        frames_come(&mut app);
        camera.set("stall");
        fault(&mut app, "stopped sending pictures");
        camera.set("gone");
        until(&mut app, "the device is closed", |_| open_cameras().is_empty());
        camera.set("ok");
        frames_come(&mut app);
    });
}

#[test]
fn a_busy_camera_is_named_and_taken_once_it_is_free() {
    FakeCamera::run("camera::a_busy_camera_is_named_and_taken_once_it_is_free", "YUYV", "busy", |camera| {
        let mut app = app(SourceSpec::Camera(0));
        fault(&mut app, "used by another program");
        camera.set("ok");
        frames_come(&mut app);
    });
}

#[test]
fn a_forbidden_camera_is_named_with_the_remedy() {
    FakeCamera::run("camera::a_forbidden_camera_is_named_with_the_remedy", "YUYV", "perm", |camera| {
        let mut app = app(SourceSpec::Camera(0));
        fault(&mut app, "usermod -aG video");
        camera.set("ok");
        frames_come(&mut app);
    });
}

#[test]
fn torn_pictures_are_skipped_and_told_once_they_repeat() {
    FakeCamera::run("camera::torn_pictures_are_skipped_and_told_once_they_repeat", "MJPG", "ok", |camera| {
        let mut app = app(SourceSpec::Camera(0));
        frames_come(&mut app);
        camera.send_torn_frames();
        fault(&mut app, "broken pictures");
        until(&mut app, "skipped pictures", |app| status(app).skipped >= 3);
        camera.send_whole_frames();
        frames_come(&mut app);
    });
}

#[test]
fn auto_plays_the_clip_until_a_camera_is_plugged_in() {
    FakeCamera::run("camera::auto_plays_the_clip_until_a_camera_is_plugged_in", "YUYV", "gone", |camera| {
        let mut app = app(SourceSpec::Auto);
        until(&mut app, "the clip", |app| status(app).name == "visitor clip" && status(app).live);
        assert!(status(&app).why.is_some_and(|why| why.contains("no camera was found")));
        assert_eq!(faults_so_far(&app), 0, "a machine without a camera is no fault");
        camera.set("ok");
        frames_come(&mut app);
        assert_eq!(status(&app).why, None);
        camera.set("gone");
        fault(&mut app, "was disconnected");
        until(&mut app, "the clip", |app| status(app).name == "visitor clip" && status(app).live);
        camera.set("ok");
        frames_come(&mut app);
    });
}

#[test]
fn the_switch_closes_the_device_and_the_end_of_the_app_does_too() {
    let name = "camera::the_switch_closes_the_device_and_the_end_of_the_app_does_too";
    FakeCamera::run(name, "YUYV", "ok", |_| {
        let mut app = app(SourceSpec::Auto);
        frames_come(&mut app);
        assert_eq!(open_cameras(), [0]);
        app.world_mut().resource_mut::<CameraSwitch>().on = false;
        until(&mut app, "the device is closed", |_| open_cameras().is_empty());
        assert_eq!(status(&app).name, "camera off");
        app.world_mut().resource_mut::<CameraSwitch>().on = true;
        frames_come(&mut app);
        drop(app);
        let began = Instant::now();
        while !open_cameras().is_empty() && began.elapsed() < DEADLINE {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(open_cameras(), [] as [u32; 0]);
    });
}
