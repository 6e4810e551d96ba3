//! Whether a camera still shows anything: not when it is frozen, covered or in the dark.
//!
//! *Frozen* means the very same bytes again and again. A sensor has noise, so that no two pictures of one that works are
//! alike; the comparison ends at the first byte that differs and costs nothing then.
//!
//! *Covered* pictures are not alike, since there is noise under a lens cap as well. They are dark in every part, or they
//! have no structure: the means of the parts of a picture differ by no more than noise makes them differ. That is
//! measured with the noise taken out (the variance of the means, less the variance within the parts divided by the number
//! of pixels, as in an analysis of variance).

use std::time::Duration;

use crate::frame::Frame;

/// Why nothing can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blindness {
    /// The same picture again and again.
    Frozen,
    /// Black, as far as noise allows.
    Black,
    /// One colour other than black.
    OneColour(&'static str),
}

/// Parts of a picture in each direction.
const PARTS: usize = 8;
/// Pixels that are looked at in each direction of a part: enough to average noise away.
const SAMPLES: usize = 8;
/// Mean value of each channel up to which a part is black: black of video is 16 where a camera sends the full range as limited, and
/// the noise of a dark sensor lifts the mean.
const BLACK: f32 = 24.0;
/// Standard deviation of the means of the parts, without noise, up to which a picture has one colour. The vignetting of a
/// lens before an even wall gives more, and so does a face.
const STRUCTURE: f32 = 2.5;
/// Time between two looks for structure.
const LOOK: Duration = Duration::from_millis(250);
/// After this long without a picture the watch begins anew.
const GAP: Duration = Duration::from_secs(2);

/// Watches the pictures of one camera.
#[derive(Debug, Default)]
pub(super) struct PictureWatch {
    last: Option<(Duration, Frame)>,
    same_since: Option<Duration>,
    looked: Option<Duration>,
    /// Since when every look found one colour, and which.
    blank: Option<(Duration, Blindness)>,
    found: Option<Blindness>,
}

impl PictureWatch {
    /// Takes in a picture. Returns why nothing can be seen, if that has been so for long enough.
    pub(super) fn see(
        &mut self,
        frame: &Frame,
        now: Duration,
        frozen_after: Duration,
        covered_after: Duration,
    ) -> Option<Blindness> {
        self.begin_after_gap(now);
        let same = self.last.as_ref().is_some_and(|(_, last)| last.rgb() == frame.rgb());
        let same_since = if same { self.same_since.unwrap_or(now) } else { now };
        self.same_since = Some(same_since);
        self.last = Some((now, frame.clone()));
        if self.looked.is_none_or(|looked| now.saturating_sub(looked) >= LOOK) {
            self.looked = Some(now);
            self.blank = blank(frame).map(|kind| (self.blank.map_or(now, |(since, _)| since), kind));
        }
        let held = |since: Duration| now.saturating_sub(since);
        let covered = self.blank.filter(|(since, _)| held(*since) >= covered_after).map(|(_, kind)| kind);
        let frozen = (held(same_since) >= frozen_after).then_some(Blindness::Frozen);
        // Black says more than frozen.
        self.found = covered.or(frozen);
        self.found
    }

    /// Lets time pass without a picture.
    pub(super) fn begin_after_gap(&mut self, now: Duration) {
        if self.last.as_ref().is_some_and(|(last, _)| now.saturating_sub(*last) >= GAP) {
            *self = Self::default();
        }
    }

    /// Why nothing can be seen now.
    pub(super) fn blindness(&self) -> Option<Blindness> {
        self.found
    }
}

/// What a picture without anything in it is.
fn blank(frame: &Frame) -> Option<Blindness> {
    let means = PartMeans::of(frame);
    if means.brightest() <= BLACK {
        return Some(Blindness::Black);
    }
    (means.structure() <= STRUCTURE).then(|| Blindness::OneColour(colour_name(means.mean())))
}

/// Means of the parts of a picture for each channel, and the variance of such a mean by noise.
struct PartMeans {
    means: Vec<[f32; 3]>,
    noise: [f32; 3],
}

