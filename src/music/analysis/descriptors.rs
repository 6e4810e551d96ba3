//! Energy, danceability and valence from what was measured: raw scores around 0, to be ranked within a library.
//!
//! Each part is a distance from what is usual, in spreads. What is usual was read off the starter album and
//! common figures for released music; it matters only until a library is large enough to say itself.
//!
//! * **Energy**: loudness, change of the spectrum, onsets, brightness and a little roughness, as perceived arousal
//!   follows loudness, onset rate and spectral centroid (Eerola & Vuoskoski 2011; Gómez-Cañón et al. 2021).
//! * **Danceability**: how clear and steady the pulse is, and how near 118 BPM (Streich & Herrera 2005; Moelants 2002).
//! * **Valence**, an *estimate*, the weakest of the three: mode first, then how plain the key is, brightness and
//!   roughness (Gagnon & Peretz 2003; Juslin & Lindström 2010), and the words, where there are any.

use super::sound_analysis::SoundAnalysis;
use crate::music::theory::octaves_between;
use crate::settings::settings;

settings! {
    /// Weights of the parts of energy.
    pub struct EnergyWeights / EnergyWeightsOverlay {
        /// Integrated loudness.
        pub loudness: f32 = 0.3, in -10.0..=10.0,
        /// Change of the spectrum from frame to frame.
        pub change: f32 = 0.4, in -10.0..=10.0,
        /// Onsets in a second.
        pub onsets: f32 = 0.35, in -10.0..=10.0,
        /// Spectral centroid.
        pub brightness: f32 = 0.35, in -10.0..=10.0,
        /// Sensory dissonance.
        pub roughness: f32 = 0.1, in -10.0..=10.0,
    }
}

settings! {
    /// Weights of the parts of danceability.
    pub struct DanceabilityWeights / DanceabilityWeightsOverlay {
        /// How far the pulse stands out.
        pub pulse: f32 = 0.4, in -10.0..=10.0,
        /// How well one grid fits the whole track.
        pub steadiness: f32 = 0.2, in -10.0..=10.0,
        /// How near the tempo is to what people dance to.
        pub tempo: f32 = 0.3, in -10.0..=10.0,
        /// Change of the spectrum from frame to frame.
        pub change: f32 = 0.15, in -10.0..=10.0,
    }
}

settings! {
    /// Weights of the parts of valence.
    pub struct ValenceWeights / ValenceWeightsOverlay {
        /// Major against minor.
        pub mode: f32 = 0.6, in -10.0..=10.0,
        /// How plain the key is.
        pub key: f32 = 0.3, in -10.0..=10.0,
        /// Spectral centroid.
        pub brightness: f32 = 0.2, in -10.0..=10.0,
        /// Sensory dissonance speaks against it.
        pub roughness: f32 = 0.2, in -10.0..=10.0,
        /// The sentiment of the words, where they are known.
        pub lyrics: f32 = 0.5, in -10.0..=10.0,
    }
}

/// A value and how far apart such values usually are.
struct TypicalRange(f32, f32);

const LOUDNESS: TypicalRange = TypicalRange(-15.0, 5.0);
const CHANGE: TypicalRange = TypicalRange(0.055, 0.022);
const ONSETS: TypicalRange = TypicalRange(4.2, 1.3);
/// Octaves of Hz: 1350 Hz.
const BRIGHTNESS: TypicalRange = TypicalRange(10.4, 0.5);
const ROUGHNESS: TypicalRange = TypicalRange(0.017, 0.006);
const PULSE: TypicalRange = TypicalRange(0.42, 0.17);
const STEADINESS: TypicalRange = TypicalRange(0.9, 0.12);
const KEY: TypicalRange = TypicalRange(0.72, 0.1);
/// Tempo that people like to dance to, in BPM, and how wide that is in octaves.
const DANCE: (f32, f32) = (118.0, 0.45);
/// Each part is limited to this many spreads.
const FARTHEST: f32 = 2.5;

/// Mean and spread of the raw scores of released music, as far as is known without a library.
pub const USUAL_ENERGY: (f32, f32) = (0.0, 0.7);
pub const USUAL_DANCEABILITY: (f32, f32) = (0.0, 0.6);
pub const USUAL_VALENCE: (f32, f32) = (0.1, 0.75);

impl TypicalRange {
    fn away(&self, value: f32) -> f32 {
        let away = (value - self.0) / self.1;
        if away.is_finite() { away.clamp(-FARTHEST, FARTHEST) } else { 0.0 }
    }
}

impl EnergyWeights {
    /// The raw score of a track.
    #[must_use]
    pub fn score(&self, track: &SoundAnalysis) -> f32 {
        self.loudness * LOUDNESS.away(track.lufs.0)
            + self.change * CHANGE.away(track.flux)
            + self.onsets * ONSETS.away(track.onsets)
            + self.brightness * brightness(track)
            + self.roughness * ROUGHNESS.away(track.roughness)
    }
}

impl DanceabilityWeights {
    /// The raw score of a track; what has no pulse is not danced to.
    #[must_use]
    pub fn score(&self, track: &SoundAnalysis) -> f32 {
        let Some(beat) = track.beat else {
            return -FARTHEST * (self.pulse + self.steadiness + self.tempo);
        };
        // Half and double time are danced to alike.
        let octaves = octaves_between(DANCE.0, beat.bpm);
        let octaves = if octaves < -0.5 { octaves + 1.0 } else { octaves };
        self.pulse * PULSE.away(beat.clarity)
            + self.steadiness * STEADINESS.away(beat.steadiness)
            + self.tempo * (1.0 - 2.0 * (octaves / DANCE.1).powi(2)).max(-FARTHEST)
            + self.change * CHANGE.away(track.flux)
    }
}

impl ValenceWeights {
    /// The raw score of a track. `lyrics` is the sentiment of its words, −1..=1, where it is known.
    #[must_use]
    pub fn score(&self, track: &SoundAnalysis, lyrics: Option<f32>) -> f32 {
        let harmony = track.key.map_or(0.0, |key| self.mode * key.mode + self.key * KEY.away(key.clarity));
        harmony + self.brightness * brightness(track) - self.roughness * ROUGHNESS.away(track.roughness)
            + self.lyrics * lyrics.unwrap_or(0.0)
    }
}

fn brightness(track: &SoundAnalysis) -> f32 {
    BRIGHTNESS.away(track.centroid.max(1.0).log2())
}
