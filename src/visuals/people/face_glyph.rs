//! A drawn face: a few lines that follow the probabilities of the emotions, never the pixels of a camera.

use crate::emotion::Probabilities;
use crate::settings::layered;

layered! {
    /// Shape of the lines of a face.
    #[derive(Copy, Default)]
    pub struct FaceGlyph / FaceGlyphOverlay {
        /// Brow at the nose, −1 low ..= 1 high.
        pub brow_inside: f32, in -1.0..=1.0,
        /// Brow at the temple, −1 low ..= 1 high.
        pub brow_outside: f32, in -1.0..=1.0,
        /// Eyes, 0 shut ..= 1 wide.
        pub eyes: f32, in -1.0..=1.0,
        /// Corners of the mouth, −1 down ..= 1 up.
        pub smile: f32, in -1.0..=1.0,
        /// Mouth, 0 shut ..= 1 open.
        pub open: f32, in -1.0..=1.0,
        /// Mouth, −1 narrow ..= 1 wide.
        pub wide: f32, in -1.0..=1.0,
        /// Wrinkles of the nose, 0..=1.
        pub wrinkle: f32, in -1.0..=1.0,
    }
}

impl FaceGlyph {
    fn values(self) -> [f32; 7] {
        [self.brow_inside, self.brow_outside, self.eyes, self.smile, self.open, self.wide, self.wrinkle]
    }

    fn from_values([brow_inside, brow_outside, eyes, smile, open, wide, wrinkle]: [f32; 7]) -> Self {
        Self { brow_inside, brow_outside, eyes, smile, open, wide, wrinkle }
    }

    /// A face that sleeps: eyes shut, a trace of a smile.
    pub const ASLEEP: Self = Self {
        brow_inside: 0.0,
        brow_outside: 0.0,
        eyes: 0.0,
        smile: 0.3,
        open: 0.0,
        wide: 0.2,
        wrinkle: 0.0,
    };

    /// Between this mask and another, `share` of the way.
    #[must_use]
    pub fn toward(self, other: Self, share: f32) -> Self {
        let goal = other.values();
        let mut values = self.values();
        for (value, goal) in values.iter_mut().zip(goal) {
            *value += (goal - *value) * share;
        }
        Self::from_values(values)
    }

    /// In the order of `scenes/common.wgsl`; the last number is the strength.
    pub(super) fn packed(self, strength: f32) -> [[f32; 4]; 2] {
        [
            [self.brow_inside, self.brow_outside, self.eyes, self.smile],
            [self.open, self.wide, self.wrinkle, strength],
        ]
    }
}

/// The masks of the seven emotions in the order of [`crate::emotion::Emotion::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct FaceGlyphTable(pub(super) [FaceGlyph; 7]);

impl FaceGlyphTable {
    /// The mask for probabilities. Likely emotions count for more, so that a mixture has a face, not a blur.
    #[must_use]
    pub fn of(&self, probabilities: &Probabilities) -> FaceGlyph {
        let weights = probabilities.values().map(|p| p * p);
        let total: f32 = weights.iter().sum::<f32>().max(1e-6);
        let mut sum = [0.0; 7];
        for (mask, weight) in self.0.iter().zip(weights) {
            for (sum, value) in sum.iter_mut().zip(mask.values()) {
                *sum += value * weight / total;
            }
        }
        FaceGlyph::from_values(sum)
    }
}
