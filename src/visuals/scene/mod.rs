//! Scenes: what a file says, how its parameters and colours follow mood, sound and breath, and how one scene dissolves
//! into the next.
//!
//! Every parameter is eased by a time constant and phases are integrated, so nothing jumps. All visualizers share one
//! layout of numbers (`scenes/common.wgsl`), so one material draws them all and any two can dissolve into each other.

mod affinity;
mod crossfade;
mod definition;
mod palette;
mod palette_sets;
mod parameters;
mod problem;
mod state;
mod systems;
mod visualizer;

pub use affinity::SceneAffinity;
pub use crossfade::{SceneCandidate, SceneChange, SceneCrossfade, SceneLayer};
pub use definition::{Scene, SceneColors};
pub use palette::{Oklch, Palette, contrast};
pub use palette_sets::{PaletteAdaptation, PaletteLibrary, PaletteRegion, PaletteSet};
pub use parameters::{MoodWeights, ParameterMapping, ParameterValues, SceneParameters, SoundWeights};
pub use problem::SceneProblem;
pub use state::{SceneState, ShownMood};
pub use systems::AdvanceScenes;
pub use visualizer::Visualizer;

pub(super) use state::TWINKLE_PERIOD;
pub(super) use systems::{SceneSources, plugin};
