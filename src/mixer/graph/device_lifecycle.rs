//! Opening a sound device, detecting that it died, and trying again.

use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::Resource;

use super::audio_graph::{AudioGraph, GraphSettings};
use super::error::OutputError;
use crate::foundation::{Backoff, Worker, WorkerError, WorkerEvent, WorkerOptions};

/// The wait between attempts to open a device doubles from the first to the longest of these.
/// With two seconds, people hear a device that is back within about three.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Opens a sound device. Tests replace it before the plugin starts.
#[derive(Resource, Clone)]
pub struct DeviceOpener(pub Arc<OpenDevice>);

/// Builds a graph on a device.
type OpenDevice = dyn Fn(&GraphSettings) -> Result<AudioGraph, OutputError> + Send + Sync;

impl Default for DeviceOpener {
    fn default() -> Self {
        Self(Arc::new(AudioGraph::open_device))
    }
}

/// Outcome of [`DeviceOpening::poll`].
pub(in crate::mixer) enum OpenAttempt {
    /// An attempt is running, or none is due.
    Waiting,
    Opened(Box<AudioGraph>),
    Failed(OutputError),
}

/// Opens a device on a thread of its own, again and again with growing waits.
pub(in crate::mixer) struct DeviceOpening {
    opener: DeviceOpener,
    worker: Option<Worker<GraphSettings, Result<AudioGraph, OutputError>>>,
    running: bool,
    /// The next attempt is due then.
    next: Duration,
    backoff: Backoff,
}

impl DeviceOpening {
    /// The first attempt is due at `now`.
    pub(in crate::mixer) fn new(opener: DeviceOpener, now: Duration) -> Self {
        let backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        Self { opener, worker: None, running: false, next: now, backoff }
    }

    /// Begins an attempt if one is due, and takes the outcome of a finished one.
    pub(in crate::mixer) fn poll(&mut self, settings: &GraphSettings, now: Duration) -> OpenAttempt {
        if !self.running {
            return if now >= self.next { self.begin(settings, now) } else { OpenAttempt::Waiting };
        }
        match self.worker.as_ref().and_then(Worker::poll) {
            None => OpenAttempt::Waiting,
            Some(WorkerEvent::News(Ok(graph))) => {
                self.running = false;
                OpenAttempt::Opened(Box::new(graph))
            }
            Some(WorkerEvent::News(Err(error))) => self.failed(error, now),
            Some(WorkerEvent::Panicked(text)) => self.failed(OutputError::Thread(text), now),
        }
    }

    fn begin(&mut self, settings: &GraphSettings, now: Duration) -> OpenAttempt {
        let worker = match &self.worker {
            Some(worker) => worker,
            None => match start(self.opener.clone()) {
                Ok(worker) => self.worker.insert(worker),
                Err(error) => return self.failed(OutputError::Thread(error.to_string()), now),
            },
        };
        self.running = worker.send(settings.clone()).is_ok();
        OpenAttempt::Waiting
    }

    fn failed(&mut self, error: OutputError, now: Duration) -> OpenAttempt {
        self.running = false;
        self.next = now + self.backoff.fail();
        OpenAttempt::Failed(error)
    }

    /// The device died at `now`. If it had worked for a while, the first attempt is due at once, else after
    /// a wait that grows until a device works.
    pub(in crate::mixer) fn device_lost(&mut self, now: Duration) {
        let proven = self.backoff.failures() == 0;
        let wait = self.backoff.fail();
        self.next = if proven { now } else { now + wait };
    }

    /// Another device is wanted: the first attempt is due at once.
    pub(in crate::mixer) fn retry_at_once(&mut self) {
        self.backoff.reset();
        self.next = Duration::ZERO;
    }

    /// Whether an attempt is under way.
    pub(in crate::mixer) fn is_running(&self) -> bool {
        self.running
    }

    /// The device has worked for a while: after the next loss the waits begin short again.
    pub(in crate::mixer) fn reset_wait(&mut self) {
        self.backoff.reset();
    }
}

fn start(
    opener: DeviceOpener,
) -> Result<Worker<GraphSettings, Result<AudioGraph, OutputError>>, WorkerError> {
    // A driver may hang: nothing waits for the thread to end.
    let options = WorkerOptions::named("sound-device").join_limit(Duration::ZERO);
    Worker::answering(options, move |settings: GraphSettings| (opener.0)(&settings))
}

/// Detects that the clock of a device stands still.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct StallDetector {
    clock: u64,
    moved: Duration,
    patience: Duration,
}

impl StallDetector {
    /// A device whose clock stands still for longer than `patience` is given up.
    pub(in crate::mixer) fn new(now: Duration, patience: Duration) -> Self {
        Self { clock: 0, moved: now, patience }
    }

    /// How long the clock may stand still from now on.
    pub(in crate::mixer) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Whether the clock has stood still for too long.
    pub(in crate::mixer) fn is_stalled(&mut self, clock: u64, now: Duration) -> bool {
        if clock != self.clock {
            *self = Self { clock, moved: now, ..*self };
        }
        now.saturating_sub(self.moved) > self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_for_more_than_a_second_is_stalled_until_it_moves() {
        let seconds = Duration::from_secs_f32;
        let mut detector = StallDetector::new(seconds(0.0), seconds(1.0));
        assert!(!detector.is_stalled(100, seconds(0.5)));
        assert!(!detector.is_stalled(100, seconds(1.5)));
        assert!(detector.is_stalled(100, seconds(1.6)));
        assert!(!detector.is_stalled(101, seconds(1.7)));
        detector.set_patience(seconds(0.1));
        assert!(detector.is_stalled(101, seconds(1.9)), "a changed patience holds at once");
    }

    #[test]
    fn tries_wait_longer_and_longer() {
        let opener = DeviceOpener(Arc::new(|_| Err(OutputError::NoDefaultDevice)));
        let mut opening = DeviceOpening::new(opener, Duration::ZERO);
        let mut tries = Vec::new();
        for quarter in 0..40 {
            let now = Duration::from_millis(250 * quarter);
            if matches!(opening.failed_by(now), OpenAttempt::Failed(_)) {
                tries.push(quarter);
            }
        }
        // In quarters of a second, up to one try every two seconds.
        assert_eq!(tries, [0, 1, 3, 7, 15, 23, 31, 39]);
    }

    #[test]
    fn a_device_that_worked_is_tried_again_at_once_and_one_that_dies_at_once_is_not() {
        let opener = DeviceOpener(Arc::new(|_| Err(OutputError::NoDefaultDevice)));
        let mut opening = DeviceOpening::new(opener, Duration::ZERO);
        let seconds = Duration::from_secs;
        opening.device_lost(seconds(100));
        assert_eq!(opening.next, seconds(100));
        opening.device_lost(seconds(101));
        assert!(opening.next > seconds(101));
        opening.reset_wait();
        opening.device_lost(seconds(200));
        assert_eq!(opening.next, seconds(200));
    }

    impl DeviceOpening {
        /// A try that fails on the spot, without a thread.
        fn failed_by(&mut self, now: Duration) -> OpenAttempt {
            if now < self.next {
                OpenAttempt::Waiting
            } else {
                self.failed(OutputError::NoDefaultDevice, now)
            }
        }
    }
}
