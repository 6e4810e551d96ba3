//! Tests that drive the real V4L2 path with a fake camera. In
//! each the app keeps updating, says in plain words what is wrong, and recovers.

#[path = "../support/fake_camera.rs"]
mod fake_camera;

use std::time::{Duration, Instant};

use attune::foundation::{Faults, FoundationPlugin};
use attune::frame::Frame;
use attune::sense::camera::{
    CameraPlugin, CameraSettings, CameraSwitch, NewestFrame, SourceSpec, SourceStatus, devices, open_cameras,
};
use bevy::prelude::*;
use fake_camera::{COLOUR, Coding, FakeCamera, VIDEO, jpeg_without_tables, raw_frame};

/// Generous, for a loaded machine: a test that passes needs a second or two.
const DEADLINE: Duration = Duration::from_mins(1);

fn app(spec: &str) -> App {
    app_with(spec, |_| {})
}

fn app_with(spec: &str, change: impl FnOnce(&mut CameraSettings)) -> App {
    let mut settings = CameraSettings {
        first_frame_seconds: 2.0,
        stall_seconds: 0.4,
        retry_seconds: 0.05,
        retry_longest_seconds: 0.2,
        broken_in_a_row: 3,
        // The pictures of these tests have one colour and stand still.
        frozen_seconds: 80_000.0,
        covered_seconds: 80_000.0,
        ..CameraSettings::default()
    };
    change(&mut settings);
    let spec: SourceSpec = spec.parse().expect("a source");
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

/// Waits for a frame of the camera.
fn next_frame(app: &mut App) -> Frame {
    app.world_mut().resource_mut::<NewestFrame>().0 = None;
    until(app, "a frame of the camera", |app| app.world().resource::<NewestFrame>().0.is_some());
    app.world_mut().resource_mut::<NewestFrame>().0.take().expect("just seen")
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
        let mut app = app("camera:0");
        frames_come(&mut app);
        assert_eq!(status(&app).name, "camera 0 (Fake Cam, 640×480)");
        assert_eq!(faults_so_far(&app), 0);
    });
}

#[test]
fn mjpeg_arrives_in_its_colours() {
    FakeCamera::run("camera::mjpeg_arrives_in_its_colours", "MJPG", "ok", |_| {
        let mut app = app("camera:0");
        frames_come(&mut app);
        assert_eq!(faults_so_far(&app), 0);
    });
}

#[test]
fn an_unplugged_camera_is_a_fault_until_it_is_plugged_in_again() {
    let name = "camera::an_unplugged_camera_is_a_fault_until_it_is_plugged_in_again";
    FakeCamera::run(name, "YUYV,MJPG", "ok", |camera| {
        let mut app = app("camera:0");
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
        let mut app = app("camera:0");
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
        let mut app = app("camera:0");
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
        let mut app = app("camera:0");
        fault(&mut app, "used by another program");
        camera.set("ok");
        frames_come(&mut app);
    });
}

#[test]
fn a_forbidden_camera_is_named_with_the_remedy() {
    FakeCamera::run("camera::a_forbidden_camera_is_named_with_the_remedy", "YUYV", "perm", |camera| {
        let mut app = app("camera:0");
        fault(&mut app, "usermod -aG video");
        camera.set("ok");
        frames_come(&mut app);
    });
}

