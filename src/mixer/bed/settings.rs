//! What a person may tune in the living bed.

use serde::{Deserialize, Serialize};

use crate::settings::{choices, settings};

/// When the bed sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BedWhen {
    #[default]
    Off,
    /// Only while no music sounds.
    Silences,
    /// Also under the music, quietly, where its key is known.
    Always,
}

impl BedWhen {
    /// The next choice of a switch that goes round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::Silences,
            Self::Silences => Self::Always,
            Self::Always => Self::Off,
        }
    }
}

choices!(BedWhen { Off, Silences, Always });

settings! {
    /// The living bed: a layer of slow chords that the mood moves.
    pub struct BedSettings / BedSettingsOverlay {
        /// `off`, `silences` (while no music sounds) or `always` (under the music, too).
        pub when: BedWhen,
        /// Whether it sounds while a person has paused the music.
        pub in_pauses: bool,
        /// Loudness in LUFS while it is alone, and under music.
        pub alone_lufs: f32,
        pub under_lufs: f32,
        /// The music must have been silent for so long before the bed comes, in seconds.
        pub silence_seconds: f32,
        /// Length of its fade in, and of its stepping back when music plays, in seconds.
        pub fade_in_seconds: f32,
        pub step_back_seconds: f32,
        /// Loudness of its small bells beside the chords in decibels; below −40 there are none.
        pub bells_db: f32,
    }
}

impl BedSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let numbers = [
            ("bed.alone_lufs", self.alone_lufs, -50.0..=-14.0, "LUFS"),
            ("bed.under_lufs", self.under_lufs, -60.0..=-20.0, "LUFS"),
            ("bed.silence_seconds", self.silence_seconds, 0.3..=600.0, "seconds"),
            ("bed.fade_in_seconds", self.fade_in_seconds, 0.5..=60.0, "seconds"),
            ("bed.step_back_seconds", self.step_back_seconds, 0.5..=60.0, "seconds"),
            ("bed.bells_db", self.bells_db, -60.0..=0.0, "decibels"),
        ];
        for (field, value, range, unit) in numbers {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err((field, format!("{value} is not between {least} and {most} {unit}")));
            }
        }
        Ok(())
    }
}
