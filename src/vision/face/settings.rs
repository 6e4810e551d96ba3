//! Settings of the face detector, the tracker and the check of a view.

use bevy::prelude::Resource;

use crate::settings::{Violation, require, settings};

settings! {
    /// How faces are found, followed and judged.
    #[derive(Resource)]
    pub struct FaceSettings / FaceSettingsOverlay {
        /// Name of the detector's manifest in models/.
        pub detector: String = "face_detection_short_range".into(),
        /// Where and how often the detector runs. Known faces are searched in a square around them when something
        /// changes there; now and then the whole frame and, for small faces, one tile of a large frame.
        pub search: SearchSettings,
        /// A view beyond one of these limits yields no expression, only a hint what to change.
        pub quality: ViewQualitySettings,
        /// Before a camera, a face that never moves is a poster or a portrait. It does not count until it moves.
        pub still: StillFaceSettings,
    }
    check detector_is_named;
}

fn detector_is_named(face: &FaceSettings) -> Result<(), Violation> {
    require(!face.detector.is_empty(), "detector", || "the name of a model is needed".into())
}

settings! {
    /// Where and how often the detector runs. Times are app time.
    pub struct SearchSettings / SearchSettingsOverlay {
        /// A face that is missed for no longer than this keeps its identity.
        pub hold_seconds: f32 = 0.7, in 0.0..=60.0, unit "s",
        /// Time between two searches of the whole frame while a face is in view. Every second one is with a border.
        pub full_seconds: f32 = 1.0, in 0.0..=60.0, unit "s",
        /// Width of the border that is added on all four sides for near faces, in longer sides of the frame: a face
        /// that fills the frame, or that its edge cuts, is larger than the detector expects.
        pub border: f32 = 0.35, in 0.0..=2.0,
        /// Time between two searches (whole frame and tiles in turn) while no face is in view.
        pub empty_seconds: f32 = 0.1, in 0.0..=10.0, unit "s",
        /// Time between two tiles while a face is in view.
        pub tile_seconds: f32 = 1.0, in 0.0..=60.0, unit "s",
        /// Side of a tile. Faces of about a fifth of it are found.
        pub tile_pixels: f32 = 320.0, in 64.0..=8_192.0, unit "px",
        /// Side of a small tile, for faces that are farther away. Frames in which there would be more than 24 have none.
        pub small_tile_pixels: f32 = 208.0, in 64.0..=8_192.0, unit "px",
        /// Tiles overlap by at least this much; at most half of `tile_pixels`.
        pub tile_overlap_pixels: f32 = 120.0, in 0.0..=4_096.0, unit "px",
        /// Angle by which the whole frame is turned to either side, now and then, for heads that lean far.
        pub turned_degrees: f32 = 30.0, in 0.0..=90.0, unit "°",
        /// Side of the square around a known face, in sides of its box.
        pub crop_margin: f32 = 2.5, in 1.5..=8.0,
        /// Time between two searches around a face that moves.
        pub look_seconds: f32 = 0.15, in 0.0..=10.0, unit "s",
        /// Time between two searches around a face that holds still.
        pub still_seconds: f32 = 0.5, in 0.0..=10.0, unit "s",
        /// Below this change (root mean square of grey values 0..255) a face holds still.
        pub still_change: f32 = 4.0, in 0.0..=255.0,
        /// Above this change a face is searched in the same frame, since it may be gone; not below `still_change`.
        pub jump_change: f32 = 12.0, in 0.0..=255.0,
        /// At most this many known faces are searched in one frame; the others keep their place.
        pub looks_per_frame: usize = 3, in 1..=64,
        /// While a live frame costs more CPU time than this on average, all times above are stretched, up to four
        /// times.
        pub budget_ms: f32 = 10.0, in 0.1..=10_000.0, unit "ms",
    }
    check search_fits;
}

fn search_fits(search: &SearchSettings) -> Result<(), Violation> {
    let (overlap, half) = (search.tile_overlap_pixels, search.tile_pixels / 2.0);
    require(overlap <= half, "tile_overlap_pixels", || {
        format!("{overlap} is above half of tile_pixels ({half})")
    })?;
    require(search.jump_change >= search.still_change, "jump_change", || {
        format!("{} is below still_change ({})", search.jump_change, search.still_change)
    })
}

settings! {
    /// When a face is only a picture of one. Somebody who sits still or sleeps moves with their breath.
    pub struct StillFaceSettings / StillFaceSettingsOverlay {
        /// A face that has not moved for this long does not count.
        pub seconds: f32 = 180.0, in 1.0..=86_400.0, unit "s",
        /// Least movement of a living face within ten seconds, in shares of its width. A breath moves it by 0.003 to
        /// 0.01, noise seems to move a picture by less than 0.001.
        pub movement: f32 = 0.001_5, in 0.000_1..=0.1,
    }
}

settings! {
    /// From where on a view counts as poor: no expression is read from it.
    pub struct ViewQualitySettings / ViewQualitySettingsOverlay {
        /// Least length of the smaller side of the face's box.
        pub min_pixels: f32 = 32.0, in 1.0..=4_096.0, unit "px",
        /// Least detail in relation to contrast: variance of the Laplacian over variance of the grey values.
        pub min_sharpness: f32 = 0.08, in 0.0..=10.0,
        /// Least mean grey value of the face, 0..255.
        pub min_brightness: f32 = 40.0, in 0.0..=255.0,
        /// Greatest mean grey value of the face; not below `min_brightness`.
        pub max_brightness: f32 = 215.0, in 0.0..=255.0,
        /// Greatest share of the face that is white.
        pub max_clipped: f32 = 0.35, in 0.0..=1.0,
        /// How far the nose may be from the middle between the eyes, in distances of the eyes.
        pub max_turn: f32 = 0.4, in 0.05..=10.0,
        /// Least score of the detector.
        pub min_score: f32 = 0.65, in 0.0..=1.0,
        /// Greatest probability that the network sees none of the seven expressions, or no face.
        pub max_abstain: f32 = 0.5, in 0.01..=1.0,
    }
    check brightness_is_a_range;
}

fn brightness_is_a_range(limits: &ViewQualitySettings) -> Result<(), Violation> {
    require(limits.max_brightness >= limits.min_brightness, "max_brightness", || {
        format!("{} is below min_brightness ({})", limits.max_brightness, limits.min_brightness)
    })
}
