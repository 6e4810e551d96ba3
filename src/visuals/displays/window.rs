//! The window goes to the monitor that a person named, fills it, and outlives its being unplugged.

use std::time::Duration;

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::window::{
    Monitor, MonitorSelection, OnMonitor, PresentMode, PrimaryWindow, WindowLevel, WindowMode,
    WindowPosition, WindowResized,
};
use bevy::winit::WINIT_WINDOWS;

use super::arrange::{Layout, Situation, arrange, home};
use super::place::Screen;
use super::x11;
use crate::foundation::{Faults, Room};
use crate::input::Action;
use crate::visuals::output::Output;
use crate::visuals::settings::VisualsSettings;

const MONITOR_FAULT: &str = "monitor";
/// Time between two looks at the window.
const EVERY: Duration = Duration::from_millis(250);
/// So many looks in a row try to put it right; then it is left to whoever holds it.
const MOST_TRIES: u32 = 8;
/// So many looks after it was put somewhere, where it is counts as where a person wants it.
const PEACE: u32 = 20;

pub(in crate::visuals) fn plugin(app: &mut App) {
    let fullscreen = matches!(app.world().get_resource::<Output>(), Some(Output::Window { fullscreen: true, .. }));
    app.insert_resource(Keeper { fullscreen, managed: true, ..default() })
        .add_message::<Action>()
        .add_observer(stay_without_monitor)
        .add_systems(Startup, pace)
        .add_systems(Update, (toggle, look, settle).chain());
}

/// Bevy ties a window to its monitor, so that the window would be closed and the program end when that is unplugged.
fn stay_without_monitor(tied: On<Insert, OnMonitor>, mut commands: Commands) {
    commands.entity(tied.entity).remove::<OnMonitor>();
}

fn pace(settings: Res<VisualsSettings>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    for mut window in &mut windows {
        let vsync = settings.display.vsync;
        window.present_mode = if vsync { PresentMode::AutoVsync } else { PresentMode::AutoNoVsync };
    }
}

/// What is wanted of the window, and what was last seen of it.
#[derive(Resource, Debug, Default)]
struct Keeper {
    fullscreen: bool,
    managed: bool,
    /// Its size while it is an ordinary window.
    plain: UVec2,
    home: Option<String>,
    seen: Option<Seen>,
    /// Whether Bevy knows how large the window is.
    true_size: bool,
    /// Looks since something changed.
    looks: u32,
    next_look: Duration,
}

/// The window and its monitors as the system describes them now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    screens: Vec<Screen>,
    primary: Option<usize>,
    on: Option<usize>,
    size: UVec2,
    /// Its number with the X server.
    number: u32,
}

fn toggle(mut actions: MessageReader<Action>, mut keeper: ResMut<Keeper>) {
    if actions.read().filter(|action| **action == Action::ToggleFullscreen).count() % 2 == 1 {
        keeper.fullscreen = !keeper.fullscreen;
        (keeper.looks, keeper.next_look) = (0, Duration::ZERO);
    }
}

/// Asks the system. Bevy's own account of monitors misses changes of their size, and without a window manager it does
/// not hear how large the window became.
fn look(
    _main_thread: NonSendMarker,
    time: Res<Time<Real>>,
    mut keeper: ResMut<Keeper>,
    mut windows: Query<(Entity, &mut Window), With<PrimaryWindow>>,
    mut resized: MessageWriter<WindowResized>,
) {
    if time.elapsed() < keeper.next_look {
        return;
    }
    let Ok((entity, mut window)) = windows.single_mut() else { return };
    let Some(seen) = see(entity) else { return };
    keeper.next_look = time.elapsed() + EVERY;
    if keeper.plain == UVec2::ZERO {
        keeper.plain = window.physical_size();
    }
    if seen.size != window.physical_size() && seen.size.min_element() > 0 {
        window.resolution.set_physical_resolution(seen.size.x, seen.size.y);
        resized.write(WindowResized { window: entity, width: window.width(), height: window.height() });
        // Bevy asks for a size only when it differs from the one that it last knew of.
        (keeper.true_size, keeper.next_look) = (false, Duration::ZERO);
        return;
    }
    keeper.true_size = true;
    let changed = keeper.seen.as_ref().is_none_or(|before| before.screens != seen.screens);
    if changed {
        keeper.looks = 0;
    } else if keeper.looks > PEACE {
        keeper.home = home(keeper.home.take(), &seen.screens, seen.on);
    }
    if keeper.looks == 0 {
        keeper.managed = !x11::in_use() || managed();
        if keeper.home.is_none() {
            keeper.home = home(None, &seen.screens, seen.on);
        }
    }
    if !keeper.managed
        && !window.focused
        && keeper.looks.is_multiple_of(4)
        && let Err(error) = x11::take_keyboard(seen.number)
    {
        debug!("the keyboard is not taken: {error}");
    }
    keeper.looks = keeper.looks.saturating_add(1);
    keeper.seen = Some(seen);
}

