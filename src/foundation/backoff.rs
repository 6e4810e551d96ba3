//! Exponential back-off: the wait doubles with each failed attempt, up to a longest one.

use std::time::Duration;

/// Waits of `first · 2ⁿ⁻¹` after the n-th failure in a row, at most `longest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// No failure yet. `first` is the wait after the first failure.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// Takes over other waits; the failures so far still count.
    pub fn set_waits(&mut self, first: Duration, longest: Duration) {
        (self.first, self.longest) = (first, longest);
    }

    /// Counts a failure and returns how long to wait now.
    pub fn fail(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.wait()
    }

    /// The wait after the failures so far; zero without any.
    #[must_use]
    pub fn wait(&self) -> Duration {
        let Some(doublings) = self.failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        // 2^31 times the first wait exceeds every longest wait; more doublings would overflow.
        self.first.saturating_mul(1 << doublings.min(31)).min(self.longest)
    }

    /// An attempt succeeded: the next failure waits shortly again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Failures since the last success.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_longest_and_starts_over() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(3));
        let mut backoff = Backoff::new(first, longest);
        assert_eq!(backoff.wait(), Duration::ZERO);
        let waits: Vec<_> = (0..5).map(|_| backoff.fail().as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 3000, 3000]);
        backoff.reset();
        assert_eq!(backoff.fail(), first);
    }

    #[test]
    fn months_of_failures_do_not_overflow() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(30));
        let mut backoff = Backoff { first, longest, failures: u32::MAX - 1 };
        for _ in 0..3 {
            assert_eq!(backoff.fail(), longest);
        }
    }

    #[test]
    fn other_waits_hold_from_the_next_failure() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        backoff.fail();
        backoff.set_waits(Duration::from_secs(2), Duration::from_secs(3));
        assert_eq!(backoff.fail(), Duration::from_secs(3));
    }
}
