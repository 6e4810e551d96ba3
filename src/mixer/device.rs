//! Opening a sound device, noticing when it dies, and trying again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use bevy::prelude::Resource;

use super::console::Console;

/// A device that plays but whose clock stands still for this long is dead.
const FROZEN: Duration = Duration::from_secs(1);
/// Waits between tries to open a device grow from the first to the last of these.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Opens the sound device, at a volume given as an amplitude. Another one can be put here before the plugin starts.
#[derive(Resource, Clone)]
pub struct DeviceOpener(pub Arc<dyn Fn(f32) -> Result<Console, String> + Send + Sync>);

impl Default for DeviceOpener {
    fn default() -> Self {
        Self(Arc::new(Console::device))
    }
}

/// What came of the newest try.
pub(super) enum Tried {
    /// Still under way, or none is due.
    Waiting,
    Opened(Console),
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
    pub(super) fn poll(&mut self, volume: f32, now: Duration) -> Tried {
        let Some(receiver) = &self.under_way else {
            return if now >= self.next { self.begin(volume, now) } else { Tried::Waiting };
        };
        match receiver.try_recv() {
            Ok(Ok(console)) => {
                self.under_way = None;
                Tried::Opened(console)
            }
            Ok(Err(reason)) => self.failed(reason, now),
            Err(TryRecvError::Empty) => Tried::Waiting,
            Err(TryRecvError::Disconnected) => self.failed("opening it ended in a crash".to_owned(), now),
        }
    }

    fn begin(&mut self, volume: f32, now: Duration) -> Tried {
        let (sender, receiver) = channel();
        let opener = self.opener.clone();
        let work = move || {
            // Nobody waits any more when the program ends; then the device closes again at once.
            let _ = sender.send((opener.0)(volume));
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

    /// The device died at `now`: the next try is due after the wait, which grows until the device works.
    pub(super) fn lost(&mut self, now: Duration) {
        self.next = now + self.wait;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
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
}

impl Pulse {
    pub(super) fn new(now: Duration) -> Self {
        Self { clock: 0, moved: now }
    }

    /// Whether the clock has stood still for too long.
    pub(super) fn is_frozen(&mut self, clock: u64, now: Duration) -> bool {
        if clock != self.clock {
            *self = Self { clock, moved: now };
        }
        now.saturating_sub(self.moved) > FROZEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_for_more_than_a_second_is_frozen_until_it_moves() {
        let seconds = Duration::from_secs_f32;
        let mut pulse = Pulse::new(seconds(0.0));
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
        for second in 0..200 {
            let now = Duration::from_secs(second);
            if matches!(opening.failed_by(now), Tried::Failed(_)) {
                tries.push(second);
            }
        }
        assert_eq!(tries, [0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181]);
    }

    impl Opening {
        /// A try that fails on the spot, without a thread.
        fn failed_by(&mut self, now: Duration) -> Tried {
            if now < self.next { Tried::Waiting } else { self.failed("none".to_owned(), now) }
        }
    }
}
