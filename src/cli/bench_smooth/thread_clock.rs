//! A clock that separates the time a thread took from the time it waited for a core.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Statistics of the kernel: nanoseconds on a core, nanoseconds waiting for a core, number of time slices.
const SCHEDSTAT: &str = "/proc/thread-self/schedstat";

/// A point in time of one thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadInstant {
    at: Instant,
    worked: Duration,
    waited: Duration,
}

/// A duration of one thread, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct ThreadSpan {
    /// On a core or blocked by a file or a lock: the time that the program itself causes.
    pub(super) own: f64,
    /// Of that, the time on a core.
    pub(super) worked: f64,
    /// Waiting for a core while other processes used them.
    pub(super) waited: f64,
}

impl ThreadInstant {
    /// From here to `later`.
    pub(super) fn until(self, later: Self) -> ThreadSpan {
        let waited = later.waited.saturating_sub(self.waited);
        let worked = later.worked.saturating_sub(self.worked);
        let own = later.at.saturating_duration_since(self.at).saturating_sub(waited);
        let [own, worked, waited] = [own, worked, waited].map(|time| time.as_secs_f64() * 1e3);
        ThreadSpan { own, worked, waited }
    }
}

/// The clock of the thread that created it.
#[derive(Debug)]
pub(super) struct ThreadClock {
    schedstat: Option<File>,
    work: Option<ThreadTime>,
}

impl ThreadClock {
    /// The clock of this thread. If the system reports no waiting, it counts as zero.
    pub(super) fn of_this_thread() -> Self {
        Self { schedstat: File::open(SCHEDSTAT).ok(), work: ThreadTime::try_now().ok() }
    }

    /// Whether the system reports waiting.
    pub(super) fn tells_waiting(&self) -> bool {
        self.schedstat.is_some()
    }

    pub(super) fn now(&self) -> ThreadInstant {
        let mut bytes = [0; 64];
        let read = self.schedstat.as_ref().and_then(|file| file.read_at(&mut bytes, 0).ok()).unwrap_or(0);
        // The time on a core in schedstat is updated too rarely, so it comes from the thread clock.
        let worked = self.work.and_then(|work| work.try_elapsed().ok()).unwrap_or_default();
        ThreadInstant { waited: waited(&bytes[..read]).unwrap_or_default(), worked, at: Instant::now() }
    }
}

fn waited(schedstat: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(schedstat).ok()?;
    text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_the_second_number() {
        assert_eq!(waited(b"226626 2741760 2\n"), Some(Duration::from_nanos(2_741_760)));
        assert_eq!(waited(b""), None);
    }

    #[test]
    fn waiting_for_a_core_is_not_own_time() {
        let at = Instant::now();
        let millis = Duration::from_millis;
        let before = ThreadInstant { at, worked: millis(50), waited: millis(10) };
        let after = ThreadInstant { at: at + millis(9), worked: millis(51), waited: millis(16) };
        let span = before.until(after);
        assert!(
            (span.own - 3.0).abs() < 1e-6
                && (span.worked - 1.0).abs() < 1e-6
                && (span.waited - 6.0).abs() < 1e-6,
            "{span:?}"
        );
    }
}
