//! Puts the window on the monitor that a person named, makes it fill the monitor, and keeps it when that is unplugged.
//!
//! winit does not check whether a request for fullscreen was granted, and reads the monitors of an X server only once, so
//! [`MonitorWatcher`] asks the server itself. Where no window manager answers, the window covers its monitor by its own
//! place and size and takes the keyboard. Bevy despawns a window together with its monitor; that relationship is removed
//! as soon as it is added.

use std::time::Duration;

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::window::{
    Monitor, MonitorSelection, OnMonitor, PrimaryWindow, WindowLevel, WindowMode, WindowPosition,
};

use super::display_server::is_x11;
use super::monitor_choice::{MonitorArea, UNNAMED, names};
use super::monitor_watcher::{MonitorSnapshot, MonitorWatcher, OBSERVE_EVERY, observe_winit, x11_window_id};
use super::output::PictureOutput;
use super::window_layout::{LayoutInputs, WindowLayout, home_monitor, lay_out_window};
use crate::command::{Command, Request};
use crate::foundation::{Faults, FrameStage};
use crate::visuals::faults;
use crate::visuals::settings::VisualsSettings;

/// Observations in a row that correct the window; then it is left where a person or a window manager put it.
const MOST_CORRECTIONS: u32 = 8;
/// Observations without a change after which the monitor of the window counts as chosen by a person.
const SETTLED_AFTER: u32 = 20;

pub(in crate::visuals) fn plugin(app: &mut App) {
    let output = app.world().get_resource::<PictureOutput>();
    let fullscreen = matches!(output, Some(PictureOutput::Window { fullscreen: true, .. }));
    let window_size = match output {
        Some(PictureOutput::Window { size, .. }) => (*size).into(),
        _ => UVec2::ONE,
    };
    app.insert_resource(WindowPlacement { fullscreen, window_size, ..default() })
        .add_message::<Request>()
        .add_observer(stay_without_monitor)
        .add_systems(
            Update,
            (toggle_fullscreen, observe_monitors, place_window.run_if(resource_changed::<WindowPlacement>))
                .chain()
                .in_set(FrameStage::Present),
        );
}

/// Bevy ties a window to its monitor, so that the window would be closed and the program end when that is unplugged.
fn stay_without_monitor(tied: On<Insert, OnMonitor>, mut commands: Commands) {
    commands.entity(tied.entity).remove::<OnMonitor>();
}

/// What is wanted of the window, and what was last observed of it.
#[derive(Resource, Default)]
struct WindowPlacement {
    fullscreen: bool,
    /// Its size while it does not fill a monitor.
    window_size: UVec2,
    home: Option<String>,
    seen: Option<MonitorSnapshot>,
    watcher: Option<MonitorWatcher>,
    /// Observations since something changed.
    observations: u32,
    /// Real time of the next observation where there is no watcher.
    next_observation: Duration,
}

impl WindowPlacement {
    fn take(&mut self, seen: MonitorSnapshot) {
        let before = self.seen.as_ref();
        if before.is_none_or(|before| before.screens != seen.screens) {
            info!("monitors: {}", names(&seen.screens));
            self.observations = 0;
        } else if before.is_none_or(|before| before.managed != seen.managed) {
            self.observations = 0;
        } else if self.observations > SETTLED_AFTER {
            self.home = home_monitor(self.home.take(), &seen.screens, seen.on);
        }
        if self.home.is_none() {
            self.home = home_monitor(None, &seen.screens, seen.on);
        }
        self.observations = self.observations.saturating_add(1);
        self.seen = Some(seen);
    }
}

fn toggle_fullscreen(mut requests: MessageReader<Request>, mut placement: ResMut<WindowPlacement>) {
    if requests.read().filter(|request| request.command == Command::ToggleFullscreen).count() % 2 == 1 {
        placement.fullscreen = !placement.fullscreen;
        placement.observations = 0;
    }
}

fn observe_monitors(
    _main_thread: NonSendMarker,
    time: Res<Time<Real>>,
    mut placement: ResMut<WindowPlacement>,
    windows: Query<Entity, With<PrimaryWindow>>,
    mut unwatchable: Local<bool>,
) {
    let Ok(window) = windows.single() else { return };
    if placement.watcher.is_none() && is_x11() && !*unwatchable {
        let Some(id) = x11_window_id(window) else { return };
        match MonitorWatcher::open(id) {
            Ok(watcher) => placement.watcher = Some(watcher),
            Err(error) => {
                warn!("monitors are not watched: {error}");
                *unwatchable = true;
            }
        }
    }
    let seen = match &placement.watcher {
        Some(watcher) => watcher.newest(),
        None if time.elapsed() >= placement.next_observation => {
            placement.next_observation = time.elapsed() + OBSERVE_EVERY;
            observe_winit(window)
        }
        None => None,
    };
    if let Some(seen) = seen {
        placement.take(seen);
    }
}

