//! Turns picks into sound.
//!
//! Two decks stream tracks through [kira] and crossfade. A planner decides when and how a transition
//! happens (`transition`), the scheduler runs it (`decks`), and effects in the audio graph compute it
//! for every sample (`graph`). All tracks are brought to one loudness, a gain curve keeps transitions even,
//! and a true-peak limiter comes last. Cues and the ambient pad (`ambient`) play through the same graph.
//! Without a device the same graph renders on request, to a file or to nothing, so there is one code path.
//!
//! `bevy_kira_audio` is used only as the loader of a person's own cue files (`cue_files.rs`). Its player is not
//! used: it opens a second audio engine on the default device, past volume, limiter and the chosen device,
//! loads whole tracks, and fades linearly in decibels.

mod ambient;
mod controls;
mod cue_files;
mod cues;
mod decks;
mod dsp;
mod events;
pub mod faults;
mod graph;
mod greeting;
mod interval_bell;
mod meter;
mod now_playing;
mod offline_mixer;
mod output;
mod rendered_transition;
mod settings;
mod systems;
mod transition;
mod transport;
mod volume_taper;

pub use ambient::{
    AmbientSettings, AmbientSettingsOverlay, AmbientSwitch, AmbientTimbreSettings,
    AmbientTimbreSettingsOverlay, AmbientWhen,
};
pub use cues::Cue;
pub use dsp::{DuckingCurve, NightSettings};
pub use graph::device_lifecycle::DeviceOpener;
pub use graph::output_devices::output_names;
pub use graph::{AudioGraph, GraphSettings, OFFLINE_RATE, OutputError};
pub use meter::{BeatPhase, SoundLevels};
pub use now_playing::NowPlaying;
pub use offline_mixer::{OfflineMixer, pick_of, pick_track};
pub use output::{MasterVolume, SoundOutput};
pub use rendered_transition::{
    RenderTransitionError, RenderedTransition, TransitionMeasurements, TransitionRequest, TransitionStart,
    render_transition,
};
pub use settings::{
    CueFileSettings, CueFileSettingsOverlay, DuckSettings, DuckSettingsOverlay, MixerSettings,
    MixerSettingsOverlay,
};
pub use transition::{
    FadeCurve, FadeCurveSetting, FadeLengthSource, TransitionGainSettings, TransitionGainSettingsOverlay,
    TransitionPlan,
};
pub use transport::Transport;

use bevy::prelude::*;

use crate::foundation::{ClockMode, FrameStage};
use crate::mood::{Mood, Presence};
use crate::music::{Pick, TrackWanted};
use crate::session::{Breath, Ending};
use crate::settings::AddSettings as _;
use crate::{command, event};

/// Plays picks with crossfades.
///
/// Takes [`SoundOutput`], [`ClockMode`] and [`MixerSettings`]: insert them before this plugin.
pub struct MixerPlugin;

impl Plugin for MixerPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        event::plugin(app);
        app.add_settings::<MixerSettings>("mixer");
        app.init_resource::<ClockMode>()
            .init_resource::<Mood>()
            .init_resource::<Breath>()
            .init_resource::<Ending>()
            .init_resource::<Presence>()
            .init_resource::<SoundOutput>()
            .init_resource::<DeviceOpener>()
            .init_resource::<NowPlaying>()
            .init_resource::<SoundLevels>()
            .init_resource::<AmbientSwitch>()
            .init_resource::<MasterVolume>()
            .init_resource::<cues::CueSounds>()
            .add_message::<Pick>()
            .add_message::<TrackWanted>()
            .add_message::<Cue>()
            .add_systems(Startup, systems::set_up)
            .add_systems(
                Update,
                (
                    systems::supervise_output,
                    systems::apply_transport,
                    (systems::set_volume, systems::apply_settings).chain(),
                    systems::take_picks,
                    systems::switch_ambient,
                    systems::update_ambient,
                    systems::mix,
                    systems::request_track,
                    systems::publish_levels,
                    systems::publish_playing,
                    events::write_music_events,
                    greeting::greet,
                    interval_bell::ring,
                    (cue_files::request_cue_files, cue_files::take_cue_files)
                        .chain()
                        .run_if(resource_exists::<cue_files::CueFiles>),
                    systems::play_cues,
                )
                    .chain()
                    .in_set(FrameStage::Mix),
            )
            .add_systems(Last, systems::finish_file)
            .add_plugins(cue_files::plugin);
    }
}
