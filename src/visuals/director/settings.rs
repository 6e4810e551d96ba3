//! Settings of the change of scenes.

use crate::settings::{Violation, require, settings};

settings! {
    /// When scenes change, and how.
    pub struct DirectorSettings / DirectorSettingsOverlay {
        /// false: the scene stays until a person chooses another.
        pub on: bool = true,
        /// A scene stays at least this long.
        pub stay_seconds: f32 = 90.0, in 1.0..=86_400.0, unit "s",
        /// After this long another scene comes in any case; not less than `stay_seconds`.
        pub longest_seconds: f32 = 300.0, in 1.0..=86_400.0, unit "s",
        /// How long one scene dissolves into the next.
        pub dissolve_seconds: f32 = 7.0, in 0.5..=86_400.0, unit "s",
        /// The same when a person asked for the scene.
        pub asked_dissolve_seconds: f32 = 2.5, in 0.5..=86_400.0, unit "s",
        /// Least time between a change of scenes and the start of a crossfade of the music.
        pub apart_seconds: f32 = 10.0, in 0.0..=86_400.0, unit "s",
        /// true: scenes change when the music does, and at no other time.
        pub with_music: bool = false,
        /// This many other scenes come before one comes again, where there are enough.
        pub variety: usize = 3, in 0..=1_000,
        /// How much more often a favourite comes; 1 is as often as others.
        pub favour: f32 = 2.0, in 1.0..=100.0,
        /// A change of mood brings another scene when that suits this many times better.
        pub better: f32 = 1.6, in 1.0..=100.0,
    }
    check stay_is_shorter;
}

fn stay_is_shorter(director: &DirectorSettings) -> Result<(), Violation> {
    require(director.longest_seconds >= director.stay_seconds, "longest_seconds", || {
        format!("{} is below stay_seconds ({})", director.longest_seconds, director.stay_seconds)
    })
}
