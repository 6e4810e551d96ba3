//! Finding faces in a frame.

mod decode;
mod detect;
mod quality;
mod settings;

pub use detect::Detector;
pub use quality::{PoorView, Quality};
pub use settings::{FaceSettings, FaceSettingsOverlay};

/// An axis-aligned box in pixels of the frame; may reach beyond its edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// One face that the detector found.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    pub bounds: FaceBox,
    /// Centre of the eye on the left of the picture, in pixels of the frame.
    pub left_eye: [f32; 2],
    /// Centre of the eye on the right of the picture.
    pub right_eye: [f32; 2],
    /// Detector score in 0..=1.
    pub score: f32,
}

impl FaceBox {
    /// Area in square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width * self.height
    }
}

impl Face {
    /// How far the head leans, in radians, clockwise on the screen; 0 when the eyes are level.
    #[must_use]
    pub fn roll(&self) -> f32 {
        (self.right_eye[1] - self.left_eye[1]).atan2(self.right_eye[0] - self.left_eye[0])
    }
}
