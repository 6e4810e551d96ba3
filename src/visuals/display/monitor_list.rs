//! Which monitors there are, asked without opening a window.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::a11y::AccessibilityPlugin;
use bevy::app::TaskPoolPlugin;
use bevy::input::InputPlugin;
use bevy::prelude::*;
use bevy::window::{ExitCondition, Monitor};
use bevy::winit::{WinitPlugin, WinitSettings};

use super::monitor_choice::MonitorArea;
use super::window_placement::monitor_area;

/// A system names its monitors within this many updates.
const MOST_UPDATES: u32 = 30;

/// The monitors from left to right. Ask once in a process, and only where a display answers
/// ([`super::display`]).
#[must_use]
pub fn monitors() -> Vec<MonitorArea> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&found);
    let mut updates = 0;
    let look = move |monitors: Query<&Monitor>, mut exit: MessageWriter<AppExit>| {
        updates += 1;
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        *list = monitors.iter().map(monitor_area).collect();
        if !list.is_empty() || updates > MOST_UPDATES {
            exit.write(AppExit::Success);
        }
    };
    App::new()
        .add_plugins((
            TaskPoolPlugin::default(),
            InputPlugin,
            WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() },
            AccessibilityPlugin,
            WinitPlugin::default(),
        ))
        .insert_resource(WinitSettings::continuous())
        .add_systems(Update, look)
        .run();
    let mut screens = found.lock().unwrap_or_else(PoisonError::into_inner).clone();
    screens.sort_by_key(|screen| screen.at);
    screens
}
