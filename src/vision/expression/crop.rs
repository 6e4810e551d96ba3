//! Which part of the frame an expression network sees.

use crate::frame::Frame;
use crate::inference::{BeyondEdge, CropSpec, CropSquare, InputSpec, sample};
use crate::vision::face::Face;

/// The square around a face that a network wants.
#[must_use]
pub(super) fn square(face: &Face, crop: &CropSpec) -> CropSquare {
    let bounds = &face.bounds;
    let upright = CropSquare {
        centre: [bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0],
        side: bounds.width.max(bounds.height) * crop.margin,
        roll: if crop.upright { face.roll() } else { 0.0 },
    };
    // The shift follows the face when it leans.
    let share = crop.shift * bounds.height / upright.side;
    let centre = if share.is_finite() { upright.at([0.5, 0.5 + share]) } else { upright.centre };
    CropSquare { centre, ..upright }
}

/// The face as the network's input tensor; what lies beyond the frame repeats its edge.
#[must_use]
pub(super) fn crop(frame: &Frame, face: &Face, crop: &CropSpec, input: &InputSpec) -> Vec<f32> {
    sample(frame, &square(face, crop), input, BeyondEdge::Edge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::face::FaceBox;

    fn face(left_eye: [f32; 2], right_eye: [f32; 2]) -> Face {
        let bounds = FaceBox { x: 10.0, y: 20.0, width: 40.0, height: 20.0 };
        Face { bounds, left_eye, right_eye, nose: None, mouth: None, score: 1.0 }
    }

    #[test]
    fn the_square_has_the_longer_side_times_the_margin() {
        let crop = CropSpec { margin: 1.5, shift: 0.0, upright: true };
        let square = square(&face([20.0, 25.0], [40.0, 25.0]), &crop);
        assert_eq!(square, CropSquare { centre: [30.0, 30.0], side: 60.0, roll: 0.0 });
    }

    #[test]
    fn an_upright_crop_follows_the_eyes_and_another_does_not() {
        let leaning = face([20.0, 20.0], [40.0, 40.0]);
        let upright = square(&leaning, &CropSpec { margin: 1.0, shift: 0.0, upright: true });
        assert!((upright.roll - std::f32::consts::FRAC_PI_4).abs() < 1e-6);
        let level = square(&leaning, &CropSpec { margin: 1.0, shift: 0.0, upright: false });
        assert!(level.roll.abs() < f32::EPSILON);
    }

    #[test]
    fn the_shift_goes_toward_the_forehead_when_negative() {
        let crop = CropSpec { margin: 1.0, shift: -0.1, upright: true };
        let level = square(&face([20.0, 25.0], [40.0, 25.0]), &crop);
        assert!((level.centre[0] - 30.0).abs() < 1e-4 && (level.centre[1] - 28.0).abs() < 1e-4, "{level:?}");
    }
}
