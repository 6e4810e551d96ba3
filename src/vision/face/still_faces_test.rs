//! A portrait on the wall against people who hardly move, under the noise and the light of real cameras.

use std::time::Duration;

use super::{FaceBox, StillFaceSettings, StillFaces};
use crate::frame::Frame;
use crate::sense::camera::{CameraSettings, ClipSource, FrameSource as _};

/// Side of the views in pixels. They show the head of a visitor, half as large as in the clip.
const SIDE: usize = 80;
/// Where the head begins in the clip.
const HEAD: [usize; 2] = [80, 40];
/// Where the face is in a view.
const FACE: FaceBox = FaceBox { x: 7.5, y: 7.5, width: 65.0, height: 65.0 };
/// Pictures in a second.
const RATE: u32 = 5;

/// A view of a face that may be moved by parts of a pixel, in any light.
struct View {
    /// Grey values, twice as large as they are shown.
    large: Vec<f32>,
    random: u32,
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
    fn new(noise: f32) -> Self {
        let mut clip = ClipSource::open(None, &CameraSettings::default()).expect("embedded");
        let frame = (0..41).map(|_| clip.next_frame().expect("a frame")).last().expect("a frame");
        let grey = |x: usize, y: usize| {
            let place = 3 * ((HEAD[1] + y) * frame.width() as usize + HEAD[0] + x);
            frame.rgb()[place..place + 3].iter().map(|value| f32::from(*value)).sum::<f32>() / 3.0
        };
        let large = (0..4 * SIDE * SIDE).map(|place| grey(place % (2 * SIDE), place / (2 * SIDE))).collect();
        Self { large, random: 2_463_534_242, noise }
    }

    /// -1 to 1, by xorshift: the same in every run.
    fn random(&mut self) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        (self.random >> 8) as f32 / f32::from(1_u16 << 15) / 256.0 - 1.0
    }

    fn show(&mut self, Moment { shift, light }: Moment) -> Frame {
        let mut rgb = Vec::with_capacity(3 * SIDE * SIDE);
        for place in 0..SIDE * SIDE {
            let at = [place % SIDE, place / SIDE];
            let [x, y] = [0, 1]
                .map(|axis| (2.0 * (at[axis] as f32 - shift[axis]) + 0.5).clamp(0.0, (2 * SIDE - 2) as f32));
            let ([fx, fy], corner) = ([x.fract(), y.fract()], y as usize * 2 * SIDE + x as usize);
            let row = |start: usize| self.large[start] * (1.0 - fx) + self.large[start + 1] * fx;
            let clean = light * (row(corner) * (1.0 - fy) + row(corner + 2 * SIDE) * fy);
            // Even noise of ±1 has a standard deviation of 1/√3.
            let value = clean + self.noise * 3.0_f32.sqrt() * self.random();
            rgb.extend([value.round().clamp(0.0, 255.0) as u8; 3]);
        }
        Frame::new(SIDE as u32, SIDE as u32, rgb, Duration::ZERO).expect("fits").into_live()
    }
}

fn settings() -> StillFaceSettings {
    StillFaceSettings { seconds: 10.0, ..StillFaceSettings::default() }
}

/// The seconds in which the face counted as still. The detector trembles.
fn still(view: &mut View, seconds: u32, moment: impl Fn(f32) -> Moment) -> Vec<u32> {
    let (mut faces, mut found) = (StillFaces::default(), Vec::new());
    for step in 0..seconds * RATE {
        let at = step as f32 / RATE as f32;
        let bounds = FaceBox { x: FACE.x + view.random(), y: FACE.y + view.random(), ..FACE };
        let frame = view.show(moment(at));
        if faces.see(&frame, &bounds, Duration::from_secs_f32(at), &settings()) {
            found.push(step / RATE);
        }
    }
    found.dedup();
    found
}

const HERE: Moment = Moment { shift: [0.0; 2], light: 1.0 };

/// A picture of a face stops counting after the time that is set, whatever the noise, while the light changes slowly.
#[test]
fn a_portrait_stops_counting_in_noise_and_changing_light() {
    for noise in [0.0, 3.0, 8.0] {
        let found = still(&mut View::new(noise), 14, |_| HERE);
        assert_eq!(found.first(), Some(&10), "noise {noise}: {found:?}");
        // A cloud: a fifth darker within ten seconds, and a lamp that flickers a little.
        let cloud = |at: f32| Moment { light: 1.0 - 0.02 * at.min(10.0) + 0.01 * (9.0 * at).sin(), ..HERE };
        let found = still(&mut View::new(noise), 14, cloud);
        assert_eq!(found.first(), Some(&10), "noise {noise} and light: {found:?}");
    }
}

/// A sleeper whose head rises and falls by less than a two-hundredth of its width counts all the time, in noise as well.
#[test]
fn a_sleeper_breathes_and_counts() {
    for (noise, rise) in [(0.0, 0.12), (3.0, 0.12), (8.0, 0.15)] {
        let breath =
            |at: f32| Moment { shift: [0.0, rise * (std::f32::consts::TAU * at / 4.5).sin()], ..HERE };
        let found = still(&mut View::new(noise), 26, breath);
        assert_eq!(found, [] as [u32; 0], "noise {noise}, ±{rise} pixels of {}", FACE.width);
    }
}

/// What begins to move counts again within two seconds, and only as long as it goes on moving.
#[test]
fn a_picture_that_is_moved_counts_again() {
    let moved = |at: f32| Moment { shift: if at < 15.0 { [0.0; 2] } else { [1.5, 0.5] }, ..HERE };
    let found = still(&mut View::new(3.0), 30, moved);
    assert_eq!(
        (found.first(), found.contains(&14), found.contains(&18)),
        (Some(&10), true, false),
        "{found:?}"
    );
    assert!(found.contains(&29), "it hangs still again: {found:?}");
}

/// Somebody who passes hides a portrait for some seconds; it does not count again after that.
#[test]
fn a_portrait_that_was_hidden_is_known_again() {
    let (mut view, mut faces, mut counts_after) = (View::new(3.0), StillFaces::default(), 0);
    for step in (0..15 * RATE).chain(30 * RATE..36 * RATE) {
        let at = Duration::from_secs_f32(step as f32 / RATE as f32);
        let still = faces.see(&view.show(HERE), &FACE, at, &settings());
        counts_after += u32::from(step >= 30 * RATE && !still);
    }
    assert_eq!(counts_after, 0);
}

/// Two faces are judged each on its own, and a walk through the room is no standing still.
#[test]
fn faces_are_judged_each_on_its_own() {
    let (mut view, mut faces, mut last) = (View::new(2.0), StillFaces::default(), [false; 2]);
    for step in 0..13 * RATE {
        let at = Duration::from_secs_f32(step as f32 / RATE as f32);
        let walker = FaceBox { x: 100.0 + 10.0 * (step % 20) as f32, y: 0.0, width: 40.0, height: 40.0 };
        let frame = view.show(HERE);
        last = [FACE, walker].map(|bounds| faces.see(&frame, &bounds, at, &settings()));
    }
    assert_eq!(last, [true, false]);
}
