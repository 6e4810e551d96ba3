//! From frames to readings for drawing and evidence for the mood.
//!
//! Live, a worker thread named `perception` reads the newest frame and older frames are dropped.
//! Stepped, each frame is read within the update that brings it.

#[cfg(test)]
mod clip_test;
mod face_pipeline;
mod face_reader;
pub mod faults;
mod model_check;
#[cfg(test)]
mod pipeline_test;
mod reader_host;
mod reading;
mod settings;
mod systems;

pub use face_reader::FaceReader;
pub use model_check::{ModelCheck, check_models};
pub use reading::{ReadFace, Reading, ReadingTiming};
pub use settings::{PerceptionSettings, PerceptionSettingsOverlay};
pub use systems::{PerceptionPlugin, PerceptionStatus, PerceptionSystems};
