//! The loudness of a track over time: one loudness and one peak for each 100 ms, a byte each.
//!
//! The library keeps it beside the other results of the analysis, so that the mixer can plan a transition without
//! decoding the track a second time. Four minutes are 4.8 kB.

use super::units::{Dbfs, Lufs};

/// Steps of a byte for each decibel: a value is off by at most a sixth of a decibel.
const STEPS_PER_DB: f32 = 3.0;
/// The value of byte 0, which stands for silence, in LUFS and dBFS.
const SILENCE_DB: f32 = -75.0;

/// Loudness and peak of a track, block by block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoudnessEnvelope {
    /// Loudness and peak of each block, as steps above [`SILENCE_DB`].
    blocks: Vec<[u8; 2]>,
}

impl LoudnessEnvelope {
    /// Length of a block in milliseconds.
    pub const BLOCK_MS: u32 = 100;
    /// Length of a block in seconds.
    pub const BLOCK_SECONDS: f32 = 0.1;

    /// Appends a block: its loudness (K-weighted, ungated) and its largest sample.
    pub fn push(&mut self, loudness: Lufs, peak: Dbfs) {
        self.blocks.push([encoded(loudness.0), encoded(peak.0)]);
    }

    /// How many blocks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there is no block.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Loudness of each block; −∞ for silence.
    #[must_use]
    pub fn loudness(&self) -> impl ExactSizeIterator<Item = Lufs> {
        self.blocks.iter().map(|[loudness, _]| Lufs(decoded(*loudness)))
    }

    /// Largest sample of each block; −∞ for silence.
    #[must_use]
    pub fn peaks(&self) -> impl ExactSizeIterator<Item = Dbfs> {
        self.blocks.iter().map(|[_, peak]| Dbfs(decoded(*peak)))
    }

    /// As the database keeps it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.blocks.as_flattened().to_vec()
    }

    /// What the database has kept; a byte without a partner is left out.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { blocks: bytes.as_chunks::<2>().0.to_vec() }
    }
}

fn encoded(db: f32) -> u8 {
    // What is no number becomes silence.
    ((db - SILENCE_DB) * STEPS_PER_DB).round() as u8
}

fn decoded(byte: u8) -> f32 {
    if byte == 0 { f32::NEG_INFINITY } else { SILENCE_DB + f32::from(byte) / STEPS_PER_DB }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kept bytes give back every level within a sixth of a decibel, and silence as silence.
    #[test]
    fn levels_survive_the_database() {
        let mut envelope = LoudnessEnvelope::default();
        let levels = [-70.0, -33.3, -16.0, -0.1, 3.0];
        for level in levels {
            envelope.push(Lufs(level), Dbfs(level + 2.0));
        }
        envelope.push(Lufs::SILENCE, Dbfs(f32::NAN));
        let kept = LoudnessEnvelope::from_bytes(&envelope.to_bytes());
        assert_eq!(kept, envelope);
        for ((loudness, peak), level) in kept.loudness().zip(kept.peaks()).zip(levels) {
            assert!((loudness.0 - level).abs() < 0.17, "{loudness:?} {level}");
            assert!((peak.0 - level - 2.0).abs() < 0.17, "{peak:?} {level}");
        }
        assert_eq!(kept.loudness().last(), Some(Lufs::SILENCE));
        assert_eq!(kept.peaks().last(), Some(Dbfs(f32::NEG_INFINITY)));
    }
}
