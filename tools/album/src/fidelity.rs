//! What the encoder's noise is to an ear: how far it lies below what the music itself masks, band by
//! band, after the noise-to-mask ratio of ITU-R BS.1387 (PEAQ), with its spreading and its offsets.

use crate::synth::dsp::{Frame, RATE};
use realfft::RealFftPlanner;

/// Frame of the analysis and its hop, samples.
const FRAME: usize = 2048;
const HOP: usize = 1024;
/// Width of a band in Bark.
const WIDTH: f32 = 0.5;
/// Sound pressure of a full-scale sine where music of −16 LUFS is played at a lively 75 dB SPL, dB.
const FULL_SCALE_SPL: f32 = 91.0;
/// A frame in which a band's noise passes its mask by this much is heard by somebody, dB.
const HEARD: f32 = 1.5;

/// What an ear makes of the difference between two recordings.
#[derive(Clone, Copy, Debug)]
pub struct Fidelity {
    /// Noise-to-mask ratio, mean over bands and frames, dB. Below −9 dB is called inaudible.
    pub nmr: f32,
    /// Share of frames in which some band's noise is above its mask by more than [`HEARD`].
    pub disturbed: f32,
    /// Signal to noise over everything, dB; it says little about hearing.
    pub snr: f32,
}

/// Critical-band rate of a frequency in Hz (Schroeder's, as in BS.1387), Bark.
fn bark(hz: f32) -> f32 {
    7.0 * (hz / 650.0).asinh()
}

/// Threshold in quiet (Terhardt 1979) at a frequency in Hz, dB SPL.
fn quiet(hz: f32) -> f32 {
    let khz = hz.max(20.0) / 1000.0;
    3.64 * khz.powf(-0.8) - 6.5 * (-0.6 * (khz - 3.3).powi(2)).exp() + 1e-3 * khz.powi(4)
}

/// The bands, and the tables of the mask.
struct Ear {
    /// Band of each bin.
    band: Vec<usize>,
    /// `spread[from][to]`: how much of a band's power excites another.
    spread: Vec<Vec<f32>>,
    /// How far below the excitation the mask lies, as a factor on power.
    offset: Vec<f32>,
    /// Power of the threshold in quiet.
    floor: Vec<f32>,
}

impl Ear {
    fn new() -> Self {
        let hz = |bin: usize| bin as f32 * RATE / FRAME as f32;
        let band: Vec<usize> = (0..=FRAME / 2).map(|bin| (bark(hz(bin)) / WIDTH) as usize).collect();
        let count = band[FRAME / 2] + 1;
        let power = |db: f32| 10f32.powf(db / 10.0);
        // Masking falls by 27 dB a Bark towards the low side, and by about 12 towards the high.
        let spread = (0..count)
            .map(|from| {
                (0..count)
                    .map(|to| {
                        let away = (to as f32 - from as f32) * WIDTH;
                        power(if away < 0.0 { 27.0 * away } else { -12.0 * away })
                    })
                    .collect()
            })
            .collect();
        let bark_of = |n: usize| (n as f32 + 0.5) * WIDTH;
        let offset = (0..count)
            .map(|n| power(if bark_of(n) <= 12.0 { -3.0 } else { -0.25 * bark_of(n) }))
            .collect();
        // A full-scale sine has this much power in the bins of its peak under the window.
        let full = (FRAME as f32 * 0.5 * 0.5).powi(2) * 1.5;
        let floor = (0..count)
            .map(|n| full * power(quiet(650.0 * (bark_of(n) / 7.0).sinh()) - FULL_SCALE_SPL))
            .collect();
        Self { band, spread, offset, floor }
    }

    fn bands(&self, powers: impl Iterator<Item = f32>) -> Vec<f32> {
        let mut out = vec![0.0; self.floor.len()];
        for (power, &band) in powers.zip(&self.band) {
            out[band] += power;
        }
        out
    }

    /// The most noise that the music of one frame hides, per band.
    fn mask(&self, music: &[f32]) -> Vec<f32> {
        (0..music.len())
            .map(|to| {
                let heard: f32 = music.iter().zip(&self.spread).map(|(power, row)| power * row[to]).sum();
                (heard * self.offset[to]).max(self.floor[to])
            })
            .collect()
    }
}

/// Compares what came out of the encoder with what went in; both of the same length and place.
pub fn fidelity(original: &[Frame], decoded: &[Frame]) -> Fidelity {
    let ear = Ear::new();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FRAME);
    let window: Vec<f32> =
        (0..FRAME).map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / FRAME as f32).cos()).collect();
    let mut spectrum = fft.make_output_vec();
    let (mut ratio, mut frames, mut disturbed) = (0.0f64, 0usize, 0usize);
    let (mut signal, mut noise) = (0.0f64, 0.0f64);
    let count = original.len().min(decoded.len());
    for from in (0..count.saturating_sub(FRAME)).step_by(HOP) {
        for channel in 0..2 {
            let mut bands_of = |value: &dyn Fn(usize) -> f32| {
                let mut input: Vec<f32> = window.iter().enumerate().map(|(i, w)| value(from + i) * w).collect();
                fft.process(&mut input, &mut spectrum).expect("lengths fit");
                ear.bands(spectrum.iter().map(|c| c.norm_sqr()))
            };
            let music = bands_of(&|i| original[i][channel]);
            let error = bands_of(&|i| decoded[i][channel] - original[i][channel]);
            signal += music.iter().map(|p| *p as f64).sum::<f64>();
            noise += error.iter().map(|p| *p as f64).sum::<f64>();
            let mask = ear.mask(&music);
            let ratios: Vec<f32> = error.iter().zip(&mask).map(|(e, m)| e / m).collect();
            ratio += ratios.iter().map(|r| *r as f64).sum::<f64>() / ratios.len() as f64;
            disturbed += usize::from(ratios.iter().any(|r| 10.0 * r.max(1e-12).log10() > HEARD));
            frames += 1;
        }
    }
    let frames = frames.max(1) as f64;
    Fidelity {
        nmr: (10.0 * (ratio / frames).max(1e-12).log10()) as f32,
        disturbed: (disturbed as f64 / frames) as f32,
        snr: (10.0 * (signal / noise.max(1e-12)).max(1e-12).log10()) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// A chord of sines with noise between 2 and 3 kHz beside it.
    fn scene(noise: f32) -> Vec<Frame> {
        let mut rng = Rng::new(7, 7);
        let mut band = crate::synth::dsp::Svf::new(2500.0, 3.0);
        (0..66_150)
            .map(|i| {
                let t = i as f32 / RATE;
                let tone = |hz: f32| (std::f32::consts::TAU * hz * t).sin();
                let x = 0.2 * (tone(330.0) + tone(440.0) + tone(2500.0));
                let y = x + noise * band.band(rng.bipolar());
                [y, y]
            })
            .collect()
    }

    #[test]
    fn noise_under_the_music_is_masked_and_louder_noise_is_not() {
        let original = scene(0.0);
        let soft = fidelity(&original, &scene(0.001));
        let loud = fidelity(&original, &scene(0.3));
        assert!(soft.nmr < -9.0 && soft.disturbed < 0.01, "{soft:?}");
        assert!(loud.nmr > soft.nmr + 20.0 && loud.disturbed > 0.9, "{loud:?}");
    }

    #[test]
    fn the_same_recording_has_no_noise() {
        let same = fidelity(&scene(0.0), &scene(0.0));
        assert!(same.nmr < -100.0 && same.disturbed == 0.0, "{same:?}");
    }
}
