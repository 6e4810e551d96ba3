//! What the pictures hear: loudness, eight bands and the beat, from the tapped frames.

use std::sync::Arc;

use kira::Frame;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::SoundLevels;

/// Frames under the Hann window: 43 ms at 48 kHz.
const WINDOW: usize = 2_048;
const BANDS: usize = 8;
const LOWEST_HZ: f32 = 40.0;
const HIGHEST_HZ: f32 = 16_000.0;
/// The quietest level that shows, in dBFS.
const FLOOR_DB: f32 = -60.0;
/// The bands that carry the beat.
const LOW_BANDS: usize = 2;

/// Keeps the last window of sound and measures it.
pub(super) struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    /// Mean of the two channels, oldest first.
    recent: Vec<f32>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Spectrum {
    pub(super) fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let turn = std::f32::consts::TAU / WINDOW as f32;
        Self {
            hann: (0..WINDOW).map(|i| 0.5 - 0.5 * (i as f32 * turn).cos()).collect(),
            recent: vec![0.0; WINDOW],
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
        }
    }

    /// Measures after new frames at `rate` frames per second. `before` is the last measurement.
    pub(super) fn measure(&mut self, new: &[Frame], rate: u32, before: &SoundLevels) -> SoundLevels {
        if new.is_empty() {
            return SoundLevels { onset: 0.0, ..*before };
        }
        let samples = || new.iter().flat_map(|frame| [frame.left, frame.right]);
        let square: f32 = samples().map(|sample| sample * sample).sum();
        let peak = samples().map(f32::abs).fold(0.0, f32::max);
        self.remember(new);
        let bands = self.bands(rate);
        let low = |bands: &[f32; BANDS]| bands[..LOW_BANDS].iter().sum::<f32>() / LOW_BANDS as f32;
        SoundLevels {
            rms: (square / (2 * new.len()) as f32).sqrt(),
            peak,
            bands,
            onset: (low(&bands) - low(&before.bands)).clamp(0.0, 1.0),
        }
    }

    fn remember(&mut self, new: &[Frame]) {
        let newest = &new[new.len().saturating_sub(WINDOW)..];
        self.recent.drain(..newest.len());
        self.recent.extend(newest.iter().map(|frame| f32::midpoint(frame.left, frame.right)));
    }

    fn bands(&mut self, rate: u32) -> [f32; BANDS] {
        for ((out, sample), weight) in self.input.iter_mut().zip(&self.recent).zip(&self.hann) {
            *out = sample * weight;
        }
        // The buffers come from the plan itself, so their lengths fit.
        if self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch).is_err() {
            return [0.0; BANDS];
        }
        let mut powers = [0.0_f32; BANDS];
        let bin_hz = rate as f32 / WINDOW as f32;
        for (bin, value) in self.output.iter().enumerate() {
            if let Some(band) = band_of(bin as f32 * bin_hz) {
                powers[band] += value.norm_sqr();
            }
        }
        // A sine at full scale puts WINDOW² · 3/32 into its bins under a Hann window: that is 0 dBFS.
        let full = (WINDOW * WINDOW) as f32 * 3.0 / 32.0;
        powers.map(|power| {
            let db = 10.0 * (power / full).max(1e-12).log10();
            (1.0 - db / FLOOR_DB).clamp(0.0, 1.0)
        })
    }
}

/// The band that a frequency falls into, evenly spaced in octaves.
fn band_of(hz: f32) -> Option<usize> {
    if !(LOWEST_HZ..HIGHEST_HZ).contains(&hz) {
        return None;
    }
    let position = (hz / LOWEST_HZ).log2() / (HIGHEST_HZ / LOWEST_HZ).log2();
    Some(((position * BANDS as f32) as usize).min(BANDS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, amplitude: f32, frames: usize) -> Vec<Frame> {
        (0..frames)
            .map(|i| Frame::from_mono(amplitude * (std::f32::consts::TAU * hz * i as f32 / 48_000.0).sin()))
            .collect()
    }

    #[test]
    fn a_tone_at_full_scale_fills_its_band_and_no_other() {
        for hz in [60.0_f32, 250.0, 1_000.0, 4_000.0, 12_000.0] {
            let levels = Spectrum::new().measure(&tone(hz, 1.0, WINDOW), 48_000, &SoundLevels::default());
            let band = band_of(hz).expect("audible");
            assert!((levels.bands[band] - 1.0).abs() < 0.02, "{hz} Hz: {:?}", levels.bands);
            for (other, level) in levels.bands.iter().enumerate() {
                if other.abs_diff(band) > 1 {
                    assert!(*level < 0.4, "{hz} Hz leaks into {other}: {:?}", levels.bands);
                }
            }
        }
    }

    #[test]
    fn rms_and_peak_are_those_of_the_new_frames() {
        let levels = Spectrum::new().measure(&tone(1_000.0, 0.5, 4_800), 48_000, &SoundLevels::default());
        assert!((levels.rms - 0.5 / 2.0_f32.sqrt()).abs() < 1e-3, "{}", levels.rms);
        assert!((levels.peak - 0.5).abs() < 1e-3, "{}", levels.peak);
    }

    #[test]
    fn a_bass_note_after_silence_is_an_onset_and_a_held_one_is_not() {
        let mut spectrum = Spectrum::new();
        let silence = spectrum.measure(&tone(80.0, 0.0, WINDOW), 48_000, &SoundLevels::default());
        let note = tone(80.0, 0.8, 2 * WINDOW);
        let struck = spectrum.measure(&note[..WINDOW], 48_000, &silence);
        let held = spectrum.measure(&note[WINDOW..], 48_000, &struck);
        assert!(struck.onset > 0.3, "{}", struck.onset);
        assert!(held.onset < 0.05, "{}", held.onset);
    }
}
