//! Moving pictures that follow mood, sound and breath.
//!
//! A scene file (`scenes/*.ron`) says how colours and parameters follow. The state of a scene is moved on in every
//! frame; the [`director`] chooses which scene is shown; `draw` shows it, behind the flash [`guard`].

mod capture;
pub mod director;
pub mod display;
mod draw;
mod events;
mod exponential_smoothing;
pub mod faults;
pub mod guard;
mod inputs;
mod people;
mod plugin;
pub mod quality;
mod scene;
mod scene_files;
mod settings;

pub use capture::{
    CaptureError, CaptureLog, CapturePlugin, CapturedPicture, LoopError, LoopFormat, OfflineScenes,
    PictureSink, PreviewError, PreviewSubject, ReadBackError, ScenePreviews, draw_first_picture, film,
    preview_subjects, previews, seamless, write_loop,
};
pub use display::{GraphicsError, PictureOutput, graphics_available, make_ready, plugins};
pub use draw::{RESTART_EXIT_CODE, RestartAllowed, ScreenCamera};
pub use exponential_smoothing::toward as ease;
pub use guard::{FlashCounter, FlashReport};
pub use inputs::{BeatPosition, MoodInput, SceneInputs, SoundInput};
pub use people::{FaceGlyph, PeopleLights, PersonLight, PersonLightTiming, VisiblePerson};
pub use plugin::VisualsPlugin;
pub use scene::{
    AdvanceScenes, MoodWeights, Oklch, Palette, PaletteAdaptation, PaletteLibrary, PaletteRegion, PaletteSet,
    ParameterMapping, ParameterValues, Scene, SceneAffinity, SceneCandidate, SceneChange, SceneColors,
    SceneCrossfade, SceneLayer, SceneParameters, SceneProblem, SceneState, ShownMood, SoundWeights,
    Visualizer, contrast,
};
pub use scene_files::{SCENES, SceneError, SceneLibrary};
pub use settings::{VisualsSettings, VisualsSettingsOverlay};
