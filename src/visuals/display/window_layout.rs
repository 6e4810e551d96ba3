//! Place and size of the window, from the monitor that the settings name and the monitors that there are.

use super::monitor_choice::{MonitorArea, MonitorError, MonitorTarget, choose_monitor};

/// What the layout depends on.
#[derive(Debug, Clone, Copy)]
pub struct LayoutInputs<'a> {
    /// From left to right.
    pub screens: &'a [MonitorArea],
    /// The one that the system calls primary.
    pub primary: Option<usize>,
    /// The one that the window is on, where that is known.
    pub on: Option<usize>,
    /// Name of its home monitor, see [`home_monitor`]; used where the settings name none.
    pub home: Option<&'a str>,
    /// Whether the window is to fill its monitor.
    pub fullscreen: bool,
    /// Whether a window manager makes a window fill a monitor on request.
    pub managed: bool,
    /// Whether a window may choose its place, so that it can span monitors.
    pub places: bool,
}

/// Place and size of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowLayout {
    /// As they are.
    Stay,
    /// It asks to fill this monitor.
    Fill(usize),
    /// Without a frame, with this left upper corner and size in pixels.
    Cover { at: (i32, i32), size: (u32, u32) },
    /// An ordinary window in the middle of this monitor.
    Window(usize),
}

/// Finds the layout for the monitor that the settings name, and why it cannot be used. While the monitor is missing the
/// window is on its home monitor, or stays where it is.
#[must_use]
pub fn lay_out_window(wanted: &str, now: &LayoutInputs<'_>) -> (WindowLayout, Option<MonitorError>) {
    if now.screens.is_empty() {
        return (WindowLayout::Stay, None);
    }
    let (target, mut complaint) = match choose_monitor(wanted, now.screens) {
        Ok(target) => (target, None),
        Err(what) => (MonitorTarget::Current, Some(what)),
    };
    let named = |name: &str| now.screens.iter().position(|screen| screen.name == name);
    let usual = now.primary.or(Some(0));
    let here = match now.home {
        Some(home) => named(home).or(now.on).or(usual),
        None => now.on,
    };
    let index = match target {
        MonitorTarget::Span { at, size } if now.fullscreen && now.places => {
            return (WindowLayout::Cover { at, size }, complaint);
        }
        MonitorTarget::Span { .. } => {
            if now.fullscreen && now.screens.len() > 1 {
                complaint = Some(MonitorError::NoSpan);
            }
            here
        }
        MonitorTarget::Current => here,
        MonitorTarget::Primary => usual,
        MonitorTarget::One(index) => Some(index),
    };
    let Some((index, screen)) = index.and_then(|index| Some((index, now.screens.get(index)?))) else {
        return (WindowLayout::Stay, complaint);
    };
    let layout = match (now.fullscreen, now.managed) {
        (false, _) => WindowLayout::Window(index),
        (true, true) => WindowLayout::Fill(index),
        (true, false) => WindowLayout::Cover { at: screen.at, size: screen.size },
    };
    (layout, complaint)
}

