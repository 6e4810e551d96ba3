//! The control side of the pad: updated once for each frame of the app.

use bevy::prelude::Resource;

use super::sequencer::{AmbientInputs, PadSequencer};
use super::settings::{AmbientSettings, AmbientTimbreSettings};
use super::sound::AmbientLink;
use super::synth::{PadModulation, SynthCommand};
use crate::music::MusicalKey;

/// Sequencer and composer of the pad; sends their commands to the synthesiser.
#[derive(Resource)]
pub(in crate::mixer) struct AmbientPad {
    sequencer: PadSequencer,
    commands: Vec<SynthCommand>,
    /// The timbre that the synthesiser has.
    timbre: Option<AmbientTimbreSettings>,
}

impl AmbientPad {
    /// The same seed and the same inputs give the same music.
    pub(in crate::mixer) fn new(seed: u64) -> Self {
        Self { sequencer: PadSequencer::new(seed), commands: Vec::new(), timbre: None }
    }

    /// Key of the pad while nothing but the pad sounds.
    pub(in crate::mixer) fn solo_key(&self) -> Option<MusicalKey> {
        self.sequencer.solo_key()
    }

    /// The output was replaced, and its synthesiser is silent: the pad fades in again there.
    pub(in crate::mixer) fn restart(&mut self) {
        self.sequencer.restart();
        self.timbre = None;
    }

    /// Sends the commands that are due to the synthesiser behind `link`.
    pub(in crate::mixer) fn update(
        &mut self,
        link: &mut AmbientLink,
        inputs: &AmbientInputs,
        settings: &AmbientSettings,
    ) {
        link.follow(PadModulation {
            mood: inputs.mood,
            pitch_ratio: inputs.music.pitch_ratio,
            breath: inputs.breath,
        });
        if self.timbre.replace(settings.timbre) != Some(settings.timbre) {
            self.commands.push(SynthCommand::Timbre(settings.timbre));
        }
        self.sequencer.update(inputs, settings, &mut self.commands);
        for command in self.commands.drain(..) {
            if !link.send(command) {
                // A device that takes no sound empties no queue; it is reopened soon.
                bevy::log::debug!("the queue of the ambient pad is full: {command:?} is dropped");
            }
        }
    }
}
