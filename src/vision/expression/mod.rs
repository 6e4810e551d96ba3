//! Reading an expression from a face.

mod classifier;
mod crop;
mod labels;
mod settings;

pub use classifier::{Classifier, Ensemble, Expression};
pub use settings::{ExpressionSettings, ExpressionSettingsOverlay};
