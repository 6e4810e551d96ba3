//! What the visitor clip reads, against its ground truth, and the plugin in an app.

use std::io::Cursor;
use std::time::Duration;

use bevy::prelude::*;
use image::AnimationDecoder as _;
use image::codecs::webp::WebPDecoder;

use super::{FaceReader, PerceptionPlugin, PerceptionStatus, Reading};
use crate::emotion::Emotion;
use crate::foundation::{ClockMode, FoundationPlugin};
use crate::frame::Frame;
use crate::sense::camera::NewestFrame;
use crate::vision::perception::faults;

const CLIP: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/visitor.webp"));

/// Every `step`-th of the first `count` frames of the clip; ten are a second.
pub(super) fn clip(count: usize, step: usize) -> impl Iterator<Item = Frame> {
    let decoder = WebPDecoder::new(Cursor::new(CLIP)).expect("the clip is a WebP");
    decoder.into_frames().take(count).enumerate().step_by(step).map(|(index, picture)| {
        let picture = image::DynamicImage::from(picture.expect("a whole frame").into_buffer()).into_rgb8();
        let at = Duration::from_millis(100 * index as u64);
        Frame::new(picture.width(), picture.height(), picture.into_raw(), at).expect("fits")
    })
}

pub(super) fn reader() -> FaceReader {
    let (face, expression, perception) = Default::default();
    FaceReader::load(&face, &expression, &perception).expect("loads")
}

/// The holds of `assets/demo/visitor.ron`, in frames.
pub(super) const HOLDS: [(usize, usize, Option<Emotion>); 17] = {
    use Emotion::{Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise};
    [
        (0, 20, None),
        (20, 60, Some(Neutral)),
        (60, 160, Some(Happy)),
        (160, 210, Some(Surprise)),
        (210, 230, None),
        (230, 260, Some(Neutral)),
        (260, 360, Some(Sad)),
        (360, 420, Some(Happy)),
        (420, 440, None),
        (440, 470, Some(Neutral)),
        (470, 570, Some(Angry)),
        (570, 600, Some(Neutral)),
        (600, 680, Some(Fear)),
        (680, 700, None),
        (700, 730, Some(Neutral)),
        (730, 810, Some(Disgust)),
        (810, 890, Some(Happy)),
    ]
};

#[test]
fn the_clip_reads_as_its_ground_truth_says() {
    let (reader, step) = (reader(), 2);
    let read: Vec<_> = clip(890, step).map(|frame| reader.read(&frame).expect("runs")).collect();
    for (begin, end, expression) in HOLDS {
        let frames = &read[begin.div_ceil(step)..end.div_ceil(step)];
        let Some(expression) = expression else {
            assert!(frames.iter().all(Vec::is_empty), "somebody in the empty room at frame {begin}");
            continue;
        };
        let faces: Vec<_> = frames.iter().filter_map(|faces| faces.first()).collect();
        assert_eq!(faces.len(), frames.len(), "a face was missed between {begin} and {end}");
        // In its first second the face is still on its way from the expression before.
        let settled = &faces[10_usize.div_ceil(step)..];
        let right = settled.iter().filter(|face| face.probabilities().top().0 == expression).count();
        let sum: f32 = settled.iter().map(|face| face.probabilities().of(expression)).sum();
        let (share, mean) = (right as f32 / settled.len() as f32, sum / settled.len() as f32);
        eprintln!(
            "{begin:>3}..{end:<3} {expression:<8} right {:>3.0} %  mean probability {mean:.2}",
            share * 100.0
        );
        assert!(share >= 0.8 && mean >= 0.5, "{expression} from frame {begin}: {share:.2}, {mean:.2}");
        let angry = settled.iter().any(|face| face.probabilities().of(Emotion::Angry) > 0.4);
        assert!(expression != Emotion::Neutral || !angry, "a neutral face was called angry");
    }
}

