//! What a person may tune in how faces are found, followed and judged.

use bevy::prelude::Resource;

use crate::settings::settings;

settings! {
    /// How faces are found.
    #[derive(Resource)]
    pub struct FaceSettings / FaceSettingsOverlay {
        /// Name of the detector's manifest.
        pub detector: String,
        /// Where and how often it looks.
        pub search: SearchSettings,
        /// Which views are good enough for an opinion.
        pub quality: ViewQualitySettings,
    }
}

settings! {
    /// Where and how often the detector looks. Times are seconds of app time.
    pub struct SearchSettings / SearchSettingsOverlay {
        /// A face that is missed for no longer than this keeps its identity.
        pub hold_seconds: f32,
        /// From one look at the whole frame to the next while somebody is in view. Every second one is with a
        /// border.
        pub full_seconds: f32,
        /// Width of the border that is added on all four sides for near faces, in longer sides of the frame:
        /// a face that fills the frame, or that its edge cuts, is larger than the detector expects.
        pub border: f32,
        /// From one look (whole frame and tiles in turn) to the next while nobody is.
        pub empty_seconds: f32,
        /// From one tile to the next while somebody is in view.
        pub tile_seconds: f32,
        /// Side of a tile in pixels. Faces of about a fifth of it are found.
        pub tile_pixels: f32,
        /// Tiles overlap by so many pixels at least.
        pub tile_overlap_pixels: f32,
        /// Side of the square around a known face, in sides of its box.
        pub crop_margin: f32,
        /// A face that moves is looked at again after this.
        pub look_seconds: f32,
        /// A face that holds still is looked at again after this.
        pub still_seconds: f32,
        /// Below this change around a face (root mean square of grey values 0..255) it holds still.
        pub still_change: f32,
        /// Above this change it is looked at in the same frame: it may be gone.
        pub jump_change: f32,
        /// At most so many known faces are looked for in one frame; the others keep their place.
        pub looks_per_frame: usize,
        /// Live, all pauses grow (up to four times) while a frame costs more CPU than this on average.
        pub budget_ms: f32,
    }
}

settings! {
    /// From where on a view counts as poor: no opinion is formed from it.
    pub struct ViewQualitySettings / ViewQualitySettingsOverlay {
        /// Smaller side of the box in pixels.
        pub min_pixels: f32,
        /// Detail in relation to contrast: variance of the Laplacian over variance of the grey values.
        pub min_sharpness: f32,
        /// Mean grey value of the face, 0..255.
        pub min_brightness: f32,
        /// Mean grey value of the face, 0..255.
        pub max_brightness: f32,
        /// Share of the face that is white.
        pub max_clipped: f32,
        /// How far the nose may be from the middle between the eyes, in distances of the eyes.
        pub max_turn: f32,
        /// Detector score in 0..=1.
        pub min_score: f32,
        /// Probability that the network sees none of the seven expressions, or no face.
        pub max_abstain: f32,
    }
}

/// A field and what it must be.
type Wrong = (&'static str, String);

fn between(field: &'static str, value: f32, [low, high]: [f32; 2]) -> Result<(), Wrong> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err((field, format!("{value} is not between {low} and {high}")))
}

impl FaceSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), Wrong> {
        if self.detector.is_empty() {
            return Err(("detector", "the name of a model is needed".into()));
        }
        self.search.validate()?;
        self.quality.validate()
    }
}

impl SearchSettings {
    fn validate(&self) -> Result<(), Wrong> {
        between("search.hold_seconds", self.hold_seconds, [0.0, 60.0])?;
        between("search.full_seconds", self.full_seconds, [0.0, 60.0])?;
        between("search.border", self.border, [0.0, 2.0])?;
        between("search.empty_seconds", self.empty_seconds, [0.0, 10.0])?;
        between("search.tile_seconds", self.tile_seconds, [0.0, 60.0])?;
        between("search.tile_pixels", self.tile_pixels, [64.0, 8_192.0])?;
        between("search.tile_overlap_pixels", self.tile_overlap_pixels, [0.0, self.tile_pixels / 2.0])?;
        between("search.crop_margin", self.crop_margin, [1.5, 8.0])?;
        between("search.look_seconds", self.look_seconds, [0.0, 10.0])?;
        between("search.still_seconds", self.still_seconds, [0.0, 10.0])?;
        between("search.still_change", self.still_change, [0.0, 255.0])?;
        between("search.jump_change", self.jump_change, [self.still_change, 255.0])?;
        between("search.budget_ms", self.budget_ms, [0.1, 10_000.0])?;
        if self.looks_per_frame == 0 {
            return Err(("search.looks_per_frame", "at least 1 is needed".into()));
        }
        Ok(())
    }
}

impl ViewQualitySettings {
    fn validate(&self) -> Result<(), Wrong> {
        between("quality.min_pixels", self.min_pixels, [1.0, 4_096.0])?;
        between("quality.min_sharpness", self.min_sharpness, [0.0, 10.0])?;
        between("quality.min_brightness", self.min_brightness, [0.0, 255.0])?;
        between("quality.max_brightness", self.max_brightness, [self.min_brightness, 255.0])?;
        between("quality.max_clipped", self.max_clipped, [0.0, 1.0])?;
        between("quality.max_turn", self.max_turn, [0.05, 10.0])?;
        between("quality.min_score", self.min_score, [0.0, 1.0])?;
        between("quality.max_abstain", self.max_abstain, [0.01, 1.0])
    }
}
