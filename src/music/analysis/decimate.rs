//! Stereo to mono at about half the usual rate: all that rhythm and harmony need.

use std::f32::consts::PI;

/// Rates from here up are halved until they are below twice this.
const AIM: u32 = 20_000;
/// Taps of the filter on each side, for each frame that is left out.
const REACH: usize = 8;

/// Mixes to mono, filters and keeps every n-th frame.
pub(super) struct MonoDecimator {
    factor: usize,
    taps: Vec<f32>,
    /// Mono frames that the filter still needs.
    held: Vec<f32>,
    /// Index in `held` of the next frame to keep.
    next: usize,
}

impl MonoDecimator {
    /// For a source of this rate in Hz.
    pub(super) fn new(rate: u32) -> Self {
        let factor = (rate / AIM).max(1) as usize;
        let taps = low_pass(factor);
        let next = taps.len() / 2;
        Self { factor, held: vec![0.0; next], taps, next }
    }

    /// The rate that comes out, in Hz.
    pub(super) fn rate(&self, of: u32) -> f32 {
        of as f32 / self.factor as f32
    }

    /// Appends what comes out of these interleaved stereo samples to `out`.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.held.extend(samples.chunks_exact(2).map(|frame| (frame[0] + frame[1]) * 0.5));
        let half = self.taps.len() / 2;
        while self.next + half < self.held.len() {
            let window = &self.held[self.next - half..=self.next + half];
            out.push(window.iter().zip(&self.taps).map(|(sample, tap)| sample * tap).sum());
            self.next += self.factor;
        }
        let done = self.next - half;
        if done > 0 {
            self.held.drain(..done.min(self.held.len()));
            self.next -= done;
        }
    }
}

/// A windowed sinc (Hann) that passes what lies below the new rate's half.
fn low_pass(factor: usize) -> Vec<f32> {
    if factor == 1 {
        return vec![1.0];
    }
    let half = i32::try_from(REACH * factor).unwrap_or(i32::MAX / 2);
    let cut = 0.92 / factor as f32;
    let taps: Vec<f32> = (-half..=half)
        .map(|n| {
            let x = n as f32;
            let sinc = if n == 0 { cut } else { (PI * cut * x).sin() / (PI * x) };
            sinc * (0.5 + 0.5 * (PI * x / (half + 1) as f32).cos())
        })
        .collect();
    let sum: f32 = taps.iter().sum();
    taps.iter().map(|tap| tap / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, rate: u32, seconds: f32) -> Vec<f32> {
        (0..(seconds * rate as f32) as u32)
            .flat_map(|n| [(2.0 * PI * hz * n as f32 / rate as f32).sin(); 2])
            .collect()
    }

    fn reduced(hz: f32, rate: u32, piece: usize) -> Vec<f32> {
        let mut reducer = MonoDecimator::new(rate);
        let mut out = Vec::new();
        for samples in tone(hz, rate, 1.0).chunks(2 * piece) {
            reducer.push(samples, &mut out);
        }
        out
    }

    #[test]
    fn what_is_low_passes_and_what_would_fold_back_does_not() {
        let rms = |hz| {
            let out = reduced(hz, 44_100, 1_152);
            (out.iter().map(|x| x * x).sum::<f32>() / out.len() as f32).sqrt()
        };
        assert!((rms(440.0) - 0.707).abs() < 0.01, "{}", rms(440.0));
        assert!(rms(15_000.0) < 0.01, "{}", rms(15_000.0));
    }

    #[test]
    fn the_size_of_the_packets_makes_no_difference() {
        assert_eq!(reduced(440.0, 48_000, 100), reduced(440.0, 48_000, 4_096));
        assert_eq!(reduced(440.0, 48_000, 100).len(), 24_000 - REACH);
        assert_eq!(reduced(440.0, 16_000, 999).len(), 16_000);
    }
}
