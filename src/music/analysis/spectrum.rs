//! Short spectra of a mono signal as it streams by: onsets, brightness, pitch classes, roughness.

use std::collections::VecDeque;
use std::f32::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples of a spectrum for rhythm, and from one to the next.
const FAST: (usize, usize) = (1_024, 256);
/// Samples of a spectrum for harmony, and from one to the next.
const SLOW: (usize, usize) = (8_192, 2_560);
/// Bands of the onset function, equally wide in pitch between these frequencies in Hz.
const BANDS: usize = 28;
const LOWEST_HZ: f32 = 40.0;
const HIGHEST_HZ: f32 = 8_500.0;
/// Bands up to here in Hz carry bass and kick drum.
const BASS_HZ: f32 = 180.0;
/// Onsets are the difference to the spectrum this many frames earlier.
const BACK: usize = 2;
/// Compression of magnitudes before they are compared: log(1 + this · amplitude).
const COMPRESSION: f32 = 800.0;
/// Fine pitch classes in an octave.
pub(super) const FINE: usize = 120;
/// Where notes are looked for, in Hz, and where those of the bass end.
const NOTES_HZ: (f32, f32) = (60.0, 2_200.0);
const BASS_NOTES_HZ: f32 = 260.0;
/// A track opens on its tonic more often than not: seconds of sound that count as its opening.
const OPENING: f32 = 4.0;
/// Where in a spectrum the onset lies that it shows first, as a share of its length.
const ONSET_AT: f32 = 0.72;
/// The strongest partials that roughness is told from.
const PARTIALS: usize = 14;
/// A partial must be at least this share of the strongest one.
const FAINTEST: f32 = 0.02;
/// Power below which a frame is silence (−70 dBFS).
const SILENT: f32 = 1e-7;

/// Features of a track, frame by frame.
#[derive(Debug, Clone, Default)]
pub(super) struct SpectralFeatures {
    /// Frames of the lists below in a second.
    pub(super) rate: f32,
    /// Seconds from the time of a frame to the onset that it shows.
    pub(super) delay: f32,
    /// Rise of the spectrum at each frame.
    pub(super) onsets: Vec<f32>,
    /// The same below [`BASS_HZ`].
    pub(super) bass_onsets: Vec<f32>,
    /// Mean square of each frame.
    pub(super) power: Vec<f32>,
    /// Spectral centroid in Hz, mean over what is not silent.
    pub(super) centroid: f32,
    /// Strength of each fine pitch class, and of those of the bass; the first bin is A.
    pub(super) pitches: Vec<f32>,
    pub(super) bass_pitches: Vec<f32>,
    /// Strength of each fine pitch class in the bass of the first seconds.
    pub(super) opening: Vec<f32>,
    /// Mean sensory dissonance of the partials, 0 smooth.
    pub(super) roughness: f32,
}

/// A spectrum of a fixed length.
struct ConstantQBands {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Amplitudes of the last spectrum.
    amplitudes: Vec<f32>,
}

impl ConstantQBands {
    fn new(length: usize, planner: &mut RealFftPlanner<f32>) -> Self {
        let fft = planner.plan_fft_forward(length);
        let window =
            (0..length).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f32 / length as f32).cos()).collect::<Vec<_>>();
        Self {
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            amplitudes: vec![0.0; length / 2 + 1],
            fft,
            window,
        }
    }

    /// Returns the mean square of the samples.
    fn take(&mut self, samples: &[f32]) -> f32 {
        for ((input, sample), window) in self.input.iter_mut().zip(samples).zip(&self.window) {
            *input = sample * window;
        }
        // The lengths are those that the plan made.
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers fit the plan");
        let scale = 4.0 / self.window.len() as f32;
        for (amplitude, value) in self.amplitudes.iter_mut().zip(&self.output) {
            *amplitude = (value.re * value.re + value.im * value.im).sqrt() * scale;
        }
        samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32
    }
}

/// Turns a stream of mono samples into [`SpectralFeatures`].
pub(super) struct SpectralAnalyser {
    rate: f32,
    fast: ConstantQBands,
    slow: ConstantQBands,
    /// First bin of each band, and one past the last.
    edges: Vec<usize>,
    bass_bands: usize,
    before: VecDeque<[f32; BANDS]>,
    /// Samples that are still needed, and where the next spectra begin in them.
    held: Vec<f32>,
    next_fast: usize,
    next_slow: usize,
    centroid: (f64, f64),
    roughness: (f64, f64),
    heard: SpectralFeatures,
}

