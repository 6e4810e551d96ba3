//! How well expressions are read, measured on anyone's pictures (`attune eval`).
//!
//! Nothing here knows Bevy: a folder becomes a list of files, each file a [`LabelledPrediction`], and all of them [`Scores`].

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
