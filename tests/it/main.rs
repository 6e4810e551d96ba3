//! Tests of the whole program and of the rooms together. One binary, so that Bevy is linked once.

mod camera;
mod cli;
mod clip;
mod eval;
mod pair;
mod picture;
mod sound;
mod taste;
