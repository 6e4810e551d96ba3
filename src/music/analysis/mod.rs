//! What is measured in the sound of a track. No Bevy, and nothing about files but decoding them.
//!
//! A file is decoded once. Its loudness is measured at full rate; everything else in mono at about 22 kHz.

#[cfg(test)]
mod accuracy_test;
mod analyse;
mod decimate;
pub mod descriptors;
mod edges;
mod key;
mod loudness;
mod sound_analysis;
mod spectrum;
#[cfg(test)]
mod starter_album_test;
mod tempo;
#[cfg(test)]
mod test_signals;

pub use analyse::{analyse, scan_loudness};
pub use sound_analysis::{
    AnalysedTrack, AnalysisError, LoudnessScan, MeasuredBeat, MeasuredKey, SoundAnalysis, VERSION,
};
