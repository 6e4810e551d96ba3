//! The one source of chance. PCG is small, and its stream for a seed never changes.

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng as _;

/// A seeded generator with the few draws the album needs.
pub struct Rng(Pcg32);

impl Rng {
    /// A stream of its own for each pair of seed and `stream`, so that one layer's draws never
    /// move another's.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg32::new(seed, stream))
    }

    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform in −1..1: white noise, sample by sample.
    pub fn bipolar(&mut self) -> f32 {
        self.unit() * 2.0 - 1.0
    }

    /// Normal with mean 0 and standard deviation 1, by the sum of twelve uniforms (Irwin–Hall):
    /// it never strays past six, which suits timing.
    pub fn gauss(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }
}
