//! Seconds on a clock that nobody sets: how long ago something was is measured by it, and not by the clock of the wall.
//!
//! A machine without a battery for its clock starts in 1970, or at the time of its last end, and is corrected when the
//! network is there; people and time servers set clocks forwards and backwards. On Linux the time since the machine
//! started (`/proc/uptime`) is read, which goes on while the machine sleeps; Rust's `Instant` does not.

use std::sync::OnceLock;
use std::time::Instant;

/// Whole seconds since the machine started, or since the first call where the system does not tell.
#[must_use]
pub fn seconds_since_boot() -> i64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let uptime = std::fs::read_to_string("/proc/uptime").ok().and_then(|text| read_uptime(&text));
    uptime.unwrap_or_else(|| BEGAN.get_or_init(Instant::now).elapsed().as_secs().cast_signed())
}

/// Whole seconds since the first call in this run.
pub(super) fn seconds_of_run() -> i64 {
    static BEGAN: OnceLock<i64> = OnceLock::new();
    let now = seconds_since_boot();
    now - BEGAN.get_or_init(|| now)
}

/// The first of two numbers: seconds since the start, and seconds that the processors were idle.
fn read_uptime(text: &str) -> Option<i64> {
    text.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The system tells it with hundredths, and what is no number is not believed.
    #[test]
    fn the_uptime_is_the_first_number() {
        assert_eq!(read_uptime("350735.47 234388.90\n"), Some(350_735));
        assert_eq!(read_uptime("nonsense"), None);
        assert_eq!(read_uptime(""), None);
        assert!(seconds_of_run() <= seconds_since_boot() + 1);
    }
}
