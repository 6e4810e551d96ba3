//! Tests of the whole program and of the rooms together. One binary, so that Bevy is linked once.

mod app;
mod awake;
mod camera;
mod cli;
mod clip;
mod desktop;
mod environment;
mod eval;
mod flash;
mod imports;
mod library;
mod loss;
mod machine;
mod outputs;
mod pair;
mod picture;
mod program;
#[path = "../support/requirements.rs"]
mod requirements;
mod scenes;
mod settings;
mod sound;
mod taste;

/// Lets one test see that the audio callback asks for no memory.
#[global_allocator]
static MEMORY: sound::callback::Counting = sound::callback::Counting;