impl SpectralAnalyser {
    /// For mono samples at this rate in Hz.
    pub(super) fn new(rate: f32) -> Self {
        let mut planner = RealFftPlanner::new();
        let edges = band_edges(rate);
        let bass_bin = (BASS_HZ * FAST.0 as f32 / rate) as usize;
        Self {
            rate,
            fast: ConstantQBands::new(FAST.0, &mut planner),
            slow: ConstantQBands::new(SLOW.0, &mut planner),
            bass_bands: edges.iter().filter(|edge| **edge <= bass_bin).count().clamp(1, BANDS),
            edges,
            before: VecDeque::new(),
            held: Vec::new(),
            next_fast: 0,
            next_slow: 0,
            centroid: (0.0, 0.0),
            roughness: (0.0, 0.0),
            heard: SpectralFeatures {
                rate: rate / FAST.1 as f32,
                pitches: vec![0.0; FINE],
                bass_pitches: vec![0.0; FINE],
                opening: vec![0.0; FINE],
                delay: FAST.0 as f32 * ONSET_AT / rate,
                ..SpectralFeatures::default()
            },
        }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.held.extend_from_slice(samples);
        while self.next_fast + FAST.0 <= self.held.len() {
            let power = self.fast.take(&self.held[self.next_fast..self.next_fast + FAST.0]);
            self.rhythm(power);
            self.next_fast += FAST.1;
        }
        while self.next_slow + SLOW.0 <= self.held.len() {
            let power = self.slow.take(&self.held[self.next_slow..self.next_slow + SLOW.0]);
            if power > SILENT {
                self.harmony();
            }
            self.next_slow += SLOW.1;
        }
        let done = self.next_fast.min(self.next_slow);
        if done > 8 * SLOW.0 {
            self.held.drain(..done);
            self.next_fast -= done;
            self.next_slow -= done;
        }
    }

    pub(super) fn finish(mut self) -> SpectralFeatures {
        let mean = |(sum, weight): (f64, f64)| if weight > 0.0 { (sum / weight) as f32 } else { 0.0 };
        self.heard.centroid = mean(self.centroid);
        self.heard.roughness = mean(self.roughness);
        self.heard
    }

    fn rhythm(&mut self, power: f32) {
        let amplitudes = &self.fast.amplitudes;
        let mut bands = [0.0; BANDS];
        for (band, edges) in bands.iter_mut().zip(self.edges.windows(2)) {
            let sum: f32 = amplitudes[edges[0]..edges[1]].iter().sum();
            *band = (COMPRESSION * sum).ln_1p();
        }
        let (mut whole, mut bass) = (0.0, 0.0);
        if let Some(before) = self.before.front().filter(|_| self.before.len() == BACK) {
            for band in 0..BANDS {
                // Compared with the neighbours, too, so that vibrato is no onset (SuperFlux).
                let around = before[band.saturating_sub(1)..(band + 2).min(BANDS)].iter().copied();
                let rise = (bands[band] - around.fold(0.0, f32::max)).max(0.0);
                whole += rise;
                if band < self.bass_bands {
                    bass += rise;
                }
            }
        }
        if self.before.len() == BACK {
            self.before.pop_front();
        }
        self.before.push_back(bands);
        self.heard.onsets.push(whole / BANDS as f32);
        self.heard.bass_onsets.push(bass / self.bass_bands as f32);
        self.heard.power.push(power);
        if power > SILENT {
            let (weighted, sum) = amplitudes
                .iter()
                .enumerate()
                .fold((0.0, 0.0), |(weighted, sum), (bin, a)| (weighted + bin as f32 * a, sum + a));
            let hz = weighted / sum.max(f32::MIN_POSITIVE) * self.rate / FAST.0 as f32;
            // The root of power: loud frames count more, but do not dominate.
            let weight = f64::from(power.sqrt());
            self.centroid.0 += f64::from(hz) * weight;
            self.centroid.1 += weight;
        }
    }

    fn harmony(&mut self) {
        let partials = partials(&self.slow.amplitudes, self.rate / SLOW.0 as f32);
        let loudest = partials.first().map_or(0.0, |partial| partial.1);
        if loudest <= 0.0 {
            return;
        }
        let mut whole: f32 = 0.0;
        for (_, amplitude) in &partials {
            whole += amplitude.sqrt();
        }
        let opening = self.roughness.1 * f64::from(SLOW.1 as f32 / self.rate) < f64::from(OPENING);
        for (hz, amplitude) in &partials {
            let octaves = (hz / 440.0).log2();
            let bin = ((octaves.rem_euclid(1.0) * FINE as f32).round() as usize) % FINE;
            // Each spectrum counts the same, however loud it is.
            let weight = amplitude.sqrt() / whole;
            self.heard.pitches[bin] += weight;
            if *hz < BASS_NOTES_HZ {
                self.heard.bass_pitches[bin] += weight;
                if opening {
                    self.heard.opening[bin] += weight;
                }
            }
        }
        self.roughness.0 += f64::from(dissonance(&partials[..partials.len().min(PARTIALS)]));
        self.roughness.1 += 1.0;
    }
}

