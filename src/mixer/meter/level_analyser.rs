//! Measures level, octave bands, critical bands and onsets of the mix, a hundred times a second.

use std::sync::Arc;

use kira::Frame;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::beat_tracker::{ANALYSIS_RATE, BeatTracker};
use super::sound_levels::SoundLevels;

/// Frames under the Hann window: 43 ms at 48 kHz.
const WINDOW: usize = 2_048;
const BANDS: usize = 8;
const LOWEST_HZ: f32 = 40.0;
const HIGHEST_HZ: f32 = 16_000.0;
/// Upper edges of the 24 critical bands of hearing in hertz (Zwicker's Bark scale).
const BARK: [f32; 24] = [
    100.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1_080.0, 1_270.0, 1_480.0, 1_720.0, 2_000.0,
    2_320.0, 2_700.0, 3_150.0, 3_700.0, 4_400.0, 5_300.0, 6_400.0, 7_700.0, 9_500.0, 12_000.0, 15_500.0,
];
/// Lower limit of hearing in hertz.
const AUDIBLE_HZ: f32 = 20.0;
/// The level that is mapped to 0, in dBFS.
const FLOOR_DB: f32 = -60.0;
/// Number of octave bands in which bass and kick drum lie.
const LOW_BANDS: usize = 2;
/// An onset is a rise within this many analysis frames: 40 ms.
const RISE: usize = 4;
/// A mean rise of a third over all bands is a full onset.
const FLUX_WEIGHT: f32 = 3.0;

/// Levels of one analysis frame, each 0..=1.
#[derive(Debug, Clone, Copy, Default)]
struct AnalysisFrame {
    octaves: [f32; BANDS],
    bark: [f32; BARK.len()],
}

/// Measures the newest window of the mix.
pub(in crate::mixer) struct LevelAnalyser {
    rate: u32,
    fft: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    /// Octave band and critical band of each bin of the spectrum.
    bin_bands: Vec<(Option<usize>, Option<usize>)>,
    /// Mean of both channels, a ring, and the index of the oldest sample.
    recent: Vec<f32>,
    oldest: usize,
    /// Samples until the next analysis frame.
    until: usize,
    frames: [AnalysisFrame; RISE],
    newest: usize,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// The strongest onset since the last call of [`LevelAnalyser::measure`].
    onset: f32,
    beats: BeatTracker,
}

impl LevelAnalyser {
    pub(in crate::mixer) fn new(rate: u32) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let turn = std::f32::consts::TAU / WINDOW as f32;
        let bin_hz = rate as f32 / WINDOW as f32;
        Self {
            rate,
            hann: (0..WINDOW).map(|i| 0.5 - 0.5 * (i as f32 * turn).cos()).collect(),
            bin_bands: (0..=WINDOW / 2)
                .map(|bin| bin as f32 * bin_hz)
                .map(|hz| (octave(hz), bark(hz)))
                .collect(),
            recent: vec![0.0; WINDOW],
            oldest: 0,
            until: (rate / ANALYSIS_RATE) as usize,
            frames: [AnalysisFrame::default(); RISE],
            newest: 0,
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            onset: 0.0,
            beats: BeatTracker::new(),
        }
    }

    pub(in crate::mixer) fn rate(&self) -> u32 {
        self.rate
    }

    pub(in crate::mixer) fn beats(&self) -> &BeatTracker {
        &self.beats
    }

    /// Measures new frames. Without any, the levels of `before` hold.
    pub(in crate::mixer) fn measure(&mut self, new: &[Frame], before: &SoundLevels) -> SoundLevels {
        if new.is_empty() {
            return SoundLevels { onset: 0.0, ..*before };
        }
        let (mut square, mut peak) = (0.0_f32, 0.0_f32);
        for frame in new {
            square += frame.left.mul_add(frame.left, frame.right * frame.right);
            peak = peak.max(frame.left.abs()).max(frame.right.abs());
            self.hear(f32::midpoint(frame.left, frame.right));
        }
        let newest = self.frames[self.newest];
        SoundLevels {
            rms: (square / (2 * new.len()) as f32).sqrt(),
            peak,
            bands: newest.octaves,
            spectrum: newest.bark,
            onset: std::mem::take(&mut self.onset),
            beat: None,
        }
    }

    fn hear(&mut self, sample: f32) {
        self.recent[self.oldest] = sample;
        self.oldest = (self.oldest + 1) % WINDOW;
        self.until -= 1;
        if self.until == 0 {
            self.until = (self.rate / ANALYSIS_RATE).max(1) as usize;
            self.analyse();
        }
    }

    fn analyse(&mut self) {
        let frame = self.transform();
        let earlier = self.frames[(self.newest + 1) % RISE];
        self.newest = (self.newest + 1) % RISE;
        self.frames[self.newest] = frame;
        let rise = |now: &[f32], before: &[f32]| {
            now.iter().zip(before).map(|(now, before)| (now - before).max(0.0)).sum::<f32>()
                / now.len() as f32
        };
        let flux = rise(&frame.bark, &earlier.bark);
        let low = rise(&frame.octaves[..LOW_BANDS], &earlier.octaves[..LOW_BANDS]);
        self.beats.hear(flux + 0.5 * low);
        self.onset = self.onset.max(low.max(flux * FLUX_WEIGHT).clamp(0.0, 1.0));
    }

    fn transform(&mut self) -> AnalysisFrame {
        let (newer, older) = self.recent.split_at(self.oldest);
        let ordered = older.iter().chain(newer);
        for ((out, sample), weight) in self.input.iter_mut().zip(ordered).zip(&self.hann) {
            *out = sample * weight;
        }
        // The lengths fit: the plan itself made the buffers.
        if self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch).is_err() {
            return AnalysisFrame::default();
        }
        let mut frame = AnalysisFrame::default();
        for (value, (octave, bark)) in self.output.iter().zip(&self.bin_bands) {
            let power = value.norm_sqr();
            if let Some(octave) = octave {
                frame.octaves[*octave] += power;
            }
            if let Some(bark) = bark {
                frame.bark[*bark] += power;
            }
        }
        frame.octaves = frame.octaves.map(level);
        frame.bark = frame.bark.map(level);
        frame
    }
}

