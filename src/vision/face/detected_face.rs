//! One face that the detector found.

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
    /// Tip of the nose, where the detector tells.
    pub nose: Option<[f32; 2]>,
    /// Middle of the mouth, where the detector tells.
    pub mouth: Option<[f32; 2]>,
    /// Detector score in 0..=1.
    pub score: f32,
}

impl FaceBox {
    /// Area in square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Its middle.
    #[must_use]
    pub fn centre(&self) -> [f32; 2] {
        [self.x + self.width / 2.0, self.y + self.height / 2.0]
    }

    /// The longer side.
    #[must_use]
    pub fn side(&self) -> f32 {
        self.width.max(self.height)
    }

    /// Intersection over union, 0..=1.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        let both = self.shared(other);
        both / (self.area() + other.area() - both).max(f32::MIN_POSITIVE)
    }

    /// Area that both cover, in square pixels.
    pub(super) fn shared(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        width.max(0.0) * height.max(0.0)
    }
}

impl Face {
    /// How far the head leans, in radians, clockwise on the screen; 0 when the eyes are level.
    #[must_use]
    pub fn roll(&self) -> f32 {
        (self.right_eye[1] - self.left_eye[1]).atan2(self.right_eye[0] - self.left_eye[0])
    }

    /// How far the head is turned to a side: the way of the nose from the middle between the eyes, along
    /// their line, in distances of the eyes. 0 for a face that looks ahead (and where the nose is not known);
    /// about ±0.5 when one eye is over the nose.
    #[must_use]
    pub fn turn(&self) -> f32 {
        let Some(nose) = self.nose else { return 0.0 };
        let line = [self.right_eye[0] - self.left_eye[0], self.right_eye[1] - self.left_eye[1]];
        let middle = [0, 1].map(|axis| f32::midpoint(self.left_eye[axis], self.right_eye[axis]));
        let along = (nose[0] - middle[0]) * line[0] + (nose[1] - middle[1]) * line[1];
        along / (line[0] * line[0] + line[1] * line[1]).max(f32::MIN_POSITIVE)
    }
}
