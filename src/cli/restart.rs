//! Restarts the program after a failure, at most three times in ten minutes.

use std::env;
use std::time::Duration;

use super::process::start_again;
use crate::foundation::{seconds_since_boot, tell};

/// The environment variable with the times of earlier restarts, in seconds since the machine started.
const VARIABLE: &str = "ATTUNE_STARTED_AGAIN";
/// Restarts allowed within [`WINDOW`], so that a failure at the start does not loop.
const MOST: usize = 3;
const WINDOW: Duration = Duration::from_mins(10);

/// When this program was restarted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Restarts {
    /// Seconds since the machine started, those within [`WINDOW`].
    times: Vec<u64>,
}

impl Restarts {
    /// As the previous process passed it on.
    pub(super) fn of_this_process() -> Self {
        Self::read(&env::var(VARIABLE).unwrap_or_default(), now())
    }

    fn read(text: &str, now: u64) -> Self {
        let recent = |time: &u64| *time <= now && now - time <= WINDOW.as_secs();
        Self { times: text.split(',').filter_map(|time| time.parse().ok()).filter(recent).collect() }
    }

    /// Whether this process is a restart.
    pub(super) fn is_restart(&self) -> bool {
        !self.times.is_empty()
    }

    /// Whether another restart is allowed.
    pub(super) fn is_allowed(&self) -> bool {
        self.times.len() < MOST
    }

    fn with(&self, now: u64) -> String {
        let times: Vec<String> = self.times.iter().chain([&now]).map(u64::to_string).collect();
        times.join(",")
    }

    /// Replaces this process by a new one of the same program.
    ///
    /// # Errors
    /// If the program cannot be started; otherwise this does not return.
    pub(super) fn restart(&self, why: &str) -> anyhow::Error {
        tell!("attune: {why}; restarting ({} of {MOST} times within ten minutes)", self.times.len() + 1);
        start_again(|command| {
            command.env(VARIABLE, self.with(now()));
        })
    }
}

/// On a clock that nobody sets: a clock of the wall that jumps would let restarts go on for ever.
fn now() -> u64 {
    seconds_since_boot().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_starts_in_ten_minutes_are_enough() {
        let mut text = String::new();
        for start in 0..3 {
            let restarts = Restarts::read(&text, 1_000 + start);
            assert!(restarts.is_allowed() && restarts.is_restart() == (start > 0));
            text = restarts.with(1_000 + start);
        }
        assert_eq!(text, "1000,1001,1002");
        assert!(!Restarts::read(&text, 1_003).is_allowed());
    }

    #[test]
    fn what_is_long_ago_or_no_time_does_not_count() {
        let restarts = Restarts::read("soon,,-4,1000,1500,99999", 1_700);
        assert_eq!(restarts, Restarts { times: vec![1_500] });
        assert!(!Restarts::read("", 5).is_restart());
    }
}
