//! How the lights of people come, follow and go, as `presence.ron` says.

use std::collections::BTreeMap;
use std::path::Path;

use super::face_glyph::{FaceGlyph, FaceGlyphTable};
use crate::emotion::Emotion;
use crate::foundation::{FileError, parse_ron};
use crate::settings::{Setting as _, SettingContext, Violation, layered, located, parse_overlay, require};

layered! {
    /// How the picture responds to people: `assets/presence.ron`.
    pub struct PersonLightTiming / PersonLightTimingOverlay {
        /// Duration of the ring around a new light.
        pub greeting_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// Duration of the embers of a light that goes.
        pub farewell_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// Time constant of places.
        pub place_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// Time constant of expressions.
        pub expression_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// Time constant of brightness.
        pub strength_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// An empty room shows its idle lights after this time.
        pub idle_after_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// One round of the way of an idle light.
        pub idle_orbit_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// One round of its colours.
        pub idle_color_seconds: f32, in 0.2..=3_600.0, unit "s",
        /// How bright an idle light is.
        pub idle_strength: f32, in 0.0..=1.0,
        /// How each emotion is drawn.
        pub masks: BTreeMap<Emotion, FaceGlyph>,
    }
    check each_emotion_has_a_mask;
}

fn each_emotion_has_a_mask(response: &PersonLightTiming) -> Result<(), Violation> {
    Emotion::ALL.into_iter().try_for_each(|emotion| {
        require(response.masks.contains_key(&emotion), &format!("masks.{emotion}"), || {
            "is missing; all seven are needed".into()
        })
    })
}

pub(super) const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/presence.ron"));

impl PersonLightTiming {
    /// The file that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        Self::parse(Path::new("assets/presence.ron"), SHIPPED)
    }

    /// Parses and checks a file. `file` only names it in an error.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FileError> {
        parse_ron::<Self>(file, text)?.checked(file, text)
    }

    /// The shipped file with a person's one laid over it, which holds only what differs; an emotion in `masks` is
    /// written whole. `file` only names it in an error.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn with_overlay(file: &Path, text: &str) -> Result<Self, FileError> {
        let mut response = Self::shipped()?;
        response.lay(parse_overlay::<Self>(file, text)?);
        response.checked(file, text)
    }

    fn checked(self, file: &Path, text: &str) -> Result<Self, FileError> {
        self.check(&SettingContext::default()).map_err(|wrong| located(file, text, &wrong))?;
        Ok(self)
    }

    pub(super) fn masks(&self) -> FaceGlyphTable {
        FaceGlyphTable(Emotion::ALL.map(|emotion| self.masks.get(&emotion).copied().unwrap_or_default()))
    }
}
