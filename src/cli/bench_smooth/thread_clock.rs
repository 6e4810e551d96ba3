//! A clock that tells apart how long a thread took and how long it only waited for a core.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// What the kernel keeps of a thread: nanoseconds on a core, nanoseconds ready but without a core, turns.
const SCHEDSTAT: &str = "/proc/thread-self/schedstat";

/// A moment of one thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadInstant {
    at: Instant,
    worked: Duration,
    waited: Duration,
}

/// How long something took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct ThreadSpan {
    /// On a core or blocked (a file, a lock): what the program itself is to blame for.
    pub(super) own: f64,
    /// The part of it on a core.
    pub(super) worked: f64,
    /// Ready to go on, while other work had the cores.
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

/// The clock of the thread that opened it.
#[derive(Debug)]
pub(super) struct ThreadClock {
    schedstat: Option<File>,
    work: Option<ThreadTime>,
}

impl ThreadClock {
    /// Of this thread. Where the system does not tell, nothing counts as waiting.
    pub(super) fn of_this_thread() -> Self {
        Self { schedstat: File::open(SCHEDSTAT).ok(), work: ThreadTime::try_now().ok() }
    }

    /// Whether waiting is told apart.
    pub(super) fn tells_waiting(&self) -> bool {
        self.schedstat.is_some()
    }

    pub(super) fn now(&self) -> ThreadInstant {
        let mut bytes = [0; 64];
        let read = self.schedstat.as_ref().and_then(|file| file.read_at(&mut bytes, 0).ok()).unwrap_or(0);
        // The kernel brings its own count of work up to date only now and then.
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
    fn what_was_waited_is_not_ones_own() {
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
