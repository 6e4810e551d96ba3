//! The window goes to the monitor that a person named, fills it, and outlives its being unplugged.

use std::time::Duration;

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::window::{
    Monitor, MonitorSelection, OnMonitor, PresentMode, PrimaryWindow, WindowLevel, WindowMode, WindowPosition,
};

use super::arrange::{Layout, Situation, arrange, home};
use super::eye::{EVERY, Eye, Seen, ask_winit, number};
use super::place::{Screen, names};
use super::x11;
use crate::command::{Command, Request};
use crate::foundation::Faults;
use crate::visuals::faults;
use crate::visuals::output::Output;
use crate::visuals::settings::VisualsSettings;

/// So many looks in a row put the window right; then it is left to whoever holds it.
const MOST_TRIES: u32 = 8;
/// So many looks after it was put somewhere, where it is counts as where a person wants it.
const PEACE: u32 = 20;

pub(in crate::visuals) fn plugin(app: &mut App) {
    let output = app.world().get_resource::<Output>();
    let fullscreen = matches!(output, Some(Output::Window { fullscreen: true, .. }));
    let plain = match output {
        Some(Output::Window { size, .. }) => (*size).into(),
        _ => UVec2::ONE,
    };
    app.insert_resource(Keeper { fullscreen, plain, ..default() })
        .add_message::<Request>()
        .add_observer(stay_without_monitor)
        .add_systems(Startup, pace)
        .add_systems(Update, (toggle, look, settle.run_if(resource_changed::<Keeper>)).chain());
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
    /// Its size while it is an ordinary window.
    plain: UVec2,
    home: Option<String>,
    seen: Option<Seen>,
    eye: Option<Eye>,
    /// Looks since something changed.
    looks: u32,
    /// Real time of the next look where there is no eye.
    next_look: Duration,
}

impl Keeper {
    fn take(&mut self, seen: Seen) {
        let before = self.seen.as_ref();
        if before.is_none_or(|before| before.screens != seen.screens) {
            info!("monitors: {}", names(&seen.screens));
            self.looks = 0;
        } else if before.is_none_or(|before| before.managed != seen.managed) {
            self.looks = 0;
        } else if self.looks > PEACE {
            self.home = home(self.home.take(), &seen.screens, seen.on);
        }
        if self.home.is_none() {
            self.home = home(None, &seen.screens, seen.on);
        }
        self.looks = self.looks.saturating_add(1);
        self.seen = Some(seen);
    }
}

fn toggle(mut requests: MessageReader<Request>, mut keeper: ResMut<Keeper>) {
    if requests.read().filter(|request| request.command == Command::ToggleFullscreen).count() % 2 == 1 {
        keeper.fullscreen = !keeper.fullscreen;
        keeper.looks = 0;
    }
}

fn look(
    _main_thread: NonSendMarker,
    time: Res<Time<Real>>,
    mut keeper: ResMut<Keeper>,
    windows: Query<Entity, With<PrimaryWindow>>,
    mut blind: Local<bool>,
) {
    let Ok(window) = windows.single() else { return };
    if keeper.eye.is_none() && x11::in_use() && !*blind {
        let Some(number) = number(window) else { return };
        match Eye::open(number) {
            Ok(eye) => keeper.eye = Some(eye),
            Err(error) => {
                warn!("monitors are not watched: {error}");
                *blind = true;
            }
        }
    }
    let seen = match &keeper.eye {
        Some(eye) => eye.newest(),
        None if time.elapsed() >= keeper.next_look => {
            keeper.next_look = time.elapsed() + EVERY;
            ask_winit(window)
        }
        None => None,
    };
    if let Some(seen) = seen {
        keeper.take(seen);
    }
}

/// Puts the window where it belongs, when it or its monitors changed.
fn settle(
    settings: Res<VisualsSettings>,
    keeper: Res<Keeper>,
    monitors: Query<(Entity, &Monitor)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    (time, mut faults): (Res<Time>, ResMut<Faults>),
) {
    let Some(seen) = keeper.seen.as_ref().filter(|_| keeper.looks <= MOST_TRIES) else { return };
    let Ok(window) = windows.single_mut() else { return };
    let now = Situation {
        screens: &seen.screens,
        primary: seen.primary,
        on: seen.on,
        home: keeper.home.as_deref(),
        fullscreen: keeper.fullscreen,
        managed: seen.managed,
        places: x11::in_use(),
    };
    let (layout, complaint) = arrange(&settings.display.monitor, &now);
    match complaint {
        Some(what) => {
            let what = format!("{what}. The picture is shown on another; see visuals.display.monitor.");
            faults.raise(faults::MONITOR, what, time.elapsed());
        }
        None if faults.holds(faults::MONITOR) => faults.clear(faults::MONITOR),
        None => {}
    }
    lay(layout, seen, keeper.plain, &monitors, window);
}

fn lay(
    layout: Layout,
    seen: &Seen,
    plain: UVec2,
    monitors: &Query<(Entity, &Monitor)>,
    mut window: Mut<Window>,
) {
    let known = |wanted: &Screen| {
        monitors.iter().find(|(_, monitor)| screen(monitor) == *wanted).map(|(entity, _)| entity)
    };
    let there = |index: usize| seen.on.is_none_or(|on| on == index);
    match layout {
        Layout::Stay => {}
        Layout::Fill(index) => {
            let Some(screen) = seen.screens.get(index) else { return };
            let filled = matches!(window.mode, WindowMode::BorderlessFullscreen(_));
            match (filled, there(index)) {
                (true, true) => {}
                // A manager moves no window that fills a monitor; it fills the other one at the next look.
                (true, false) if x11::in_use() => free(&mut window, screen, plain),
                _ => match known(screen) {
                    Some(monitor) => fill(&mut window, MonitorSelection::Entity(monitor)),
                    // Bevy learns of no monitor that is plugged into an X server later.
                    None if x11::in_use() => cover(&mut window, seen, screen.at, screen.size),
                    None => fill(&mut window, MonitorSelection::Current),
                },
            }
        }
        Layout::Cover { at, size } => cover(&mut window, seen, at, size),
        Layout::Window(index) => {
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

fn cover(window: &mut Mut<Window>, seen: &Seen, at: (i32, i32), size: (u32, u32)) {
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
fn move_to(window: &mut Mut<Window>, seen: &Seen, at: (i32, i32), size: (u32, u32)) {
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
fn free(window: &mut Window, screen: &Screen, plain: UVec2) {
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
pub(super) fn screen(monitor: &Monitor) -> Screen {
    Screen {
        name: monitor.name.clone().unwrap_or_else(|| super::UNNAMED.into()),
        at: (monitor.physical_position.x, monitor.physical_position.y),
        size: (monitor.physical_width, monitor.physical_height),
    }
}