/// Whether somebody understands the wish for fullscreen. Who cannot be asked is trusted.
fn managed() -> bool {
    x11::fullscreen_is_understood().unwrap_or_else(|error| {
        warn!("it is not known whether there is a window manager: {error}");
        true
    })
}

fn see(entity: Entity) -> Option<Seen> {
    WINIT_WINDOWS.with_borrow(|windows| {
        let window = windows.get_window(entity)?;
        let mut screens: Vec<Screen> = window
            .available_monitors()
            .map(|monitor| Screen {
                name: monitor.name().unwrap_or_else(|| UNNAMED.into()),
                at: monitor.position().into(),
                size: monitor.size().into(),
            })
            .collect();
        screens.sort_by_key(|screen| screen.at);
        let index = |name: Option<String>| screens.iter().position(|screen| Some(&screen.name) == name.as_ref());
        let primary = index(window.primary_monitor().and_then(|monitor| monitor.name()));
        let on = index(window.current_monitor().and_then(|monitor| monitor.name()));
        let size: (u32, u32) = window.inner_size().into();
        let number = u64::from(window.id()) as u32;
        Some(Seen { primary, on, size: size.into(), number, screens })
    })
}

/// Puts the window where it belongs, when it or its monitors changed.
fn settle(
    settings: Res<VisualsSettings>,
    keeper: Res<Keeper>,
    monitors: Query<(Entity, &Monitor)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    (time, mut faults): (Res<Time>, ResMut<Faults>),
) {
    let due = keeper.is_changed() && keeper.true_size && keeper.looks <= MOST_TRIES;
    let Some(seen) = keeper.seen.as_ref().filter(|_| due) else { return };
    let Ok(mut window) = windows.single_mut() else { return };
    let now = Situation {
        screens: &seen.screens,
        primary: seen.primary,
        on: seen.on,
        home: keeper.home.as_deref(),
        fullscreen: keeper.fullscreen,
        managed: keeper.managed,
        places: x11::in_use(),
    };
    let (layout, complaint) = arrange(&settings.display.monitor, &now);
    match complaint {
        Some(what) => {
            let what = format!("{what}. The picture is shown on another; see visuals.display.monitor.");
            faults.raise(Room::Visuals, MONITOR_FAULT, what, time.elapsed());
        }
        None if faults.holds(Room::Visuals, MONITOR_FAULT) => faults.clear(Room::Visuals, MONITOR_FAULT),
        None => {}
    }
    let selection = |index: usize| {
        let name = seen.screens.get(index).map(|screen| &screen.name);
        let known = monitors.iter().find(|(_, monitor)| monitor.name.as_ref() == name);
        known.map_or(MonitorSelection::Current, |(entity, _)| MonitorSelection::Entity(entity))
    };
    match layout {
        Layout::Stay => {}
        Layout::Fill(index) => fill(&mut window, seen.on == Some(index), selection(index)),
        Layout::Cover { at, size } => cover(&mut window, at, size, keeper.managed),
        Layout::Window(index) => {
            let there = seen.on.is_none_or(|on| on == index);
            free(&mut window, there, selection(index), keeper.plain);
        }
    }
}

fn fill(window: &mut Mut<Window>, there: bool, monitor: MonitorSelection) {
    if there && matches!(window.mode, WindowMode::BorderlessFullscreen(_)) {
        return;
    }
    window.decorations = true;
    window.window_level = WindowLevel::Normal;
    window.mode = WindowMode::BorderlessFullscreen(monitor);
}

fn cover(window: &mut Mut<Window>, at: (i32, i32), (width, height): (u32, u32), managed: bool) {
    let position = WindowPosition::At(IVec2::new(at.0, at.1));
    let size = UVec2::new(width, height);
    if window.mode == WindowMode::Windowed && window.physical_size() == size && window.position == position {
        return;
    }
    window.mode = WindowMode::Windowed;
    window.decorations = false;
    // Over the panels of a desktop.
    window.window_level = if managed { WindowLevel::AlwaysOnTop } else { WindowLevel::Normal };
    window.position = position;
    window.resolution.set_physical_resolution(width, height);
}

fn free(window: &mut Mut<Window>, there: bool, monitor: MonitorSelection, plain: UVec2) {
    let was_free = window.mode == WindowMode::Windowed && window.decorations;
    if was_free && there {
        return;
    }
    window.mode = WindowMode::Windowed;
    window.decorations = true;
    window.window_level = WindowLevel::Normal;
    if !was_free {
        window.resolution.set_physical_resolution(plain.x, plain.y);
    }
    window.position = WindowPosition::Centered(monitor);
}

const UNNAMED: &str = "unnamed";

/// A monitor in plain words, in the order in which people count them: from left to right.
pub(super) fn screen(monitor: &Monitor) -> Screen {
    Screen {
        name: monitor.name.clone().unwrap_or_else(|| UNNAMED.into()),
        at: (monitor.physical_position.x, monitor.physical_position.y),
        size: (monitor.physical_width, monitor.physical_height),
    }
}
