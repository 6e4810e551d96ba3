//! What a person may tune in the window and its monitor.

use crate::settings::{Violation, require, settings};

settings! {
    /// The monitor, the window and the text on it.
    pub struct DisplaySettings / DisplaySettingsOverlay {
        /// "current", "primary", "all" for one picture over all of them, a number from 1 (left to right), or a part
        /// of a name; `attune doctor` lists them. A monitor that was unplugged is used again when it is back.
        pub monitor: String = "current".into(), from next start,
        /// Waits for the monitor, so that no picture is torn.
        pub vsync: bool = true,
        /// The screen may blank while nobody is in the room; when somebody comes it is kept awake again. Otherwise it
        /// stays awake as long as pictures are shown.
        pub sleep_in_empty_room: bool = false,
        /// The pointer is hidden when it has not moved for this long.
        pub pointer_seconds: f32 = 3.0, in 0.5..=60.0, unit "s",
        /// Text moves slowly within this distance, so that it does not burn in; 0 holds it still.
        pub drift_pixels: f32 = 4.0, in 0.0..=32.0, unit "px",
        /// Size of the text; 1 is as designed.
        pub words: f32 = 1.0, in 0.5..=3.0,
    }
    check a_monitor_is_named;
}

fn a_monitor_is_named(display: &DisplaySettings) -> Result<(), Violation> {
    require(!display.monitor.is_empty(), "monitor", || "\"current\" or another monitor is needed".into())
}
