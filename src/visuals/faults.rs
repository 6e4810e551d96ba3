//! The faults of the visuals.

use crate::foundation::FaultKey;

/// The settings of the lights of people cannot be read.
pub const PRESENCE: FaultKey = FaultKey::new("visuals", "presence");

/// A scene cannot be shown.
pub const SCENE: FaultKey = FaultKey::new("visuals", "scene");

/// Scene files are damaged.
pub const SCENE_FILES: FaultKey = FaultKey::new("visuals", "scene files");

/// Changes of the scene files are not seen.
pub const SCENE_WATCH: FaultKey = FaultKey::new("visuals", "scene watch");

/// A shader does not compile.
pub const PIPELINES: FaultKey = FaultKey::new("visuals", "pipelines");

/// A picture or film cannot be written.
pub const CAPTURE: FaultKey = FaultKey::new("visuals", "capture");

/// The chosen monitor is missing.
pub const MONITOR: FaultKey = FaultKey::new("visuals", "monitor");

/// A screenshot cannot be written.
pub const SCREENSHOT: FaultKey = FaultKey::new("visuals", "screenshot");

/// The graphics device was lost.
pub const GRAPHICS_DEVICE: FaultKey = FaultKey::new("visuals", "graphics device");

/// The graphics device reports an error that ends drawing.
pub const GRAPHICS_ERROR: FaultKey = FaultKey::new("visuals", "graphics error");

/// The favourite scenes cannot be read or written.
pub const FAVOURITES: FaultKey = FaultKey::new("visuals", "favourites");
