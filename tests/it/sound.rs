//! Music and mixer together, measured sample by sample through the offline output.

mod album;
mod ambient;
pub mod callback;
mod cues;
mod devices;
mod fades;
mod fake_device;
mod mixing;
mod music;
mod power;
mod server;
mod state;
pub mod test_rig;
