//! The ambient pad: generated slow chords that follow the mood, in silences and under the music.
//!
//! A **sequencer** decides when the pad sounds and how loud, a **composer** which chord comes next, and a
//! **synthesiser** in the audio callback makes the sound. Composing stays out of the callback: if the
//! app hangs, the current chord just lasts longer. The callback reads a ring of commands and three
//! atomic numbers.

mod chime;
mod composer;
mod harmony;
mod pad;
mod sequencer;
mod settings;
mod sound;
mod synth;
#[cfg(test)]
mod synth_test;
mod voice;
mod wavetables;

pub(super) use pad::AmbientPad;
pub(super) use sequencer::{AmbientInputs, MusicState};
pub use settings::{
    AmbientSettings, AmbientSettingsOverlay, AmbientSwitch, AmbientTimbreSettings,
    AmbientTimbreSettingsOverlay, AmbientWhen,
};
pub(super) use sound::{AmbientLink, AmbientReverbBuilder, AmbientSound};
