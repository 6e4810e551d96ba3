//! How well expressions are read, measured on anyone's pictures (`attune eval`).
//!
//! Nothing here knows Bevy: a folder becomes a list of files, each file a [`Judgement`], and all of them [`Scores`].

mod folder;
mod judge;
mod metrics;
mod plot;

pub use folder::{Collection, EvalError, Picture, emotion_of};
pub use judge::Judge;
pub use metrics::{Bin, ByEmotion, ClassScore, Judgement, Row, Scores, Seen};
pub use plot::draw;
