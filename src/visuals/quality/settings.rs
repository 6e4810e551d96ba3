//! Settings of the levels of quality.

use crate::settings::{Violation, require, settings};

settings! {
    /// One level of quality.
    pub struct QualityLevel / QualityLevelOverlay {
        /// Its name.
        pub name: String = String::new(),
        /// Width of the scene's picture as a share of the screen's. Stars and text stay sharp.
        pub resolution: f32 = 1.0, in 0.1..=1.0,
        /// 0 coarse to 1 fine: layers, particles and steps of a scene.
        pub detail: f32 = 1.0, in 0.0..=1.0,
        /// Largest side of the picture that is used for the bloom, at least 16; 0 leaves the bloom out.
        pub bloom_size: u32 = 512, in 0..=2_048, unit "px",
        /// Stars at full resolution.
        pub stars: bool = true,
    }
    check bloom_is_off_or_visible;
}

fn bloom_is_off_or_visible(level: &QualityLevel) -> Result<(), Violation> {
    require(level.bloom_size == 0 || level.bloom_size >= 16, "bloom_size", || {
        format!("{} is neither 0 nor between 16 and 2048 px", level.bloom_size)
    })
}

/// The levels that Attune ships with.
fn shipped_levels() -> Vec<QualityLevel> {
    let level = |name: &str, resolution, detail, bloom_size, stars| QualityLevel {
        name: name.into(),
        resolution,
        detail,
        bloom_size,
        stars,
    };
    vec![
        level("lowest", 0.25, 0.0, 0, false),
        level("low", 0.35, 0.25, 64, true),
        level("medium", 0.40, 0.45, 128, true),
        level("high", 0.70, 0.75, 256, true),
        level("highest", 1.0, 1.0, 512, true),
    ]
}

settings! {
    /// Levels of quality, and when the level changes.
    pub struct QualitySettings / QualitySettingsOverlay {
        /// "auto" follows what the graphics card can draw in time; else the name of a level below.
        pub level: String = "auto".into(),
        /// The level of "auto" at the start, and of pictures that are rendered into files.
        pub first: String = "medium".into(),
        /// From the cheapest to the finest.
        pub levels: Vec<QualityLevel> = shipped_levels(),
        /// What a picture may cost on the graphics card (of the whole frame where the card does not report it).
        pub budget_ms: f32 = 16.0, in 1.0..=1_000.0, unit "ms",
        /// Above this share of the budget for `worse_seconds`, the level falls.
        pub worse_above: f32 = 0.95, in 0.0..=4.0,
        /// How long a picture must be too expensive before the level falls.
        pub worse_seconds: f32 = 1.5, in 0.1..=86_400.0, unit "s",
        /// Below this share of the budget for `better_seconds`, the level rises; below `worse_above`.
        pub better_below: f32 = 0.45, in 0.001..=4.0,
        /// How long a picture must be cheap before the level rises.
        pub better_seconds: f32 = 12.0, in 0.1..=86_400.0, unit "s",
        /// A level that was too high is tried again after this long, and each time twice as long.
        pub again_seconds: f32 = 120.0, in 0.1..=86_400.0, unit "s",
    }
    check levels_fit;
}

fn levels_fit(quality: &QualitySettings) -> Result<(), Violation> {
    let known = |name: &str| quality.levels.iter().any(|level| level.name == name);
    require(!quality.levels.is_empty(), "levels", || "at least one level is needed".into())?;
    require(quality.level == "auto" || known(&quality.level), "level", || {
        format!("{:?} is neither \"auto\" nor a level", quality.level)
    })?;
    require(known(&quality.first), "first", || format!("{:?} is no level", quality.first))?;
    require(quality.better_below < quality.worse_above, "better_below", || {
        format!("{} is not below worse_above ({})", quality.better_below, quality.worse_above)
    })
}

impl QualitySettings {
    /// The place of a level in the list, and whether it is held there.
    #[must_use]
    pub fn start(&self) -> (usize, bool) {
        let auto = self.level == "auto";
        let name = if auto { &self.first } else { &self.level };
        (self.levels.iter().position(|level| level.name == *name).unwrap_or(0), !auto)
    }
}
