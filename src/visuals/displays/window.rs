//! The window goes to the monitor that a person named.

use bevy::prelude::*;
use bevy::window::{Monitor, MonitorSelection, PresentMode, PrimaryWindow, WindowMode, WindowPosition};

use super::place::{Screen, Target, place};
use crate::foundation::{Faults, Room};
use crate::visuals::settings::VisualsSettings;

const MONITOR_FAULT: &str = "monitor";

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_systems(Startup, pace).add_systems(Update, settle);
}

fn pace(settings: Res<VisualsSettings>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    for mut window in &mut windows {
        let vsync = settings.display.vsync;
        window.present_mode = if vsync { PresentMode::AutoVsync } else { PresentMode::AutoNoVsync };
    }
}

/// Places the window when monitors are found, at the start and when one is plugged in later.
fn settle(
    settings: Res<VisualsSettings>,
    found: Query<(), Added<Monitor>>,
    monitors: Query<(Entity, &Monitor)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    (time, mut faults): (Res<Time>, ResMut<Faults>),
) {
    let Ok(mut window) = windows.single_mut() else { return };
    if found.is_empty() {
        return;
    }
    let mut all: Vec<(Entity, Screen)> =
        monitors.iter().map(|(entity, monitor)| (entity, screen(monitor))).collect();
    all.sort_by_key(|(_, screen)| screen.at);
    let screens: Vec<Screen> = all.iter().map(|(_, screen)| screen.clone()).collect();
    match place(&settings.display.monitor, &screens) {
        Err(what) => {
            let what = format!("{what}. The picture stays where it is; see visuals.display.monitor.");
            faults.raise(Room::Visuals, MONITOR_FAULT, what, time.elapsed());
        }
        Ok(target) => {
            put(&mut window, target, &all);
            faults.clear(Room::Visuals, MONITOR_FAULT);
        }
    }
}

fn put(window: &mut Window, target: Target, monitors: &[(Entity, Screen)]) {
    let selection = match target {
        Target::Current => return,
        Target::Primary => MonitorSelection::Primary,
        Target::One(index) => match monitors.get(index) {
            Some((entity, _)) => MonitorSelection::Entity(*entity),
            None => return,
        },
        Target::Span { at, size } => {
            window.mode = WindowMode::Windowed;
            window.decorations = false;
            window.position = WindowPosition::At(IVec2::new(at.0, at.1));
            window.resolution.set_physical_resolution(size.0, size.1);
            return;
        }
    };
    if window.mode == WindowMode::Windowed {
        window.position = WindowPosition::Centered(selection);
    } else {
        window.mode = WindowMode::BorderlessFullscreen(selection);
    }
}

/// A monitor in plain words, in the order in which people count them: from left to right.
pub(super) fn screen(monitor: &Monitor) -> Screen {
    Screen {
        name: monitor.name.clone().unwrap_or_else(|| "unnamed".into()),
        at: (monitor.physical_position.x, monitor.physical_position.y),
        size: (monitor.physical_width, monitor.physical_height),
    }
}
