//! Reading an expression from a face.

mod emotion;

pub use emotion::{Emotion, Probabilities};
