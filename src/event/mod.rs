//! What happened, as one stream of plain messages.
//!
//! Each room writes the events of its own facts in the frame in which they happen. Consumers such as the report, and
//! later a journal or a remote, read this stream and [`crate::status`], and need no other room. An event names no person
//! and carries no picture: people appear as numbers only.

mod fault_events;
mod kinds;
mod setting_events;

pub use kinds::{Event, FeedbackKind, MoodPace};

use bevy::prelude::*;

use crate::foundation::{Faults, FrameStage};
use crate::settings::SettingTakenOver;

/// Registers the stream. Every room that writes or reads events calls it.
pub fn plugin(app: &mut App) {
    app.add_message::<Event>();
}

/// Writes the events of faults and settings, which live below this room.
pub struct EventPlugin;

impl Plugin for EventPlugin {
    fn build(&self, app: &mut App) {
        plugin(app);
        app.init_resource::<Faults>().add_message::<SettingTakenOver>().add_systems(
            Update,
            (
                fault_events::write_fault_events.run_if(resource_changed::<Faults>),
                setting_events::write_setting_events,
            )
                .in_set(FrameStage::Record),
        );
    }
}
