//! A person is in view and cannot be read: the reason, told after a delay.

use std::time::Duration;

use crate::emotion::UnreadableReason;

/// A reason that was seen within this time is not replaced by another one, so that advice does not
/// flicker.
const STEADY: Duration = Duration::from_secs(1);

/// Waits for `delay` before it tells that nothing can be read.
#[derive(Debug, Clone)]
pub(super) struct UnreadableAdvice {
    delay: Duration,
    since: Option<Duration>,
    reason: Option<(UnreadableReason, Duration)>,
    said: Option<UnreadableReason>,
}

impl UnreadableAdvice {
    pub(super) fn new(delay: Duration) -> Self {
        Self { delay, since: None, reason: None, said: None }
    }

    /// Another delay; advice that is told already stays.
    pub(super) fn change_delay(&mut self, delay: Duration) {
        self.delay = delay;
    }

    /// Somebody is in view. `reason` is why the nearest of them cannot be read in this frame.
    pub(super) fn see(&mut self, at: Duration, readable: bool, reason: Option<UnreadableReason>) {
        if readable {
            self.end();
            return;
        }
        self.reason = match (self.reason, reason) {
            (Some((old, when)), Some(new)) if old != new && at.saturating_sub(when) < STEADY => {
                Some((old, when))
            }
            (_, Some(new)) => Some((new, at)),
            (old, None) => old,
        };
        let since = *self.since.get_or_insert(at);
        if at.saturating_sub(since) >= self.delay {
            self.said = Some(self.reason.map_or(UnreadableReason::Unsure, |(reason, _)| reason));
        }
    }

    /// Nobody is in view, or they can be read again.
    pub(super) fn end(&mut self) {
        (self.since, self.reason, self.said) = (None, None, None);
    }

    pub(super) fn reason_told(&self) -> Option<UnreadableReason> {
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn advice_comes_after_a_while_stays_steady_and_goes_at_once() {
        let mut advice = UnreadableAdvice::new(ms(1_500));
        for at in (0..1_500).step_by(100) {
            advice.see(ms(at), false, Some(UnreadableReason::TooSmall));
            assert_eq!(advice.reason_told(), None);
        }
        advice.see(ms(1_500), false, Some(UnreadableReason::TooSmall));
        assert_eq!(advice.reason_told(), Some(UnreadableReason::TooSmall));
        advice.see(ms(1_600), false, Some(UnreadableReason::Blurred));
        assert_eq!(advice.reason_told(), Some(UnreadableReason::TooSmall));
        for at in (1_700..2_800).step_by(100) {
            advice.see(ms(at), false, Some(UnreadableReason::Blurred));
        }
        assert_eq!(advice.reason_told(), Some(UnreadableReason::Blurred));
        advice.see(ms(2_800), true, None);
        assert_eq!(advice.reason_told(), None);
    }
}
