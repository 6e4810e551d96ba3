//! Pictures on disk and in memory: frames of a run, screenshots, previews of scenes, and loops.

mod frames;
mod loop_video;
mod offline_app;
mod scene_previews;
mod screenshot;

pub use frames::{CaptureError, CaptureLog, CapturePlugin, CapturedPicture, PictureSink, ReadBackError};
pub use loop_video::{LoopError, LoopFormat, film, seamless, write_loop};
pub use offline_app::{OfflineScenes, draw_first_picture};
pub use scene_previews::{PreviewError, PreviewSubject, ScenePreviews, preview_subjects, previews};

pub(super) use screenshot::plugin as screenshot_plugin;
