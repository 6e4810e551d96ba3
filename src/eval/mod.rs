//! Measures how well expressions are read, on labelled pictures (`attune eval`).
//!
//! Pure functions without Bevy: a [`LabelledFolder`] lists the files, the [`Evaluator`] makes a [`LabelledPrediction`] of
//! each, and [`EvaluationScores`] summarise them.

mod calm_people;
mod csv_table;
mod evaluator;
mod labelled_folder;
mod live_session;
mod metrics;
mod people;
mod people_scores;
mod plot;
mod rate;

pub use calm_people::{CalmPerson, CalmScores};
pub use evaluator::{Evaluator, EvaluatorSettings};
pub use labelled_folder::{EvalError, LabelledFolder, LabelledPicture, emotion_of};
pub use live_session::{CalmResult, LiveSession, PoseResult, RestResult, SessionResult};
pub use metrics::{
    ByEmotion, ClassScore, ConfusionRow, EvaluationScores, LabelledPrediction, Prediction, ReliabilityBin,
};
pub use people::{PersonGroups, PosingPeople, PosingPerson};
pub use people_scores::{GroupScores, PeopleScores, PoseScores, SaidScores};
pub use plot::draw;
pub use rate::Rate;
