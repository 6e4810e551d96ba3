//! Sources of frames: a camera, a clip, a folder of images.

mod frame;

pub use frame::Frame;

use bevy::prelude::*;

/// What is known of the source of frames, for the screen and the report.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct SourceStatus {
    /// For people: "camera 0 (HD Webcam, 640×480)", "visitor clip", …
    pub name: String,
    /// Frames that the source has delivered since the start.
    pub captured: u64,
    /// Frames that a newer one replaced before anyone looked at them.
    pub dropped: u64,
    /// Whether frames are arriving now.
    pub live: bool,
}

/// The newest frame, until somebody takes it. A newer frame replaces one that was not taken.
#[derive(Resource, Default)]
pub struct NewestFrame(pub Option<Frame>);

/// Frames enter the app here.
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SourceStatus>().init_resource::<NewestFrame>();
    }
}
