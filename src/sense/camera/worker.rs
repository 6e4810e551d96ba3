//! A source on its own thread, and what it hands to the app.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{CameraSettings, Pacing, Plan, SourceError};
use crate::frame::Frame;

/// What has come from a source since it was last asked. A newer frame replaces
/// an older one, so this never grows.
#[derive(Debug, Default)]
pub struct Delivery {
    /// The newest frame.
    pub frame: Option<Frame>,
    /// Frames that came.
    pub captured: u64,
    /// Frames that a newer one replaced.
    pub dropped: u64,
    /// Frames that were broken.
    pub skipped: u64,
    /// What the source calls itself, once it has opened.
    pub opened: Option<String>,
    /// What is wrong with single frames; kept while it lasts.
    pub complaint: Option<String>,
    /// Why the source has ended.
    pub ended: Option<SourceError>,
}

impl Delivery {
    /// Takes a frame in; the one before it is lost if nobody took it.
    pub fn put(&mut self, frame: Frame) {
        self.captured += 1;
        self.dropped += u64::from(self.frame.replace(frame).is_some());
    }

    /// Takes what has come and leaves what lasts.
    fn take(&mut self) -> Self {
        let complaint = self.complaint.clone();
        std::mem::replace(self, Self { complaint, ..Self::default() })
    }
}

/// Tells a worker to end. It ends after the frame that it is waiting for.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether to end.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A source that runs on a thread named "camera".
///
/// Each worker has a box of its own for its frames: one that was abandoned and
/// wakes up later finds itself stopped, and what it still brings is seen by nobody.
pub struct Worker {
    outbox: Arc<Mutex<Delivery>>,
    stop: Stop,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a thread that opens the source and delivers its frames in time.
    ///
    /// # Errors
    /// [`SourceError::Inside`] if the system gives no thread.
    pub fn start(plan: Plan, settings: CameraSettings) -> Result<Self, SourceError> {
        let (outbox, stop) = (Arc::<Mutex<Delivery>>::default(), Stop::default());
        let work = Work { outbox: outbox.clone(), stop: stop.clone() };
        let thread = thread::Builder::new()
            .name("camera".into())
            .spawn(move || work.run(&plan, &settings))
            .map_err(|error| SourceError::Inside(error.to_string()))?;
        Ok(Self { outbox, stop, thread })
    }

    /// What has come since the last call. Never waits for the source.
    pub fn poll(&mut self) -> Delivery {
        lock(&self.outbox).take()
    }

    /// Tells the thread to end, and to close its device.
    pub fn stop(&self) {
        self.stop.set();
        self.thread.thread().unpark();
    }

    /// Waits until the thread has ended, but not for ever: a driver may keep it.
    pub fn wait(&self, longest: Duration) {
        let began = Instant::now();
        while !self.thread.is_finished() && began.elapsed() < longest {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Work {
    outbox: Arc<Mutex<Delivery>>,
    stop: Stop,
}

impl Work {
    fn run(&self, plan: &Plan, settings: &CameraSettings) {
        // Drivers and decoders are foreign code: a panic in one is a fault of the source.
        let result = catch_unwind(AssertUnwindSafe(|| self.deliver(plan, settings)));
        let error = match result {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => SourceError::Inside(panic_words(panic.as_ref())),
        };
        lock(&self.outbox).ended = Some(error);
    }

    fn deliver(&self, plan: &Plan, settings: &CameraSettings) -> Result<(), SourceError> {
        let mut source = plan.open(settings, &self.stop)?;
        lock(&self.outbox).opened = Some(source.description());
        let mut start = Instant::now();
        while !self.stop.is_set() {
            match source.next_frame() {
                Ok(mut frame) => {
                    if source.pacing() == Pacing::Timed {
                        start = self.sleep_until_due(start, frame.at);
                        frame.captured = Instant::now();
                    }
                    let mut outbox = lock(&self.outbox);
                    outbox.put(frame);
                    outbox.complaint = source.complaint();
                }
                Err(error) if error.is_skippable() => {
                    let mut outbox = lock(&self.outbox);
                    outbox.skipped += 1;
                    outbox.complaint = source.complaint();
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sleeps until `start + at`. Returns the start, which moves if the machine
    /// slept: the clip then goes on, instead of racing through what was missed.
    fn sleep_until_due(&self, start: Instant, at: Duration) -> Instant {
        const LATE: Duration = Duration::from_secs(1);
        let due = start + at;
        while !self.stop.is_set() {
            let now = Instant::now();
            if now >= due {
                let late = now - due;
                return if late > LATE { start + late } else { start };
            }
            thread::park_timeout(due - now);
        }
        start
    }
}

fn lock(outbox: &Mutex<Delivery>) -> MutexGuard<'_, Delivery> {
    outbox.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no reason".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame::new(1, 1, vec![0; 3], Duration::ZERO).expect("fits")
    }

    #[test]
    fn the_newest_frame_wins_and_the_others_are_counted() {
        let mut box_ = Delivery { complaint: Some("dust".into()), ..Delivery::default() };
        for _ in 0..3 {
            box_.put(frame());
        }
        let taken = box_.take();
        assert_eq!((taken.captured, taken.dropped, taken.frame.is_some()), (3, 2, true));
        let nothing = box_.take();
        assert_eq!((nothing.captured, nothing.dropped, nothing.frame.is_some()), (0, 0, false));
        assert_eq!(nothing.complaint.as_deref(), Some("dust"), "what lasts is kept");
    }

    #[test]
    fn a_worker_delivers_the_clip_and_ends_when_told() {
        let mut worker =
            Worker::start(Plan::Clip(None), super::super::testing::settings()).expect("a thread");
        let began = Instant::now();
        let mut captured = 0;
        while captured < 3 && began.elapsed() < Duration::from_secs(30) {
            captured += worker.poll().captured;
            thread::yield_now();
        }
        assert!(captured >= 3);
        worker.stop();
        worker.wait(Duration::from_secs(30));
        assert!(worker.thread.is_finished());
    }
}
