//! Puts the window on the monitor that a person named, makes it fill the monitor, and keeps it when that is unplugged.
//!
//! winit takes a wish for fullscreen as granted and reads the monitors of an X server only once, so
//! [`MonitorWatcher`] asks the server itself. Where no window manager answers, the window covers its monitor by its own
//! place and size and takes the keyboard. Bevy despawns a window together with its monitor; that relationship is removed
//! as soon as it is added.

use std::time::Duration;

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::window::{
    Monitor, MonitorSelection, OnMonitor, PresentMode, PrimaryWindow, WindowLevel, WindowMode, WindowPosition,
};

use super::display_server::is_x11;
use super::monitor_choice::{MonitorArea, UNNAMED, names};
use super::monitor_watcher::{EVERY, MonitorSnapshot, MonitorWatcher, ask_winit, number};
use super::output::PictureOutput;
use super::window_layout::{LayoutInputs, WindowLayout, home_monitor, lay_out_window};
use crate::command::{Command, Request};
use crate::foundation::{Faults, FrameStage};
use crate::settings::SectionChanged;
use crate::visuals::faults;
use crate::visuals::settings::VisualsSettings;

/// Looks in a row that put the window right; then it is left where a person or a manager put it.
const MOST_TRIES: u32 = 8;
/// Looks after which the place of the window counts as the one that a person wants.
const PEACE: u32 = 20;

pub(in crate::visuals) fn plugin(app: &mut App) {
    let output = app.world().get_resource::<PictureOutput>();
    let fullscreen = matches!(output, Some(PictureOutput::Window { fullscreen: true, .. }));
    let plain = match output {
        Some(PictureOutput::Window { size, .. }) => (*size).into(),
        _ => UVec2::ONE,
    };
    app.insert_resource(WindowPlacement { fullscreen, plain, ..default() })
        .add_message::<Request>()
        .add_observer(stay_without_monitor)
        .add_message::<SectionChanged<VisualsSettings>>()
        .add_systems(Startup, set_present_mode)
        .add_systems(
            Update,
            set_present_mode
                .in_set(FrameStage::Present)
                .run_if(on_message::<SectionChanged<VisualsSettings>>),
        )
        .add_systems(
            Update,
            (toggle_fullscreen, look_at_monitors, place_window.run_if(resource_changed::<WindowPlacement>))
                .chain()
                .in_set(FrameStage::Present),
        );
}

/// Bevy ties a window to its monitor, so that the window would be closed and the program end when that is unplugged.
fn stay_without_monitor(tied: On<Insert, OnMonitor>, mut commands: Commands) {
    commands.entity(tied.entity).remove::<OnMonitor>();
}

fn set_present_mode(settings: Res<VisualsSettings>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    for mut window in &mut windows {
        let vsync = settings.display.vsync;
        window.present_mode = if vsync { PresentMode::AutoVsync } else { PresentMode::AutoNoVsync };
    }
}

/// What is wanted of the window, and what was last seen of it.
#[derive(Resource, Default)]
struct WindowPlacement {
    fullscreen: bool,
    /// Its size while it is an ordinary window.
    plain: UVec2,
    home: Option<String>,
    seen: Option<MonitorSnapshot>,
    watcher: Option<MonitorWatcher>,
    /// Looks since something changed.
    looks: u32,
    /// Real time of the next look where there is no watcher.
    next_look: Duration,
}

impl WindowPlacement {
    fn take(&mut self, seen: MonitorSnapshot) {
        let before = self.seen.as_ref();
        if before.is_none_or(|before| before.screens != seen.screens) {
            info!("monitors: {}", names(&seen.screens));
            self.looks = 0;
        } else if before.is_none_or(|before| before.managed != seen.managed) {
            self.looks = 0;
        } else if self.looks > PEACE {
            self.home = home_monitor(self.home.take(), &seen.screens, seen.on);
        }
        if self.home.is_none() {
            self.home = home_monitor(None, &seen.screens, seen.on);
        }
        self.looks = self.looks.saturating_add(1);
        self.seen = Some(seen);
    }
}

