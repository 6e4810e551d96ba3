//! A sign of liking or disliking.

use serde::{Deserialize, Serialize};

use super::features::Features;
use super::settings::TasteSettings;
use crate::foundation::LocalTime;

/// What a listener did, or let happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TasteSignal {
    Liked,
    Replayed,
    /// Heard to its end while a person was present.
    Finished,
    /// Played to its end in an empty room. Not learned from; the track only counts as heard.
    Heard,
    SkippedEarly,
    SkippedLate,
    NotNow,
}

impl TasteSignal {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Liked,
        Self::Replayed,
        Self::Finished,
        Self::Heard,
        Self::SkippedEarly,
        Self::SkippedLate,
        Self::NotNow,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Liked => "liked",
            Self::Replayed => "replayed",
            Self::Finished => "finished",
            Self::Heard => "heard",
            Self::SkippedEarly => "skipped_early",
            Self::SkippedLate => "skipped_late",
            Self::NotNow => "not_now",
        }
    }

    /// By its name in files.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.name() == name)
    }

    /// What it is worth, −1..=1; `None` where nothing is to be learned from it.
    #[must_use]
    pub fn reward(self, settings: &TasteSettings) -> Option<f32> {
        match self {
            Self::Liked => Some(settings.liked),
            Self::Replayed => Some(settings.replayed),
            Self::Finished => Some(settings.finished),
            Self::Heard => None,
            Self::SkippedEarly => Some(settings.skipped_early),
            Self::SkippedLate => Some(settings.skipped_late),
            Self::NotNow => Some(settings.not_now),
        }
    }
}

/// A sign, with all that is learned from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackEvent {
    pub at: LocalTime,
    #[serde(rename = "sign")]
    pub kind: TasteSignal,
    /// Path of the track below the music folder.
    pub file: String,
    pub title: String,
    pub artist: Option<String>,
    /// As they were when the track was chosen.
    pub features: Features,
}
