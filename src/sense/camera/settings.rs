//! Settings of the camera and of the other sources of frames.

use bevy::prelude::Resource;

use crate::settings::settings;

settings! {
    /// Size and rate of the camera, and its timeouts.
    #[derive(Resource)]
    pub struct CameraSettings / CameraSettingsOverlay {
        /// Width in pixels. The nearest size that the camera offers is used.
        pub width: u32,
        /// Height in pixels.
        pub height: u32,
        /// Pictures per second.
        pub frames_per_second: u32,
        /// Timeout for the first picture of a camera, in seconds.
        pub first_frame_seconds: f32,
        /// Timeout for each further picture of a camera, in seconds.
        pub stall_seconds: f32,
        /// Wait before the first retry, in seconds. It doubles with each retry.
        pub retry_seconds: f32,
        /// The longest wait before a retry, in seconds.
        pub retry_longest_seconds: f32,
        /// Number of broken pictures in a row that is reported as a fault. Fewer are skipped silently.
        pub broken_in_a_row: u32,
        /// How long each image of a folder is shown, in seconds.
        pub image_seconds: f32,
        /// How often a still image is delivered while it is shown, per second.
        pub image_frames_per_second: f32,
        /// Larger images and clips are shrunk to this length of the longer side, in pixels.
        pub longest_side: u32,
        /// Files with more pixels are refused, in millions.
        pub megapixels: u32,
    }
}

impl CameraSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let seconds = [
            ("first_frame_seconds", self.first_frame_seconds),
            ("stall_seconds", self.stall_seconds),
            ("retry_seconds", self.retry_seconds),
            ("retry_longest_seconds", self.retry_longest_seconds),
            ("image_seconds", self.image_seconds),
        ];
        for (field, value) in seconds {
            if !(0.01..=3_600.0).contains(&value) {
                return Err((field, format!("{value} is not between 0.01 and 3600 seconds")));
            }
        }
        if !(0.1..=120.0).contains(&self.image_frames_per_second) {
            let words = format!("{} is not between 0.1 and 120 per second", self.image_frames_per_second);
            return Err(("image_frames_per_second", words));
        }
        let counts = [
            ("width", self.width, 16..=8_192),
            ("height", self.height, 16..=8_192),
            ("frames_per_second", self.frames_per_second, 1..=240),
            ("broken_in_a_row", self.broken_in_a_row, 1..=10_000),
            ("longest_side", self.longest_side, 64..=8_192),
            ("megapixels", self.megapixels, 1..=200),
        ];
        for (field, value, range) in counts {
            if !range.contains(&value) {
                return Err((field, format!("{value} is not between {} and {}", range.start(), range.end())));
            }
        }
        if self.retry_longest_seconds < self.retry_seconds {
            let words =
                format!("{} is below retry_seconds ({})", self.retry_longest_seconds, self.retry_seconds);
            return Err(("retry_longest_seconds", words));
        }
        Ok(())
    }
}
