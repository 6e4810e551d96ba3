//! What a person may tune in the window and its monitor.

use crate::settings::settings;

settings! {
    /// The monitor and the window.
    pub struct DisplaySettings / DisplaySettingsOverlay {
        /// "current", "primary", "all" for one picture over all of them, a number from 1 (left to right), or a part of
        /// a name; `attune doctor` lists them.
        pub monitor: String,
        /// Waits for the refresh of the monitor, which prevents tearing.
        pub vsync: bool,
        /// Text drifts slowly within this many pixels, so that it does not burn in; 0 holds it still.
        pub drift_pixels: f32,
        /// Size of the text, 1 as designed.
        pub words: f32,
    }
}

impl DisplaySettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        if self.monitor.is_empty() {
            return Err(("display.monitor", "\"current\" or another monitor is needed".into()));
        }
        if !(0.0..=32.0).contains(&self.drift_pixels) {
            return Err(("display.drift_pixels", format!("{} is not between 0 and 32", self.drift_pixels)));
        }
        if !(0.5..=3.0).contains(&self.words) {
            return Err(("display.words", format!("{} is not between 0.5 and 3", self.words)));
        }
        Ok(())
    }
}
