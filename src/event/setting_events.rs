//! Settings that were changed while running.

use bevy::prelude::*;

use super::kinds::Event;
use crate::settings::SettingTakenOver;

pub(super) fn write_setting_events(
    mut changes: MessageReader<SettingTakenOver>,
    mut events: MessageWriter<Event>,
) {
    events.write_batch(changes.read().map(|change| Event::SettingChanged { setting: change.key.clone() }));
}
