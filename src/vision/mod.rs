//! From frames to readings: faces are found and their expressions are read.

pub mod expression;
pub mod face;
pub mod perception;
