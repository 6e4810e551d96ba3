//! Reading an expression from a face.

mod classify;
mod crop;
mod labels;
mod settings;

pub use classify::{Classifier, Ensemble, Expression};
pub use settings::{ExpressionSettings, ExpressionSettingsOverlay};
