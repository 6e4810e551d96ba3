//! Measures how well expressions are read, on labelled pictures (`attune eval`).
//!
//! Pure functions without Bevy: a [`LabelledFolder`] lists the files, the [`Evaluator`] makes a [`LabelledPrediction`] of
//! each, and [`Scores`] summarise them.

mod evaluator;
mod labelled_folder;
mod metrics;
mod plot;

pub use evaluator::{Evaluator, EvaluatorSettings};
pub use labelled_folder::{EvalError, LabelledFolder, LabelledPicture, emotion_of};
pub use metrics::{
    ByEmotion, ClassScore, ConfusionRow, LabelledPrediction, Prediction, ReliabilityBin, Scores,
};
pub use plot::draw;