#[test]
fn the_box_is_around_the_head() {
    // Frame 90: by eye the face fills x 100–225, y 60–205, the eyes near (139, 113) and (189, 113).
    let frame = clip(91, 90).last().expect("there");
    let faces = reader().detect(&frame).expect("runs");
    let [face] = &faces[..] else { panic!("one face, not {}", faces.len()) };
    let centre = [face.bounds.x + face.bounds.width / 2.0, face.bounds.y + face.bounds.height / 2.0];
    assert!((centre[0] - 162.0).abs() < 8.0 && (centre[1] - 139.0).abs() < 8.0, "{face:?}");
    assert!((face.bounds.width - 125.0).abs() < 12.0, "{face:?}");
    for (eye, expected) in [(face.left_eye, [139.0, 113.0]), (face.right_eye, [189.0, 113.0_f32])] {
        assert!((eye[0] - expected[0]).abs() < 6.0 && (eye[1] - expected[1]).abs() < 6.0, "{face:?}");
    }
    assert!(face.score > 0.9 && face.roll().abs() < 0.2, "{face:?}");
}

#[test]
fn frames_of_any_size_are_read() {
    let reader = reader();
    for (width, height) in [(1, 1), (1, 4_000), (4_000, 1), (7, 3)] {
        let grey = vec![128; (width * height * 3) as usize];
        let frame = Frame::new(width, height, grey, Duration::ZERO).expect("fits");
        assert!(reader.read(&frame).expect("runs").is_empty(), "{width}×{height}");
    }
}

fn app(clock_mode: ClockMode) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, FoundationPlugin))
        .insert_resource(clock_mode)
        .add_plugins(PerceptionPlugin);
    app
}

fn newest_reading(app: &App) -> Option<Reading> {
    app.world().resource::<Messages<Reading>>().iter_current_update_messages().last().cloned()
}

#[test]
fn a_stepped_app_reads_each_frame_in_its_own_update() {
    let step = Duration::from_millis(100);
    let mut app = app(ClockMode::Stepped { step });
    app.insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(step));
    app.update();
    for (index, frame) in clip(91, 90).enumerate() {
        app.world_mut().resource_mut::<NewestFrame>().0 = Some(frame);
        app.update();
        let reading = newest_reading(&app).expect("read in the same update");
        assert_eq!(reading.at, app.world().resource::<Time>().elapsed());
        assert_eq!(reading.frame_size, [320, 240]);
        assert_eq!(reading.faces.len(), index, "nobody at first, then somebody");
        if let [face] = &reading.faces[..] {
            assert_eq!(face.probabilities().top().0, Emotion::Happy);
        }
    }
    let status = *app.world().resource::<PerceptionStatus>();
    assert_eq!(status, PerceptionStatus { loaded: true, processed: 2, ..default() });
}

#[test]
fn a_live_app_reads_on_its_thread() {
    let mut app = app(ClockMode::Live);
    let frame = clip(91, 90).last().expect("there");
    let patience = std::time::Instant::now();
    let reading = loop {
        app.world_mut().resource_mut::<NewestFrame>().0 = Some(frame.clone());
        app.update();
        if let Some(reading) = newest_reading(&app) {
            break reading;
        }
        assert!(patience.elapsed() < Duration::from_mins(2), "nothing was read");
        std::thread::yield_now();
    };
    assert_eq!(reading.faces.len(), 1);
    assert!(
        reading.timing.cpu > Duration::ZERO && reading.timing.capture_to_reading >= reading.timing.detect
    );
    let status = *app.world().resource::<PerceptionStatus>();
    // On a busy machine a second frame may have been read before the first reading was taken.
    assert!(status.loaded && status.processed >= 1, "{status:?}");
}

#[test]
fn a_missing_model_is_a_fault_that_says_which() {
    let mut app = app(ClockMode::Stepped { step: Duration::from_millis(100) });
    app.world_mut().resource_mut::<crate::vision::face::FaceSettings>().detector = "owl".into();
    app.update();
    let faults = app.world().resource::<crate::foundation::Faults>();
    assert!(faults.holds(faults::MODELS));
    assert!(faults.active().any(|(_, fault)| fault.what.contains("\"owl\"")));
    assert!(!app.world().resource::<PerceptionStatus>().loaded);
}
