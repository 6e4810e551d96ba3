//! The living bed: slow chords that the mood moves, for silences and under the music.
//!
//! A **conductor** decides when it sounds, a **composer** what it plays (chords of the scale of the music,
//! led with little motion), and a **synthesiser** in the audio callback how that sounds. From the composer
//! to the callback there is one way, a ring of orders and three numbers.

mod chime;
mod composer;
mod conductor;
mod harmony;
mod pad;
mod settings;
mod sound;
mod synth;
#[cfg(test)]
mod synth_test;
mod tables;

pub(super) use conductor::Scene;
pub use settings::{BedSettings, BedSettingsOverlay, BedWhen};
pub(super) use sound::{BedLine, BedSound, RoomBuilder};

use composer::Feeling;
use conductor::Conductor;
use synth::Order;

use super::console::Console;
use crate::music::MusicalKey;

/// The side of the bed that thinks: looked after once for each frame of the app.
pub(super) struct Bed {
    conductor: Conductor,
    orders: Vec<Order>,
}

impl Bed {
    /// The same seed makes the same music.
    pub(super) fn new(seed: u64) -> Self {
        Self { conductor: Conductor::new(seed), orders: Vec::new() }
    }

    /// Key of the bed while it alone is heard.
    pub(super) fn heard(&self) -> Option<MusicalKey> {
        self.conductor.heard()
    }

    /// The output is another one: the bed comes in anew there.
    pub(super) fn move_over(&mut self) {
        self.conductor.move_over();
    }

    /// Sends what is to be done now to the output.
    pub(super) fn tend(&mut self, console: &mut Console, scene: &Scene, settings: &BedSettings) {
        let feeling = Feeling { valence: scene.valence, arousal: scene.arousal };
        console.bed.follow(feeling, scene.tune);
        self.conductor.conduct(scene, settings, &mut self.orders);
        for order in self.orders.drain(..) {
            if !console.bed.order(order) {
                // A device that takes no sound takes no orders; it is opened again soon.
                bevy::log::debug!("the bed does not listen: {order:?} is left out");
            }
        }
    }
}
