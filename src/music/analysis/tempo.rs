//! Tempo, metre and the grid of beats, from the onset function of a whole track.
//!
//! A pulse shows at its own rate and at its divisions in a Fourier tempogram, and at its own period and its
//! multiples in the autocorrelation; their product is strong at the pulse alone (Peeters 2007, "Template-based
//! estimation of time-varying tempo"). A log-normal prior prefers tempi that people tap to (Parncutt 1994,
//! `McKinney` & Moelants 2006). The beat of the whole track, phase and all, is then the peak of one long spectrum.

use std::f32::consts::TAU;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

use crate::music::theory::PREFERRED_BPM;

/// Tempi that are looked for, in beats per minute.
const SLOWEST: f32 = 40.0;
const FASTEST: f32 = 230.0;
/// From one candidate to the next.
const STEP: f32 = 1.01;
/// How wide the preference for [`PREFERRED_BPM`] is, in octaves.
const WIDTH: f32 = 0.7;
/// Largest deviation of a window from the tempo of the whole track, in steps.
const NEAR: usize = 4;
/// Seconds of a window of the tempogram; they overlap by half.
const WINDOW: f32 = 12.0;
/// Length of the mean that is subtracted from the onset function, in seconds.
const LOCAL: f32 = 0.7;
/// Candidate metres in beats per bar, with their prior weights.
const METRES: [(u8, f32); 6] = [(2, 0.94), (3, 0.97), (4, 1.0), (5, 0.94), (6, 0.94), (7, 0.94)];

/// A pulse that runs through a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PulseEstimate {
    pub(super) bpm: f32,
    /// A downbeat, in seconds, as the frames count them.
    pub(super) first: f32,
    pub(super) metre: u8,
    /// How far the pulse stands out of the rest, 0..=1.
    pub(super) clarity: f32,
    /// How well one steady grid fits the whole track, 0..=1.
    pub(super) steadiness: f32,
}

/// Finds the pulse of an onset function with `rate` frames in a second; `None` for what has no rhythm.
pub(super) fn pulse(onsets: &[f32], bass: &[f32], rate: f32) -> Option<PulseEstimate> {
    let accents = stand_out(onsets, rate);
    let energy = accents.iter().map(|x| x * x).sum::<f32>();
    if accents.len() < (4.0 * rate) as usize || energy <= f32::EPSILON {
        return None;
    }
    let tempogram = Tempogram::of(&accents, rate);
    let (bpm, clarity) = tempogram.best()?;
    let (bpm, phase, share) = fit_grid(&accents, rate, bpm)?;
    let period = 60.0 / bpm;
    let first = (phase / TAU).rem_euclid(1.0) * period;
    let steadiness = (share / tempogram.coherence(bpm).max(f32::EPSILON)).clamp(0.0, 1.0);
    let beats = Beats::of(&accents, &stand_out(bass, rate), rate, bpm, first);
    let (metre, downbeat) = beats.metre();
    Some(PulseEstimate { bpm, first: first + downbeat as f32 * period, metre, clarity, steadiness })
}

/// What is above the mean around it.
fn stand_out(onsets: &[f32], rate: f32) -> Vec<f32> {
    let half = ((LOCAL * rate / 2.0) as usize).max(1);
    let mut sums = Vec::with_capacity(onsets.len() + 1);
    sums.push(0.0_f64);
    for onset in onsets {
        sums.push(sums[sums.len() - 1] + f64::from(*onset));
    }
    onsets
        .iter()
        .enumerate()
        .map(|(at, onset)| {
            let (from, to) = (at.saturating_sub(half), (at + half + 1).min(onsets.len()));
            let mean = (sums[to] - sums[from]) / (to - from) as f64;
            (onset - mean as f32).max(0.0)
        })
        .collect()
}

