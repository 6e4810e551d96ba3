//! What a person may tune in the change of scenes.

use crate::settings::settings;

settings! {
    /// When scenes change, and how.
    pub struct DirectorSettings / DirectorSettingsOverlay {
        /// false: the scene of the settings stays until a person chooses another.
        pub on: bool,
        /// A scene stays at least so long, in seconds.
        pub stay_seconds: f32,
        /// After so long another comes in any case, in seconds.
        pub longest_seconds: f32,
        /// How long one scene dissolves into the next, in seconds.
        pub dissolve_seconds: f32,
        /// The same when a person asked for it.
        pub asked_dissolve_seconds: f32,
        /// Scenes begin to change at least so many seconds away from the start of a crossfade of the music.
        pub apart_seconds: f32,
        /// true: scenes change just when the music does, and at no other time.
        pub with_music: bool,
        /// So many scenes must pass before one comes again, where there are enough.
        pub variety: usize,
        /// How much more often a favourite comes, 1 as often as others.
        pub favour: f32,
        /// A change of mood brings another scene when it suits so many times better.
        pub better: f32,
    }
}

impl DirectorSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let seconds = [
            ("director.stay_seconds", self.stay_seconds, 1.0),
            ("director.longest_seconds", self.longest_seconds, self.stay_seconds),
            ("director.dissolve_seconds", self.dissolve_seconds, 0.5),
            ("director.asked_dissolve_seconds", self.asked_dissolve_seconds, 0.5),
            ("director.apart_seconds", self.apart_seconds, 0.0),
        ];
        for (field, value, least) in seconds {
            if !(least..=86_400.0).contains(&value) {
                return Err((field, format!("{value} is not between {least} and 86400 seconds")));
            }
        }
        if !(1.0..=100.0).contains(&self.favour) {
            return Err(("director.favour", format!("{} is not between 1 and 100", self.favour)));
        }
        if !(1.0..=100.0).contains(&self.better) {
            return Err(("director.better", format!("{} is not between 1 and 100", self.better)));
        }
        Ok(())
    }
}
