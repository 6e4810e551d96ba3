//! Settings of the camera and of the other sources of frames.

use bevy::prelude::Resource;

use super::ignored_area::IgnoredArea;
use crate::frame::Turn;
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
        /// By how many degrees the picture of a camera is turned clockwise: 0, 90, 180 or 270.
        pub turn: u32 = 0, in 0..=270, unit "°",
        /// Whether the picture of a camera is mirrored from left to right, after it was turned.
        pub mirror: bool = false,
        /// Parts of the picture of a camera in which faces do not count, such as a television: from the left, from the
        /// top, width and height as shares of the turned picture, such as
        /// `[(0.7, 0.0, 0.3, 0.4)]`. A face counts by its middle.
        pub ignore: Vec<IgnoredArea> = Vec::new(),
        /// A camera that sends the very same picture for this long is a fault, and nobody is seen by it.
        pub frozen_seconds: f32 = 60.0, in 1.0..=86_400.0, unit "s",
        /// The same for a camera that shows only black, green, or another single colour: covered, or in the dark.
        pub covered_seconds: f32 = 10.0, in 1.0..=86_400.0, unit "s",
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
    check camera_fits;
}

fn camera_fits(camera: &CameraSettings) -> Result<(), Violation> {
    require(camera.turn.is_multiple_of(90), "turn", || {
        format!("{} is none of 0, 90, 180 and 270", camera.turn)
    })?;
    retries_grow(camera)
}

impl CameraSettings {
    /// By how much the picture is turned.
    #[must_use]
    pub fn turn(&self) -> Turn {
        match self.turn {
            90 => Turn::Quarter,
            180 => Turn::Half,
            270 => Turn::ThreeQuarters,
            _ => Turn::None,
        }
    }
}

fn retries_grow(camera: &CameraSettings) -> Result<(), Violation> {
    require(camera.retry_longest_seconds >= camera.retry_seconds, "retry_longest_seconds", || {
        format!("{} is below retry_seconds ({})", camera.retry_longest_seconds, camera.retry_seconds)
    })
}