impl PartMeans {
    fn of(frame: &Frame) -> Self {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let pixels = frame.rgb().as_chunks::<3>().0;
        let place = |step: usize, side: usize| (2 * step + 1) * side / (2 * PARTS * SAMPLES);
        let mut sums = vec![[0.0_f32; 3]; PARTS * PARTS];
        let mut squares = [0.0_f32; 3];
        for row in 0..PARTS * SAMPLES {
            let line = &pixels[place(row, height) * width..][..width];
            for column in 0..PARTS * SAMPLES {
                let pixel = line[place(column, width)].map(f32::from);
                let sum = &mut sums[row / SAMPLES * PARTS + column / SAMPLES];
                for channel in 0..3 {
                    sum[channel] += pixel[channel];
                    squares[channel] += pixel[channel] * pixel[channel];
                }
            }
        }
        let count = (SAMPLES * SAMPLES) as f32;
        let parts = sums.len() as f32;
        let means: Vec<[f32; 3]> = sums.iter().map(|sum| sum.map(|value| value / count)).collect();
        let noise = [0, 1, 2].map(|channel| {
            let of_means: f32 = means.iter().map(|mean| mean[channel] * mean[channel]).sum();
            let within = (squares[channel] / (parts * count) - of_means / parts).max(0.0);
            within / (count - 1.0)
        });
        Self { means, noise }
    }

    fn mean(&self) -> [f32; 3] {
        [0, 1, 2]
            .map(|channel| self.means.iter().map(|mean| mean[channel]).sum::<f32>() / self.means.len() as f32)
    }

    /// Of all parts and channels: blue is no black.
    fn brightest(&self) -> f32 {
        self.means.iter().flatten().copied().fold(0.0, f32::max)
    }

    /// Largest standard deviation of the means over the picture, of the three channels, without noise.
    fn structure(&self) -> f32 {
        let mean = self.mean();
        let spread = |channel: usize| {
            let squares = self.means.iter().map(|part| (part[channel] - mean[channel]).powi(2));
            let variance = squares.sum::<f32>() / (self.means.len() - 1) as f32;
            (variance - self.noise[channel]).max(0.0).sqrt()
        };
        (0..3).map(spread).fold(0.0, f32::max)
    }
}

