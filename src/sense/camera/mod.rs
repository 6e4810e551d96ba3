//! Sources of frames: a camera, a clip, a folder of images.
//!
//! A source runs on a thread of its own under a supervisor that restarts it when it fails. On a
//! virtual clock it is read within the update, so that every run sees the same frames.

mod camera_choice;
mod clip;
mod delivery;
mod error;
pub mod faults;
mod ignored_area;
mod images;
mod lifecycle;
mod picture_watch;
mod settings;
mod source;
mod source_plan;
mod source_spec;
mod source_thread;
mod status;
mod stepped_source;
mod supervisor;
mod systems;
#[cfg(test)]
mod tests;
mod v4l2;
mod v4l2_devices;
mod v4l2_formats;

pub use camera_choice::CameraChoice;
pub use clip::ClipSource;
pub use error::SourceError;
pub use ignored_area::IgnoredArea;
pub use images::ImageSource;
pub use settings::{CameraSettings, CameraSettingsOverlay};
pub use source::{FrameSource, Pacing};
pub use source_spec::{SourceSpec, SourceSpecError};
pub use status::{CameraSwitch, NewestFrame, SourceStatus};
pub use v4l2::{CameraSource, open_cameras};
pub use v4l2_devices::{VideoDevice, devices};

use bevy::prelude::*;

use crate::command;
use crate::foundation::{ClockMode, FrameStage};
use crate::settings::AddSettings as _;

/// Brings frames into the app. Needs the [`CameraSettings`] resource.
#[derive(Debug, Clone, Default)]
pub struct CameraPlugin {
    /// Where frames come from. [`SourceSpec::check`] tells before the start whether that can work.
    pub spec: SourceSpec,
}

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.add_settings::<CameraSettings>("camera");
        app.init_resource::<ClockMode>()
            .init_resource::<SourceStatus>()
            .init_resource::<NewestFrame>()
            .init_resource::<systems::ActiveSource>()
            .init_resource::<systems::BlindCamera>()
            .insert_resource(CameraSwitch { on: true, spec: self.spec.clone() })
            .add_systems(
                Update,
                (
                    systems::answer_commands,
                    systems::reopen_after_change,
                    systems::sense,
                    systems::watch_pictures,
                )
                    .chain()
                    .in_set(FrameStage::Sense),
            );
        command::plugin(app);
    }
}
