//! From picks to sound.
//!
//! Two decks stream tracks through [kira] and fade into each other with equal power, computed for
//! every sample. Where there is no device the same decks run on an output that renders when asked
//! to, into a file or into nothing: there is one code path.

mod console;
mod cues;
mod deck;
mod decode;
mod desk;
mod device;
mod fade;
mod feed;
mod greet;
mod levels;
mod output;
mod settings;
mod studio;
mod systems;
mod wav;

pub use console::{Console, OFFLINE_RATE};
pub use device::DeviceOpener;
pub use settings::{MixerSettings, MixerSettingsOverlay};
pub use studio::SoundOutput;

use std::time::Duration;

use bevy::prelude::*;

use crate::foundation::{Pace, Step};
use crate::mood::Mood;
use crate::music::{Pick, TrackWanted};

/// What sounds now.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct NowPlaying {
    /// The track that is heard, or in a crossfade the one that is coming in.
    pub pick: Option<Pick>,
    /// Position in the track.
    pub position: Duration,
    /// Progress of a crossfade in 0..=1 while one is under way.
    pub crossfade: Option<f32>,
    /// Crossfades that have begun since the start.
    pub crossfades: u32,
}

/// What the pictures hear, measured on the main track. All values are eased by
/// nobody: consumers smooth as they need.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundLevels {
    /// Root mean square of the last picture frame's samples, 0..=1.
    pub rms: f32,
    /// Largest absolute sample of the same stretch, 0..
    pub peak: f32,
    /// Energy in eight bands from 40 Hz to 16 kHz, evenly spaced in octaves,
    /// each mapped from −60..0 dBFS to 0..=1.
    pub bands: [f32; 8],
    /// How much louder the low bands got since the last frame, 0..=1: a beat is a peak of it.
    pub onset: f32,
}

/// A short sound of the interface.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// Somebody came into view.
    Welcome,
    /// The room is empty again.
    Farewell,
    /// A button was pressed.
    Press,
}

/// Plays picks with crossfades.
///
/// Takes [`SoundOutput`], [`Pace`] and [`MixerSettings`]: insert them before this plugin.
/// In a live run with a device, short sounds go through `bevy_kira_audio` if Bevy's assets are there.
pub struct MixerPlugin;

impl Plugin for MixerPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Pace>()
            .init_resource::<Mood>()
            .init_resource::<SoundOutput>()
            .init_resource::<DeviceOpener>()
            .init_resource::<NowPlaying>()
            .init_resource::<SoundLevels>()
            .add_message::<Pick>()
            .add_message::<TrackWanted>()
            .add_message::<Cue>()
            .add_systems(Startup, systems::set_up)
            .add_systems(
                Update,
                (
                    systems::look_after_device,
                    systems::take_picks,
                    systems::mix,
                    systems::want_a_track,
                    systems::publish,
                    greet::greet,
                    systems::play_cues,
                )
                    .chain()
                    .in_set(Step::Mix),
            )
            .add_systems(Last, systems::finish_file);
        systems::add_cue_player(app);
    }
}
