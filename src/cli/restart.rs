//! A run that cannot go on begins again: the same program with the same arguments, in the same process.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

/// Carries the times of earlier starts from one to the next, as seconds since 1970.
const NAME: &str = "ATTUNE_STARTED_AGAIN";
/// At most so many within [`WINDOW`]: what fails at once would begin for ever.
const MOST: usize = 3;
const WINDOW: Duration = Duration::from_mins(10);

/// When this program was started again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Restarts {
    /// Seconds since 1970, those within [`WINDOW`].
    times: Vec<u64>,
}

impl Restarts {
    /// As the start before this one left it.
    pub(super) fn of_this_process() -> Self {
        Self::read(&env::var(NAME).unwrap_or_default(), now())
    }

    fn read(text: &str, now: u64) -> Self {
        let recent = |time: &u64| *time <= now && now - time <= WINDOW.as_secs();
        Self { times: text.split(',').filter_map(|time| time.parse().ok()).filter(recent).collect() }
    }

    /// Whether this is not the first start of late.
    pub(super) fn any(&self) -> bool {
        !self.times.is_empty()
    }

    /// Whether it may begin once more.
    pub(super) fn may(&self) -> bool {
        self.times.len() < MOST
    }

    fn with(&self, now: u64) -> String {
        let times: Vec<String> = self.times.iter().chain([&now]).map(u64::to_string).collect();
        times.join(",")
    }

    /// Becomes the same program, started anew.
    ///
    /// # Errors
    /// When the program cannot be started; otherwise this does not return.
    pub(super) fn again(&self, why: &str) -> anyhow::Error {
        eprintln!("attune: {why}; it starts again ({} of {MOST} within ten minutes)", self.times.len() + 1);
        let program = match env::current_exe().context("this program is not found any more") {
            Ok(program) => program,
            Err(error) => return error,
        };
        let error = Command::new(program).args(env::args_os().skip(1)).env(NAME, self.with(now())).exec();
        anyhow::Error::new(error).context("it could not be started again")
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_starts_in_ten_minutes_are_enough() {
        let mut text = String::new();
        for start in 0..3 {
            let restarts = Restarts::read(&text, 1_000 + start);
            assert!(restarts.may() && restarts.any() == (start > 0));
            text = restarts.with(1_000 + start);
        }
        assert_eq!(text, "1000,1001,1002");
        assert!(!Restarts::read(&text, 1_003).may());
    }

    #[test]
    fn what_is_long_ago_or_no_time_does_not_count() {
        let restarts = Restarts::read("soon,,-4,1000,1500,99999", 1_700);
        assert_eq!(restarts, Restarts { times: vec![1_500] });
        assert!(!Restarts::read("", 5).any());
    }
}
