//! Keeps frames coming: starts sources, watches them, starts them again, and steps in for them.

use std::time::Duration;

use super::inline::Inline;
use super::lane::{Lane, Order, Patience};
use super::worker::{Delivery, Worker};
use super::{CameraSettings, Plan, SourceError, SourceSpec, SourceStatus};
use crate::foundation::ClockMode;

/// How long the end of the app waits for a device to close.
const CLOSING: Duration = Duration::from_millis(500);

enum Runner {
    Thread(Worker),
    Inline(Box<Inline>),
}

impl Runner {
    fn poll(&mut self, now: Duration) -> Delivery {
        match self {
            Self::Thread(worker) => worker.poll(),
            Self::Inline(inline) => inline.poll(now),
        }
    }
}

/// One source and the attempts at it.
struct Seat {
    plan: Plan,
    lane: Lane,
    runner: Option<Runner>,
    /// What the source calls itself, else what is tried.
    name: String,
    complaint: Option<String>,
    /// Broken frames since the last whole one.
    skipped: u64,
}

impl Seat {
    fn new(plan: Plan, now: Duration) -> Self {
        let lane = Lane::new(plan.is_camera(), now);
        Self { name: plan.to_string(), plan, lane, runner: None, complaint: None, skipped: 0 }
    }

    fn step(&mut self, now: Duration, clock_mode: ClockMode, settings: &CameraSettings) -> Delivery {
        let patience = Patience::from(settings);
        let mut delivery = self.collect(now, &patience);
        match self.lane.step(now, &patience) {
            Some(Order::Start) => match self.start(now, clock_mode, settings) {
                // On a virtual clock the first frame is there at once.
                Ok(()) => delivery = self.collect(now, &patience),
                Err(error) => {
                    self.lane.failed(now, &patience);
                    delivery.ended = Some(error);
                }
            },
            Some(Order::Abandon) => {
                self.runner = None;
                delivery.ended = Some(self.silence());
            }
            None => {}
        }
        delivery
    }

    fn collect(&mut self, now: Duration, patience: &Patience) -> Delivery {
        let delivery = self.runner.as_mut().map(|runner| runner.poll(now)).unwrap_or_default();
        self.note(&delivery, now, patience);
        delivery
    }

    fn note(&mut self, delivery: &Delivery, now: Duration, patience: &Patience) {
        if let Some(name) = &delivery.opened {
            self.name.clone_from(name);
        }
        self.complaint.clone_from(&delivery.complaint);
        self.skipped += delivery.skipped;
        if delivery.frame.is_some() {
            self.skipped = 0;
            self.lane.frame(now, patience);
        }
        if delivery.ended.is_some() {
            self.runner = None;
            self.lane.failed(now, patience);
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
            Runner::Inline(Box::new(Inline::start(&self.plan, settings, now)?))
        } else {
            Runner::Thread(Worker::start(self.plan.clone(), settings.clone())?)
        });
        bevy::log::debug!("{}: attempt {}", self.plan, self.lane.generation());
        Ok(())
    }

    fn silence(&self) -> SourceError {
        match self.skipped {
            0 => SourceError::Stalled(self.name.clone()),
            _ => SourceError::Garbled(self.name.clone()),
        }
    }
}

/// The source that is asked for, and with `auto` the clip that stands in for it.
pub struct Supervisor {
    spec: SourceSpec,
    wanted: Seat,
    stand_in: Option<Seat>,
    trouble: Option<SourceError>,
    counted: Counts,
}

/// Counts over all sources since the start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub captured: u64,
    pub dropped: u64,
    pub skipped: u64,
}

impl Supervisor {
    /// A supervisor that opens its source in the next step; counts go on from `counted`.
    #[must_use]
    pub fn new(spec: SourceSpec, clock_mode: ClockMode, counted: Counts, now: Duration) -> Self {
        let wanted = Seat::new(spec.plan(clock_mode), now);
        Self { spec, wanted, stand_in: None, trouble: None, counted }
    }

