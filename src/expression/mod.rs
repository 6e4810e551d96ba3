//! Reading an expression from a face.

mod classify;
mod crop;
mod emotion;
mod labels;
mod settings;

pub use classify::{Classifier, Ensemble, Expression};
pub use emotion::{Emotion, Probabilities};
pub use settings::{ExpressionSettings, ExpressionSettingsOverlay};
