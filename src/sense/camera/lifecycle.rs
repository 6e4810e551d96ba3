//! When a source is started, watched and given up: a state machine without threads or clocks.

use std::time::Duration;

use super::settings::CameraSettings;
use crate::foundation::Backoff;

/// How long the supervisor waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceTimeouts {
    /// For the first frame of a camera.
    pub first_frame: Duration,
    /// For each further frame of a camera.
    pub stall: Duration,
    /// Wait before the first new attempt.
    pub retry: Duration,
    /// The longest wait between attempts.
    pub retry_longest: Duration,
}

impl From<&CameraSettings> for SourceTimeouts {
    fn from(settings: &CameraSettings) -> Self {
        let seconds = |value: f32| Duration::try_from_secs_f32(value).unwrap_or_default();
        Self {
            first_frame: seconds(settings.first_frame_seconds),
            stall: seconds(settings.stall_seconds),
            retry: seconds(settings.retry_seconds),
            retry_longest: seconds(settings.retry_longest_seconds),
        }
    }
}

/// What the supervisor has to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifecycleStep {
    /// Open the source.
    Start,
    /// No frame came in time: give up this attempt. A new one follows.
    Abandon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LifecycleState {
    Waiting { until: Duration },
    Opening { since: Duration },
    Running { since: Duration, last: Duration },
}

/// The successive attempts to run one source.
#[derive(Debug, Clone, Copy)]
pub struct SourceLifecycle {
    state: LifecycleState,
    /// Whether missing frames count as a stall. They do for cameras, not for slow files.
    watched: bool,
    backoff: Backoff,
    generation: u64,
    last_ran: Option<Duration>,
}

impl SourceLifecycle {
    /// A source that starts in the next step.
    #[must_use]
    pub fn new(watched: bool, now: Duration) -> Self {
        Self {
            state: LifecycleState::Waiting { until: now },
            watched,
            backoff: Backoff::new(Duration::ZERO, Duration::ZERO),
            generation: 0,
            last_ran: None,
        }
    }

    /// What has to be done at this time. Call it once in each update.
    pub fn step(&mut self, now: Duration, timeouts: &SourceTimeouts) -> Option<LifecycleStep> {
        match self.state {
            LifecycleState::Waiting { until } if now >= until => {
                self.state = LifecycleState::Opening { since: now };
                self.generation += 1;
                Some(LifecycleStep::Start)
            }
            // The timeout grows with the failures, for cameras that are slow to start.
            LifecycleState::Opening { since }
                if now >= since + timeouts.first_frame + self.wait(timeouts) =>
            {
                self.abandon(now, timeouts)
            }
            LifecycleState::Running { last, .. } if now >= last + timeouts.stall => {
                self.abandon(now, timeouts)
            }
            _ => None,
        }
    }

    fn abandon(&mut self, now: Duration, timeouts: &SourceTimeouts) -> Option<LifecycleStep> {
        if !self.watched {
            return None;
        }
        self.failed(now, timeouts);
        Some(LifecycleStep::Abandon)
    }

    fn wait(&self, timeouts: &SourceTimeouts) -> Duration {
        let mut backoff = self.backoff;
        backoff.set_waits(timeouts.retry, timeouts.retry_longest);
        backoff.wait()
    }

    /// A frame has come.
    pub fn frame(&mut self, now: Duration, timeouts: &SourceTimeouts) {
        let since = match self.state {
            LifecycleState::Running { since, .. } => since,
            _ => now,
        };
        // One frame between failures is no recovery; frames for as long as the last wait are.
        if now >= since + self.wait(timeouts) {
            self.backoff.reset();
        }
        self.state = LifecycleState::Running { since, last: now };
        self.last_ran = Some(now);
    }

    /// The attempt has ended; the next one follows after a wait.
    pub fn failed(&mut self, now: Duration, timeouts: &SourceTimeouts) {
        self.backoff.set_waits(timeouts.retry, timeouts.retry_longest);
        let wait = self.backoff.fail();
        self.state = LifecycleState::Waiting { until: now + wait };
    }

