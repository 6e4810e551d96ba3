//! Settings of the camera and of the other sources of frames.

use bevy::prelude::Resource;

use crate::settings::{Violation, require, settings};

settings! {
    /// Size and rate of the camera, and its timeouts.
    #[derive(Resource)]
    pub struct CameraSettings / CameraSettingsOverlay {
        /// Width. The nearest size that the camera offers is used.
        pub width: u32 = 640, in 16..=8_192, unit "px",
        /// Height. The nearest size that the camera offers is used.
        pub height: u32 = 480, in 16..=8_192, unit "px",
        /// Frame rate. The nearest that the camera offers is used.
        pub frames_per_second: u32 = 30, in 1..=240, unit "fps",
        /// Timeout for the first picture of a camera.
        pub first_frame_seconds: f32 = 3.0, in 0.01..=3_600.0, unit "s",
        /// Timeout for each further picture of a camera.
        pub stall_seconds: f32 = 3.0, in 0.01..=3_600.0, unit "s",
        /// Wait before the first retry. It doubles with each retry.
        pub retry_seconds: f32 = 0.5, in 0.01..=3_600.0, unit "s",
        /// The longest wait before a retry; not less than `retry_seconds`.
        pub retry_longest_seconds: f32 = 30.0, in 0.01..=3_600.0, unit "s",
        /// Number of broken pictures in a row that is reported as a fault. Fewer are skipped silently.
        pub broken_in_a_row: u32 = 5, in 1..=10_000,
        /// How long each image of a folder is shown.
        pub image_seconds: f32 = 5.0, in 0.01..=3_600.0, unit "s",
        /// How often a still image is delivered while it is shown.
        pub image_frames_per_second: f32 = 10.0, in 0.1..=120.0, unit "fps",
        /// Larger images and clips are shrunk to this length of the longer side.
        pub longest_side: u32 = 1_280, in 64..=8_192, unit "px",
        /// Files with more pixels are refused.
        pub megapixels: u32 = 50, in 1..=200, unit "Mpx",
    }
    check retries_grow;
}

fn retries_grow(camera: &CameraSettings) -> Result<(), Violation> {
    require(camera.retry_longest_seconds >= camera.retry_seconds, "retry_longest_seconds", || {
        format!("{} is below retry_seconds ({})", camera.retry_longest_seconds, camera.retry_seconds)
    })
}