#[test]
fn torn_pictures_are_skipped_and_told_once_they_repeat() {
    FakeCamera::run("camera::torn_pictures_are_skipped_and_told_once_they_repeat", "MJPG", "ok", |camera| {
        let mut app = app("camera:0");
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
        let mut app = app("auto");
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
        let mut app = app("auto");
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

/// A picture with a colour in each quarter, all of which survive half as many samples of colour.
fn quarters(x: usize, y: usize) -> [u8; 3] {
    match (x < 320, y < 240) {
        (true, true) => COLOUR,
        (false, true) => [40, 90, 200],
        (true, false) => [30, 160, 60],
        (false, false) => [220, 220, 215],
    }
}

fn pixel(frame: &Frame, x: usize, y: usize) -> [u8; 3] {
    let place = (y * frame.width() as usize + x) * 3;
    [frame.rgb()[place], frame.rgb()[place + 1], frame.rgb()[place + 2]]
}

/// Places in the quarters, also at their edges, where a wrong length of lines shows.
const PLACES: [(usize, usize); 8] =
    [(0, 0), (318, 238), (321, 1), (639, 239), (1, 241), (318, 479), (322, 242), (639, 479)];

/// Sends a format through the program and looks at what comes out.
fn arrives(camera: &FakeCamera, format: &str, pad: usize, coding: Coding) {
    let file = if format == "YUYV" { "yuyv" } else { format };
    camera.send(file, &raw_frame(format, pad, coding, quarters));
    let mut app = app("camera:0");
    let frame = next_frame(&mut app);
    assert_eq!((frame.width(), frame.height(), frame.live), (640, 480, true));
    for (x, y) in PLACES {
        let mut sent = quarters(x, y);
        if matches!(format, "GREY" | "Y16 ") {
            sent = [sent[0]; 3];
        }
        let got = pixel(&frame, x, y);
        assert!(
            got.iter().zip(sent).all(|(got, sent)| got.abs_diff(sent) <= 3),
            "{format} {x} {y}: {got:?}, not {sent:?}"
        );
    }
    assert_eq!(faults_so_far(&app), 0, "{}", words(&app));
}

/// One test for each format that a camera may have, with lines that end in a gap.
macro_rules! formats {
    ($($test:ident: $format:literal, $pad:literal;)+) => {$(
        #[test]
        fn $test() {
            let name = concat!("camera::", stringify!($test));
            let variables = [("FAKECAM_FORMATS", $format), ("FAKECAM_PAD", stringify!($pad))];
            FakeCamera::run_with(name, &variables, "ok", |camera| arrives(camera, $format, $pad, VIDEO));
        }
    )+};
}

formats! {
    padded_yuyv_arrives: "YUYV", 64;
    uyvy_arrives: "UYVY", 0;
    padded_uyvy_arrives: "UYVY", 32;
    nv12_arrives: "NV12", 0;
    padded_nv12_arrives: "NV12", 64;
    nv21_arrives: "NV21", 0;
    yu12_arrives: "YU12", 0;
    padded_yu12_arrives: "YU12", 64;
    yv12_arrives: "YV12", 0;
    grey_arrives: "GREY", 0;
    padded_grey_arrives: "GREY", 16;
    deep_grey_arrives: "Y16 ", 0;
    rgb_arrives: "RGB3", 0;
    padded_bgr_arrives: "BGR3", 16;
}

/// A driver that says BT.709 in full range is believed.
#[test]
fn the_coding_of_colours_is_what_the_driver_says() {
    let name = "camera::the_coding_of_colours_is_what_the_driver_says";
    let variables = [("FAKECAM_FORMATS", "YUYV"), ("FAKECAM_COLORSPACE", "3"), ("FAKECAM_QUANTIZATION", "1")];
    FakeCamera::run_with(name, &variables, "ok", |camera| arrives(camera, "YUYV", 0, (0.2126, 0.0722, true)));
}

/// A grabber of 30000/1001 pictures a second with lines that end in a gap.
#[test]
fn a_camera_with_an_uneven_rate_is_used() {
    let variables = [("FAKECAM_FORMATS", "YUYV"), ("FAKECAM_PAD", "32"), ("FAKECAM_NTSC", "1")];
    FakeCamera::run_with("camera::a_camera_with_an_uneven_rate_is_used", &variables, "ok", |camera| {
        arrives(camera, "YUYV", 32, VIDEO);
    });
}

/// A range of sizes is asked for 640×480.
#[test]
fn a_camera_with_a_range_of_sizes_sends_640_by_480() {
    let variables = [("FAKECAM_FORMATS", "NV12"), ("FAKECAM_STEPWISE", "32,2592,16,32,1944,8")];
    FakeCamera::run_with(
        "camera::a_camera_with_a_range_of_sizes_sends_640_by_480",
        &variables,
        "ok",
        |camera| {
            arrives(camera, "NV12", 0, VIDEO);
        },
    );
}

/// JPEGs without Huffman tables, as AVI files have them.
#[test]
fn mjpeg_without_huffman_tables_arrives_in_its_colours() {
    let name = "camera::mjpeg_without_huffman_tables_arrives_in_its_colours";
    FakeCamera::run(name, "MJPG", "ok", |camera| {
        camera.send("jpg", &jpeg_without_tables());
        let mut app = app("camera:0");
        frames_come(&mut app);
        assert_eq!(faults_so_far(&app), 0);
    });
}

/// The sentence about a camera of which nothing can be read names what it has.
#[test]
fn a_camera_without_a_known_format_is_told_with_what_it_offers() {
    let name = "camera::a_camera_without_a_known_format_is_told_with_what_it_offers";
    FakeCamera::run(name, "H264,HEVC", "ok", |_| {
        let mut app = app("camera:0");
        fault(&mut app, "it offers only H264 640×480; HEVC 640×480");
    });
}

/// A frame that lacks its end is skipped and counted, and it becomes a fault once it repeats.
#[test]
fn short_frames_are_skipped_and_told_once_they_repeat() {
    FakeCamera::run("camera::short_frames_are_skipped_and_told_once_they_repeat", "NV12", "ok", |camera| {
        let whole = raw_frame("NV12", 0, VIDEO, |_, _| COLOUR);
        camera.send("NV12", &whole);
        let mut app = app("camera:0");
        frames_come(&mut app);
        camera.send("NV12", &whole[..whole.len() - 700]);
        fault(&mut app, "broken pictures");
        until(&mut app, "skipped pictures", |app| status(app).skipped >= 3);
        camera.send("NV12", &whole);
        frames_come(&mut app);
    });
}

/// A quarter of a turn clockwise, then mirrored: the quarters lie as they should.
#[test]
fn a_picture_is_turned_and_mirrored_as_set() {
    FakeCamera::run("camera::a_picture_is_turned_and_mirrored_as_set", "RGB3", "ok", |camera| {
        camera.send("RGB3", &raw_frame("RGB3", 0, VIDEO, quarters));
        let mut app = app_with("camera:0", |settings| settings.turn = 90);
        let frame = next_frame(&mut app);
        assert_eq!((frame.width(), frame.height()), (480, 640));
        let corners =
            |frame: &Frame| [(0, 0), (479, 0), (0, 639), (479, 639)].map(|(x, y)| pixel(frame, x, y));
        let [left_top, right_top, left_bottom, right_bottom] =
            [(0, 0), (639, 0), (0, 479), (639, 479)].map(|(x, y)| quarters(x, y));
        assert_eq!(corners(&frame), [left_bottom, left_top, right_bottom, right_top]);
        drop(app);
        let mut app = app_with("camera:0", |settings| (settings.turn, settings.mirror) = (90, true));
        assert_eq!(corners(&next_frame(&mut app)), [left_top, left_bottom, right_top, right_bottom]);
    });
}

/// A kiosk names its camera by a link or by a part of its name, and finds it again; a name that fits none is told with
/// the cameras that are there.
#[test]
fn a_camera_is_found_by_its_link_and_by_a_part_of_its_name() {
    FakeCamera::run("camera::a_camera_is_found_by_its_link_and_by_a_part_of_its_name", "YUYV", "ok", |_| {
        assert_eq!(devices().iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["Fake Cam"]);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = folder.path().join("usb-fake-1");
        std::os::unix::fs::symlink("/dev/video0", &link).expect("a link");
        for spec in [format!("camera:{}", link.display()), "camera:fake".into(), "camera:Fake Cam".into()] {
            let mut app = app(&spec);
            frames_come(&mut app);
            drop(app);
        }
        let mut app = app("camera:Logitech");
        fault(&mut app, "camera \"Logitech\" was not found");
        assert!(words(&app).contains("here now: 0 Fake Cam"), "{}", words(&app));
    });
}

/// A lens that is covered and a picture that stands still are faults with a remedy. Their pictures are withheld, and
/// both heal.
#[test]
fn a_covered_and_a_frozen_camera_are_faults_until_real_pictures_come() {
    let name = "camera::a_covered_and_a_frozen_camera_are_faults_until_real_pictures_come";
    FakeCamera::run(name, "YUYV", "ok", |camera| {
        let mut app = app_with("camera:0", |settings| {
            (settings.covered_seconds, settings.frozen_seconds) = (1.0, 4.0);
        });
        camera.send("yuyv", &raw_frame("YUYV", 0, VIDEO, |x, y| [(x * 7 + y * 13) as u8 % 6; 3]));
        fault(&mut app, "shows only black; open its shutter");
        assert!(!status(&app).live && status(&app).why.is_some_and(|why| why.contains("only black")));
        assert!(app.world().resource::<NewestFrame>().0.is_none());
        camera.send("yuyv", &raw_frame("YUYV", 0, VIDEO, quarters));
        until(&mut app, "no fault", |app| words(app).is_empty());
        next_frame(&mut app);
        fault(&mut app, "sends the same picture again and again; unplug it");
        assert!(!status(&app).live);
        camera.send("yuyv", &raw_frame("YUYV", 0, VIDEO, |x, y| quarters(639 - x, y)));
        next_frame(&mut app);
        until(&mut app, "no fault", |app| words(app).is_empty() && status(app).live);
    });
}
