//! Finding faces in a frame, following them over time, and judging how well they can be seen.

mod blazeface_decode;
mod detected_face;
mod detector;
mod grey_patch;
mod search_schedule;
mod settings;
mod still_faces;
#[cfg(test)]
mod still_faces_test;
mod tracker;
mod view_measures;
mod view_quality;

pub use detected_face::{Face, FaceBox};
pub use detector::{Detector, confirm, search_picture};
pub use grey_patch::GreyPatch;
pub use search_schedule::{CpuThrottle, SearchSchedule, WideSearch, around};
pub use settings::{
    FaceSettings, FaceSettingsOverlay, SearchSettings, SearchSettingsOverlay, StillFaceSettings,
    StillFaceSettingsOverlay, ViewQualitySettings, ViewQualitySettingsOverlay,
};
pub use still_faces::StillFaces;
pub use tracker::{FaceIds, FaceTrack, FaceTracker, distinct};
pub use view_measures::FaceView;
pub use view_quality::ViewQuality;
