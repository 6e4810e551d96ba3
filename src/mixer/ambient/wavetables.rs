//! Wavetables of the pad: one period of a soft wave, from dull to bright.
//!
//! Tables are used instead of a filter because a filter changes the loudness with its cutoff. All tables have the
//! same power.

use std::f32::consts::TAU;

/// Bits of the index of a sample in a period.
const BITS: u32 = 11;
const SIZE: usize = 1 << BITS;
/// Number of timbres, from almost a sine to a reed.
const LEVELS: usize = 11;
/// Harmonics of the brightest timbre.
const HARMONICS: usize = 24;
/// Cutoff of the dullest timbre, as a multiple of the fundamental, and the ratio of neighbouring cutoffs.
const LOWEST_CUT: f32 = 1.1;
const STEP: f32 = 1.32;

/// One period of each timbre, all of equal power.
pub(super) struct Wavetables(Vec<[f32; SIZE + 1]>);

/// A mix of two neighbouring timbres.
#[derive(Clone, Copy)]
pub(super) struct Timbre<'a> {
    dull: &'a [f32; SIZE + 1],
    bright: &'a [f32; SIZE + 1],
    share: f32,
}

impl Wavetables {
    pub(super) fn new() -> Self {
        Self((0..LEVELS).map(|level| period(LOWEST_CUT * STEP.powf(level as f32))).collect())
    }

    /// The timbre of a note whose cutoff is `harmonics` times its frequency.
    pub(super) fn cut_at(&self, harmonics: f32) -> Timbre<'_> {
        let level = ((harmonics.max(0.01) / LOWEST_CUT).ln() / STEP.ln()).clamp(0.0, (LEVELS - 1) as f32);
        let below = (level as usize).min(LEVELS - 2);
        Timbre { dull: &self.0[below], bright: &self.0[below + 1], share: level - below as f32 }
    }
}

impl Timbre<'_> {
    /// The wave at a phase; the range of `u32` is one period.
    pub(super) fn at(self, phase: u32) -> f32 {
        const REST: u32 = 32 - BITS;
        let index = (phase >> REST) as usize;
        let fraction = (phase & ((1 << REST) - 1)) as f32 / (1_u32 << REST) as f32;
        let dull = self.dull[index] + (self.dull[index + 1] - self.dull[index]) * fraction;
        let bright = self.bright[index] + (self.bright[index + 1] - self.bright[index]) * fraction;
        dull + (bright - dull) * self.share
    }
}

/// A wave whose harmonics fall off above `cut`, with a mean square of 1.
fn period(cut: f32) -> [f32; SIZE + 1] {
    let strength = |harmonic: usize| {
        let n = harmonic as f32;
        // Weaker even harmonics sound warm; the roll-off is 18 dB an octave.
        let warm = if harmonic.is_multiple_of(2) { 0.6 } else { 1.0 };
        warm / n / (1.0 + (n / cut).powi(3))
    };
    let power: f32 = (1..=HARMONICS).map(|harmonic| strength(harmonic).powi(2) / 2.0).sum();
    let gain = 1.0 / power.sqrt();
    let mut table = [0.0; SIZE + 1];
    for (n, sample) in table.iter_mut().enumerate() {
        let turn = TAU * n as f32 / SIZE as f32;
        // Spread phases lower the crest factor.
        *sample = (1..=HARMONICS)
            .map(|harmonic| {
                let h = harmonic as f32;
                gain * strength(harmonic) * (turn * h + 0.7 * h * h).sin()
            })
            .sum();
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(harmonics: f32) -> Vec<f32> {
        let tables = Wavetables::new();
        let timbre = tables.cut_at(harmonics);
        (0..4_096_u32).map(|n| timbre.at(n << 20)).collect()
    }

    #[test]
    fn all_timbres_are_equally_loud_and_close_their_period() {
        for tenth in 5..200 {
            let wave = wave(tenth as f32 / 10.0);
            let power: f32 = wave.iter().map(|sample| sample * sample).sum::<f32>() / wave.len() as f32;
            assert!((power - 1.0).abs() < 0.05, "{tenth}: {power}");
            assert!((wave[0] - wave[4_095]).abs() < 0.05);
        }
    }

    #[test]
    fn a_higher_cut_is_brighter() {
        // Mean square of the slope stands for the mean square frequency.
        let slope =
            |harmonics: f32| wave(harmonics).windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f32>();
        let slopes: Vec<f32> = (2..12).map(|n| slope(n as f32)).collect();
        assert!(slopes.windows(2).all(|pair| pair[1] > pair[0]), "{slopes:?}");
    }
}
