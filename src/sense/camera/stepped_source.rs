//! A timed source on a virtual clock: without a thread, with the same frames at the same times in every run.

use std::time::{Duration, Instant};

use super::delivery::SourceDelivery;
use super::error::SourceError;
use super::settings::CameraSettings;
use super::source::FrameSource;
use super::source_plan::SourcePlan;
use crate::frame::Frame;

/// A source whose frames are pulled when they are due.
pub struct SteppedSource {
    source: Box<dyn FrameSource + Send>,
    /// App time at which the source began.
    began: Duration,
    next: Option<Frame>,
    opened: Option<String>,
    complaint: Option<String>,
}

impl SteppedSource {
    /// Opens a timed source that begins now.
    ///
    /// # Errors
    /// As [`SourcePlan::open_timed`].
    pub fn start(plan: &SourcePlan, settings: &CameraSettings, now: Duration) -> Result<Self, SourceError> {
        let source = plan.open_timed(settings)?;
        let opened = Some(source.description());
        Ok(Self { source, began: now, next: None, opened, complaint: None })
    }

    /// Every frame that is due by now: the newest is delivered, older ones count as dropped.
    pub fn poll(&mut self, now: Duration) -> SourceDelivery {
        let mut delivery = SourceDelivery { opened: self.opened.take(), ..SourceDelivery::default() };
        while delivery.ended.is_none() {
            match self.next.take() {
                Some(frame) if self.began + frame.at > now => {
                    self.next = Some(frame);
                    break;
                }
                Some(mut frame) => {
                    frame.captured = Instant::now();
                    delivery.put(frame);
                }
                None => self.pull(&mut delivery),
            }
        }
        delivery.complaint.clone_from(&self.complaint);
        delivery
    }

    fn pull(&mut self, delivery: &mut SourceDelivery) {
        match self.source.next_frame() {
            Ok(frame) => self.next = Some(frame),
            Err(error) if error.is_skippable() => delivery.skipped += 1,
            Err(error) => delivery.ended = Some(error),
        }
        self.complaint = self.source.complaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip() -> SteppedSource {
        SteppedSource::start(&SourcePlan::Clip(None), &CameraSettings::default(), Duration::from_secs(5))
            .expect("embedded")
    }

    #[test]
    fn each_frame_comes_once_in_order_when_the_app_steps_faster() {
        let mut clip = clip();
        let mut seen = Vec::new();
        for step in 0..=60 {
            let delivery = clip.poll(Duration::from_millis(5_000 + 33 * step));
            assert_eq!(delivery.dropped, 0);
            seen.extend(delivery.frame.map(|frame| frame.at.as_millis()));
        }
        assert_eq!(seen, (0..20).map(|frame| frame * 100).collect::<Vec<_>>());
    }

    #[test]
    fn the_newest_of_several_due_frames_is_delivered() {
        let delivery = clip().poll(Duration::from_millis(5_450));
        assert_eq!(delivery.frame.map(|frame| frame.at.as_millis()), Some(400));
        assert_eq!((delivery.captured, delivery.dropped), (5, 4));
    }
}
