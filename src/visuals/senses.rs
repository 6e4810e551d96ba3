//! What the pictures know of the room: who is seen, and what is heard.

use crate::emotion::Probabilities;

/// What is seen of whoever is in view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// −1..=1
    pub valence: f32,
    /// −1..=1
    pub arousal: f32,
    /// Probability of the emotion that holds, 0..=1.
    pub certainty: f32,
    /// How far the people in view differ, 0..
    pub dispersion: f32,
    pub probabilities: Probabilities,
}

/// What is heard, all 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Heard {
    pub rms: f32,
    pub bands: [f32; 8],
    pub onset: f32,
    pub beat: Beat,
}

/// Where the music is between two beats.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Beat {
    /// 0 on a beat, towards 1 just before the next.
    pub phase: f32,
    /// How far it can be trusted; 0 where no beat is known.
    pub trust: f32,
}

impl Beat {
    /// How near the beat is: 1 on it, falling softly to 0 in the middle between two, times the trust.
    #[must_use]
    pub fn pulse(self) -> f32 {
        let near = 0.5 + 0.5 * (std::f32::consts::TAU * self.phase).cos();
        near * near * self.trust
    }
}

/// Share of a breath that is breathing in: out is longer, as in rest.
const INHALE: f32 = 0.42;

/// How full the lungs are, 0..=1, at a phase of the breath, 0..1: in, then out, softly turned.
#[must_use]
pub fn fullness(phase: f32) -> f32 {
    let phase = phase.rem_euclid(1.0);
    let way = if phase < INHALE { phase / INHALE } else { (1.0 - phase) / (1.0 - INHALE) };
    0.5 - 0.5 * (std::f32::consts::PI * way).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breath_is_empty_at_its_ends_full_between_and_never_jumps() {
        assert!(fullness(0.0) < 1e-6 && fullness(1.0) < 1e-6);
        assert!(fullness(INHALE) > 0.999);
        let steps: Vec<f32> = (0..=200).map(|i| fullness(i as f32 / 200.0)).collect();
        assert!(steps.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.02));
    }

    #[test]
    fn a_beat_nobody_trusts_has_no_pulse() {
        assert!(Beat { phase: 0.0, trust: 0.0 }.pulse().abs() < 1e-6);
        assert!((Beat { phase: 0.0, trust: 1.0 }.pulse() - 1.0).abs() < 1e-6);
        assert!(Beat { phase: 0.5, trust: 1.0 }.pulse().abs() < 1e-6);
    }
}
