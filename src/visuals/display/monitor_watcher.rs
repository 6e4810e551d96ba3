//! The window and its monitors as the system describes them now.

use std::time::Duration;

use bevy::log::{debug, warn};
use bevy::prelude::Entity;
use bevy::winit::WINIT_WINDOWS;

use super::monitor_choice::{MonitorArea, UNNAMED};
use super::x11::{WindowRect, X11Error, X11Server};
use crate::foundation::{Capacity, WorkDone, Worker, WorkerError, WorkerEvent, WorkerOptions};

/// Time between two observations.
pub(super) const OBSERVE_EVERY: Duration = Duration::from_millis(400);

/// What was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MonitorSnapshot {
    /// From left to right.
    pub(super) screens: Vec<MonitorArea>,
    pub(super) primary: Option<usize>,
    /// The one that the window is on.
    pub(super) on: Option<usize>,
    /// Whether a window manager makes a window fill a monitor on request.
    pub(super) managed: bool,
    /// Place and size of the window, where they can be known.
    pub(super) rect: Option<WindowRect>,
}

/// Watches an X server on a thread of its own, since a server that changes its monitors may not answer for seconds.
pub(super) struct MonitorWatcher(Worker<(), MonitorSnapshot>);

impl MonitorWatcher {
    /// Watches the window with this id, until it is dropped.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub(super) fn open(window: u32) -> Result<Self, WorkerError> {
        let options = WorkerOptions::named("monitors").news(Capacity::Latest).join_limit(Duration::ZERO);
        Worker::spawn(options, move |context| {
            let mut server = None;
            loop {
                match observe(&mut server, window) {
                    Ok(seen) => {
                        context.report(seen);
                    }
                    Err(error) => {
                        debug!("{error}");
                        server = None;
                    }
                }
                if !context.sleep(OBSERVE_EVERY) {
                    return WorkDone::Finished;
                }
            }
        })
        .map(Self)
    }

    /// The newest snapshot since the last call.
    pub(super) fn newest(&self) -> Option<MonitorSnapshot> {
        loop {
            match self.0.poll()? {
                WorkerEvent::News(seen) => return Some(seen),
                WorkerEvent::Panicked(why) => warn!("monitors are not watched: {why}"),
            }
        }
    }
}

fn observe(server: &mut Option<X11Server>, window: u32) -> Result<MonitorSnapshot, X11Error> {
    let server = match server {
        Some(server) => server,
        None => server.insert(X11Server::connect()?),
    };
    let (screens, primary) = server.monitors()?;
    let rect = server.rectangle(window)?;
    let managed = server.is_managed()?;
    if !managed {
        // A window that is not mapped yet gets it at the next observation.
        server.take_keyboard(window).unwrap_or_else(|error| debug!("{error}"));
    }
    Ok(MonitorSnapshot { on: most_of(rect, &screens), screens, primary, managed, rect: Some(rect) })
}

/// The screen that shows most of a rectangle.
fn most_of((at, size): WindowRect, screens: &[MonitorArea]) -> Option<usize> {
    let shared = |a: i32, length: u32, b: i32, other: u32| {
        let end = (i64::from(a) + i64::from(length)).min(i64::from(b) + i64::from(other));
        (end - i64::from(a.max(b))).max(0)
    };
    let area = |screen: &MonitorArea| {
        shared(at.0, size.0, screen.at.0, screen.size.0) * shared(at.1, size.1, screen.at.1, screen.size.1)
    };
    let best = screens.iter().enumerate().max_by_key(|(index, screen)| (area(screen), usize::MAX - index));
    best.filter(|(_, screen)| area(screen) > 0).map(|(index, _)| index)
}

/// The id of the window at the X server. For the main thread.
pub(super) fn x11_window_id(window: Entity) -> Option<u32> {
    WINIT_WINDOWS.with_borrow(|windows| {
        let id = u64::from(windows.get_window(window)?.id());
        u32::try_from(id).ok()
    })
}

/// What winit knows, which is right under Wayland. For the main thread.
pub(super) fn observe_winit(window: Entity) -> Option<MonitorSnapshot> {
    WINIT_WINDOWS.with_borrow(|windows| {
        let window = windows.get_window(window)?;
        let mut screens: Vec<MonitorArea> = window
            .available_monitors()
            .map(|monitor| MonitorArea {
                name: monitor.name().unwrap_or_else(|| UNNAMED.into()),
                at: monitor.position().into(),
                size: monitor.size().into(),
            })
            .collect();
        screens.sort_by_key(|screen| screen.at);
        let index =
            |name: Option<String>| screens.iter().position(|screen| Some(&screen.name) == name.as_ref());
        let primary = index(window.primary_monitor().and_then(|monitor| monitor.name()));
        let on = index(window.current_monitor().and_then(|monitor| monitor.name()));
        Some(MonitorSnapshot { primary, on, screens, managed: true, rect: None })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window counts as on the monitor with which it shares the largest area, or on none.
    #[test]
    fn a_window_is_on_the_screen_that_shows_most_of_it() {
        let screen = |x: i32| MonitorArea { name: x.to_string(), at: (x, 0), size: (1000, 800) };
        let two = [screen(0), screen(1000)];
        assert_eq!(most_of(((-50, 10), (400, 300)), &two), Some(0));
        assert_eq!(most_of(((900, 0), (400, 300)), &two), Some(1));
        assert_eq!(most_of(((0, 0), (2000, 800)), &two), Some(0));
        assert_eq!(most_of(((2000, 0), (400, 300)), &two), None);
        assert_eq!(most_of(((0, 0), (400, 300)), &[]), None);
    }
}
