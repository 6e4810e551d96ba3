//! Total power in fades of every length, at both usual rates of an output, with decks of different
//! rates, also when a fade is interrupted by another: on tones, on periodic noise and on white noise.
//!
//! A power that is measured over a stretch of random noise has an error of its own. Periodic noise is a
//! sum of partials of random phase, all multiples of 20 Hz, so its power is exact in every stretch of
//! 50 ms: it is noise to the ear and tells every length of fade. Its partials lie below 4 kHz, where the
//! decks of another rate leave it as it is. White noise fills the whole spectrum, so only decks at the
//! rate of the output can play it unchanged; its stretches are long enough that the error of the
//! measurement (one standard deviation: 0.11 dB in 50 ms, 0.05 dB in a quarter of a second) stays well
//! within half a decibel also where it is largest.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use attune::mixer::{OfflineMixer, pick_of};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::fades::{left, settings, write};
use super::test_rig::{power, steepest};

/// Lengths of fades in seconds.
const LENGTHS: [f32; 7] = [0.05, 0.2, 1.0, 2.0, 5.0, 12.0, 30.0];
const OUTPUTS: [u32; 2] = [44_100, 48_000];
/// Mean square of every material.
const POWER: f64 = 0.02;

/// Something to be faded, for any rate.
#[derive(Clone)]
struct Material {
    /// Frequency in hertz and phase of partials of the same amplitude; none for white noise.
    partials: Vec<(f64, f64)>,
    seed: u64,
}

impl Material {
    fn samples(&self, rate: u32, seconds: f64) -> Vec<f64> {
        let frames = (seconds * f64::from(rate)) as usize;
        if self.partials.is_empty() {
            let mut random = StdRng::seed_from_u64(self.seed);
            let most = (3.0 * POWER).sqrt();
            return (0..frames).map(|_| random.random_range(-most..most)).collect();
        }
        // Whole partials of 20 Hz repeat after 50 ms.
        let amplitude = (2.0 * POWER / self.partials.len() as f64).sqrt();
        let sample = |n: u32| {
            let time = f64::from(n) / f64::from(rate);
            let wave = |(hertz, phase): &(f64, f64)| (TAU * hertz * time + phase).sin();
            amplitude * self.partials.iter().map(wave).sum::<f64>()
        };
        let period: Vec<f64> = (0..rate / 20).map(sample).collect();
        period.into_iter().cycle().take(frames).collect()
    }

    fn file(&self, folder: &Path, name: usize, rate: u32, seconds: f64) -> PathBuf {
        let file = folder.join(format!("{name}-{rate}.wav"));
        write(&file, rate, self.samples(rate, seconds).into_iter())
    }

    /// The largest step from one sample to the next at a rate of the output.
    fn steepest(&self, rate: u32) -> f64 {
        steepest(&self.samples(rate, 2.0))
    }
}

/// Three materials that share no frequency.
fn tones() -> [Material; 3] {
    [400.0, 600.0, 1_000.0].map(|hertz| Material { partials: vec![(hertz, 0.0)], seed: 0 })
}

fn periodic_noise() -> [Material; 3] {
    [0, 1, 2].map(|n: u64| {
        let mut random = StdRng::seed_from_u64(n);
        let hertz = (5 + n as u32..200).step_by(3).map(|partial| 20.0 * f64::from(partial));
        Material { partials: hertz.map(|hertz| (hertz, random.random_range(0.0..TAU))).collect(), seed: n }
    })
}

fn white_noise() -> [Material; 3] {
    [0, 1, 2].map(|seed| Material { partials: Vec::new(), seed })
}

