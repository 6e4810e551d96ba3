//! Which monitor the settings name.

/// A monitor that has no name.
pub(super) const UNNAMED: &str = "unnamed";

/// A monitor as the system describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorArea {
    pub name: String,
    /// Place of its left upper corner on the desktop, in pixels.
    pub at: (i32, i32),
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// Why the window cannot be put where the settings say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MonitorError {
    /// No monitor has this number or name.
    #[error("there is no monitor \"{name}\"; found: {found}")]
    Unknown {
        /// What the settings say.
        name: String,
        /// The monitors that there are.
        found: String,
    },
    /// One window over several monitors is impossible here.
    #[error("under Wayland no window may lie over several monitors")]
    NoSpan,
}

/// Where the window goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonitorTarget {
    /// The monitor that it is on.
    Current,
    /// The one that the system calls primary.
    Primary,
    /// One of the list.
    One(usize),
    /// A rectangle over all of them: left upper corner and size.
    Span { at: (i32, i32), size: (u32, u32) },
}

/// Finds the monitor that the settings name: "current", "primary", "all", a number from 1, or a part of a name.
///
/// # Errors
/// [`MonitorError::Unknown`] says which monitors there are.
pub fn choose_monitor(wanted: &str, screens: &[MonitorArea]) -> Result<MonitorTarget, MonitorError> {
    match wanted {
        "current" => return Ok(MonitorTarget::Current),
        "primary" => return Ok(MonitorTarget::Primary),
        "all" => return span(screens).ok_or_else(|| unknown(wanted, screens)),
        _ => {}
    }
    let by_number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let lower = wanted.to_lowercase();
    let by_name = || screens.iter().position(|screen| screen.name.to_lowercase().contains(&lower));
    by_number
        .filter(|index| *index < screens.len())
        .or_else(by_name)
        .map(MonitorTarget::One)
        .ok_or_else(|| unknown(wanted, screens))
}

fn unknown(wanted: &str, screens: &[MonitorArea]) -> MonitorError {
    MonitorError::Unknown { name: wanted.to_owned(), found: names(screens) }
}

/// "1 HDMI-A-1, 2 DP-2": numbers and names as they can be written into the settings.
pub(super) fn names(screens: &[MonitorArea]) -> String {
    let names: Vec<String> =
        (1..).zip(screens).map(|(number, screen)| format!("{number} {}", screen.name)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn span(screens: &[MonitorArea]) -> Option<MonitorTarget> {
    let left = screens.iter().map(|s| s.at.0).min()?;
    let top = screens.iter().map(|s| s.at.1).min()?;
    let right = screens.iter().map(|s| i64::from(s.at.0) + i64::from(s.size.0)).max()?;
    let bottom = screens.iter().map(|s| i64::from(s.at.1) + i64::from(s.size.1)).max()?;
    let side = |far: i64, near: i32| u32::try_from(far - i64::from(near)).ok();
    Some(MonitorTarget::Span { at: (left, top), size: (side(right, left)?, side(bottom, top)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<MonitorArea> {
        vec![
            MonitorArea { name: "HDMI-A-1".into(), at: (0, 0), size: (1920, 1080) },
            MonitorArea { name: "DP-2 upright".into(), at: (1920, -420), size: (1080, 1920) },
        ]
    }

    /// Settings may name a monitor by its number or by a part of its name in any case.
    #[test]
    fn a_monitor_is_found_by_number_and_by_a_part_of_its_name() {
        assert_eq!(choose_monitor("2", &two()), Ok(MonitorTarget::One(1)));
        assert_eq!(choose_monitor("dp-2", &two()), Ok(MonitorTarget::One(1)));
        assert_eq!(choose_monitor("current", &[]), Ok(MonitorTarget::Current));
    }

    /// The span is the smallest rectangle around all monitors.
    #[test]
    fn a_span_covers_all_of_them() {
        assert_eq!(
            choose_monitor("all", &two()),
            Ok(MonitorTarget::Span { at: (0, -420), size: (3000, 1920) })
        );
    }

    /// The error names what the settings say and the monitors that there are.
    #[test]
    fn a_monitor_that_is_not_there_is_answered_with_those_that_are() {
        for name in ["3", "0", "vga"] {
            let words = choose_monitor(name, &two()).unwrap_err().to_string();
            assert!(words.contains(name) && words.contains("1 HDMI-A-1"), "{words}");
        }
    }
}
