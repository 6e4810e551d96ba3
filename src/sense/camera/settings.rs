//! Settings of the camera and of images that stand in for one.

use bevy::prelude::Resource;

use crate::settings::{Violation, require, settings};

settings! {
    /// What is asked of a camera, and how often a camera that fails is tried again.
    #[derive(Resource)]
    pub struct CameraSettings / CameraSettingsOverlay {
        /// Width that is asked of a camera; the nearest that it has is taken.
        pub width: u32 = 640, in 16..=8_192, unit "px",
        /// Height that is asked of a camera; the nearest that it has is taken.
        pub height: u32 = 480, in 16..=8_192, unit "px",
        /// Frame rate that is asked of a camera; the nearest that it has is taken.
        pub frames_per_second: u32 = 30, in 1..=240, unit "fps",
        /// How long a camera may take for its first frame.
        pub first_frame_seconds: f32 = 3.0, in 0.01..=3_600.0, unit "s",
        /// A camera that sends nothing for this long has stopped, and is opened again.
        pub stall_seconds: f32 = 3.0, in 0.01..=3_600.0, unit "s",
        /// Wait before the first new attempt to open a camera; it doubles with each attempt.
        pub retry_seconds: f32 = 0.5, in 0.01..=3_600.0, unit "s",
        /// The longest wait between two attempts; not less than retry_seconds.
        pub retry_longest_seconds: f32 = 30.0, in 0.01..=3_600.0, unit "s",
        /// This many broken frames in a row are a fault; fewer are skipped silently.
        pub broken_in_a_row: u32 = 5, in 1..=10_000,
        /// How long each image of a folder is shown.
        pub image_seconds: f32 = 5.0, in 0.01..=3_600.0, unit "s",
        /// How often a still image is delivered while it is shown.
        pub image_frames_per_second: f32 = 10.0, in 0.1..=120.0, unit "fps",
        /// Images and clips are scaled down until their longer side is this long.
        pub longest_side: u32 = 1_280, in 64..=8_192, unit "px",
        /// A file with more pixels than this is refused.
        pub megapixels: u32 = 50, in 1..=200, unit "Mpx",
    }
    check retries_grow;
}

fn retries_grow(camera: &CameraSettings) -> Result<(), Violation> {
    require(camera.retry_longest_seconds >= camera.retry_seconds, "retry_longest_seconds", || {
        format!("{} is below retry_seconds ({})", camera.retry_longest_seconds, camera.retry_seconds)
    })
}
