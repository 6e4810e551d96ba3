//! The director: which scene is shown, and when another takes its place.

mod favourites;
mod scene_director;
mod settings;
mod systems;

pub use scene_director::{Director, FadeTiming, SceneOnShow, SceneRequest};
pub use settings::{DirectorSettings, DirectorSettingsOverlay};
pub use systems::DirectorState;

pub(super) use systems::plugin;
