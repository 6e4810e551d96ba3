//! What is going on now, as one value that can be serialised.
//!
//! The HUD, the terminal and later a remote read this snapshot and need no other room. It names no person and carries no
//! picture: people appear as a number only. [`crate::event`] tells what happened; this tells how things stand.

mod describe;
mod snapshot;
mod systems;

pub use describe::{describe_manual_mood, describe_mood, describe_people};
pub use snapshot::{
    BreathStatus, FaultStatus, MoodStatus, MusicStatus, SceneStatus, SessionStatus, SourceState, Status,
    TrackStatus,
};

use bevy::prelude::*;

use crate::foundation::FrameStage;
use crate::visuals::AdvanceScenes;

/// The system that makes the [`Status`] of this frame; what shows it runs afterwards.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusMade;

/// Keeps [`Status`] up to date, once a frame: after the scenes have moved on, before words are put on the picture.
pub struct StatusPlugin;

impl Plugin for StatusPlugin {
    fn build(&self, app: &mut App) {
        let made = systems::make_status.in_set(FrameStage::Present).in_set(StatusMade).after(AdvanceScenes);
        app.init_resource::<Status>().add_systems(Update, made);
    }
}
