//! The seven emotions by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The seven expressions that the networks tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emotion {
    #[serde(alias = "Angry")]
    Angry,
    #[serde(alias = "Disgust")]
    Disgust,
    #[serde(alias = "Fear")]
    Fear,
    #[serde(alias = "Happy")]
    Happy,
    #[serde(alias = "Sad")]
    Sad,
    #[serde(alias = "Surprise")]
    Surprise,
    #[serde(alias = "Neutral")]
    Neutral,
}

impl Emotion {
    /// All seven, in the order of [`Probabilities`](super::Probabilities).
    pub const ALL: [Self; 7] =
        [Self::Angry, Self::Disgust, Self::Fear, Self::Happy, Self::Sad, Self::Surprise, Self::Neutral];

    /// Position in [`Emotion::ALL`] and in [`Probabilities`](super::Probabilities).
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The lower-case name used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgust",
            Self::Fear => "fear",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprise",
            Self::Neutral => "neutral",
        }
    }

    /// The emotion with this [`name`](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|emotion| emotion.name() == name)
    }

    /// The word that follows "looks …" on the screen.
    #[must_use]
    pub fn looks(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgusted",
            Self::Fear => "afraid",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprised",
            Self::Neutral => "neutral",
        }
    }
}

impl fmt::Display for Emotion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_all_is_the_order_of_indices() {
        for (position, emotion) in Emotion::ALL.into_iter().enumerate() {
            assert_eq!(emotion.index(), position);
        }
    }
}
