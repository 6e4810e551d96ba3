//! Whether a source shall be started, watched, or given up: a state machine without threads or clocks.

use std::time::Duration;

use super::CameraSettings;
use crate::foundation::Backoff;

/// How patient the supervisor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// A camera has this long for its first frame.
    pub first_frame: Duration,
    /// A camera that runs has this long for each further frame.
    pub stall: Duration,
    /// Wait before the first new attempt.
    pub retry: Duration,
    /// The longest wait between attempts.
    pub retry_longest: Duration,
}

impl From<&CameraSettings> for Patience {
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

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Open the source.
    Start,
    /// No frame came in time: leave this attempt to itself. A new one follows.
    Abandon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting { until: Duration },
    Opening { since: Duration },
    Running { since: Duration, last: Duration },
}

/// The attempts at one source, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Lane {
    state: State,
    /// Cameras are watched; a file that is slow to read is not a stall.
    watched: bool,
    backoff: Backoff,
    generation: u64,
    last_ran: Option<Duration>,
}

impl Lane {
    /// A source that shall start at once.
    #[must_use]
    pub fn new(watched: bool, now: Duration) -> Self {
        Self {
            state: State::Waiting { until: now },
            watched,
            backoff: Backoff::new(Duration::ZERO, Duration::ZERO),
            generation: 0,
            last_ran: None,
        }
    }

    /// What is to be done at this time; to be asked in every update.
    pub fn step(&mut self, now: Duration, patience: &Patience) -> Option<Order> {
        match self.state {
            State::Waiting { until } if now >= until => {
                self.state = State::Opening { since: now };
                self.generation += 1;
                Some(Order::Start)
            }
            // Patience grows with the failures, so that a camera that is slow to wake gets its chance.
            State::Opening { since } if now >= since + patience.first_frame + self.wait(patience) => {
                self.abandon(now, patience)
            }
            State::Running { last, .. } if now >= last + patience.stall => self.abandon(now, patience),
            _ => None,
        }
    }

    fn abandon(&mut self, now: Duration, patience: &Patience) -> Option<Order> {
        if !self.watched {
            return None;
        }
        self.failed(now, patience);
        Some(Order::Abandon)
    }

    fn wait(&self, patience: &Patience) -> Duration {
        let mut backoff = self.backoff;
        backoff.set_waits(patience.retry, patience.retry_longest);
        backoff.wait()
    }

    /// A frame has come.
    pub fn frame(&mut self, now: Duration, patience: &Patience) {
        let since = match self.state {
            State::Running { since, .. } => since,
            _ => now,
        };
        // One frame between failures is no recovery; a steady run is.
        if now >= since + self.wait(patience) {
            self.backoff.reset();
        }
        self.state = State::Running { since, last: now };
        self.last_ran = Some(now);
    }

    /// The attempt has ended; the next one follows after a wait.
    pub fn failed(&mut self, now: Duration, patience: &Patience) {
        self.backoff.set_waits(patience.retry, patience.retry_longest);
        let wait = self.backoff.fail();
        self.state = State::Waiting { until: now + wait };
    }

    /// Whether frames are coming.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// Whether somebody else should step in: nothing runs, an attempt has
    /// failed, and a source that did run has had time to come back.
    #[must_use]
    pub fn needs_stand_in(&self, now: Duration, patience: &Patience) -> bool {
        let gone_for_long = self.last_ran.is_none_or(|last| now >= last + patience.first_frame);
        !self.is_running() && self.backoff.failures() > 0 && gone_for_long
    }

    /// Number of the attempt, from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        first_frame: Duration::from_secs(3),
        stall: Duration::from_secs(2),
        retry: Duration::from_secs(1),
        retry_longest: Duration::from_secs(8),
    };

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn running() -> Lane {
        let mut lane = Lane::new(true, at(0.0));
        assert_eq!(lane.step(at(0.0), &PATIENCE), Some(Order::Start));
        lane.frame(at(0.5), &PATIENCE);
        lane
    }

    #[test]
    fn a_source_starts_once_and_then_runs() {
        let mut lane = running();
        assert!(lane.is_running());
        assert_eq!(lane.step(at(1.0), &PATIENCE), None);
        assert_eq!(lane.generation(), 1);
    }

    #[test]
    fn a_stall_is_given_up_and_a_new_generation_starts_after_the_wait() {
        let mut lane = running();
        assert_eq!(lane.step(at(2.4), &PATIENCE), None);
        assert_eq!(lane.step(at(2.5), &PATIENCE), Some(Order::Abandon));
        assert_eq!(lane.step(at(3.4), &PATIENCE), None);
        assert_eq!(lane.step(at(3.5), &PATIENCE), Some(Order::Start));
        assert_eq!(lane.generation(), 2);
    }

    #[test]
    fn no_first_frame_is_given_up_with_growing_patience() {
        let mut lane = Lane::new(true, at(0.0));
        lane.step(at(0.0), &PATIENCE);
        assert_eq!(lane.step(at(3.0), &PATIENCE), Some(Order::Abandon));
        assert_eq!(lane.step(at(4.0), &PATIENCE), Some(Order::Start));
        assert_eq!(lane.step(at(7.5), &PATIENCE), None, "three seconds and the wait of one");
        assert_eq!(lane.step(at(8.0), &PATIENCE), Some(Order::Abandon));
    }

    #[test]
    fn a_file_is_never_given_up_for_silence() {
        let mut lane = Lane::new(false, at(0.0));
        lane.step(at(0.0), &PATIENCE);
        assert_eq!(lane.step(at(100.0), &PATIENCE), None);
        lane.frame(at(101.0), &PATIENCE);
        assert_eq!(lane.step(at(1000.0), &PATIENCE), None);
    }

    #[test]
    fn a_source_that_flaps_waits_longer_each_time_and_a_steady_one_is_forgiven() {
        let mut lane = running();
        lane.failed(at(1.0), &PATIENCE);
        lane.step(at(2.0), &PATIENCE);
        lane.frame(at(2.1), &PATIENCE);
        lane.failed(at(2.2), &PATIENCE);
        assert_eq!(lane.step(at(4.1), &PATIENCE), None, "the second wait is two seconds");
        assert_eq!(lane.step(at(4.2), &PATIENCE), Some(Order::Start));
        lane.frame(at(5.0), &PATIENCE);
        lane.frame(at(7.0), &PATIENCE);
        lane.failed(at(8.0), &PATIENCE);
        assert_eq!(lane.step(at(9.0), &PATIENCE), Some(Order::Start), "the wait is one second again");
    }

    #[test]
    fn somebody_steps_in_at_once_at_the_start_but_not_for_a_short_break() {
        let mut lane = Lane::new(true, at(0.0));
        lane.step(at(0.0), &PATIENCE);
        assert!(!lane.needs_stand_in(at(0.1), &PATIENCE));
        lane.failed(at(0.1), &PATIENCE);
        assert!(lane.needs_stand_in(at(0.1), &PATIENCE));

        let mut lane = running();
        lane.failed(at(1.0), &PATIENCE);
        assert!(!lane.needs_stand_in(at(1.1), &PATIENCE));
        assert!(lane.needs_stand_in(at(3.6), &PATIENCE));
    }
}
