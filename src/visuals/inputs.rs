//! What a scene follows: the mood of the people in view, the sound, and the breath.

use std::time::Duration;

use crate::emotion::Probabilities;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, MoodState};

/// Everything that moves a scene in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SceneInputs {
    /// `None` while nobody is in view.
    pub mood: Option<MoodInput>,
    /// What is heard.
    pub sound: SoundInput,
    /// Amplitude of the breath, 0 empty ..= 1 full ([`crate::session::Breath::amplitude`]).
    pub breath: f32,
}

/// A mood, of one person or of all who are in view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodInput {
    /// Unpleasant to pleasant, −1..=1.
    pub valence: f32,
    /// Calm to excited, −1..=1.
    pub arousal: f32,
    /// Probability of the emotion that holds; of a single person, of the likeliest one, 0..=1.
    pub certainty: f32,
    /// How far the people in view differ; 0 when all agree.
    pub dispersion: f32,
    /// Probability of each emotion.
    pub probabilities: Probabilities,
}

impl MoodInput {
    /// The quick reading of the group's mood; `None` while no emotion holds.
    #[must_use]
    pub fn of_group(mood: &Mood) -> Option<Self> {
        let MoodState { emotion, valence, arousal, probabilities, .. } = mood.fast;
        emotion.map(|emotion| Self {
            valence,
            arousal,
            certainty: probabilities.of(emotion),
            dispersion: mood.dispersion,
            probabilities,
        })
    }
}

/// The sound that is heard now, each value 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundInput {
    /// Loudness.
    pub rms: f32,
    /// Level of eight bands, bass first.
    pub bands: [f32; 8],
    /// How strongly a note begins.
    pub onset: f32,
    /// Where the music is between two beats.
    pub beat: BeatPosition,
}

impl SoundInput {
    /// What the mixer measures.
    #[must_use]
    pub fn of_mixer(levels: &SoundLevels, playing: &NowPlaying) -> Self {
        let beat = BeatPosition::of_mixer(levels, playing);
        Self { rms: levels.rms, bands: levels.bands, onset: levels.onset, beat }
    }

    /// The same sound scaled by `share`, without notes and beats: for people who want little motion.
    #[must_use]
    pub fn softened(self, share: f32) -> Self {
        Self {
            rms: self.rms * share,
            bands: self.bands.map(|band| band * share),
            onset: 0.0,
            beat: BeatPosition { trust: 0.0, ..self.beat },
        }
    }
}

/// Where the music is between two beats.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BeatPosition {
    /// 0 on a beat, towards 1 just before the next.
    pub phase: f32,
    /// How far it can be trusted, 0..=1; 0 where no beat is known.
    pub trust: f32,
}

/// Trust in a beat that was detected in the sound and not measured in the file: it may be half or twice the true one.
const DETECTED_TRUST: f32 = 0.6;

impl BeatPosition {
    /// The beat that the mixer detects, else that of the measured grid of the track.
    fn of_mixer(levels: &SoundLevels, playing: &NowPlaying) -> Self {
        if let Some(beat) = levels.beat {
            return Self { phase: beat.phase, trust: if beat.from_grid { 1.0 } else { DETECTED_TRUST } };
        }
        let grid = playing.pick.as_ref().and_then(|pick| pick.track.facts.beat_grid());
        grid.map_or(Self::default(), |grid| {
            let beats = (playing.position.as_secs_f32() - grid.first) * grid.bpm / 60.0;
            Self { phase: beats.rem_euclid(1.0), trust: grid.confidence.clamp(0.0, 1.0) }
        })
    }

    /// How near the beat is: 1 on it, falling softly to 0 in the middle between two, times the trust.
    #[must_use]
    pub fn pulse(self) -> f32 {
        let near = 0.5 + 0.5 * (std::f32::consts::TAU * self.phase).cos();
        near * near * self.trust
    }
}

/// A pause longer than this (a machine that slept) does not move the picture further.
const LONGEST_STEP: Duration = Duration::from_millis(250);

/// How far a frame moves the picture, in seconds.
#[must_use]
pub(super) fn frame_seconds(delta: Duration) -> f32 {
    delta.min(LONGEST_STEP).as_secs_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_nobody_trusts_has_no_pulse() {
        assert!(BeatPosition { phase: 0.0, trust: 0.0 }.pulse().abs() < 1e-6);
        assert!((BeatPosition { phase: 0.0, trust: 1.0 }.pulse() - 1.0).abs() < 1e-6);
        assert!(BeatPosition { phase: 0.5, trust: 1.0 }.pulse().abs() < 1e-6);
    }

    #[test]
    fn softened_sound_has_no_beat_and_a_share_of_its_level() {
        let loud = SoundInput {
            rms: 0.8,
            bands: [0.4; 8],
            onset: 1.0,
            beat: BeatPosition { phase: 0.3, trust: 1.0 },
        };
        let soft = loud.softened(0.25);
        assert!((soft.rms - 0.2).abs() < 1e-6 && soft.bands.iter().all(|band| (band - 0.1).abs() < 1e-6));
        assert!(soft.onset.abs() < 1e-6 && soft.beat.pulse().abs() < 1e-6);
    }
}
