//! What senses the room. Each source of evidence has a module of its own.

pub mod camera;
