//! Measuring how a face looks in a frame.

use super::detected_face::Face;
use super::grey_patch::grey;
use crate::frame::Frame;
use crate::inference::CropSquare;

/// Side of the grey copy that is measured, in values: about the input of an expression network.
const SIDE: usize = 48;
/// From here on a grey value of 0..255 counts as white.
const WHITE: f32 = 250.0;
/// Grey values this close together (standard deviation) are a flat wall; its noise is no detail.
const LEAST_CONTRAST: f32 = 4.0;

/// What was measured of one face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceView {
    /// Smaller side of the box in pixels.
    pub pixels: f32,
    /// Variance of the Laplacian over variance of the grey values (Pech-Pacheco 2000, made independent of
    /// contrast), on a copy of 48 × 48.
    pub sharpness: f32,
    /// Mean grey value, 0..=255.
    pub brightness: f32,
    /// Share of white, 0..=1.
    pub clipped: f32,
    /// See [`Face::turn`].
    pub turn: f32,
    /// Detector score, 0..=1.
    pub score: f32,
}

impl FaceView {
    /// Looks at the pixels of a face.
    #[must_use]
    pub fn of(frame: &Frame, face: &Face) -> Self {
        let bounds = &face.bounds;
        let side = bounds.width.min(bounds.height);
        let square = CropSquare { centre: bounds.centre(), side, roll: 0.0 };
        let values = grey(frame, &square, SIDE);
        let clipped = values.iter().filter(|value| **value >= WHITE).count();
        Self {
            pixels: side,
            sharpness: sharpness(&values),
            brightness: mean(&values),
            clipped: clipped as f32 / values.len() as f32,
            turn: face.turn(),
            score: face.score,
        }
    }
}

fn sharpness(values: &[f32]) -> f32 {
    let detail: Vec<f32> = (1..SIDE - 1)
        .flat_map(|row| (1..SIDE - 1).map(move |column| row * SIDE + column))
        .map(|at| values[at - 1] + values[at + 1] + values[at - SIDE] + values[at + SIDE] - 4.0 * values[at])
        .collect();
    variance(&detail) / variance(values).max(LEAST_CONTRAST * LEAST_CONTRAST)
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn variance(values: &[f32]) -> f32 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / values.len().max(1) as f32
}