fn toggle_fullscreen(mut requests: MessageReader<Request>, mut placement: ResMut<WindowPlacement>) {
    if requests.read().filter(|request| request.command == Command::ToggleFullscreen).count() % 2 == 1 {
        placement.fullscreen = !placement.fullscreen;
        placement.looks = 0;
    }
}

fn look_at_monitors(
    _main_thread: NonSendMarker,
    time: Res<Time<Real>>,
    mut placement: ResMut<WindowPlacement>,
    windows: Query<Entity, With<PrimaryWindow>>,
    mut blind: Local<bool>,
) {
    let Ok(window) = windows.single() else { return };
    if placement.watcher.is_none() && is_x11() && !*blind {
        let Some(number) = number(window) else { return };
        match MonitorWatcher::open(number) {
            Ok(watcher) => placement.watcher = Some(watcher),
            Err(error) => {
                warn!("monitors are not watched: {error}");
                *blind = true;
            }
        }
    }
    let seen = match &placement.watcher {
        Some(watcher) => watcher.newest(),
        None if time.elapsed() >= placement.next_look => {
            placement.next_look = time.elapsed() + EVERY;
            ask_winit(window)
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
    let Some(seen) = placement.seen.as_ref().filter(|_| placement.looks <= MOST_TRIES) else { return };
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
    apply_layout(layout, seen, placement.plain, &monitors, window);
}

fn apply_layout(
    layout: WindowLayout,
    seen: &MonitorSnapshot,
    plain: UVec2,
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
                // A manager moves no window that fills a monitor; it fills the other one at the next look.
                (true, false) if is_x11() => free(&mut window, screen, plain),
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
                free(&mut window, screen, plain);
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
    if window.mode == WindowMode::Windowed && seen.lies == Some((at, size)) {
        return;
    }
    window.mode = WindowMode::Windowed;
    window.decorations = false;
    // Over the panels of a desktop.
    window.window_level = if seen.managed { WindowLevel::AlwaysOnTop } else { WindowLevel::Normal };
    move_to(window, seen, at, size);
}

/// Bevy asks for a place or a size only when it differs from the one that it last knew of. Where it believes to be there
/// already, it is told the truth first, and asks at the next look.
fn move_to(window: &mut Mut<Window>, seen: &MonitorSnapshot, at: (i32, i32), size: (u32, u32)) {
    let wanted = WindowPosition::At(at.into());
    match seen.lies {
        Some((lies, _)) if lies != at && window.position == wanted => {
            window.position = WindowPosition::At(lies.into());
        }
        _ => window.position = wanted,
    }
    let (width, height) = match seen.lies {
        Some((_, true_size)) if true_size != size && window.physical_size() == UVec2::from(size) => true_size,
        _ => size,
    };
    window.resolution.set_physical_resolution(width, height);
}

/// An ordinary window in the middle of a screen.
fn free(window: &mut Window, screen: &MonitorArea, plain: UVec2) {
    window.mode = WindowMode::Windowed;
    window.decorations = true;
    window.window_level = WindowLevel::Normal;
    // A frame and a panel take their part of a small monitor.
    let size = plain.min(UVec2::from(screen.size) * 9 / 10);
    window.resolution.set_physical_resolution(size.x, size.y);
    let rest = (UVec2::from(screen.size) - size) / 2;
    window.position = WindowPosition::At(IVec2::from(screen.at) + rest.as_ivec2());
}

/// A monitor in plain words, in the order in which people count them: from left to right.
pub(super) fn monitor_area(monitor: &Monitor) -> MonitorArea {
    MonitorArea {
        name: monitor.name.clone().unwrap_or_else(|| UNNAMED.into()),
        at: (monitor.physical_position.x, monitor.physical_position.y),
        size: (monitor.physical_width, monitor.physical_height),
    }
}
