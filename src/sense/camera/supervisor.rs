//! Keeps frames arriving: starts a source, watches it, restarts it, and runs a substitute meanwhile.

use std::time::Duration;

use super::delivery::SourceDelivery;
use super::error::SourceError;
use super::lifecycle::{LifecycleStep, SourceLifecycle, SourceTimeouts};
use super::settings::CameraSettings;
use super::source_plan::SourcePlan;
use super::source_spec::SourceSpec;
use super::source_thread::SourceThread;
use super::status::{FrameCounts, SourceStatus};
use super::stepped_source::SteppedSource;
use crate::foundation::ClockMode;
use crate::frame::Frame;

/// How long the end of the app waits for a device to close.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// A source that runs.
enum SourceRunner {
    Thread(SourceThread),
    Stepped(Box<SteppedSource>),
}

impl SourceRunner {
    fn poll(&mut self, now: Duration) -> SourceDelivery {
        match self {
            Self::Thread(thread) => thread.poll(),
            Self::Stepped(source) => source.poll(now),
        }
    }
}

/// One source and the attempts to run it.
struct SourceSlot {
    plan: SourcePlan,
    lifecycle: SourceLifecycle,
    runner: Option<SourceRunner>,
    /// The description of the source; before it has opened, of the plan.
    name: String,
    complaint: Option<String>,
    /// Broken frames since the last whole one.
    skipped: u64,
}

impl SourceSlot {
    fn new(plan: SourcePlan, now: Duration) -> Self {
        let lifecycle = SourceLifecycle::new(plan.is_camera(), now);
        Self { name: plan.to_string(), plan, lifecycle, runner: None, complaint: None, skipped: 0 }
    }

    fn step(&mut self, now: Duration, clock_mode: ClockMode, settings: &CameraSettings) -> SourceDelivery {
        let timeouts = SourceTimeouts::from(settings);
        let mut delivery = self.collect(now, &timeouts);
        match self.lifecycle.step(now, &timeouts) {
            Some(LifecycleStep::Start) => match self.start(now, clock_mode, settings) {
                // On a virtual clock the first frame is there at once.
                Ok(()) => delivery = self.collect(now, &timeouts),
                Err(error) => {
                    self.lifecycle.failed(now, &timeouts);
                    delivery.ended = Some(error);
                }
            },
            Some(LifecycleStep::Abandon) => {
                self.runner = None;
                delivery.ended = Some(self.silence());
            }
            None => {}
        }
        delivery
    }

    fn collect(&mut self, now: Duration, timeouts: &SourceTimeouts) -> SourceDelivery {
        let delivery = self.runner.as_mut().map(|runner| runner.poll(now)).unwrap_or_default();
        self.note(&delivery, now, timeouts);
        delivery
    }

    fn note(&mut self, delivery: &SourceDelivery, now: Duration, timeouts: &SourceTimeouts) {
        if let Some(name) = &delivery.opened {
            self.name.clone_from(name);
        }
        self.complaint.clone_from(&delivery.complaint);
        self.skipped += delivery.skipped;
        if delivery.frame.is_some() {
            self.skipped = 0;
            self.lifecycle.frame(now, timeouts);
        }
        if delivery.ended.is_some() {
            self.runner = None;
            self.lifecycle.failed(now, timeouts);
        }
    }

    fn start(
        &mut self,
        now: Duration,
        clock_mode: ClockMode,
        settings: &CameraSettings,
    ) -> Result<(), SourceError> {
        self.skipped = 0;
        self.runner = Some(if clock_mode.is_stepped() {
            SourceRunner::Stepped(Box::new(SteppedSource::start(&self.plan, settings, now)?))
        } else {
            SourceRunner::Thread(SourceThread::start(self.plan.clone(), settings.clone())?)
        });
        bevy::log::debug!("{}: attempt {}", self.plan, self.lifecycle.generation());
        Ok(())
    }

    fn silence(&self) -> SourceError {
        match self.skipped {
            0 => SourceError::Stalled(self.name.clone()),
            _ => SourceError::Garbled(self.name.clone()),
        }
    }
}

/// The source that was asked for, and with `auto` the clip as its substitute.
pub struct SourceSupervisor {
    spec: SourceSpec,
    wanted: SourceSlot,
    substitute: Option<SourceSlot>,
    trouble: Option<SourceError>,
    counts: FrameCounts,
}

