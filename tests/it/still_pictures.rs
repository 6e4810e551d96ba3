//! The full app on the virtual clock before a camera that freezes, a lens that is covered, a portrait on the wall and a
//! television: who is in the room, what is said, and that it heals.

use std::time::Duration;

use attune::app::settings::Settings;
use attune::command::{Command, Request};
use attune::emotion::Emotion;
use attune::foundation::{ClockMode, Faults};
use attune::frame::Frame;
use attune::mixer::SoundOutput;
use attune::mood::{Mood, Presence};
use attune::sense::camera::{CameraSettings, ClipSource, FrameSource as _, NewestFrame};
use attune::visuals::{PictureOutput, make_ready};
use bevy::prelude::*;

use crate::stepped_app::stepped_app;

/// One update, and one picture of the camera.
const STEP: Duration = Duration::from_millis(100);

/// A room with a camera whose pictures are made here. Times are short, so that the tests are.
struct Room {
    app: App,
    /// Happy Mei from the clip, as a camera would see her.
    visitor: Vec<Vec<u8>>,
    size: [u32; 2],
    shown: usize,
    noise: u32,
    _home: tempfile::TempDir,
}

impl Room {
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let music = home.path().join("music");
        std::fs::create_dir(&music).expect("made");
        let mut settings = Settings::default();
        settings.camera.frozen_seconds = 6.0;
        settings.camera.covered_seconds = 2.0;
        settings.face.still.seconds = 8.0;
        change(&mut settings);
        let builder = stepped_app(home.path(), music, settings);
        let clock = ClockMode::Stepped { step: STEP };
        let mut app = builder.build(clock, PictureOutput::Nothing, SoundOutput::Silent);
        make_ready(&mut app);
        // The clip is switched off; what the camera sees is put in its place.
        app.world_mut().write_message(Request::script(Command::ToggleCamera));
        app.update();
        let mut clip = ClipSource::open(None, &CameraSettings::default()).expect("embedded");
        let mut frames = (0..150).map(|_| clip.next_frame().expect("a frame")).skip(70);
        let first = frames.next().expect("a frame");
        let size = [first.width(), first.height()];
        let visitor = std::iter::once(first).chain(frames).map(|frame| frame.rgb().to_vec()).collect();
        Self { app, visitor, size, shown: 0, noise: 1, _home: home }
    }

    /// One update with this picture before the camera, under a sensor's noise of ±`noise`.
    fn see(&mut self, mut rgb: Vec<u8>, noise: i32) {
        if noise > 0 {
            for value in &mut rgb {
                // Xorshift: quick, and the same in every run.
                self.noise ^= self.noise << 13;
                self.noise ^= self.noise >> 17;
                self.noise ^= self.noise << 5;
                let shift = (self.noise >> 8).cast_signed() % (2 * noise + 1) - noise;
                *value = (i32::from(*value) + shift).clamp(0, 255) as u8;
            }
        }
        let frame = Frame::new(self.size[0], self.size[1], rgb, Duration::ZERO).expect("fits").into_live();
        self.app.world_mut().resource_mut::<NewestFrame>().0 = Some(frame);
        self.app.update();
    }

    /// Mei moves and smiles before the camera, back and forth through the clip.
    fn see_visitor(&mut self, seconds: u32) {
        for _ in 0..seconds * 10 {
            self.shown += 1;
            let last = self.visitor.len() - 1;
            let place = self.shown % (2 * last);
            self.see(self.visitor[place.min(2 * last - place)].clone(), 2);
        }
    }

    /// The same picture of Mei, under noise or, without it, byte for byte.
    fn see_picture(&mut self, seconds: u32, noise: i32) {
        for _ in 0..seconds * 10 {
            self.see(self.visitor[20].clone(), noise);
        }
    }

    fn see_colour(&mut self, seconds: u32, colour: [u8; 3], noise: i32) {
        let pixels = (self.size[0] * self.size[1]) as usize;
        for _ in 0..seconds * 10 {
            self.see(colour.repeat(pixels), noise);
        }
    }

    fn people(&self) -> usize {
        self.app.world().resource::<Presence>().people().len()
    }

    fn emotion(&self) -> Option<Emotion> {
        self.app.world().resource::<Mood>().fast.emotion
    }

    /// The faults of the camera that hold.
    fn faults(&self) -> String {
        let faults = self.app.world().resource::<Faults>().active();
        let of_camera = faults.filter(|(key, _)| key.room == "camera");
        of_camera.map(|(_, fault)| fault.what.clone()).collect::<Vec<_>>().join("; ")
    }
}

/// The last smile does not stay: after the time that is set nobody is there, the mood fades, and both come back.
#[test]
fn a_frozen_camera_is_told_and_nobody_is_there() {
    let mut room = Room::new(|_| {});
    room.see_visitor(6);
    assert_eq!((room.people(), room.emotion(), room.faults()), (1, Some(Emotion::Happy), String::new()));
    room.see_picture(5, 0);
    assert_eq!((room.people(), room.faults()), (1, String::new()), "a few seconds are no fault");
    room.see_picture(20, 0);
    assert_eq!((room.people(), room.emotion()), (0, None));
    assert!(room.faults().contains("the same picture again and again; unplug it"), "{}", room.faults());
    room.see_visitor(5);
    assert_eq!((room.people(), room.emotion(), room.faults()), (1, Some(Emotion::Happy), String::new()));
}

/// A cap on the lens, with the noise of a sensor under it, and a stream of green are faults with words for both.
#[test]
fn a_covered_camera_is_told_and_nobody_is_there() {
    for (colour, noise, word) in [([2; 3], 5, "only black; open its shutter"), ([0, 135, 0], 0, "only green")]
    {
        let mut room = Room::new(|_| {});
        room.see_visitor(3);
        assert_eq!((room.people(), room.faults()), (1, String::new()));
        room.see_colour(5, colour, noise);
        assert_eq!(room.people(), 0);
        assert!(room.faults().contains(word), "{}", room.faults());
        room.see_visitor(3);
        assert_eq!((room.people(), room.faults()), (1, String::new()), "{word}");
    }
}

/// A portrait stops counting, which is no fault, and counts again when it is moved.
#[test]
fn a_portrait_does_not_count_until_it_moves() {
    let mut room = Room::new(|_| {});
    room.see_picture(6, 3);
    assert_eq!(room.people(), 1, "it may be a person");
    room.see_picture(6, 3);
    assert_eq!((room.people(), room.faults()), (0, String::new()));
    room.see_visitor(4);
    assert_eq!(room.people(), 1);
}

/// Somebody who moves counts all the time.
#[test]
fn a_person_counts_for_as_long_as_they_stay() {
    let mut room = Room::new(|_| {});
    for _ in 0..6 {
        room.see_visitor(4);
        assert_eq!((room.people(), room.faults()), (1, String::new()));
    }
}

/// Faces in a part that is left out do not count, and those beside it do.
#[test]
fn a_face_in_an_ignored_part_does_not_count() {
    let area = |text: &str| {
        let areas = ron::from_str(text).expect("areas");
        move |settings: &mut Settings| settings.camera.ignore = areas
    };
    let mut room = Room::new(area("[(0.3, 0.3, 0.4, 0.5)]"));
    room.see_visitor(3);
    assert_eq!(room.people(), 0);
    let mut room = Room::new(area("[(0.0, 0.0, 0.3, 1.0), (0.8, 0.0, 0.2, 1.0)]"));
    room.see_visitor(3);
    assert_eq!(room.people(), 1);
}