    /// Whether frames are coming.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state, LifecycleState::Running { .. })
    }

    /// Whether a substitute should run: nothing runs, an attempt has failed, and a source that has
    /// run before had time to recover.
    #[must_use]
    pub fn needs_substitute(&self, now: Duration, timeouts: &SourceTimeouts) -> bool {
        let gone_for_long = self.last_ran.is_none_or(|last| now >= last + timeouts.first_frame);
        !self.is_running() && self.backoff.failures() > 0 && gone_for_long
    }

    /// Number of the current attempt, from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: SourceTimeouts = SourceTimeouts {
        first_frame: Duration::from_secs(3),
        stall: Duration::from_secs(2),
        retry: Duration::from_secs(1),
        retry_longest: Duration::from_secs(8),
    };

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn running() -> SourceLifecycle {
        let mut lifecycle = SourceLifecycle::new(true, at(0.0));
        assert_eq!(lifecycle.step(at(0.0), &TIMEOUTS), Some(LifecycleStep::Start));
        lifecycle.frame(at(0.5), &TIMEOUTS);
        lifecycle
    }

    #[test]
    fn a_source_starts_once_and_then_runs() {
        let mut lifecycle = running();
        assert!(lifecycle.is_running());
        assert_eq!(lifecycle.step(at(1.0), &TIMEOUTS), None);
        assert_eq!(lifecycle.generation(), 1);
    }

    #[test]
    fn a_stall_is_given_up_and_a_new_generation_starts_after_the_wait() {
        let mut lifecycle = running();
        assert_eq!(lifecycle.step(at(2.4), &TIMEOUTS), None);
        assert_eq!(lifecycle.step(at(2.5), &TIMEOUTS), Some(LifecycleStep::Abandon));
        assert_eq!(lifecycle.step(at(3.4), &TIMEOUTS), None);
        assert_eq!(lifecycle.step(at(3.5), &TIMEOUTS), Some(LifecycleStep::Start));
        assert_eq!(lifecycle.generation(), 2);
    }

    #[test]
    fn no_first_frame_is_given_up_with_growing_timeouts() {
        let mut lifecycle = SourceLifecycle::new(true, at(0.0));
        lifecycle.step(at(0.0), &TIMEOUTS);
        assert_eq!(lifecycle.step(at(3.0), &TIMEOUTS), Some(LifecycleStep::Abandon));
        assert_eq!(lifecycle.step(at(4.0), &TIMEOUTS), Some(LifecycleStep::Start));
        assert_eq!(lifecycle.step(at(7.5), &TIMEOUTS), None, "three seconds and the wait of one");
        assert_eq!(lifecycle.step(at(8.0), &TIMEOUTS), Some(LifecycleStep::Abandon));
    }

    #[test]
    fn a_file_is_never_given_up_for_silence() {
        let mut lifecycle = SourceLifecycle::new(false, at(0.0));
        lifecycle.step(at(0.0), &TIMEOUTS);
        assert_eq!(lifecycle.step(at(100.0), &TIMEOUTS), None);
        lifecycle.frame(at(101.0), &TIMEOUTS);
        assert_eq!(lifecycle.step(at(1000.0), &TIMEOUTS), None);
    }

    #[test]
    fn an_unstable_source_waits_longer_each_time_and_a_steady_run_resets_the_wait() {
        let mut lifecycle = running();
        lifecycle.failed(at(1.0), &TIMEOUTS);
        lifecycle.step(at(2.0), &TIMEOUTS);
        lifecycle.frame(at(2.1), &TIMEOUTS);
        lifecycle.failed(at(2.2), &TIMEOUTS);
        assert_eq!(lifecycle.step(at(4.1), &TIMEOUTS), None, "the second wait is two seconds");
        assert_eq!(lifecycle.step(at(4.2), &TIMEOUTS), Some(LifecycleStep::Start));
        lifecycle.frame(at(5.0), &TIMEOUTS);
        lifecycle.frame(at(7.0), &TIMEOUTS);
        lifecycle.failed(at(8.0), &TIMEOUTS);
        assert_eq!(
            lifecycle.step(at(9.0), &TIMEOUTS),
            Some(LifecycleStep::Start),
            "the wait is one second again"
        );
    }

    #[test]
    fn a_substitute_is_needed_at_once_at_the_start_but_not_for_a_short_break() {
        let mut lifecycle = SourceLifecycle::new(true, at(0.0));
        lifecycle.step(at(0.0), &TIMEOUTS);
        assert!(!lifecycle.needs_substitute(at(0.1), &TIMEOUTS));
        lifecycle.failed(at(0.1), &TIMEOUTS);
        assert!(lifecycle.needs_substitute(at(0.1), &TIMEOUTS));

        let mut lifecycle = running();
        lifecycle.failed(at(1.0), &TIMEOUTS);
        assert!(!lifecycle.needs_substitute(at(1.1), &TIMEOUTS));
        assert!(lifecycle.needs_substitute(at(3.6), &TIMEOUTS));
    }
}