/// How strong each tempo is, mean over windows of a track.
struct Tempogram {
    tempi: Vec<f32>,
    /// Amplitude at the rate of each tempo, as a share of what a row of clicks would have.
    spectrum: Vec<f32>,
    /// Autocorrelation at the period of each tempo, −1..=1.
    repeats: Vec<f32>,
    /// The same spectrum of each window with the weight of the window.
    windows: Vec<(f32, Vec<f32>)>,
}

impl Tempogram {
    fn of(accents: &[f32], rate: f32) -> Self {
        let count = ((FASTEST / SLOWEST).ln() / STEP.ln()) as usize;
        let tempi: Vec<f32> = (0..=count).map(|n| SLOWEST * STEP.powf(n as f32)).collect();
        let (mut spectrum, mut repeats) = (vec![0.0; tempi.len()], vec![0.0; tempi.len()]);
        let length = ((WINDOW * rate) as usize).min(accents.len());
        let mut window = Window::new(length);
        let mut windows = Vec::new();
        let mut weights = 0.0;
        let mut from = 0;
        while from + length <= accents.len() {
            let piece = &accents[from..from + length];
            // A loud chorus counts more than a quiet bridge, but does not dominate.
            let weight = piece.iter().map(|x| x * x).sum::<f32>().sqrt();
            if weight > 0.0 {
                window.take(piece);
                let own: Vec<f32> = tempi.iter().map(|tempo| window.amplitude(tempo / 60.0 / rate)).collect();
                for (n, tempo) in tempi.iter().enumerate() {
                    spectrum[n] += weight * own[n];
                    repeats[n] += weight * window.repeat(60.0 / tempo * rate);
                }
                windows.push((weight, own));
                weights += weight;
            }
            from += length / 2;
        }
        for value in spectrum.iter_mut().chain(&mut repeats) {
            *value /= weights.max(f32::MIN_POSITIVE);
        }
        Self { tempi, spectrum, repeats, windows }
    }

    /// The best tempo and how clear it is.
    fn best(&self) -> Option<(f32, f32)> {
        let score = |n: usize| {
            let octaves = (self.tempi[n] / PREFERRED_BPM).log2() / WIDTH;
            self.spectrum[n].max(0.0) * self.repeats[n].max(0.0) * (-0.5 * octaves * octaves).exp()
        };
        let best = (0..self.tempi.len()).max_by(|a, b| score(*a).total_cmp(&score(*b)))?;
        (score(best) > 0.0).then(|| (self.tempi[best], self.repeats[best].clamp(0.0, 1.0)))
    }

    /// How strong the pulse would be if each window had a grid of its own near this tempo.
    fn coherence(&self, bpm: f32) -> f32 {
        let n = ((bpm / SLOWEST).ln() / STEP.ln()).round().max(0.0) as usize;
        let near = n.saturating_sub(NEAR)..(n + NEAR + 1).min(self.tempi.len());
        let (mut sum, mut weights) = (0.0, 0.0);
        for (weight, own) in &self.windows {
            sum += weight * own[near.clone()].iter().copied().fold(0.0, f32::max);
            weights += weight;
        }
        sum / f32::max(weights, f32::MIN_POSITIVE)
    }
}

/// Spectrum and autocorrelation of one window, with room for both.
struct Window {
    length: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
    padded: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    correlation: Vec<f32>,
    sum: f32,
}

impl Window {
    fn new(length: usize) -> Self {
        // Four times as long, so that the peaks between bins are seen.
        let padded = (4 * length).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let (forward, backward) = (planner.plan_fft_forward(padded), planner.plan_fft_inverse(padded));
        Self {
            length,
            padded: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            correlation: backward.make_output_vec(),
            forward,
            backward,
            sum: 0.0,
        }
    }

