//! Tests of the whole program and of the rooms together. One binary, so that Bevy is linked once.

mod app;
mod camera;
mod cli;
mod clip;
mod endings;
mod eval;
mod flash;
mod imports;
mod library;
mod loss;
mod machine;
mod pair;
mod picture;
mod program;
mod scenes;
mod settings;
mod sound;
mod taste;

/// Lets one test see that the audio callback asks for no memory.
#[global_allocator]
static MEMORY: sound::callback::Counting = sound::callback::Counting;
