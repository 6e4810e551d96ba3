//! What the analysis of a track finds, and why it may find nothing.

use crate::music::loudness_envelope::LoudnessEnvelope;
use crate::music::sound_file::SoundFileError;
use crate::music::track::TrackEdges;
use crate::music::units::{Dbfs, Lufs};

/// Raised when what is measured changes, so that tracks are measured again.
pub const VERSION: u32 = 2;

/// What was measured. Seconds are from the start of the track.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundAnalysis {
    /// Length of what could be decoded, in seconds.
    pub seconds: f32,
    /// Integrated loudness.
    pub lufs: Lufs,
    /// Largest true peak.
    pub true_peak: Dbfs,
    pub intro_end: f32,
    pub outro_start: f32,
    pub sound_end: f32,
    /// The pulse, if there is one.
    pub beat: Option<MeasuredBeat>,
    /// The key, if there are notes.
    pub key: Option<MeasuredKey>,
    /// Mean rise of the compressed spectrum from frame to frame: how much happens.
    pub flux: f32,
    /// Onsets in a second that stand out.
    pub onsets: f32,
    /// Mean spectral centroid in Hz: brightness.
    pub centroid: f32,
    /// Mean sensory dissonance of the partials, 0 smooth (Plomp–Levelt, Sethares).
    pub roughness: f32,
}

/// A track that was analysed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AnalysedTrack {
    pub sound: SoundAnalysis,
    /// Its loudness over time.
    pub envelope: LoudnessEnvelope,
}

/// The loudness of a track that was not analysed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoudnessScan {
    /// Integrated loudness.
    pub lufs: Lufs,
    /// Largest true peak.
    pub true_peak: Dbfs,
    pub edges: TrackEdges,
    /// Its loudness over time.
    pub envelope: LoudnessEnvelope,
}

/// A pulse and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeasuredBeat {
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
pub struct MeasuredKey {
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
    #[error("{0}")]
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
            SoundFileError::NoSound => Self::NoSound,
            error @ (SoundFileError::Format(_) | SoundFileError::Cue(_)) => Self::Format(error.to_string()),
        }
    }
}