/// Fades from the first to the second, and somewhere in that fade to the third. Gives how far the power of
/// any stretch of `stretch` seconds strays from what it should be, in decibels; the largest step must
/// be one that the materials can make together.
fn strays(materials: &[Material; 3], rates: [u32; 3], seconds: f32, output: u32, stretch: f64) -> f64 {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut files = (0..).zip(materials).zip(rates);
    let files = [(); 3].map(|()| {
        let ((name, material), rate) = files.next().expect("three");
        // So long that no track is near its end when the next is asked for.
        material.file(dir.path(), name, rate, 2.0 * f64::from(seconds) + 15.0)
    });
    let mut random = StdRng::seed_from_u64(u64::from(output) + (seconds * 1e3) as u64);
    let mut mixer = OfflineMixer::new(&settings(seconds), output).expect("a graph");
    mixer.play(pick_of(files[0].clone()));
    mixer.seconds(1.0);
    mixer.play(pick_of(files[1].clone()));
    let length = f64::from(seconds);
    let mut heard = left(&mut mixer, length * random.random_range(0.2..0.8));
    mixer.play(pick_of(files[2].clone()));
    heard.extend(left(&mut mixer, length + 0.5));
    assert_eq!((mixer.crossfades(), mixer.crossfade()), (2, None));
    assert!(mixer.problems().is_empty(), "{:?}", mixer.problems());
    // Gains whose squares sum to one: the steps of unlike materials add up like their powers.
    let most = materials.iter().map(|material| material.steepest(output).powi(2)).sum::<f64>().sqrt();
    assert!(steepest(&heard) <= most + 2e-4, "{seconds} s at {output}: a step of {}", steepest(&heard));
    let frames = (stretch * f64::from(output)) as usize;
    let far = |stretch: &[f64]| (10.0 * (power(stretch) / POWER).log10()).abs();
    heard.windows(frames).step_by(frames / 5).map(far).fold(0.0, f64::max)
}

#[test]
fn total_power_of_tones_stays_the_same_in_fades_of_every_length_also_when_interrupted() {
    for output in OUTPUTS {
        for seconds in LENGTHS {
            let worst = strays(&tones(), [48_000, 44_100, 96_000], seconds, output, 0.05);
            eprintln!("tones, {seconds} s at {output} Hz: {worst:.3} dB");
            assert!(worst <= 0.25, "{seconds} s at {output}: total power strays by {worst} dB");
        }
    }
}

#[test]
fn total_power_of_periodic_noise_stays_the_same_with_decks_of_different_rates() {
    for output in OUTPUTS {
        for seconds in LENGTHS {
            let worst = strays(&periodic_noise(), [44_100, 48_000, 96_000], seconds, output, 0.05);
            eprintln!("periodic noise, {seconds} s at {output} Hz: {worst:.3} dB");
            assert!(worst <= 0.5, "{seconds} s at {output}: total power strays by {worst} dB");
        }
    }
}

#[test]
fn total_power_of_white_noise_stays_the_same_in_fades_of_every_length_also_when_interrupted() {
    for output in OUTPUTS {
        for seconds in LENGTHS {
            let stretch = if seconds < 1.0 { 0.05 } else { 0.25 };
            let worst = strays(&white_noise(), [output; 3], seconds, output, stretch);
            eprintln!("white noise, {seconds} s at {output} Hz: {worst:.3} dB in {stretch} s");
            assert!(worst <= 0.5, "{seconds} s at {output}: total power strays by {worst} dB");
        }
    }
}

#[test]
fn a_hole_in_the_middle_of_a_fade_would_be_found_at_every_length() {
    // What these ears hear of a fade that is even in decibels, as a check on them.
    let [first, second, _] = periodic_noise();
    let (first, second) = (first.samples(48_000, 1.0), second.samples(48_000, 1.0));
    let fade = 0.05 * 48_000.0;
    let mixed: Vec<f64> = (0..48_000)
        .map(|n| {
            let done = ((f64::from(n) - 24_000.0) / fade).clamp(0.0, 1.0);
            let gain = |share: f64| if share <= 0.0 { 0.0 } else { 10_f64.powf(-3.0 * (1.0 - share)) };
            first[n as usize] * gain(1.0 - done) + second[n as usize] * gain(done)
        })
        .collect();
    let frames = 2_400;
    let far = |stretch: &[f64]| (10.0 * (power(stretch) / POWER).log10()).abs();
    let worst = mixed.windows(frames).step_by(frames / 5).map(far).fold(0.0, f64::max);
    assert!(worst > 3.0, "{worst} dB");
}
