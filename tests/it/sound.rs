//! Music and mixer together, heard sample by sample through the offline output.

mod album;
mod ambient;
pub mod callback;
mod cues;
mod devices;
mod fades;
pub mod hall;
mod mixing;
mod music;
mod power;
mod pretended;
mod server;
mod state;
