//! A source on a thread of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::delivery::SourceDelivery;
use super::error::SourceError;
use super::settings::CameraSettings;
use super::source::Pacing;
use super::source_plan::SourcePlan;
use crate::foundation::{StopSignal, WorkDone, Worker, WorkerEvent, WorkerOptions};

/// A source that runs on a thread named "camera".
///
/// Each thread has a delivery of its own: what an abandoned thread still produces is not read.
/// Dropping this tells the thread to stop and does not wait, since a driver may block it for ever.
pub struct SourceThread {
    delivery: Arc<Mutex<SourceDelivery>>,
    worker: Worker<(), ()>,
}

impl SourceThread {
    /// Starts a thread that opens the source and delivers its frames in time.
    ///
    /// # Errors
    /// [`SourceError::Internal`] if the system gives no thread.
    pub fn start(plan: SourcePlan, settings: CameraSettings) -> Result<Self, SourceError> {
        let delivery = Arc::<Mutex<SourceDelivery>>::default();
        let work = FrameLoop { plan, settings, delivery: delivery.clone() };
        let options = WorkerOptions::named("camera").join_limit(Duration::ZERO);
        let worker = Worker::spawn(options, move |context| {
            if let Err(error) = work.run(context.stop_signal()) {
                lock(&work.delivery).ended = Some(error);
            }
            WorkDone::Finished
        })
        .map_err(|error| SourceError::Internal(error.to_string()))?;
        Ok(Self { delivery, worker })
    }

    /// What the source has produced since the last call. Never waits for the source.
    pub fn poll(&mut self) -> SourceDelivery {
        let mut delivery = lock(&self.delivery).take();
        // Drivers and decoders are foreign code: a panic in one is an error of the source.
        if let Some(WorkerEvent::Panicked(text)) = self.worker.poll() {
            delivery.ended = Some(SourceError::Internal(text));
        }
        delivery
    }

    /// Tells the thread to end and to close its device, and waits for that, at most `longest`.
    pub fn close(&mut self, longest: Duration) {
        self.worker.stop();
        self.worker.join(longest);
    }
}

/// What runs on the thread.
struct FrameLoop {
    plan: SourcePlan,
    settings: CameraSettings,
    delivery: Arc<Mutex<SourceDelivery>>,
}

impl FrameLoop {
    fn run(&self, stop: &StopSignal) -> Result<(), SourceError> {
        let mut source = self.plan.open(&self.settings, stop)?;
        lock(&self.delivery).opened = Some(source.description());
        let mut start = Instant::now();
        while !stop.is_set() {
            match source.next_frame() {
                Ok(mut frame) => {
                    if source.pacing() == Pacing::Timed {
                        start = wait_until_due(stop, start, frame.at);
                        frame.captured = Instant::now();
                    }
                    let mut delivery = lock(&self.delivery);
                    delivery.put(frame);
                    delivery.complaint = source.complaint();
                }
                Err(error) if error.is_skippable() => {
                    let mut delivery = lock(&self.delivery);
                    delivery.skipped += 1;
                    delivery.complaint = source.complaint();
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Waits until `start + at`, or until `stop`. Returns the start. After the machine slept it is moved, so that
/// the clip continues instead of catching up.
fn wait_until_due(stop: &StopSignal, start: Instant, at: Duration) -> Instant {
    const LATE: Duration = Duration::from_secs(1);
    let due = start + at;
    if stop.wait(due.saturating_duration_since(Instant::now())) {
        return start;
    }
    let late = Instant::now().saturating_duration_since(due);
    if late > LATE { start + late } else { start }
}

/// A panic cannot leave a delivery half changed, so that of a poisoned lock is used.
fn lock(delivery: &Mutex<SourceDelivery>) -> MutexGuard<'_, SourceDelivery> {
    delivery.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_delivers_the_clip_and_ends_when_told() {
        let mut source =
            SourceThread::start(SourcePlan::Clip(None), CameraSettings::default()).expect("a thread");
        let began = Instant::now();
        let mut captured = 0;
        while captured < 3 && began.elapsed() < Duration::from_secs(30) {
            captured += source.poll().captured;
            thread::yield_now();
        }
        assert!(captured >= 3);
        source.close(Duration::from_secs(30));
        assert!(source.worker.has_ended());
    }

    #[test]
    fn a_frame_is_waited_for_and_a_machine_that_slept_does_not_catch_up() {
        let (stop, now) = (StopSignal::default(), Instant::now());
        assert_eq!(wait_until_due(&stop, now, Duration::from_millis(1)), now);
        assert!(now.elapsed() >= Duration::from_millis(1));
        let long_ago = now.checked_sub(Duration::from_secs(9)).expect("the machine runs for longer");
        assert!(wait_until_due(&stop, long_ago, Duration::from_secs(1)) > long_ago);
        stop.set();
        assert_eq!(wait_until_due(&stop, now, Duration::from_hours(1)), now);
    }
}
