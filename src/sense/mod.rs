//! The sensors. Each has a module of its own; today there is the camera.

pub mod camera;
