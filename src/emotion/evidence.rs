//! What sensors say about people: the only input of the mood.

use std::time::Duration;

use bevy::prelude::Message;
use serde::Serialize;

use super::LogProbabilities;

/// Which kind of sensor spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceSource {
    /// Faces in the frames of a camera, a clip or images.
    Camera,
}

/// A number for one person as long as a sensor follows them. It is not given again in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PersonId(pub u32);

/// What one sensor says about everybody at one moment.
///
/// A message with an empty list says that the sensor works and senses nobody; no message says nothing.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Evidence {
    pub source: EvidenceSource,
    /// App time of the capture.
    pub at: Duration,
    /// Nearest person first.
    pub people: Vec<PersonEvidence>,
}

/// What a sensor says about one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonEvidence {
    /// `None` where the sensor cannot tell people apart; such evidence counts, but is nobody's presence.
    pub person: Option<PersonId>,
    /// Calibrated log-probabilities, given that it is one of the seven. A sensor of valence and arousal
    /// gets them from [`super::Circumplex::scores_near`].
    pub scores: LogProbabilities,
    /// Probability that it is none of the seven, 0..=1.
    pub abstain: f32,
    /// Share in the group before quality, not negative. A camera gives the area of the face in square
    /// pixels of its frame.
    pub weight: f32,
    /// 0 useless ..= 1 as good as it gets; multiplies the weight.
    pub quality: f32,
    /// Why nothing can be read, if so: it then counts as unknown, never as neutral.
    pub unreadable: Option<UnreadableReason>,
    /// Where the face is, if the sensor knows.
    pub place: Option<FacePlace>,
}

/// Where a face is, in shares of the frame: (0, 0) is its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FacePlace {
    /// Middle of the face, share of the frame's width.
    pub x: f32,
    /// Middle of the face, share of the frame's height.
    pub y: f32,
    /// Height of the face, share of the frame's height.
    pub height: f32,
}

/// Why a person cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreadableReason {
    /// The face has too few pixels.
    TooSmall,
    /// The face is too dark.
    TooDark,
    /// The face is washed out.
    TooBright,
    /// The picture is out of focus or moved.
    Blurred,
    /// The face is turned away from the screen.
    TurnedAway,
    /// The detector or the network is not sure that it sees an expression.
    Unsure,
}

impl UnreadableReason {
    /// What a person can do about it, for the screen.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::TooSmall => "come closer",
            Self::TooDark => "too dark to see you well",
            Self::TooBright => "too bright to see you well",
            Self::Blurred => "hold still for a moment",
            Self::TurnedAway => "turn to the screen",
            Self::Unsure => "not sure what it sees",
        }
    }
}
