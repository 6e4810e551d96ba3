//! From picks to sound.
//!
//! Two decks stream tracks through [kira] and fade into each other, computed for every sample: a
//! planner decides when, how long and how, and an effect does it. All tracks are brought to one
//! loudness, a hand on the fader keeps transitions even, and a limiter has the last word. Where there is no device the same decks run on an output that renders when asked
//! to, into a file or into nothing: there is one code path.

mod beat;
mod bed;
mod bell;
mod booth;
mod bus;
mod console;
mod cues;
mod deck;
mod decode;
mod desk;
mod device;
mod duck;
mod ear;
mod fade;
pub mod faults;
mod feed;
mod greet;
mod lane;
mod levels;
mod limiter;
mod loudness;
mod night;
mod output;
mod outputs;
mod plan;
mod rehearsal;
mod ride;
mod settings;
mod studio;
mod systems;
mod wav;

pub use bed::{BedSettings, BedSettingsOverlay, BedWhen};
pub use booth::{Booth, pick_of};
pub use console::{Console, OFFLINE_RATE, OutputSettings};
pub use device::DeviceOpener;
pub use duck::Ducking;
pub use outputs::output_names;
pub use plan::{Law, LawWanted, LengthFrom, Plan};
pub use rehearsal::{Heard, Moment, Rehearsal, RehearsalError, rehearse};
pub use settings::{DuckSettings, DuckSettingsOverlay, MixerSettings, MixerSettingsOverlay};
pub use studio::SoundOutput;

use std::time::Duration;

use bevy::prelude::*;

use crate::foundation::{ClockMode, FrameStage};
use crate::input::Action;
use crate::mood::Mood;
use crate::music::{MusicalKey, Pick, TrackWanted};

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
    /// A person has paused the music.
    pub paused: bool,
    /// Key of the living bed while it alone is heard.
    pub bed: Option<MusicalKey>,
}

/// What the pictures hear: the whole mix at its own loudness, whatever the volume, when it reaches
/// the ears. All values are eased by nobody: consumers smooth as they need.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundLevels {
    /// Root mean square of the last picture frame's samples, 0..=1.
    pub rms: f32,
    /// Largest absolute sample of the same stretch, 0..
    pub peak: f32,
    /// Energy in eight bands from 40 Hz to 16 kHz, evenly spaced in octaves,
    /// each mapped from −60..0 dBFS to 0..=1.
    pub bands: [f32; 8],
    /// Energy in the 24 critical bands of hearing up to 15.5 kHz (Bark scale), mapped like `bands`.
    pub spectrum: [f32; 24],
    /// How suddenly the bass or many bands got louder, 0..=1: a beat is a peak of it. The strongest
    /// since the last picture frame.
    pub onset: f32,
    /// The beat of the music, where there is one.
    pub beat: Option<Beat>,
}

/// Where in the beat the music is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beat {
    /// 0..1, 0 on the beat.
    pub phase: f32,
    /// Tempo in beats per minute as it is heard.
    pub bpm: f32,
    /// From the trusted beat grid of the track; else from the onsets alone, which may be half or double.
    pub from_grid: bool,
}

/// What a person may ask of the track that plays.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Stops with a short ramp; a crossfade stands still, too.
    Pause,
    /// Goes on where it stopped.
    Resume,
    /// Pauses, or goes on.
    Toggle,
    /// Goes to a time of the track.
    Seek(Duration),
    /// Goes so far back or ahead in the track; several in a row add up.
    Back(Duration),
    Ahead(Duration),
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
    /// The bell of a session: a bowl that rings for some seconds.
    Bell,
}

/// Plays picks with crossfades.
///
/// Takes [`SoundOutput`], [`ClockMode`] and [`MixerSettings`]: insert them before this plugin.
/// In a live run with a device, short sounds go through `bevy_kira_audio` if Bevy's assets are there.
pub struct MixerPlugin;

impl Plugin for MixerPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ClockMode>()
            .init_resource::<Mood>()
            .init_resource::<SoundOutput>()
            .init_resource::<DeviceOpener>()
            .init_resource::<NowPlaying>()
            .init_resource::<SoundLevels>()
            .add_message::<Pick>()
            .add_message::<TrackWanted>()
            .add_message::<Cue>()
            .add_message::<Transport>()
            .add_message::<Action>()
            .add_systems(Startup, systems::set_up)
            .add_systems(
                Update,
                (
                    systems::look_after_device,
                    systems::obey,
                    systems::take_picks,
                    systems::tend_bed,
                    systems::mix,
                    systems::want_a_track,
                    systems::publish,
                    greet::greet,
                    bell::ring,
                    systems::play_cues,
                )
                    .chain()
                    .in_set(FrameStage::Mix),
            )
            .add_systems(Last, systems::finish_file);
        systems::add_cue_player(app);
    }
}