    fn take(&mut self, piece: &[f32]) {
        self.sum = piece.iter().sum();
        let mean = self.sum / self.length as f32;
        self.padded.fill(0.0);
        for (padded, value) in self.padded.iter_mut().zip(piece) {
            *padded = value - mean;
        }
        let done = self.forward.process(&mut self.padded, &mut self.spectrum);
        debug_assert!(done.is_ok(), "the buffers fit the plan");
        let mut powers: Vec<Complex<f32>> =
            self.spectrum.iter().map(|value| Complex::new(value.norm_sqr(), 0.0)).collect();
        let done = self.backward.process(&mut powers, &mut self.correlation);
        debug_assert!(done.is_ok(), "the buffers fit the plan");
    }

    /// Amplitude at a frequency in cycles per frame, as a share of the sum of all accents.
    fn amplitude(&self, frequency: f32) -> f32 {
        between(frequency * self.padded.len() as f32, |bin| self.spectrum[bin].norm()) / self.sum
    }

    /// Correlation with itself this many frames later; what overlaps less counts the same.
    fn repeat(&self, lag: f32) -> f32 {
        let overlap = 1.0 - lag / self.length as f32;
        between(lag, |at| self.correlation[at]) / (self.correlation[0] * overlap.max(0.2))
    }
}

fn between(at: f32, value: impl Fn(usize) -> f32) -> f32 {
    let (below, part) = (at.floor(), at.fract());
    value(below as usize) * (1.0 - part) + value(below as usize + 1) * part
}

/// The exact tempo near this one that fits the whole track best, the phase of its beats, and its share of all accents.
fn fit_grid(accents: &[f32], rate: f32, near: f32) -> Option<(f32, f32, f32)> {
    let sum: f32 = accents.iter().sum();
    let seconds = accents.len() as f32 / rate;
    // Fine enough for the beats to stay together from the first to the last.
    let step = (0.2 / seconds).min(0.02);
    let reach = (0.025 * near / 60.0 / step).ceil() as i32;
    let at = |n: i32| near / 60.0 + n as f32 * step;
    let (frequency, value) = (-reach..=reach)
        .map(|n| (at(n), turn(accents, at(n) / rate)))
        .max_by(|a, b| a.1.norm_sqr().total_cmp(&b.1.norm_sqr()))?;
    Some((frequency * 60.0, value.arg().rem_euclid(TAU), value.norm() / sum))
}

/// The sum of all accents, each turned by its place in the beat; the angle is where the beats are.
fn turn(accents: &[f32], frequency: f32) -> Complex<f32> {
    let step = f64::from(frequency) * std::f64::consts::TAU;
    let step = Complex::new(step.cos(), step.sin());
    let mut turned = Complex::new(1.0_f64, 0.0);
    let mut sum = Complex::new(0.0_f64, 0.0);
    for accent in accents {
        sum += turned * f64::from(*accent);
        turned *= step;
    }
    Complex::new(sum.re as f32, sum.im as f32)
}

/// How strong each beat is.
struct Beats(Vec<f32>);

impl Beats {
    fn of(accents: &[f32], bass: &[f32], rate: f32, bpm: f32, first: f32) -> Self {
        let period = 60.0 / bpm * rate;
        let reach = (period * 0.18).max(1.0) as usize;
        let peak = |of: &[f32], at: usize| {
            of[at.saturating_sub(reach)..(at + reach + 1).min(of.len())].iter().copied().fold(0.0, f32::max)
        };
        let mean = |of: &[f32]| (of.iter().sum::<f32>() / of.len() as f32).max(f32::MIN_POSITIVE);
        let (whole, low) = (mean(accents), mean(bass));
        let count = ((accents.len() as f32 - first * rate) / period) as usize;
        let strength = |n: usize| {
            let at = (first * rate + n as f32 * period).round() as usize;
            peak(accents, at) / whole + peak(bass, at) / low
        };
        Self((0..count).map(strength).collect())
    }

