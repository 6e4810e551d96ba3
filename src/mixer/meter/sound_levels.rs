//! What is measured of the sound, for other rooms.

use bevy::prelude::Resource;

/// The mix before the volume, at the time it reaches the loudspeaker. No value is smoothed.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundLevels {
    /// Root mean square of the samples of the last picture frame, 0..=1.
    pub rms: f32,
    /// Largest absolute sample of the last picture frame, 0..
    pub peak: f32,
    /// Energy in eight bands from 40 Hz to 16 kHz, evenly spaced in octaves, each mapped from
    /// −60..0 dBFS to 0..=1.
    pub bands: [f32; 8],
    /// Energy in the 24 critical bands of hearing up to 15.5 kHz (Bark scale), mapped like `bands`.
    pub spectrum: [f32; 24],
    /// Strength of the strongest onset in the last picture frame, 0..=1: how suddenly the bass or many
    /// bands became louder.
    pub onset: f32,
    /// The beat of the music, if it has one.
    pub beat: Option<BeatPhase>,
}

/// Position within the beat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeatPhase {
    /// 0..1, 0 on the beat.
    pub phase: f32,
    /// Tempo in beats per minute, as it is heard.
    pub bpm: f32,
    /// From the trusted beat grid of the track; else from onsets alone, which may be half or double.
    pub from_grid: bool,
}
