//! How the lights of people come, follow and go, as `presence.ron` says.

use std::collections::BTreeMap;
use std::path::Path;

use super::face_mask::{FaceMask, FaceMaskTable};
use crate::emotion::Emotion;
use crate::foundation::{FileError, parse_ron};
use crate::settings::{Setting as _, layered, whole_value};

whole_value!(FaceMask);

layered! {
    /// How the picture responds to people: `assets/presence.ron`.
    pub struct PresenceResponse / PresenceResponseOverlay {
        /// Duration of the ring around a new light, in seconds.
        pub greeting_seconds: f32,
        /// Duration of the embers of a light that goes, in seconds.
        pub farewell_seconds: f32,
        /// Time constant of places, in seconds.
        pub place_seconds: f32,
        /// Time constant of expressions, in seconds.
        pub expression_seconds: f32,
        /// Time constant of brightness, in seconds.
        pub strength_seconds: f32,
        /// After this many seconds an empty room shows its idle lights.
        pub idle_after_seconds: f32,
        /// One round of the way of an idle light, in seconds.
        pub idle_orbit_seconds: f32,
        /// One round of its colours, in seconds.
        pub idle_color_seconds: f32,
        /// How bright an idle light is, 0..=1.
        pub idle_strength: f32,
        /// How each emotion is drawn.
        pub masks: BTreeMap<Emotion, FaceMask>,
    }
}

pub(super) const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/presence.ron"));

impl PresenceResponse {
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
        let response: Self = parse_ron(file, text)?;
        response.validate().map_err(|(field, reason)| FileError::invalid(file, field, reason))?;
        Ok(response)
    }

    /// The shipped file with a person's one laid over it, which holds only what differs; an emotion in `masks` is
    /// written whole. `file` only names it in an error.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn with_overlay(file: &Path, text: &str) -> Result<Self, FileError> {
        let mut response = Self::shipped()?;
        response.lay(parse_ron(file, text)?);
        response.validate().map_err(|(field, reason)| FileError::invalid(file, field, reason))?;
        Ok(response)
    }

    fn validate(&self) -> Result<(), (String, String)> {
        let seconds = [
            ("greeting_seconds", self.greeting_seconds),
            ("farewell_seconds", self.farewell_seconds),
            ("place_seconds", self.place_seconds),
            ("expression_seconds", self.expression_seconds),
            ("strength_seconds", self.strength_seconds),
            ("idle_after_seconds", self.idle_after_seconds),
            ("idle_orbit_seconds", self.idle_orbit_seconds),
            ("idle_color_seconds", self.idle_color_seconds),
        ];
        for (field, value) in seconds {
            if !(0.2..=3_600.0).contains(&value) {
                return Err((field.into(), format!("{value} is not between 0.2 and 3600 seconds")));
            }
        }
        if !(0.0..=1.0).contains(&self.idle_strength) {
            return Err(("idle_strength".into(), format!("{} is not between 0 and 1", self.idle_strength)));
        }
        for emotion in Emotion::ALL {
            let field = format!("masks.{emotion}");
            let Some(mask) = self.masks.get(&emotion) else {
                return Err((field, "is missing; all seven are needed".into()));
            };
            if let Some(reason) = mask.complaint() {
                return Err((field, reason));
            }
        }
        Ok(())
    }

    pub(super) fn masks(&self) -> FaceMaskTable {
        FaceMaskTable(Emotion::ALL.map(|emotion| self.masks.get(&emotion).copied().unwrap_or_default()))
    }
}