/// A word for a colour.
fn colour_name(rgb: [f32; 3]) -> &'static str {
    const TINT: f32 = 24.0;
    let most = rgb.iter().copied().fold(0.0, f32::max);
    let least = rgb.iter().copied().fold(255.0, f32::min);
    match rgb.map(|value| value >= least + (most - least) / 2.0) {
        _ if most - least < TINT => {
            if most > 200.0 {
                "white"
            } else {
                "grey"
            }
        }
        [true, false, false] => "red",
        [false, true, false] => "green",
        [false, false, true] => "blue",
        [true, true, false] => "yellow",
        [true, false, true] => "pink",
        _ => "cyan",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROZEN: Duration = Duration::from_mins(1);
    const COVERED: Duration = Duration::from_secs(10);
    const SIDE: u32 = 64;

    /// Even noise by xorshift: quick, and the same in every run.
    struct Noise(u32);

    impl Noise {
        /// Between -1 and 1.
        fn next(&mut self) -> f32 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 17;
            self.0 ^= self.0 << 5;
            (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
        }
    }

    /// A picture with noise of this standard deviation; even noise of ±1 has one of 1/√3.
    fn picture(deviation: f32, noise: &mut Noise, pixel: impl Fn(u32, u32) -> [f32; 3]) -> Frame {
        let strength = deviation * 3.0_f32.sqrt();
        let places = (0..SIDE * SIDE).map(|place| (place % SIDE, place / SIDE));
        let clean = places.flat_map(|(x, y)| pixel(x, y));
        let rgb =
            clean.map(|value| (value + strength * noise.next()).round().clamp(0.0, 255.0) as u8).collect();
        Frame::new(SIDE, SIDE, rgb, Duration::ZERO).expect("fits").into_live()
    }

    /// A dim room with a window.
    fn room(x: u32, y: u32) -> [f32; 3] {
        if x < 16 && y < 32 { [120.0, 130.0, 150.0] } else { [50.0 + 0.25 * x as f32, 45.0, 40.0] }
    }

    /// What is found after this many seconds, at two pictures a second.
    fn after(seconds: u64, mut next: impl FnMut() -> Frame) -> Option<Blindness> {
        let mut watch = PictureWatch::default();
        for step in 0..=seconds * 2 {
            watch.see(&next(), Duration::from_millis(500 * step), FROZEN, COVERED);
        }
        watch.blindness()
    }

    /// A lens under its cap: black with noise, which a high gain makes strong.
    #[test]
    fn a_covered_lens_is_black_in_spite_of_its_noise() {
        for (level, noise) in [(0.0, 0.0), (2.0, 3.0), (12.0, 8.0), (18.0, 12.0)] {
            let mut random = Noise(1);
            let dark = move || picture(noise, &mut random, |_, _| [level; 3]);
            assert_eq!(after(11, dark), Some(Blindness::Black), "{level} ± {noise}");
        }
    }

    /// A finger before the lens, a frame of zeros in YUV, a signal of one colour: with and without noise.
    #[test]
    fn one_colour_is_told_by_its_name() {
        let colours = [
            ([0.0, 135.0, 0.0], "green"),
            ([150.0, 40.0, 35.0], "red"),
            ([0.0, 0.0, 200.0], "blue"),
            ([250.0, 250.0, 250.0], "white"),
            ([90.0, 92.0, 90.0], "grey"),
        ];
        for (colour, name) in colours {
            for noise in [0.0, 4.0, 12.0] {
                let mut random = Noise(2);
                let flat = move || picture(noise, &mut random, |_, _| colour);
                assert_eq!(after(11, flat), Some(Blindness::OneColour(name)), "{colour:?} ± {noise}");
            }
        }
    }

    /// A dim room, a wall with the fall of light of a lens, a face in the light of a screen: all of it is something.
    #[test]
    fn a_dark_room_an_even_wall_and_a_dim_face_are_something() {
        let wall = |x: u32, y: u32| {
            let (dx, dy) = ((x as f32 - 32.0) / 32.0, (y as f32 - 32.0) / 32.0);
            [180.0 * (1.0 - 0.08 * (dx * dx + dy * dy)); 3]
        };
        let face = |x: u32, y: u32| {
            if (24..40).contains(&x) && (20..48).contains(&y) { [48.0; 3] } else { [8.0; 3] }
        };
        for noise in [1.0, 6.0] {
            let mut random = Noise(3);
            assert_eq!(after(70, || picture(noise, &mut random, room)), None);
            assert_eq!(after(20, || picture(noise, &mut random, wall)), None);
            assert_eq!(after(20, || picture(noise, &mut random, face)), None);
        }
    }

    /// The same bytes for a minute are a fault; the first picture that differs ends it.
    #[test]
    fn the_same_picture_for_a_minute_is_frozen_until_another_comes() {
        let mut random = Noise(4);
        let [still, other] = [0, 1].map(|_| picture(2.0, &mut random, room));
        assert_eq!(after(59, || still.clone()), None);
        assert_eq!(after(60, || still.clone()), Some(Blindness::Frozen));
        let mut watch = PictureWatch::default();
        for second in 0..=100 {
            watch.see(&still, Duration::from_secs(second), FROZEN, COVERED);
        }
        assert_eq!(watch.blindness(), Some(Blindness::Frozen));
        assert_eq!(watch.see(&other, Duration::from_secs(101), FROZEN, COVERED), None);
    }

    /// A camera that was unplugged begins anew.
    #[test]
    fn a_gap_ends_the_watch() {
        let mut watch = PictureWatch::default();
        let black = Frame::new(4, 4, vec![0; 48], Duration::ZERO).expect("fits");
        for second in 0..=15 {
            watch.see(&black, Duration::from_secs(second), FROZEN, COVERED);
        }
        assert_eq!(watch.blindness(), Some(Blindness::Black));
        watch.begin_after_gap(Duration::from_secs(16));
        assert_eq!(watch.blindness(), Some(Blindness::Black));
        watch.begin_after_gap(Duration::from_secs(17));
        assert_eq!(watch.blindness(), None);
        assert_eq!(watch.see(&black, Duration::from_secs(18), FROZEN, COVERED), None);
    }
}