/// The power in some bins as a level, 0..=1 for −60..0 dBFS.
fn level(power: f32) -> f32 {
    // A sine at full scale puts WINDOW² · 3/32 into its bins under a Hann window: that is 0 dBFS.
    const FULL: f32 = (WINDOW * WINDOW) as f32 * 3.0 / 32.0;
    let db = 10.0 * (power / FULL).max(1e-12).log10();
    (1.0 - db / FLOOR_DB).clamp(0.0, 1.0)
}

/// The band that a frequency falls into, evenly spaced in octaves.
fn octave(hz: f32) -> Option<usize> {
    if !(LOWEST_HZ..HIGHEST_HZ).contains(&hz) {
        return None;
    }
    let position = (hz / LOWEST_HZ).log2() / (HIGHEST_HZ / LOWEST_HZ).log2();
    Some(((position * BANDS as f32) as usize).min(BANDS - 1))
}

/// The critical band that a frequency falls into.
fn bark(hz: f32) -> Option<usize> {
    if hz < AUDIBLE_HZ {
        return None;
    }
    BARK.iter().position(|edge| hz < *edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, amplitude: f32, frames: usize) -> Vec<Frame> {
        (0..frames)
            .map(|i| Frame::from_mono(amplitude * (std::f32::consts::TAU * hz * i as f32 / 48_000.0).sin()))
            .collect()
    }

    fn measure(frames: &[Frame]) -> SoundLevels {
        LevelAnalyser::new(48_000).measure(frames, &SoundLevels::default())
    }

    #[test]
    fn a_tone_at_full_scale_fills_its_band_and_no_other() {
        for hz in [60.0_f32, 250.0, 1_000.0, 4_000.0, 12_000.0] {
            let levels = measure(&tone(hz, 1.0, 2 * WINDOW));
            let band = octave(hz).expect("audible");
            assert!((levels.bands[band] - 1.0).abs() < 0.02, "{hz} Hz: {:?}", levels.bands);
            for (other, level) in levels.bands.iter().enumerate() {
                if other.abs_diff(band) > 1 {
                    assert!(*level < 0.4, "{hz} Hz leaks into {other}: {:?}", levels.bands);
                }
            }
        }
    }

    #[test]
    fn a_tone_in_the_middle_of_a_critical_band_is_loudest_there() {
        let mut lower = 20.0;
        for (band, upper) in BARK.into_iter().enumerate() {
            let levels = measure(&tone(f32::midpoint(lower, upper), 0.5, 2 * WINDOW));
            let loudest = levels.spectrum.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            assert_eq!(loudest.map(|(band, _)| band), Some(band), "{lower} to {upper} Hz");
            assert!((levels.spectrum[band] - 0.9).abs() < 0.03, "{levels:?}");
            lower = upper;
        }
    }

    #[test]
    fn rms_and_peak_are_those_of_the_new_frames() {
        let levels = measure(&tone(1_000.0, 0.5, 4_800));
        assert!((levels.rms - 0.5 / 2.0_f32.sqrt()).abs() < 1e-3, "{}", levels.rms);
        assert!((levels.peak - 0.5).abs() < 1e-3, "{}", levels.peak);
    }

    #[test]
    fn a_bass_note_after_silence_is_an_onset_and_a_held_one_is_not() {
        let mut analyser = LevelAnalyser::new(48_000);
        let silence = analyser.measure(&tone(80.0, 0.0, WINDOW), &SoundLevels::default());
        let note = tone(80.0, 0.8, 4 * WINDOW);
        let struck = analyser.measure(&note[..2 * WINDOW], &silence);
        let held = analyser.measure(&note[2 * WINDOW..], &struck);
        assert!(struck.onset > 0.3, "{}", struck.onset);
        assert!(held.onset < 0.05, "{}", held.onset);
    }

    #[test]
    fn what_is_measured_does_not_depend_on_the_frame_rate_of_the_pictures() {
        let music = tone(300.0, 0.5, 9_600);
        let mut slow = LevelAnalyser::new(48_000);
        let whole = slow.measure(&music, &SoundLevels::default());
        let mut quick = LevelAnalyser::new(48_000);
        let mut last = SoundLevels::default();
        for part in music.chunks(160) {
            last = quick.measure(part, &last);
        }
        assert_eq!((whole.bands, whole.spectrum), (last.bands, last.spectrum));
    }
}
