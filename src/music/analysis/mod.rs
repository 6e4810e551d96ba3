//! What is measured in the sound of a track. No Bevy, and nothing about files but decoding them.
//!
//! A file is decoded once. Its loudness is measured at full rate; everything else in mono at about 22 kHz.

#[cfg(test)]
mod blind;
mod edges;
pub mod estimate;
mod key;
mod loudness;
mod reduce;
mod spectrum;
#[cfg(test)]
mod synth;
mod tempo;
#[cfg(test)]
mod truth;

use std::path::Path;

use super::sound_file::{SoundFile, SoundFileError};
use loudness::Meter;
use reduce::Reducer;
use spectrum::Listener;

/// Raised when what is measured changes, so that tracks are measured again.
pub const VERSION: u32 = 1;

/// What was measured. Seconds are from the start of the track.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// Length of what could be decoded, in seconds.
    pub seconds: f32,
    /// Integrated loudness in LUFS.
    pub lufs: f32,
    /// Largest true peak in dBTP.
    pub true_peak: f32,
    pub intro_end: f32,
    pub outro_start: f32,
    pub sound_end: f32,
    /// The pulse, if there is one.
    pub beat: Option<Beat>,
    /// The key, if there are notes.
    pub key: Option<Key>,
    /// Mean rise of the compressed spectrum from frame to frame: how much happens.
    pub flux: f32,
    /// Onsets in a second that stand out.
    pub onsets: f32,
    /// Mean spectral centroid in Hz: brightness.
    pub centroid: f32,
    /// Mean sensory dissonance of the partials, 0 smooth (Plomp–Levelt, Sethares).
    pub roughness: f32,
}

/// A pulse and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Beat {
    pub bpm: f32,
    /// A downbeat.
    pub first: f32,
    /// Beats in a bar.
    pub metre: u8,
    /// How far the pulse stands out of the rest, 0..=1.
    pub clarity: f32,
    /// How well one steady grid fits the whole track, 0..=1.
    pub steadiness: f32,
}

/// A key and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Key {
    /// 0 is C, 11 is B.
    pub tonic: u8,
    pub minor: bool,
    /// 0 a guess ..= 1 plain.
    pub clarity: f32,
    /// −1 surely minor ..= 1 surely major.
    pub mode: f32,
}

/// Why a track cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("its sound cannot be decoded: {0}")]
    Format(String),
    #[error("holds no sound that can be decoded")]
    NoSound,
    #[error("its loudness cannot be measured: {0}")]
    Loudness(String),
    #[error("the analysis was stopped")]
    Stopped,
}

impl From<SoundFileError> for AnalysisError {
    fn from(error: SoundFileError) -> Self {
        match error {
            SoundFileError::Open(error) => Self::Open(error),
            SoundFileError::Format(error) => Self::Format(error.to_string()),
            SoundFileError::NoSound => Self::NoSound,
        }
    }
}

/// Decodes and measures a file. `go_on` is asked now and then; when it says no, the analysis stops.
///
/// # Errors
/// [`AnalysisError`]; a file that breaks off is measured as far as it goes.
pub fn analyse(file: &Path, mut go_on: impl FnMut() -> bool) -> Result<Measured, AnalysisError> {
    let mut source = SoundFile::open(file)?;
    let mut analyser = Analyser::new(source.rate());
    while let Some(packet) = source.next() {
        analyser.push(packet.samples, packet.channels)?;
        if !go_on() {
            return Err(AnalysisError::Stopped);
        }
    }
    analyser.finish()
}

/// Measures samples as they stream by.
struct Analyser {
    rate: u32,
    /// Made with the first packet, which tells the channels.
    meter: Option<Meter>,
    reducer: Reducer,
    listener: Listener,
    mono: Vec<f32>,
    frames: u64,
}

impl Analyser {
    fn new(rate: u32) -> Self {
        let reducer = Reducer::new(rate);
        let listener = Listener::new(reducer.rate(rate));
        Self { rate, meter: None, reducer, listener, mono: Vec::new(), frames: 0 }
    }

    fn push(&mut self, samples: &[f32], channels: usize) -> Result<(), AnalysisError> {
        let meter = match &mut self.meter {
            Some(meter) => meter,
            None => self.meter.insert(Meter::new(channels, self.rate)?),
        };
        meter.push(samples, channels)?;
        self.mono.clear();
        self.reducer.push(samples, channels, &mut self.mono);
        self.listener.push(&self.mono);
        self.frames += (samples.len() / channels) as u64;
        Ok(())
    }

    fn finish(self) -> Result<Measured, AnalysisError> {
        let meter = self.meter.ok_or(AnalysisError::NoSound)?;
        let seconds = self.frames as f32 / self.rate as f32;
        Ok(summarise(&self.listener.finish(), meter.finish(), seconds))
    }
}

fn summarise(heard: &spectrum::Heard, (lufs, true_peak): (f32, f32), seconds: f32) -> Measured {
    let edges = edges::edges(heard, seconds);
    let body = |seconds: f32| ((seconds * heard.rate) as usize).min(heard.onsets.len());
    let sounding = &heard.onsets[..body(edges.sound_end)];
    let flux = sounding.iter().sum::<f32>() / sounding.len().max(1) as f32;
    let pulse = tempo::pulse(sounding, &heard.bass_onsets[..sounding.len()], heard.rate);
    Measured {
        seconds,
        lufs,
        true_peak,
        intro_end: edges.intro_end,
        outro_start: edges.outro_start,
        sound_end: edges.sound_end,
        beat: pulse.map(|pulse| Beat {
            bpm: pulse.bpm,
            first: pulse.first + heard.delay,
            metre: pulse.metre,
            clarity: pulse.clarity,
            steadiness: pulse.steadiness,
        }),
        key: key::key(&heard.pitches, &heard.bass_pitches, &heard.opening).map(|key| Key {
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
