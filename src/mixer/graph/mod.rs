//! The audio graph on [kira]: channels, buses, master, and the devices and files it plays to.

pub(super) mod audio_graph;
pub(super) mod channel_fader;
pub(super) mod device_lifecycle;
mod error;
mod master;
mod music_bus;
pub(super) mod output_devices;
pub(super) mod wav_file;

pub(super) use audio_graph::CHANNELS;
pub use audio_graph::{AudioGraph, GraphSettings, OFFLINE_RATE};
pub use error::OutputError;
