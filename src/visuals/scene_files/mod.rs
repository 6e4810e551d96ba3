//! Files of scenes: those that ship with Attune, those of a person, and their changes while they are shown.

mod library;
mod shader_check;
mod systems;
mod watcher;

pub use library::{SCENES, SceneError, SceneLibrary};

pub(super) use systems::plugin;
