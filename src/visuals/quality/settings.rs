//! What a person may tune in the quality of the picture.

use serde::{Deserialize, Serialize};

use crate::settings::{settings, whole_value};

whole_value!(QualityLevel);

/// How finely scenes are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityLevel {
    pub name: String,
    /// Width of the scene picture as a share of the screen's, 0.1..=1. Stars and words stay sharp.
    pub resolution: f32,
    /// 0 coarse ..= 1 fine: layers, particles and steps of a scene.
    pub detail: f32,
    /// Largest side of the picture that blooms, in pixels, 16..=2048; 0 leaves the bloom out.
    pub bloom_size: u32,
    /// Stars at full resolution.
    pub stars: bool,
}

settings! {
    /// Levels of quality, and when the level changes.
    pub struct QualitySettings / QualitySettingsOverlay {
        /// "auto", or the name of a level below.
        pub level: String,
        /// The level of "auto" at the start, and of pictures that are rendered into files.
        pub first: String,
        /// From the cheapest to the finest.
        pub levels: Vec<QualityLevel>,
        /// What a picture may cost, in milliseconds of the graphics card (of the whole frame where the card does
        /// not tell).
        pub budget_ms: f32,
        /// The level falls when pictures cost more than this share of the budget …
        pub worse_above: f32,
        /// … for this many seconds.
        pub worse_seconds: f32,
        /// The level rises when pictures cost less than this share of the budget …
        pub better_below: f32,
        /// … for this many seconds.
        pub better_seconds: f32,
        /// Seconds before a level that proved too high is tried again; they double each time.
        pub again_seconds: f32,
    }
}

impl QualitySettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let known = |name: &str| self.levels.iter().any(|level| level.name == name);
        if self.levels.is_empty() {
            return Err(("quality.levels", "at least one level is needed".into()));
        }
        if self.level != "auto" && !known(&self.level) {
            return Err(("quality.level", format!("{:?} is neither \"auto\" nor a level", self.level)));
        }
        if !known(&self.first) {
            return Err(("quality.first", format!("{:?} is no level", self.first)));
        }
        for level in &self.levels {
            level.validate().map_err(|reason| ("quality.levels", format!("{}: {reason}", level.name)))?;
        }
        if !(1.0..=1_000.0).contains(&self.budget_ms) {
            return Err(("quality.budget_ms", format!("{} is not between 1 and 1000", self.budget_ms)));
        }
        if !(self.better_below > 0.0 && self.better_below < self.worse_above && self.worse_above <= 4.0) {
            return Err(("quality.better_below", "it must be above 0 and below worse_above".into()));
        }
        let times = [
            ("quality.worse_seconds", self.worse_seconds),
            ("quality.better_seconds", self.better_seconds),
            ("quality.again_seconds", self.again_seconds),
        ];
        for (field, value) in times {
            if !(0.1..=86_400.0).contains(&value) {
                return Err((field, format!("{value} is not between 0.1 and 86400 seconds")));
            }
        }
        Ok(())
    }

    /// The place of a level in the list, and whether it is held there.
    #[must_use]
    pub fn start(&self) -> (usize, bool) {
        let auto = self.level == "auto";
        let name = if auto { &self.first } else { &self.level };
        (self.levels.iter().position(|level| level.name == *name).unwrap_or(0), !auto)
    }
}

impl QualityLevel {
    fn validate(&self) -> Result<(), String> {
        if !(0.1..=1.0).contains(&self.resolution) {
            return Err(format!("a resolution of {} is not between 0.1 and 1", self.resolution));
        }
        if !(0.0..=1.0).contains(&self.detail) {
            return Err(format!("a detail of {} is not between 0 and 1", self.detail));
        }
        if self.bloom_size != 0 && !(16..=2_048).contains(&self.bloom_size) {
            return Err(format!("a bloom_size of {} is neither 0 nor from 16 to 2048", self.bloom_size));
        }
        Ok(())
    }
}
