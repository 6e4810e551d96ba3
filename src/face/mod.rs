//! Finding faces in a frame.

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