/// Puts the window where it belongs, when it or its monitors changed.
fn place_window(
    settings: Res<VisualsSettings>,
    placement: Res<WindowPlacement>,
    monitors: Query<(Entity, &Monitor)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let Some(seen) = placement.seen.as_ref().filter(|_| placement.observations <= MOST_CORRECTIONS) else {
        return;
    };
    let Ok(window) = windows.single_mut() else { return };
    let now = LayoutInputs {
        screens: &seen.screens,
        primary: seen.primary,
        on: seen.on,
        home: placement.home.as_deref(),
        fullscreen: placement.fullscreen,
        managed: seen.managed,
        places: is_x11(),
    };
    let (layout, complaint) = lay_out_window(&settings.display.monitor, &now);
    match complaint {
        Some(what) => {
            let what = format!("{what}. The picture is shown on another; see visuals.display.monitor.");
            faults.raise(faults::MONITOR, what, time.elapsed());
        }
        None if faults.holds(faults::MONITOR) => faults.clear(faults::MONITOR),
        None => {}
    }
    apply_layout(layout, seen, placement.window_size, &monitors, window);
}

fn apply_layout(
    layout: WindowLayout,
    seen: &MonitorSnapshot,
    window_size: UVec2,
    monitors: &Query<(Entity, &Monitor)>,
    mut window: Mut<Window>,
) {
    let known = |wanted: &MonitorArea| {
        monitors.iter().find(|(_, monitor)| monitor_area(monitor) == *wanted).map(|(entity, _)| entity)
    };
    let there = |index: usize| seen.on.is_none_or(|on| on == index);
    match layout {
        WindowLayout::Stay => {}
        WindowLayout::Fill(index) => {
            let Some(screen) = seen.screens.get(index) else { return };
            let filled = matches!(window.mode, WindowMode::BorderlessFullscreen(_));
            match (filled, there(index)) {
                (true, true) => {}
                // A window manager moves no window that fills a monitor; it fills the other one at the next observation.
                (true, false) if is_x11() => restore_window(&mut window, screen, window_size),
                _ => match known(screen) {
                    Some(monitor) => fill(&mut window, MonitorSelection::Entity(monitor)),
                    // Bevy learns of no monitor that is plugged into an X server later.
                    None if is_x11() => cover(&mut window, seen, screen.at, screen.size),
                    None => fill(&mut window, MonitorSelection::Current),
                },
            }
        }
        WindowLayout::Cover { at, size } => cover(&mut window, seen, at, size),
        WindowLayout::Window(index) => {
            if window.mode == WindowMode::Windowed && window.decorations && there(index) {
                return;
            }
            if let Some(screen) = seen.screens.get(index) {
                restore_window(&mut window, screen, window_size);
            }
        }
    }
}

fn fill(window: &mut Window, monitor: MonitorSelection) {
    window.decorations = true;
    window.window_level = WindowLevel::Normal;
    window.mode = WindowMode::BorderlessFullscreen(monitor);
}

fn cover(window: &mut Mut<Window>, seen: &MonitorSnapshot, at: (i32, i32), size: (u32, u32)) {
    if window.mode == WindowMode::Windowed && seen.rect == Some((at, size)) {
        return;
    }
    window.mode = WindowMode::Windowed;
    window.decorations = false;
    // Over the panels of a desktop.
    window.window_level = if seen.managed { WindowLevel::AlwaysOnTop } else { WindowLevel::Normal };
    move_to(window, seen, at, size);
}

/// Bevy requests a place or a size only when it differs from its own record. Where the record is wrong, it is set to the
/// observed value first, and the request follows at the next observation.
fn move_to(window: &mut Mut<Window>, seen: &MonitorSnapshot, at: (i32, i32), size: (u32, u32)) {
    let wanted = WindowPosition::At(at.into());
    match seen.rect {
        Some((place, _)) if place != at && window.position == wanted => {
            window.position = WindowPosition::At(place.into());
        }
        _ => window.position = wanted,
    }
    let (width, height) = match seen.rect {
        Some((_, true_size)) if true_size != size && window.physical_size() == UVec2::from(size) => true_size,
        _ => size,
    };
    window.resolution.set_physical_resolution(width, height);
}

/// A window with a frame in the middle of a screen.
fn restore_window(window: &mut Window, screen: &MonitorArea, window_size: UVec2) {
    window.mode = WindowMode::Windowed;
    window.decorations = true;
    window.window_level = WindowLevel::Normal;
    // A frame and a panel take their part of a small monitor.
    let size = window_size.min(UVec2::from(screen.size) * 9 / 10);
    window.resolution.set_physical_resolution(size.x, size.y);
    let rest = (UVec2::from(screen.size) - size) / 2;
    window.position = WindowPosition::At(IVec2::from(screen.at) + rest.as_ivec2());
}

/// Name, place and size of a monitor.
pub(super) fn monitor_area(monitor: &Monitor) -> MonitorArea {
    MonitorArea {
        name: monitor.name.clone().unwrap_or_else(|| UNNAMED.into()),
        at: (monitor.physical_position.x, monitor.physical_position.y),
        size: (monitor.physical_width, monitor.physical_height),
    }
}
