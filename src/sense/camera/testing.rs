//! What the tests of this room share.

use super::CameraSettings;

/// Settings as they are shipped, written out so that a test does not depend on a file.
pub(super) fn settings() -> CameraSettings {
    CameraSettings {
        width: 640,
        height: 480,
        frames_per_second: 30,
        first_frame_seconds: 3.0,
        stall_seconds: 3.0,
        retry_seconds: 0.5,
        retry_longest_seconds: 30.0,
        broken_in_a_row: 5,
        image_seconds: 5.0,
        image_frames_per_second: 10.0,
        longest_side: 1_280,
        megapixels: 50,
    }
}