/// The bins at which the bands begin, at least one bin each.
fn band_edges(rate: f32) -> Vec<usize> {
    let bin = |hz: f32| hz * FAST.0 as f32 / rate;
    let highest = HIGHEST_HZ.min(rate * 0.48);
    let mut edges = Vec::with_capacity(BANDS + 1);
    for band in 0..=BANDS {
        let hz = LOWEST_HZ * (highest / LOWEST_HZ).powf(band as f32 / BANDS as f32);
        let least = edges.last().map_or(1, |last| last + 1);
        edges.push((bin(hz).round() as usize).max(least));
    }
    edges
}

/// Frequency in Hz and amplitude of each peak of the spectrum, the strongest first.
fn partials(amplitudes: &[f32], bin_hz: f32) -> Vec<(f32, f32)> {
    let (from, to) = ((NOTES_HZ.0 / bin_hz) as usize, (NOTES_HZ.1 / bin_hz) as usize);
    let to = to.min(amplitudes.len() - 2);
    let loudest = amplitudes[from..=to].iter().copied().fold(0.0, f32::max);
    let least = (loudest * FAINTEST).max(1e-6);
    let mut found: Vec<(f32, f32)> = (from.max(1)..=to)
        .filter(|&bin| {
            let here = amplitudes[bin];
            here > least && here >= amplitudes[bin - 1] && here > amplitudes[bin + 1]
        })
        .map(|bin| {
            // A parabola through the logarithms tells where between the bins the peak is.
            let [left, here, right] =
                [bin - 1, bin, bin + 1].map(|bin| amplitudes[bin].max(f32::MIN_POSITIVE).ln());
            let bend = left - 2.0 * here + right;
            let offset = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
            ((bin as f32 + offset) * bin_hz, amplitudes[bin])
        })
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// Sensory dissonance of partials after Plomp and Levelt in the form of Sethares (JASA 1993), per amplitude.
fn dissonance(partials: &[(f32, f32)]) -> f32 {
    let (mut rough, mut whole) = (0.0, 0.0);
    for (index, (a_hz, a)) in partials.iter().enumerate() {
        for (b_hz, b) in &partials[index + 1..] {
            let scale = 0.24 / (0.0207 * a_hz.min(*b_hz) + 18.96);
            let x = scale * (a_hz - b_hz).abs();
            let weight = a * b;
            rough += weight * ((-3.51 * x).exp() - (-5.75 * x).exp());
            whole += weight;
        }
    }
    if whole > 0.0 { rough / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 22_050.0;

    fn tones(hz: &[f32], seconds: f32) -> Vec<f32> {
        (0..(seconds * RATE) as u32)
            .map(|n| hz.iter().map(|hz| 0.2 * (2.0 * PI * hz * n as f32 / RATE).sin()).sum())
            .collect()
    }

    fn hear(samples: &[f32]) -> SpectralFeatures {
        let mut listener = SpectralAnalyser::new(RATE);
        for piece in samples.chunks(1_000) {
            listener.push(piece);
        }
        listener.finish()
    }

    #[test]
    fn a_tone_is_found_in_its_pitch_class() {
        let heard = hear(&tones(&[440.0 * 2_f32.powf(3.0 / 12.0)], 2.0));
        let loudest = (0..FINE).max_by(|a, b| heard.pitches[*a].total_cmp(&heard.pitches[*b]));
        assert_eq!(loudest, Some(30));
        assert!((heard.centroid - 523.3).abs() < 30.0, "{}", heard.centroid);
    }

    #[test]
    fn a_minor_second_is_rougher_than_a_fifth() {
        let rough = |ratio: f32| hear(&tones(&[300.0, 300.0 * ratio], 2.0)).roughness;
        assert!(rough(16.0 / 15.0) > 3.0 * rough(1.5), "{} {}", rough(16.0 / 15.0), rough(1.5));
    }

    #[test]
    fn an_onset_is_where_the_sound_begins() {
        let mut samples = vec![0.0; RATE as usize];
        samples.extend(tones(&[200.0, 900.0], 1.0));
        let heard = hear(&samples);
        let strongest = (0..heard.onsets.len()).max_by(|a, b| heard.onsets[*a].total_cmp(&heard.onsets[*b]));
        let seconds = strongest.expect("there are frames") as f32 / heard.rate;
        assert!((seconds - 1.0).abs() < 0.06, "{seconds}");
    }

    #[test]
    fn silence_has_no_pitch() {
        let heard = hear(&vec![0.0; 44_100]);
        assert!(heard.pitches.iter().all(|strength| *strength <= 0.0));
        assert!(heard.roughness <= 0.0);
    }
}
