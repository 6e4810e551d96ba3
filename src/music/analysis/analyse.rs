//! Decodes a file once and measures it: loudness at full rate, everything else in mono at about 22 kHz.

use std::path::Path;

use super::decimate::MonoDecimator;
use super::edges::edges;
use super::key::key;
use super::loudness::LoudnessMeter;
use super::sound_analysis::{AnalysisError, MeasuredBeat, MeasuredKey, SoundAnalysis};
use super::spectrum;
use super::spectrum::SpectralAnalyser;
use super::tempo;
use crate::music::sound_file::SoundFile;

/// Decodes and measures a file. `go_on` is asked now and then; when it says no, the analysis stops.
///
/// # Errors
/// [`AnalysisError`]; a file that breaks off is measured as far as it goes.
pub fn analyse(file: &Path, mut go_on: impl FnMut() -> bool) -> Result<SoundAnalysis, AnalysisError> {
    let mut source = SoundFile::open(file)?;
    let mut analyser = TrackAnalyser::new(source.rate());
    while let Some(packet) = source.next() {
        analyser.push(packet.samples, packet.channels)?;
        if !go_on() {
            return Err(AnalysisError::Stopped);
        }
    }
    analyser.finish()
}

/// Measures samples as they stream by.
struct TrackAnalyser {
    rate: u32,
    /// Made with the first packet, which tells the channels.
    meter: Option<LoudnessMeter>,
    reducer: MonoDecimator,
    listener: SpectralAnalyser,
    mono: Vec<f32>,
    frames: u64,
}

impl TrackAnalyser {
    fn new(rate: u32) -> Self {
        let reducer = MonoDecimator::new(rate);
        let listener = SpectralAnalyser::new(reducer.rate(rate));
        Self { rate, meter: None, reducer, listener, mono: Vec::new(), frames: 0 }
    }

    fn push(&mut self, samples: &[f32], channels: usize) -> Result<(), AnalysisError> {
        let meter = match &mut self.meter {
            Some(meter) => meter,
            None => self.meter.insert(LoudnessMeter::new(channels, self.rate)?),
        };
        meter.push(samples, channels)?;
        self.mono.clear();
        self.reducer.push(samples, channels, &mut self.mono);
        self.listener.push(&self.mono);
        self.frames += (samples.len() / channels) as u64;
        Ok(())
    }

    fn finish(self) -> Result<SoundAnalysis, AnalysisError> {
        let meter = self.meter.ok_or(AnalysisError::NoSound)?;
        let seconds = self.frames as f32 / self.rate as f32;
        Ok(summarise(&self.listener.finish(), meter.finish(), seconds))
    }
}

fn summarise(
    heard: &spectrum::SpectralFeatures,
    (lufs, true_peak): (f32, f32),
    seconds: f32,
) -> SoundAnalysis {
    let edges = edges::edges(heard, seconds);
    let body = |seconds: f32| ((seconds * heard.rate) as usize).min(heard.onsets.len());
    let sounding = &heard.onsets[..body(edges.sound_end)];
    let flux = sounding.iter().sum::<f32>() / sounding.len().max(1) as f32;
    let pulse = tempo::pulse(sounding, &heard.bass_onsets[..sounding.len()], heard.rate);
    SoundAnalysis {
        seconds,
        lufs,
        true_peak,
        intro_end: edges.intro_end,
        outro_start: edges.outro_start,
        sound_end: edges.sound_end,
        beat: pulse.map(|pulse| MeasuredBeat {
            bpm: pulse.bpm,
            first: pulse.first + heard.delay,
            metre: pulse.metre,
            clarity: pulse.clarity,
            steadiness: pulse.steadiness,
        }),
        key: key::key(&heard.pitches, &heard.bass_pitches, &heard.opening).map(|key| MeasuredKey {
            tonic: key.tonic,
            minor: key.minor,
            clarity: key.clarity,
            mode: key.mode,
        }),
        flux,
        onsets: onsets_in_a_second(sounding, heard.rate),
        centroid: heard.centroid,
        roughness: heard.roughness,
    }
}

/// Peaks of the onset function that are well above what is usual in the track.
fn onsets_in_a_second(onsets: &[f32], rate: f32) -> f32 {
    let mean = onsets.iter().sum::<f32>() / onsets.len().max(1) as f32;
    let apart = ((0.05 * rate) as usize).max(1);
    let mut count = 0_u32;
    let mut last = None;
    for at in 1..onsets.len().saturating_sub(1) {
        let here = onsets[at];
        let peak = here > onsets[at - 1] && here >= onsets[at + 1] && here > 1.6 * mean && here > 0.04;
        if peak && last.is_none_or(|last| at - last > apart) {
            count += 1;
            last = Some(at);
        }
    }
    count as f32 * rate / onsets.len().max(1) as f32
}