impl SourceSupervisor {
    /// A supervisor that opens its source in the next step. Counting continues from `counts`.
    #[must_use]
    pub fn new(spec: SourceSpec, clock_mode: ClockMode, counts: FrameCounts, now: Duration) -> Self {
        let wanted = SourceSlot::new(spec.plan(clock_mode), now);
        Self { spec, wanted, substitute: None, trouble: None, counts }
    }

    /// What was asked for.
    #[must_use]
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// One update. Returns the newest frame since the last one. On the wall clock it never waits; on a
    /// virtual clock it decodes what is due.
    pub fn step(&mut self, now: Duration, clock_mode: ClockMode, settings: &CameraSettings) -> Option<Frame> {
        let delivery = self.wanted.step(now, clock_mode, settings);
        self.count(&delivery);
        if let Some(error) = delivery.ended {
            self.fail(error);
        }
        if self.wanted.lifecycle.is_running() {
            self.substitute = None;
            self.trouble = None;
            return delivery.frame;
        }
        self.step_substitute(now, clock_mode, settings).or(delivery.frame)
    }

    /// Soon after a camera is disconnected it is missing. The first error explains more, so it stays.
    fn fail(&mut self, error: SourceError) {
        let explained = matches!(
            self.trouble,
            Some(SourceError::Lost { .. } | SourceError::Stalled(_) | SourceError::Garbled(_))
        );
        let explains_less =
            error.is_absence() || matches!(error, SourceError::Stalled(_) | SourceError::Lost { .. });
        if !(explained && explains_less) {
            self.trouble = Some(error);
        }
    }

    fn step_substitute(
        &mut self,
        now: Duration,
        clock_mode: ClockMode,
        settings: &CameraSettings,
    ) -> Option<Frame> {
        let may = self.spec == SourceSpec::Auto && !clock_mode.is_stepped();
        if !may || !self.wanted.lifecycle.needs_substitute(now, &SourceTimeouts::from(settings)) {
            return None;
        }
        let slot = self.substitute.get_or_insert_with(|| SourceSlot::new(SourcePlan::Clip(None), now));
        let delivery = slot.step(now, clock_mode, settings);
        self.count(&delivery);
        delivery.frame
    }

    fn count(&mut self, delivery: &SourceDelivery) {
        self.counts.captured += delivery.captured;
        self.counts.dropped += delivery.dropped;
        self.counts.skipped += delivery.skipped;
    }

    /// Counts a frame that was replaced before it was taken.
    pub fn count_untaken(&mut self) {
        self.counts.dropped += 1;
    }

    /// The counts since the start.
    #[must_use]
    pub fn counts(&self) -> FrameCounts {
        self.counts
    }

    /// Why the wanted source does not run. With `auto`, having no usable camera is not a fault: the
    /// status says so, and the clip plays.
    #[must_use]
    pub fn fault(&self) -> Option<&SourceError> {
        let no_camera =
            |error: &SourceError| error.is_absence() || matches!(error, SourceError::Unsuitable { .. });
        self.trouble.as_ref().filter(|error| !(self.spec == SourceSpec::Auto && no_camera(error)))
    }

    /// What is wrong with single frames of the source.
    #[must_use]
    pub fn complaint(&self) -> Option<&str> {
        self.wanted.complaint.as_deref()
    }

    /// The state, for people.
    #[must_use]
    pub fn status(&self, clock_mode: ClockMode) -> SourceStatus {
        let why = self.trouble.as_ref().map(ToString::to_string);
        let running = [Some(&self.wanted), self.substitute.as_ref()]
            .into_iter()
            .flatten()
            .find(|slot| slot.lifecycle.is_running());
        let name = running.unwrap_or(&self.wanted).name.clone();
        let rendered = self.spec == SourceSpec::Auto && clock_mode.is_stepped();
        SourceStatus {
            name,
            why: if rendered { Some("no camera is used on a virtual clock".into()) } else { why },
            captured: self.counts.captured,
            dropped: self.counts.dropped,
            skipped: self.counts.skipped,
            live: running.is_some(),
        }
    }

    /// Ends every thread and waits until the device is closed, at most half a second for each.
    /// Dropping the supervisor ends them, too, but does not wait.
    pub fn close(&mut self) {
        for slot in [Some(&mut self.wanted), self.substitute.as_mut()].into_iter().flatten() {
            if let Some(SourceRunner::Thread(thread)) = &mut slot.runner {
                thread.close(CLOSE_TIMEOUT);
            }
        }
    }
}
