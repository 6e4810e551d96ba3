//! The decks: decoding ahead, playing at the rate of the output, and deciding what sounds on which channel.

mod ahead_decoder;
mod deck_channel;
mod deck_sound;
mod loudness_cache;
mod scheduler;
mod track_decoder;

pub(super) use scheduler::{DeckEvent, DeckScheduler};
