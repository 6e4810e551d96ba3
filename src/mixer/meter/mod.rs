//! What is measured of the sound for other rooms: levels, spectrum, onsets and the beat.

mod beat_tracker;
mod level_analyser;
mod output_latency;
mod output_meter;
mod sound_levels;

pub(super) use output_meter::{OutputMeter, OutputState};
pub use sound_levels::{BeatPhase, SoundLevels};
