//! Tracks with known truth, for tests and benches: clicks and chords at a tempo, in a metre and a key.

use std::f32::consts::TAU;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// What a synthesised track is made of.
#[derive(Debug, Clone, Copy)]
pub struct TestPiece {
    pub bpm: f32,
    /// Beats in a bar.
    pub metre: u32,
    /// 0 is C.
    pub tonic: u8,
    pub minor: bool,
    /// Which of the progressions of its mode.
    pub progression: usize,
    pub seconds: f32,
    pub seed: u64,
}

/// Progressions in steps of the scale (0 is the tonic) and whether the chord is minor; `2` is diminished as minor.
const MAJOR: [&[(u8, bool)]; 6] = [
    &[(0, false), (5, false), (7, false), (0, false)],
    &[(0, false), (7, false), (9, true), (5, false)],
    &[(0, false), (9, true), (5, false), (7, false)],
    &[(2, true), (7, false), (0, false), (0, false)],
    &[(0, false), (4, true), (5, false), (7, false)],
    &[(0, false), (5, false), (0, false), (7, false)],
];
const MINOR: [&[(u8, bool)]; 6] = [
    &[(0, true), (5, true), (7, false), (0, true)],
    &[(0, true), (8, false), (3, false), (10, false)],
    &[(0, true), (10, false), (8, false), (7, false)],
    &[(0, true), (5, true), (0, true), (7, true)],
    &[(0, true), (8, false), (5, true), (7, false)],
    &[(0, true), (3, false), (5, true), (7, false)],
];
pub const PROGRESSIONS: usize = 6;

/// Mono samples at `rate`. The first downbeat is at 0.5 s.
pub fn play(piece: &TestPiece, rate: u32) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(piece.seed);
    let mut out: Vec<f32> = (0..(piece.seconds * rate as f32) as usize)
        .map(|_| random.random_range(-1.0..1.0_f32) * 0.002)
        .collect();
    let hats = random.random_bool(0.5);
    let strum: f32 = random.random_range(0.4..1.0);
    let accent: f32 = random.random_range(1.3..2.0);
    let octave: i32 = random.random_range(0..2);
    let beat = 60.0 / piece.bpm;
    let mut n = 0_u32;
    loop {
        let late: f32 = random.random_range(-0.006..0.006);
        let at = 0.5 + n as f32 * beat + late;
        if at + beat > piece.seconds {
            return out;
        }
        let progression = if piece.minor { MINOR } else { MAJOR }[piece.progression];
        let (step, minor) = progression[(n / piece.metre) as usize % progression.len()];
        let root = i32::from(piece.tonic + step) % 12;
        let down = n.is_multiple_of(piece.metre);
        let loud = random.random_range(0.85..1.15) * if down { accent } else { 1.0 };
        click(&mut out, rate, at, 0.12 * loud, &mut random);
        if hats {
            click(&mut out, rate, at + beat / 2.0, 0.04, &mut random);
        }
        if down {
            note(&mut out, rate, at, beat * piece.metre as f32 * 0.95, 36 + root, 0.22);
        }
        // The chord again on each beat, softer between the downbeats.
        let length = if down { beat * piece.metre as f32 } else { beat } * 0.9;
        for third in [0, if minor { 3 } else { 4 }, 7] {
            note(
                &mut out,
                rate,
                at,
                length,
                48 + 12 * octave + root + third,
                0.08 * if down { 1.0 } else { strum },
            );
        }
        n += 1;
    }
}

/// A burst of noise that dies away at once.
fn click(out: &mut [f32], rate: u32, at: f32, loud: f32, random: &mut StdRng) {
    let from = (at * rate as f32) as usize;
    let length = (0.04 * rate as f32) as usize;
    for n in 0..length.min(out.len().saturating_sub(from)) {
        let fall = (-(n as f32) / (0.008 * rate as f32)).exp();
        out[from + n] += loud * fall * random.random_range(-1.0..1.0_f32);
    }
}

/// A plucked tone with a few partials; `midi` 69 is 440 Hz.
fn note(out: &mut [f32], rate: u32, at: f32, seconds: f32, midi: i32, loud: f32) {
    let hz = 440.0 * 2_f32.powf((midi - 69) as f32 / 12.0);
    let from = (at * rate as f32) as usize;
    let length = (seconds * rate as f32) as usize;
    for n in 0..length.min(out.len().saturating_sub(from)) {
        let t = n as f32 / rate as f32;
        let envelope = (t / 0.008).min(1.0) * (-1.5 * t).exp() * ((seconds - t) / 0.03).min(1.0);
        let wave: f32 =
            (1..=4).map(|partial| (TAU * hz * partial as f32 * t).sin() / (partial * partial) as f32).sum();
        out[from + n] += loud * envelope * wave;
    }
}
