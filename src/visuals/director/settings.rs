//! What a person may tune in the change of scenes.

use crate::settings::settings;

settings! {
    /// When scenes change, and how.
    pub struct DirectorSettings / DirectorSettingsOverlay {
        /// false: the scene stays until a person chooses another.
        pub on: bool,
        /// Shortest stay of a scene, in seconds.
        pub stay_seconds: f32,
        /// Longest stay of a scene, in seconds.
        pub longest_seconds: f32,
        /// Duration of a dissolve, in seconds.
        pub dissolve_seconds: f32,
        /// Duration of a dissolve that a person asked for, in seconds.
        pub asked_dissolve_seconds: f32,
        /// Shortest time between the start of a dissolve and that of a crossfade of the music, in seconds.
        pub apart_seconds: f32,
        /// true: scenes change together with the music, and at no other time.
        pub with_music: bool,
        /// Number of other scenes before one is shown again, where there are enough.
        pub variety: usize,
        /// Weight of a favourite in the choice; other scenes have 1.
        pub favour: f32,
        /// After the shortest stay another scene comes if it suits this many times better.
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
