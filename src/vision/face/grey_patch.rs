//! A small grey copy of a part of a frame, to see cheaply whether something changed there.

use super::detected_face::FaceBox;
use crate::frame::Frame;
use crate::inference::{BeyondEdge, ColourOrder, CropSquare, InputSpec, TensorLayout, sample};

/// A patch with less contrast than this, in grey values, is a flat wall; its noise is no structure.
const LEAST_CONTRAST: f32 = 4.0;

/// How a part of a frame looked, 16 × 16 grey values of 0..255.
#[derive(Clone)]
pub struct GreyPatch(Vec<f32>);

impl GreyPatch {
    /// Side of a patch in values: coarse enough to average camera noise away.
    pub(super) const SIDE: usize = 16;
    /// The part of the frame that is compared, in sides of the box.
    pub(super) const MARGIN: f32 = 1.2;

    /// The surroundings of a box.
    #[must_use]
    pub fn of(frame: &Frame, bounds: &FaceBox) -> Self {
        let square = CropSquare { centre: bounds.centre(), side: bounds.side() * Self::MARGIN, roll: 0.0 };
        Self(grey(frame, &square, Self::SIDE))
    }

    /// Root mean square of the differences, 0..=255.
    #[must_use]
    pub fn change(&self, other: &Self) -> f32 {
        let sum: f32 = self.0.iter().zip(&other.0).map(|(a, b)| (a - b) * (a - b)).sum();
        (sum / self.0.len() as f32).sqrt()
    }

    /// The values with a mean of 0 and a standard deviation of 1: brighter and darker light leaves them as they are.
    pub(super) fn in_even_light(&self) -> Vec<f32> {
        let count = self.0.len().max(1) as f32;
        let mean = self.0.iter().sum::<f32>() / count;
        let variance = self.0.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count;
        let contrast = variance.sqrt().max(LEAST_CONTRAST);
        self.0.iter().map(|value| (value - mean) / contrast).collect()
    }
}

/// A square of a frame as `side × side` grey values of 0..255.
pub(super) fn grey(frame: &Frame, square: &CropSquare, side: usize) -> Vec<f32> {
    let input = InputSpec {
        size: side,
        layout: TensorLayout::Nchw,
        colour: ColourOrder::Grey,
        scale: 1.0,
        offset: 0.0,
    };
    sample(frame, square, &input, BeyondEdge::Edge)
}
