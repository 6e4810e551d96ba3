//! Feedback as it is learned from, and what each kind of it is worth.

use serde::{Deserialize, Serialize};

use super::features::Features;
use super::settings::TasteSettings;
use crate::event::FeedbackKind;
use crate::foundation::LocalTime;

impl TasteSettings {
    /// What feedback is worth, −1..=1; `None` where nothing is to be learned from it: a track that was heard by nobody
    /// only counts as played.
    #[must_use]
    pub fn reward(&self, kind: FeedbackKind) -> Option<f32> {
        match kind {
            FeedbackKind::Liked => Some(self.liked),
            FeedbackKind::Replayed => Some(self.replayed),
            FeedbackKind::Finished => Some(self.finished),
            FeedbackKind::Heard => None,
            FeedbackKind::SkippedEarly => Some(self.skipped_early),
            FeedbackKind::SkippedLate => Some(self.skipped_late),
            FeedbackKind::NotNow => Some(self.not_now),
        }
    }
}

/// Feedback, with all that is learned from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackEvent {
    pub at: LocalTime,
    #[serde(rename = "sign")]
    pub kind: FeedbackKind,
    /// Path of the track below the music folder.
    pub file: String,
    pub title: String,
    pub artist: Option<String>,
    /// As they were when the track was chosen.
    pub features: Features,
}
