//! Decodes a file once and measures it: loudness at full rate, everything else in mono at about 22 kHz.

use std::path::Path;

use super::decimate::MonoDecimator;
use super::edges::find_edges;
use super::key::key;
use super::loudness::{LoudnessMeter, TrackLoudness};
use super::sound_analysis::{
    AnalysedTrack, AnalysisError, LoudnessScan, MeasuredBeat, MeasuredKey, SoundAnalysis,
};
use super::spectrum::{SpectralAnalyser, SpectralFeatures};
use super::tempo::pulse;
use crate::music::loudness_envelope::LoudnessEnvelope;
use crate::music::sound_file::SoundFile;

/// Decodes and measures a file. `go_on` is asked now and then; when it says no, the analysis stops.
///
/// # Errors
/// [`AnalysisError`]; a file that breaks off is measured as far as it goes.
pub fn analyse(file: &Path, mut go_on: impl FnMut() -> bool) -> Result<AnalysedTrack, AnalysisError> {
    let mut source = SoundFile::open(file)?;
    let mut analyser = TrackAnalyser::new(source.rate())?;
    while let Some(packet) = source.next() {
        analyser.push(packet.samples)?;
        if !go_on() {
            return Err(AnalysisError::Stopped);
        }
    }
    analyser.finish()
}

/// Measures the loudness of a file alone, several times faster than [`analyse`], for the mixer where a track was not
/// analysed yet. The edges are found in the same way, but without the onsets.
///
/// # Errors
/// As [`analyse`].
pub fn scan_loudness(file: &Path, mut go_on: impl FnMut() -> bool) -> Result<LoudnessScan, AnalysisError> {
    let mut source = SoundFile::open(file)?;
    let rate = source.rate();
    let mut meter = LoudnessMeter::new(rate)?;
    let mut frames = 0;
    while let Some(packet) = source.next() {
        meter.push(packet.samples)?;
        frames += packet.samples.len() / 2;
        if !go_on() {
            return Err(AnalysisError::Stopped);
        }
    }
    if frames == 0 {
        return Err(AnalysisError::NoSound);
    }
    let TrackLoudness { integrated, true_peak, envelope } = meter.finish()?;
    let edges = find_edges(&envelope, None, frames as f32 / rate as f32);
    Ok(LoudnessScan { lufs: integrated, true_peak, edges, envelope })
}

/// Measures stereo samples as they stream by.
pub(super) struct TrackAnalyser {
    rate: u32,
    meter: LoudnessMeter,
    decimator: MonoDecimator,
    spectra: SpectralAnalyser,
    mono: Vec<f32>,
    frames: u64,
}

impl TrackAnalyser {
    pub(super) fn new(rate: u32) -> Result<Self, AnalysisError> {
        let decimator = MonoDecimator::new(rate);
        let spectra = SpectralAnalyser::new(decimator.rate(rate));
        let meter = LoudnessMeter::new(rate)?;
        Ok(Self { rate, meter, decimator, spectra, mono: Vec::new(), frames: 0 })
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), AnalysisError> {
        self.meter.push(samples)?;
        self.mono.clear();
        self.decimator.push(samples, &mut self.mono);
        self.spectra.push(&self.mono);
        self.frames += samples.len() as u64 / 2;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<AnalysedTrack, AnalysisError> {
        if self.frames == 0 {
            return Err(AnalysisError::NoSound);
        }
        let seconds = self.frames as f32 / self.rate as f32;
        let loudness = self.meter.finish()?;
        let sound = summarise(&self.spectra.finish(), &loudness, seconds);
        Ok(AnalysedTrack { sound, envelope: loudness.envelope })
    }
}

fn summarise(heard: &SpectralFeatures, loudness: &TrackLoudness, seconds: f32) -> SoundAnalysis {
    let activity = block_means(&heard.onsets, heard.rate);
    let edges = find_edges(&loudness.envelope, Some(&activity), seconds);
    let body = |seconds: f32| ((seconds * heard.rate) as usize).min(heard.onsets.len());
    let sounding = &heard.onsets[..body(edges.sound_end)];
    let flux = sounding.iter().sum::<f32>() / sounding.len().max(1) as f32;
    let pulse = pulse(sounding, &heard.bass_onsets[..sounding.len()], heard.rate);
    SoundAnalysis {
        seconds,
        lufs: loudness.integrated,
        true_peak: loudness.true_peak,
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
        key: key(&heard.pitches, &heard.bass_pitches, &heard.opening).map(|key| MeasuredKey {
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

/// Means of frames over blocks of the loudness envelope.
fn block_means(frames: &[f32], rate: f32) -> Vec<f32> {
    let width = LoudnessEnvelope::BLOCK_SECONDS * rate;
    let count = (frames.len() as f32 / width).ceil() as usize;
    (0..count)
        .map(|block| {
            let from = ((block as f32 * width) as usize).min(frames.len());
            let to = (((block + 1) as f32 * width) as usize).clamp(from, frames.len());
            frames[from..to].iter().sum::<f32>() / (to - from).max(1) as f32
        })
        .collect()
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
