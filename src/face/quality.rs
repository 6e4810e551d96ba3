//! How well a face can be seen: quality comes before opinion.

use serde::Serialize;

/// How good a view of a face is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// 0 useless ..= 1 as good as it gets; a weight in the mood of a group.
    pub score: f32,
    /// Why no opinion should be formed from this view, if so. The reading is then *unknown*, never *neutral*.
    pub poor: Option<PoorView>,
}

impl Quality {
    /// Nothing stands in the way.
    pub const GOOD: Self = Self { score: 1.0, poor: None };
}

/// What makes a view too poor to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PoorView {
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

impl PoorView {
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
