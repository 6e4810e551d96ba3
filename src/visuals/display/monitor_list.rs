//! Which monitors there are, asked without opening a window.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bevy::a11y::AccessibilityPlugin;
use bevy::app::TaskPoolPlugin;
use bevy::input::InputPlugin;
use bevy::prelude::*;
use bevy::window::{ExitCondition, Monitor};
use bevy::winit::{WinitPlugin, WinitSettings};

use super::graphics_error::GraphicsError;
use super::monitor_choice::MonitorArea;
use super::window_placement::monitor_area;
use crate::foundation::{hold_panics, panic_text, release_panics};

/// A system names its monitors within this many updates.
const MOST_UPDATES: u32 = 30;

/// The monitors from left to right. Ask once in a process, and only where a display answers
/// ([`super::find_display`]).
///
/// # Errors
/// [`GraphicsError::WindowSystem`] if a window could not be opened either.
pub fn monitors() -> Result<Vec<MonitorArea>, GraphicsError> {
    hold_panics();
    let asked = catch_unwind(AssertUnwindSafe(ask_for_monitors));
    let panics = release_panics();
    asked.map_err(|panic| {
        let reason = panics.into_iter().next().unwrap_or_else(|| panic_text(panic.as_ref()));
        GraphicsError::WindowSystem { reason }
    })
}

fn ask_for_monitors() -> Vec<MonitorArea> {
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
