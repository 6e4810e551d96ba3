//! How the picture answers people, as it is written in a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::mask::{Mask, Masks};
use crate::emotion::Emotion;
use crate::foundation::{FileError, parse_ron};
use crate::settings::{Setting as _, layered, whole_value};

whole_value!(Mask);

layered! {
    /// How the picture answers people: `assets/presence.ron`.
    pub struct Manners / MannersOverlay {
        /// How long a new light greets, in seconds.
        pub greeting_seconds: f32,
        /// How long one that goes bids farewell, in seconds.
        pub farewell_seconds: f32,
        /// Somebody who is not seen for so long has left, in seconds.
        pub away_seconds: f32,
        /// Time constant of places, in seconds.
        pub place_seconds: f32,
        /// Time constant of expressions, in seconds.
        pub expression_seconds: f32,
        /// Time constant of brightness, in seconds.
        pub strength_seconds: f32,
        /// A room that is empty for so long dreams, in seconds.
        pub dream_after_seconds: f32,
        /// One round of the way of a dream, in seconds.
        pub dream_round_seconds: f32,
        /// One round of its colours, in seconds.
        pub dream_colors_seconds: f32,
        /// How bright a dream is, 0..=1.
        pub dream_strength: f32,
        /// How each emotion is drawn.
        pub masks: BTreeMap<Emotion, Mask>,
    }
}

pub(super) const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/presence.ron"));

impl Manners {
    /// The file that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        Self::parse(Path::new("assets/presence.ron"), SHIPPED)
    }

    /// Parses and checks a file of manners. `file` is only for the words of an error.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FileError> {
        let manners: Self = parse_ron(file, text)?;
        manners.validate().map_err(|(field, reason)| FileError::invalid(file, field, reason))?;
        Ok(manners)
    }

    /// The shipped file with a person's one laid over it, which holds only what differs; an emotion in `masks` is
    /// written whole. `file` is only for the words of an error.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn with_overlay(file: &Path, text: &str) -> Result<Self, FileError> {
        let mut manners = Self::shipped()?;
        manners.lay(parse_ron(file, text)?);
        manners.validate().map_err(|(field, reason)| FileError::invalid(file, field, reason))?;
        Ok(manners)
    }

    fn validate(&self) -> Result<(), (String, String)> {
        let seconds = [
            ("greeting_seconds", self.greeting_seconds),
            ("farewell_seconds", self.farewell_seconds),
            ("away_seconds", self.away_seconds),
            ("place_seconds", self.place_seconds),
            ("expression_seconds", self.expression_seconds),
            ("strength_seconds", self.strength_seconds),
            ("dream_after_seconds", self.dream_after_seconds),
            ("dream_round_seconds", self.dream_round_seconds),
            ("dream_colors_seconds", self.dream_colors_seconds),
        ];
        for (field, value) in seconds {
            if !(0.2..=3_600.0).contains(&value) {
                return Err((field.into(), format!("{value} is not between 0.2 and 3600 seconds")));
            }
        }
        if !(0.0..=1.0).contains(&self.dream_strength) {
            return Err(("dream_strength".into(), format!("{} is not between 0 and 1", self.dream_strength)));
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

    pub(super) fn masks(&self) -> Masks {
        Masks(Emotion::ALL.map(|emotion| self.masks.get(&emotion).copied().unwrap_or_default()))
    }
}
