//! A true-peak limiter: no peak exceeds its ceiling, not even between the samples.
//!
//! Peaks are measured at four times the sample rate with the interpolator of ITU-R BS.1770-4, Annex 2. The
//! gain falls during a look-ahead of 2 ms before a peak and recovers afterwards. Music below the ceiling
//! passes unchanged to the bit, delayed by the look-ahead and the interpolator.
//!
//! It is written here because no maintained crate with a true-peak limiter was found. kira has a compressor
//! only, without look-ahead, so peaks would pass it.

use kira::Frame;

/// Taps of one phase of the interpolator.
const TAPS: usize = 12;
/// The first two phases of BS.1770-4; the other two are these reversed.
const PHASES: [[f32; TAPS]; 2] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_422,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_812,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
];
/// The interpolator amplifies a sample by at most this factor.
const LARGEST_GAIN: f32 = 2.1;
/// Delay of the interpolator in frames.
const INTERPOLATION: usize = 6;
const LOOK_AHEAD_SECONDS: f32 = 0.002;
const RELEASE_SECONDS: f32 = 0.15;
/// Meters use other interpolators, so the limiter aims this factor below its ceiling.
const MARGIN: f32 = 0.955;

/// The limiter of one stereo signal. Runs in the audio callback; only [`Limiter::new`] allocates.
pub(in crate::mixer) struct Limiter {
    ceiling: f32,
    release: f32,
    /// The newest frames, oldest first, twice in a row so that a window is always one slice.
    history: [[f32; 2 * TAPS]; 2],
    newest: usize,
    /// Delayed frames, and the slot of the next.
    delay: Vec<Frame>,
    at: usize,
    lowest: SlidingMinimum,
    /// The gain before smoothing.
    gain: f32,
    /// Gains of the look-ahead, of which the mean is applied: a ring, the slot of the next, their sum, and how many
    /// are below 1.
    gains: Vec<f32>,
    gain_at: usize,
    sum: f64,
    reducing: usize,
}

impl Limiter {
    /// `ceiling` is an amplitude, `rate` frames per second.
    pub(in crate::mixer) fn new(ceiling: f32, rate: u32) -> Self {
        let ahead = ((rate as f32 * LOOK_AHEAD_SECONDS) as usize).max(8);
        Self {
            ceiling: ceiling * MARGIN,
            release: 1.0 - (-1.0 / (rate as f32 * RELEASE_SECONDS)).exp(),
            history: [[0.0; 2 * TAPS]; 2],
            newest: 0,
            delay: vec![Frame::ZERO; ahead + INTERPOLATION],
            at: 0,
            lowest: SlidingMinimum::new(ahead + 2),
            gain: 1.0,
            gains: vec![1.0; ahead],
            gain_at: 0,
            sum: ahead as f64,
            reducing: 0,
        }
    }

    /// Delay of the signal in frames.
    #[cfg(test)]
    fn latency(&self) -> usize {
        self.delay.len()
    }

    /// Takes a frame and returns the delayed, limited one.
    pub(in crate::mixer) fn process(&mut self, frame: Frame) -> Frame {
        let needed = self.ceiling / self.peak_around(frame).max(self.ceiling);
        let lowest = self.lowest.push(needed);
        self.gain = if lowest < self.gain { lowest } else { self.gain + (lowest - self.gain) * self.release };
        if self.gain > 0.999_999 && lowest >= 1.0 {
            self.gain = 1.0;
        }
        let smooth = self.smooth(self.gain);
        let out = std::mem::replace(&mut self.delay[self.at], frame);
        self.at = (self.at + 1) % self.delay.len();
        if smooth < 1.0 { out * smooth } else { out }
    }

    /// Mean of the gains of the look-ahead; exactly 1 if none is below 1.
    fn smooth(&mut self, gain: f32) -> f32 {
        let old = std::mem::replace(&mut self.gains[self.gain_at], gain);
        self.gain_at = (self.gain_at + 1) % self.gains.len();
        self.reducing = self.reducing + usize::from(gain < 1.0) - usize::from(old < 1.0);
        if self.reducing == 0 {
            self.sum = self.gains.len() as f64;
            return 1.0;
        }
        self.sum += f64::from(gain) - f64::from(old);
        (self.sum / self.gains.len() as f64) as f32
    }

    /// Takes a frame into the interpolator, and returns the largest amplitude around the middle of its window.
    fn peak_around(&mut self, frame: Frame) -> f32 {
        self.newest = if self.newest == 0 { TAPS - 1 } else { self.newest - 1 };
        let mut sample_peak = 0.0_f32;
        for (channel, sample) in [frame.left, frame.right].into_iter().enumerate() {
            self.history[channel][self.newest] = sample;
            self.history[channel][self.newest + TAPS] = sample;
            let window = &self.history[channel][self.newest..self.newest + TAPS];
            sample_peak = window.iter().fold(sample_peak, |peak, sample| peak.max(sample.abs()));
        }
        // Most music is too soft for a peak between its samples to reach the ceiling.
        if sample_peak * LARGEST_GAIN < self.ceiling {
            return sample_peak;
        }
        let mut peak = 0.0_f32;
        for history in &self.history {
            let window = &history[self.newest..self.newest + TAPS];
            peak = peak.max(window[INTERPOLATION - 1].abs()).max(window[INTERPOLATION].abs());
            for phase in &PHASES {
                let (mut forward, mut backward) = (0.0_f32, 0.0_f32);
                for (tap, sample) in window.iter().enumerate() {
                    forward += phase[tap] * sample;
                    backward += phase[TAPS - 1 - tap] * sample;
                }
                peak = peak.max(forward.abs()).max(backward.abs());
            }
        }
        peak
    }
}

