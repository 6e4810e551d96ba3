//! Waiting longer after each attempt that failed.

use std::time::Duration;

/// Counts attempts that failed; the wait doubles with each, up to a longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Notes a failure and tells how long to wait: `first · 2ⁿ`, at most `longest`.
    pub fn fail(&mut self, first: Duration, longest: Duration) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.current(first, longest)
    }

    /// The wait after the failures so far; zero when there were none.
    #[must_use]
    pub fn current(self, first: Duration, longest: Duration) -> Duration {
        let Some(doublings) = self.failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        // 2^31 seconds are longer than any longest wait; more doublings would overflow.
        first.saturating_mul(1 << doublings.min(31)).min(longest)
    }

    /// All is well again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Failures since all was well.
    #[must_use]
    pub fn failures(self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_longest_and_starts_over() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(3));
        let mut backoff = Backoff::default();
        assert_eq!(backoff.current(first, longest), Duration::ZERO);
        let waits: Vec<_> = (0..5).map(|_| backoff.fail(first, longest).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 3000, 3000]);
        backoff.reset();
        assert_eq!(backoff.fail(first, longest), first);
    }

    #[test]
    fn months_of_failures_do_not_overflow() {
        let mut backoff = Backoff { failures: u32::MAX - 1 };
        for _ in 0..3 {
            assert_eq!(
                backoff.fail(Duration::from_secs(1), Duration::from_secs(30)),
                Duration::from_secs(30)
            );
        }
    }
}
