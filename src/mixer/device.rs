//! Opening a sound device, noticing when it dies, and trying again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use bevy::prelude::Resource;

use super::console::{Console, OutputSettings};

/// Waits between tries to open a device grow from the first to the last of these.
/// People notice within three seconds that their loudspeakers are back.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Opens a sound device. Another one can be put here before the plugin starts.
#[derive(Resource, Clone)]
pub struct DeviceOpener(pub Arc<Open>);

/// Gives a console on a device, or says in the words of the system why there is none.
type Open = dyn Fn(&OutputSettings) -> Result<Console, String> + Send + Sync;

impl Default for DeviceOpener {
    fn default() -> Self {
        Self(Arc::new(Console::device))
    }
}

/// What came of the newest try.
pub(super) enum Tried {
    /// Still under way, or none is due.
    Waiting,
    Opened(Box<Console>),
    Failed(String),
}

/// Opens a device on a thread of its own, again and again with growing waits.
pub(super) struct Opening {
    opener: DeviceOpener,
    under_way: Option<Receiver<Result<Console, String>>>,
    next: Duration,
    wait: Duration,
}

impl Opening {
    /// The first try is due at `now`.
    pub(super) fn new(opener: DeviceOpener, now: Duration) -> Self {
        Self { opener, under_way: None, next: now, wait: FIRST_WAIT }
    }

    /// Begins a try when one is due, and takes the outcome of one that is over.
    pub(super) fn poll(&mut self, output: &OutputSettings, now: Duration) -> Tried {
        let Some(receiver) = &self.under_way else {
            return if now >= self.next { self.begin(output, now) } else { Tried::Waiting };
        };
        match receiver.try_recv() {
            Ok(Ok(console)) => {
                self.under_way = None;
                Tried::Opened(Box::new(console))
            }
            Ok(Err(reason)) => self.failed(reason, now),
            Err(TryRecvError::Empty) => Tried::Waiting,
            Err(TryRecvError::Disconnected) => self.failed("opening it ended in a crash".to_owned(), now),
        }
    }

    fn begin(&mut self, output: &OutputSettings, now: Duration) -> Tried {
        let (sender, receiver) = channel();
        let (opener, output) = (self.opener.clone(), output.clone());
        let work = move || {
            // Nobody waits any more when the program ends; then the device closes again at once.
            let _ = sender.send((opener.0)(&output));
        };
        match thread::Builder::new().name("sound-device".to_owned()).spawn(work) {
            Ok(_) => {
                self.under_way = Some(receiver);
                Tried::Waiting
            }
            Err(error) => self.failed(error.to_string(), now),
        }
    }

    fn failed(&mut self, reason: String, now: Duration) -> Tried {
        self.under_way = None;
        self.next = now + self.wait;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        Tried::Failed(reason)
    }

    /// The device died at `now`. The first try is due at once; after a device that died soon, after a
    /// wait that grows until one works.
    pub(super) fn lost(&mut self, now: Duration) {
        let proven = self.wait == FIRST_WAIT;
        self.next = if proven { now } else { now + self.wait };
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    /// Another device is wanted: the next loss begins with short waits again.
    pub(super) fn again(&mut self) {
        self.wait = FIRST_WAIT;
        self.next = Duration::ZERO;
    }

    /// The device has worked for a while: the next loss begins with short waits again.
    pub(super) fn works(&mut self) {
        self.wait = FIRST_WAIT;
    }
}

/// Watches the clock of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pulse {
    clock: u64,
    moved: Duration,
    patience: Duration,
}

impl Pulse {
    /// A device whose clock stands still for longer than `patience` is dead.
    pub(super) fn new(now: Duration, patience: Duration) -> Self {
        Self { clock: 0, moved: now, patience }
    }

    /// Whether the clock has stood still for too long.
    pub(super) fn is_frozen(&mut self, clock: u64, now: Duration) -> bool {
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
    fn a_clock_that_stands_still_for_more_than_a_second_is_frozen_until_it_moves() {
        let seconds = Duration::from_secs_f32;
        let mut pulse = Pulse::new(seconds(0.0), seconds(1.0));
        assert!(!pulse.is_frozen(100, seconds(0.5)));
        assert!(!pulse.is_frozen(100, seconds(1.5)));
        assert!(pulse.is_frozen(100, seconds(1.6)));
        assert!(!pulse.is_frozen(101, seconds(1.7)));
    }

    #[test]
    fn tries_wait_longer_and_longer() {
        let opener = DeviceOpener(Arc::new(|_| Err("none".to_owned())));
        let mut opening = Opening::new(opener, Duration::ZERO);
        let mut tries = Vec::new();
        for quarter in 0..40 {
            let now = Duration::from_millis(250 * quarter);
            if matches!(opening.failed_by(now), Tried::Failed(_)) {
                tries.push(quarter);
            }
        }
        // In quarters of a second, up to one try every two seconds.
        assert_eq!(tries, [0, 1, 3, 7, 15, 23, 31, 39]);
    }

    #[test]
    fn a_device_that_worked_is_tried_again_at_once_and_one_that_dies_at_once_is_not() {
        let opener = DeviceOpener(Arc::new(|_| Err("none".to_owned())));
        let mut opening = Opening::new(opener, Duration::ZERO);
        let seconds = Duration::from_secs;
        opening.lost(seconds(100));
        assert_eq!(opening.next, seconds(100));
        opening.lost(seconds(101));
        assert!(opening.next > seconds(101));
        opening.works();
        opening.lost(seconds(200));
        assert_eq!(opening.next, seconds(200));
    }

    impl Opening {
        /// A try that fails on the spot, without a thread.
        fn failed_by(&mut self, now: Duration) -> Tried {
            if now < self.next { Tried::Waiting } else { self.failed("none".to_owned(), now) }
        }
    }
}
