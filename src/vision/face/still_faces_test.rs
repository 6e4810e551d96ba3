//! A portrait on the wall against people who hardly move, under the noise and the light of real cameras.

use std::time::Duration;

use image::RgbImage;
use image::imageops::{FilterType, resize};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{FaceBox, StillFaceSettings, StillFaces};
use crate::frame::Frame;
use crate::sense::camera::{CameraSettings, ClipSource, FrameSource as _};

const SIZE: [u32; 2] = [320, 240];

/// A view of a face that may be moved by parts of a pixel, in any light.
struct View {
    /// Twice as large as it is shown.
    large: RgbImage,
    random: StdRng,
    /// Standard deviation of the noise of each pixel, in grey values.
    noise: f32,
}

/// What a camera sees of the face at a moment.
#[derive(Clone, Copy)]
struct Moment {
    /// Pixels by which it has moved.
    shift: [f32; 2],
    /// Factor of the light.
    light: f32,
}

impl View {
    /// The face of a visitor in the clip, drawn with a box of this side.
    fn new(noise: f32, seed: u64) -> Self {
        let mut clip = ClipSource::open(None, &CameraSettings::default()).expect("embedded");
        let frame = (0..41).map(|_| clip.next_frame().expect("a frame")).last().expect("a frame");
        let picture = RgbImage::from_raw(frame.width(), frame.height(), frame.rgb().to_vec()).expect("fits");
        let large = resize(&picture, 2 * SIZE[0], 2 * SIZE[1], FilterType::CatmullRom);
        Self { large, random: StdRng::seed_from_u64(seed), noise }
    }

    fn show(&mut self, Moment { shift, light }: Moment) -> Frame {
        let mut rgb = Vec::with_capacity((SIZE[0] * SIZE[1] * 3) as usize);
        for y in 0..SIZE[1] {
            for x in 0..SIZE[0] {
                let place = [(x, shift[0], SIZE[0]), (y, shift[1], SIZE[1])]
                    .map(|(at, by, side)| (2.0 * (at as f32 - by) + 0.5).clamp(0.0, (2 * side - 2) as f32));
                let [fx, fy] = place.map(|value| value - value.floor());
                let [x0, y0] = place.map(|value| value as u32);
                for channel in 0..3 {
                    let value = |dx: u32, dy: u32| f32::from(self.large.get_pixel(x0 + dx, y0 + dy)[channel]);
                    let upper = value(0, 0) * (1.0 - fx) + value(1, 0) * fx;
                    let lower = value(0, 1) * (1.0 - fx) + value(1, 1) * fx;
                    let clean = light * (upper * (1.0 - fy) + lower * fy);
                    let sum: f32 = (0..4).map(|_| self.random.random_range(-0.5..0.5)).sum();
                    rgb.push((clean + self.noise * 3.0_f32.sqrt() * sum).round().clamp(0.0, 255.0) as u8);
                }
            }
        }
        Frame::new(SIZE[0], SIZE[1], rgb, Duration::ZERO).expect("fits").into_live()
    }
}

/// Where the face of that visitor is.
const FACE: FaceBox = FaceBox { x: 95.0, y: 55.0, width: 130.0, height: 130.0 };

fn settings() -> StillFaceSettings {
    StillFaceSettings { seconds: 20.0, ..StillFaceSettings::default() }
}

/// The seconds at which the face counted as still, of `seconds` with eight frames each. The detector trembles.
fn still(view: &mut View, seconds: u32, moment: impl Fn(f32) -> Moment) -> Vec<u32> {
    let (mut faces, mut found) = (StillFaces::default(), Vec::new());
    for step in 0..seconds * 8 {
        let at = step as f32 / 8.0;
        let mut tremble = || view.random.random_range(-2.5..2.5);
        let bounds = FaceBox { x: FACE.x + tremble(), y: FACE.y + tremble(), ..FACE };
        let frame = view.show(moment(at));
        if faces.see(&frame, &bounds, Duration::from_secs_f32(at), &settings())
            && found.last() != Some(&(step / 8))
        {
            found.push(step / 8);
        }
    }
    found
}

const HERE: Moment = Moment { shift: [0.0; 2], light: 1.0 };

/// A picture of a face stops counting after the time that is set, whatever the noise, while the light changes slowly.
#[test]
fn a_portrait_stops_counting_in_noise_and_changing_light() {
    for noise in [0.0, 3.0, 8.0] {
        let mut view = View::new(noise, 1);
        let found = still(&mut view, 26, |_| HERE);
        assert_eq!(found.first(), Some(&20), "noise {noise}: {found:?}");
        // A cloud: a fifth darker within ten seconds, and a lamp that flickers a little.
        let cloud = |at: f32| Moment { light: 1.0 - 0.02 * at.min(10.0) + 0.01 * (9.0 * at).sin(), ..HERE };
        let found = still(&mut view, 26, cloud);
        assert_eq!(found.first(), Some(&20), "noise {noise} and light: {found:?}");
    }
}

/// A sleeper whose head rises and falls by less than a hundredth of its width counts all the time, in noise as well.
#[test]
fn a_sleeper_breathes_and_counts() {
    for (noise, rise) in [(0.0, 0.2), (3.0, 0.2), (8.0, 0.25)] {
        let mut view = View::new(noise, 2);
        let breath =
            |at: f32| Moment { shift: [0.0, rise * (std::f32::consts::TAU * at / 4.5).sin()], ..HERE };
        let found = still(&mut view, 40, breath);
        assert_eq!(found, [] as [u32; 0], "noise {noise}, ±{rise} pixels of {}", FACE.width);
    }
}

/// What begins to move counts again within two seconds, and only as long as it goes on moving.
#[test]
fn a_picture_that_is_moved_counts_again() {
    let mut view = View::new(3.0, 3);
    let moved = |at: f32| Moment { shift: if at < 26.0 { [0.0; 2] } else { [3.0, 1.0] }, ..HERE };
    let found = still(&mut view, 52, moved);
    assert_eq!(
        (found.first(), found.contains(&25), found.contains(&28)),
        (Some(&20), true, false),
        "{found:?}"
    );
    assert!(found.contains(&50), "it hangs still again: {found:?}");
}

/// Somebody who passes hides a portrait for some seconds; it does not count again after that.
#[test]
fn a_portrait_that_was_hidden_is_known_again() {
    let mut view = View::new(3.0, 4);
    let (mut faces, mut counts_after) = (StillFaces::default(), 0);
    for step in 0..50 * 8_u32 {
        let at = step as f32 / 8.0;
        if (25.0..40.0).contains(&at) {
            continue;
        }
        let frame = view.show(HERE);
        let still = faces.see(&frame, &FACE, Duration::from_secs_f32(at), &settings());
        counts_after += u32::from(at >= 40.0 && !still);
    }
    assert_eq!(counts_after, 0);
}

/// Two faces are judged each on its own, and a walk through the room is no standing still.
#[test]
fn faces_are_judged_each_on_its_own() {
    let mut view = View::new(2.0, 5);
    let mut faces = StillFaces::default();
    let mut last = [false; 2];
    for step in 0..25 * 8_u32 {
        let at = Duration::from_secs_f32(step as f32 / 8.0);
        let frame = view.show(HERE);
        let walker = FaceBox { x: (step % 40) as f32 * 4.0, y: 0.0, width: 40.0, height: 40.0 };
        last = [FACE, walker].map(|bounds| faces.see(&frame, &bounds, at, &settings()));
    }
    assert_eq!(last, [true, false]);
}
