//! How finely the picture is drawn, so that it stays smooth on this machine.
//!
//! The cost of a picture is the time between two time stamps around it on the graphics card, read some pictures later so
//! that nothing waits for them. Where a card has no clock, the time of a frame stands in. The level falls soon and rises
//! late, and a level that proved too high is tried again less and less often.

mod controller;
mod gpu_time;
mod settings;
mod systems;

pub use controller::{PictureCost, QualityController};
pub use settings::{QualityLevel, QualitySettings, QualitySettingsOverlay};
pub use systems::RenderQuality;

pub(super) use systems::plugin;
