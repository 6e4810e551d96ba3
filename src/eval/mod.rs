//! Measures how well expressions are read, on labelled pictures (`attune eval`).
//!
//! Pure functions without Bevy: a [`LabelledFolder`] lists the files, the [`Evaluator`] makes a [`LabelledPrediction`] of
//! each, and [`EvaluationScores`] summarise them.

mod calm_people;
mod csv_table;
mod evaluator;
mod labelled_folder;
mod metrics;
mod people;
mod people_scores;
mod plot;
mod posed_sequence;
mod rate;

pub use calm_people::{CalmPerson, CalmScores};
pub use evaluator::{Evaluator, EvaluatorSettings};
pub use labelled_folder::{EvalError, LabelledFolder, LabelledPicture, emotion_of};
pub use metrics::{
    ByEmotion, ClassScore, ConfusionRow, EvaluationScores, LabelledPrediction, Prediction, ReliabilityBin,
};
pub use people::{EvaluationSubject, PersonGroups, PosingPeople};
pub use people_scores::{GroupScores, PeopleScores, PosedExpressionScores, SaidScores};
pub use plot::draw;
pub use posed_sequence::{CalmResult, NeutralResult, PosedExpressionResult, PosedSequence, SessionResult};
pub use rate::Rate;
