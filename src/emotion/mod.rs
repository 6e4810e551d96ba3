//! The seven emotions, what is known about them, and how it is handed to the mood.
//!
//! Leaf types only: every sensor produces [`Evidence`], and the mood reads nothing else.

mod circumplex;
mod evidence;
mod label;
mod probabilities;
mod scores;

pub use circumplex::{Affect, Circumplex};
pub use evidence::{Evidence, EvidenceSource, FacePlace, PersonEvidence, PersonId, UnreadableReason};
pub use label::Emotion;
pub use probabilities::Probabilities;
pub use scores::EmotionScores;