    /// Beats in a bar, and which of the first beats is a downbeat.
    ///
    /// The metre is the distance at which the strengths repeat; of multiples the shortest that explains as much.
    fn metre(&self) -> (u8, usize) {
        let beats = &self.0;
        if beats.len() < 16 {
            return (4, 0);
        }
        let mean = beats.iter().sum::<f32>() / beats.len() as f32;
        let variance: f32 = beats.iter().map(|beat| (beat - mean).powi(2)).sum();
        let repeat = |lag: usize| {
            let sum: f32 = beats.iter().zip(&beats[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum();
            sum / variance.max(f32::MIN_POSITIVE) * beats.len() as f32 / (beats.len() - lag) as f32
        };
        let score = |metre: u8, prior: f32| {
            let lag = usize::from(metre);
            // Twice the bar must repeat, too, and the beats within it must differ.
            let within = (1..lag).map(repeat).sum::<f32>() / (lag - 1) as f32;
            (0.5 * (repeat(lag) + repeat(2 * lag)) - 0.5 * within) * prior
        };
        let best = METRES.iter().max_by(|a, b| score(a.0, a.1).total_cmp(&score(b.0, b.1)));
        let metre = best.map_or(4, |(metre, _)| *metre);
        let bar = usize::from(metre);
        let strength = |from: usize| {
            let on: Vec<f32> = beats.iter().skip(from).step_by(bar).copied().collect();
            on.iter().sum::<f32>() / on.len() as f32
        };
        let downbeat = (0..bar).max_by(|a, b| strength(*a).total_cmp(&strength(*b))).unwrap_or(0);
        (metre, downbeat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 86.0;

    /// An onset function with a peak on each beat, the first of each bar stronger.
    fn clicks(bpm: f32, metre: usize, seconds: f32, from: f32) -> Vec<f32> {
        let mut onsets = vec![0.01; (seconds * RATE) as usize];
        let mut beat = 0;
        loop {
            let at = ((from + beat as f32 * 60.0 / bpm) * RATE).round() as usize;
            if at + 1 >= onsets.len() {
                return onsets;
            }
            let strength = if beat % metre == 0 { 1.0 } else { 0.6 };
            onsets[at] += strength;
            onsets[at + 1] += strength / 2.0;
            beat += 1;
        }
    }

    fn fold(found: f32, truth: f32) -> f32 {
        let octaves = (found / truth).log2();
        2_f32.powf(octaves - octaves.round()) - 1.0
    }

    #[test]
    fn tempo_metre_and_downbeat_of_plain_clicks_are_found() {
        for metre in 2..=7 {
            for bpm in [63.0, 90.0, 117.0, 148.0, 178.0] {
                let onsets = clicks(bpm, metre, 60.0, 1.3);
                let found = pulse(&onsets, &onsets, RATE).expect("there is a pulse");
                assert!(fold(found.bpm, bpm).abs() < 0.02, "{bpm} in {metre}: {found:?}");
                if (found.bpm - bpm).abs() < 1.0 {
                    let bar = metre as f32 * 60.0 / bpm;
                    let off = (found.first - 1.3).rem_euclid(bar);
                    assert!(off.min(bar - off) < 0.08, "{bpm} in {metre}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn silence_and_what_is_too_short_have_no_pulse() {
        assert_eq!(pulse(&[0.0; 4_000], &[0.0; 4_000], RATE), None);
        let short = clicks(120.0, 4, 3.0, 0.1);
        assert_eq!(pulse(&short, &short, RATE), None);
    }

    #[test]
    fn a_grid_that_wavers_is_less_steady() {
        let steady = clicks(100.0, 4, 60.0, 0.5);
        let mut wavering = clicks(100.0, 4, 30.0, 0.5);
        wavering.extend(clicks(104.0, 4, 30.0, 0.2));
        let steadiness = |onsets: &[f32]| pulse(onsets, onsets, RATE).expect("there is a pulse").steadiness;
        assert!(steadiness(&steady) > 0.9, "{}", steadiness(&steady));
        assert!(steadiness(&wavering) < 0.8, "{}", steadiness(&wavering));
    }
}
