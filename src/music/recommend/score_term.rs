//! The parts of a score.

use super::settings::TermWeights;

/// A part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScoreTerm {
    /// How near to the target that the probabilities make.
    Fit,
    /// How small the step from the track before is.
    Step,
    /// How long ago it was heard.
    Novelty,
    /// How well its energy suits hour, company and stay.
    Context,
    /// How much it is expected to be liked.
    Taste,
    /// Whether the artist has not just been heard.
    Variety,
}

impl ScoreTerm {
    /// All of them, in the order of the parts.
    pub const ALL: [Self; 6] =
        [Self::Fit, Self::Step, Self::Novelty, Self::Context, Self::Taste, Self::Variety];

    /// Its name where machines read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Step => "step",
            Self::Novelty => "novelty",
            Self::Context => "context",
            Self::Taste => "taste",
            Self::Variety => "variety",
        }
    }
}

impl TermWeights {
    /// The weight of a term.
    #[must_use]
    pub fn of(&self, term: ScoreTerm) -> f32 {
        match term {
            ScoreTerm::Fit => self.fit,
            ScoreTerm::Step => self.step,
            ScoreTerm::Novelty => self.novelty,
            ScoreTerm::Context => self.context,
            ScoreTerm::Taste => self.taste,
            ScoreTerm::Variety => self.variety,
        }
    }
}
