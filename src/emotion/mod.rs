//! The seven emotions, probabilities over them, and evidence about people.
//!
//! Leaf types only: every sensor produces [`Evidence`], and the mood reads nothing else.

mod circumplex;
mod evidence;
mod label;
mod log_probabilities;
mod probabilities;

pub use circumplex::{Affect, Circumplex};
pub use evidence::{Evidence, EvidenceSource, FacePlace, PersonEvidence, PersonId, UnreadableReason};
pub use label::Emotion;
pub use log_probabilities::LogProbabilities;
pub use probabilities::Probabilities;
