//! Tests of the whole program and of the rooms together. One binary, so that Bevy is linked once.

mod app;
mod awake;
mod camera;
mod cli;
mod clip;
mod desktop;
mod device_loss;
mod endings;
mod environment;
mod eval;
mod flash;
mod grey;
mod imports;
mod library;
mod machine;
mod outputs;
mod picture;
mod program;
#[path = "../support/requirements.rs"]
mod requirements;
mod scenes;
mod settings;
mod sound;
mod stepped_app;
mod still_pictures;
mod taste;
mod two_people;

/// Lets one test see that the audio callback asks for no memory.
#[global_allocator]
static MEMORY: sound::callback::Counting = sound::callback::Counting;