/// The minimum of the last `window` values, in constant memory and amortised constant time.
struct SlidingMinimum {
    window: u64,
    /// Candidates for the minimum in ascending order, each with its number; a ring.
    waiting: Vec<(u64, f32)>,
    first: usize,
    count: usize,
    number: u64,
}

impl SlidingMinimum {
    fn new(window: usize) -> Self {
        Self { window: window as u64, waiting: vec![(0, 1.0); window + 1], first: 0, count: 0, number: 0 }
    }

    fn push(&mut self, value: f32) -> f32 {
        let size = self.waiting.len();
        while self.count > 0 && self.waiting[(self.first + self.count - 1) % size].1 >= value {
            self.count -= 1;
        }
        self.waiting[(self.first + self.count) % size] = (self.number, value);
        self.count += 1;
        if self.waiting[self.first].0 + self.window <= self.number {
            self.first = (self.first + 1) % size;
            self.count -= 1;
        }
        self.number += 1;
        self.waiting[self.first].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebur128::{EbuR128, Mode};
    use proptest::prelude::*;
    use rand::{SeedableRng as _, rngs::StdRng};

    const CEILING: f32 = 0.891_25;

    fn true_peak_db(frames: &[Frame], rate: u32) -> f64 {
        let mut meter = EbuR128::new(2, rate, Mode::TRUE_PEAK).expect("a meter");
        let samples: Vec<f32> = frames.iter().flat_map(|frame| [frame.left, frame.right]).collect();
        meter.add_frames_f32(&samples).expect("measured");
        let peak = meter.true_peak(0).expect("there").max(meter.true_peak(1).expect("there"));
        20.0 * peak.log10()
    }

    fn limited(rate: u32, frames: impl Iterator<Item = Frame>) -> Vec<Frame> {
        let mut limiter = Limiter::new(CEILING, rate);
        frames.map(|frame| limiter.process(frame)).collect()
    }

    #[test]
    fn quiet_music_passes_bit_by_bit() {
        let mut random = StdRng::seed_from_u64(7);
        let music: Vec<Frame> =
            (0..20_000).map(|_| Frame::from_mono(random.random_range(-0.4..0.4))).collect();
        let mut limiter = Limiter::new(CEILING, 48_000);
        let late = limiter.latency();
        let heard: Vec<Frame> = music.iter().map(|frame| limiter.process(*frame)).collect();
        assert_eq!(&heard[late..], &music[..music.len() - late]);
    }

    #[test]
    fn peaks_between_the_samples_are_found() {
        // A quarter of the rate at 45 degrees: samples at 0.707 of a wave that reaches 1.2.
        for rate in [44_100, 48_000, 96_000] {
            let wave = (0..rate as usize).map(|i| {
                let turn = std::f32::consts::FRAC_PI_2 * i as f32 + std::f32::consts::FRAC_PI_4;
                Frame::from_mono(1.2 * turn.sin())
            });
            let peak = true_peak_db(&limited(rate, wave), rate);
            assert!((-2.0..=-1.0).contains(&peak), "{rate}: {peak} dBTP");
        }
    }

    #[test]
    fn after_a_peak_the_music_is_as_loud_as_before() {
        let tone = |i: usize| 0.5 * (i as f32 * 0.05).sin();
        let wave = (0..96_000).map(|i| Frame::from_mono(if i == 10_000 { 4.0 } else { tone(i) }));
        let heard = limited(48_000, wave);
        let loudest = |range: std::ops::Range<usize>| {
            heard[range].iter().map(|frame| frame.left.abs()).fold(0.0, f32::max)
        };
        assert!(loudest(9_000..9_900) > 0.499);
        assert!(loudest(10_200..11_000) < 0.3, "just after the peak it is quiet");
        assert!(loudest(90_000..96_000) > 0.498);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_true_peak_is_above_the_ceiling(seed in any::<u64>(), loudness in 0.5_f32..6.0) {
            let mut random = StdRng::seed_from_u64(seed);
            let (mut level, mut left, mut right) = (1.0_f32, 0.0_f32, 0.0_f32);
            let colour = random.random_range(0.05..1.0_f32);
            let wave = (0..30_000).map(|_| {
                if random.random_range(0..400) == 0 {
                    level = random.random_range(0.0..loudness);
                }
                left += (random.random_range(-level..=level) - left) * colour;
                right += (random.random_range(-level..=level) - right) * colour;
                Frame::new(left, right)
            });
            let wave: Vec<Frame> = wave.collect();
            let peak = true_peak_db(&limited(48_000, wave.into_iter()), 48_000);
            prop_assert!(peak <= -1.0, "{peak} dBTP");
        }
    }
}