/// The home monitor of a window: the one that it was on last. A home monitor that is unplugged is remembered, so that the
/// window goes back to it.
#[must_use]
pub fn home_monitor(before: Option<String>, screens: &[MonitorArea], on: Option<usize>) -> Option<String> {
    match before {
        Some(name) if screens.iter().all(|screen| screen.name != name) => Some(name),
        before => on.and_then(|on| screens.get(on)).map(|screen| screen.name.clone()).or(before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(name: &str, x: i32, size: (u32, u32)) -> MonitorArea {
        MonitorArea { name: name.into(), at: (x, 0), size }
    }

    fn two() -> Vec<MonitorArea> {
        vec![screen("HDMI-1", 0, (1920, 1080)), screen("DP-2", 1920, (1080, 1920))]
    }

    fn at(screens: &[MonitorArea]) -> LayoutInputs<'_> {
        LayoutInputs {
            screens,
            primary: Some(0),
            on: Some(1),
            home: None,
            fullscreen: true,
            managed: true,
            places: true,
        }
    }

    /// With a window manager the window requests fullscreen; without one it takes place and size of the monitor itself.
    #[test]
    fn a_manager_is_asked_and_without_one_the_monitor_is_covered() {
        let screens = two();
        assert_eq!(lay_out_window("current", &at(&screens)), (WindowLayout::Fill(1), None));
        let alone = LayoutInputs { managed: false, ..at(&screens) };
        let cover = WindowLayout::Cover { at: (1920, 0), size: (1080, 1920) };
        assert_eq!(lay_out_window("current", &alone), (cover, None));
        assert_eq!(lay_out_window("1", &alone).0, WindowLayout::Cover { at: (0, 0), size: (1920, 1080) });
        let window = LayoutInputs { fullscreen: false, ..alone };
        assert_eq!(lay_out_window("primary", &window), (WindowLayout::Window(0), None));
    }

    /// Spanning all monitors needs a window that may choose its place; elsewhere it fills one monitor and the error says why.
    #[test]
    fn a_picture_spans_all_monitors_only_where_a_window_may_say_where_it_lies() {
        let screens = two();
        let all = WindowLayout::Cover { at: (0, 0), size: (3000, 1920) };
        assert_eq!(lay_out_window("all", &at(&screens)), (all, None));
        let (layout, complaint) = lay_out_window("all", &LayoutInputs { places: false, ..at(&screens) });
        assert_eq!(layout, WindowLayout::Fill(1));
        assert!(complaint == Some(MonitorError::NoSpan));
        let window = LayoutInputs { fullscreen: false, ..at(&screens) };
        assert_eq!(lay_out_window("all", &window), (WindowLayout::Window(1), None));
    }

    /// The window moves off an unplugged monitor, and back to it when it is plugged in again.
    #[test]
    fn a_monitor_that_is_unplugged_is_left_and_returned_to() {
        let (both, one) = (two(), vec![two().remove(0)]);
        let first = home_monitor(None, &both, Some(1));
        assert_eq!(first.as_deref(), Some("DP-2"));
        // It is gone, and the window lies somewhere else.
        let gone = home_monitor(first, &one, Some(0));
        let now = LayoutInputs { on: None, home: gone.as_deref(), ..at(&one) };
        assert_eq!(lay_out_window("current", &now), (WindowLayout::Fill(0), None));
        // It is back before the window is.
        let now = LayoutInputs { on: Some(0), home: gone.as_deref(), ..at(&both) };
        assert_eq!(lay_out_window("current", &now), (WindowLayout::Fill(1), None));
    }

    /// A monitor from the settings that is missing is reported, and used as soon as it is there.
    #[test]
    fn a_named_monitor_that_is_not_there_is_said_and_taken_when_it_comes() {
        let (both, one) = (two(), vec![two().remove(0)]);
        let now = LayoutInputs { on: Some(0), home: Some("HDMI-1"), ..at(&one) };
        let (layout, complaint) = lay_out_window("DP-2", &now);
        assert_eq!(layout, WindowLayout::Fill(0));
        assert!(complaint.is_some_and(|error| error.to_string().contains("DP-2")));
        let now = LayoutInputs { on: Some(0), home: Some("HDMI-1"), ..at(&both) };
        assert_eq!(lay_out_window("DP-2", &now), (WindowLayout::Fill(1), None));
    }

    /// Without any monitor the window stays as it is, and its home monitor is remembered.
    #[test]
    fn with_no_monitor_at_all_nothing_moves() {
        let now = LayoutInputs { primary: None, on: None, ..at(&[]) };
        assert_eq!(lay_out_window("current", &now), (WindowLayout::Stay, None));
        assert_eq!(lay_out_window("DP-2", &now), (WindowLayout::Stay, None));
        assert_eq!(home_monitor(Some("HDMI-1".into()), &[], None).as_deref(), Some("HDMI-1"));
    }

    /// A window that is moved to another monitor has its home there.
    #[test]
    fn a_window_that_a_person_moves_belongs_where_they_moved_it() {
        assert_eq!(home_monitor(Some("HDMI-1".into()), &two(), Some(1)).as_deref(), Some("DP-2"));
    }
}