    /// What was asked for.
    #[must_use]
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// One update. Gives the newest frame that has come since the last. Never
    /// waits on the wall clock; on a virtual clock it decodes what is due.
    pub fn step(
        &mut self,
        now: Duration,
        clock_mode: ClockMode,
        settings: &CameraSettings,
    ) -> Option<crate::frame::Frame> {
        let delivery = self.wanted.step(now, clock_mode, settings);
        self.count(&delivery);
        if let Some(error) = delivery.ended {
            self.fail(error);
        }
        if self.wanted.lane.is_running() {
            self.stand_in = None;
            self.trouble = None;
            return delivery.frame;
        }
        self.step_in(now, clock_mode, settings).or(delivery.frame)
    }

    /// A camera that went away is soon a camera that is not there: the first says more.
    fn fail(&mut self, error: SourceError) {
        let known_better = matches!(
            self.trouble,
            Some(SourceError::Lost { .. } | SourceError::Stalled(_) | SourceError::Garbled(_))
        );
        let says_less =
            error.is_absence() || matches!(error, SourceError::Stalled(_) | SourceError::Lost { .. });
        if !(known_better && says_less) {
            self.trouble = Some(error);
        }
    }

    fn step_in(
        &mut self,
        now: Duration,
        clock_mode: ClockMode,
        settings: &CameraSettings,
    ) -> Option<crate::frame::Frame> {
        let may = self.spec == SourceSpec::Auto && !clock_mode.is_stepped();
        if !may || !self.wanted.lane.needs_stand_in(now, &Patience::from(settings)) {
            return None;
        }
        let seat = self.stand_in.get_or_insert_with(|| Seat::new(Plan::Clip(None), now));
        let delivery = seat.step(now, clock_mode, settings);
        self.count(&delivery);
        delivery.frame
    }

    fn count(&mut self, delivery: &Delivery) {
        self.counted.captured += delivery.captured;
        self.counted.dropped += delivery.dropped;
        self.counted.skipped += delivery.skipped;
    }

    /// A frame that was delivered was replaced before anybody took it.
    pub fn count_untaken(&mut self) {
        self.counted.dropped += 1;
    }

    /// Counts since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counted
    }

    /// What keeps the wanted source from running. That `auto` finds no camera, or
    /// only devices that are none, is no fault: the status says so, and the clip plays.
    #[must_use]
    pub fn fault(&self) -> Option<&SourceError> {
        let none_here =
            |error: &SourceError| error.is_absence() || matches!(error, SourceError::Unsuitable { .. });
        self.trouble.as_ref().filter(|error| !(self.spec == SourceSpec::Auto && none_here(error)))
    }

    /// What is wrong with single pictures of the source that runs.
    #[must_use]
    pub fn complaint(&self) -> Option<&str> {
        self.wanted.complaint.as_deref()
    }

    /// The state in plain words.
    #[must_use]
    pub fn status(&self, clock_mode: ClockMode) -> SourceStatus {
        let why = self.trouble.as_ref().map(ToString::to_string);
        let running = [Some(&self.wanted), self.stand_in.as_ref()]
            .into_iter()
            .flatten()
            .find(|seat| seat.lane.is_running());
        let name = running.unwrap_or(&self.wanted).name.clone();
        let rendered = self.spec == SourceSpec::Auto && clock_mode.is_stepped();
        SourceStatus {
            name,
            why: if rendered { Some("no camera is used on a virtual clock".into()) } else { why },
            captured: self.counted.captured,
            dropped: self.counted.dropped,
            skipped: self.counted.skipped,
            live: running.is_some(),
        }
    }

    /// Ends every thread and waits a moment until the device is closed. Without
    /// this, dropping the supervisor tells them to end and does not wait.
    pub fn close(&self) {
        for seat in [Some(&self.wanted), self.stand_in.as_ref()].into_iter().flatten() {
            if let Some(Runner::Thread(worker)) = &seat.runner {
                worker.stop();
                worker.wait(CLOSING);
            }
        }
    }
}
