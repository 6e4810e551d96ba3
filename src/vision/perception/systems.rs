//! The systems that hand frames over and collect readings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::time::Real;

use super::face_reader::FaceReader;
use super::faults;
use super::reader_host::{FrameJob, InferenceFn, LoadReader, RESTART, ReaderHost, ReaderNews};
use super::reading::Reading;
use super::settings::PerceptionSettings;
use crate::emotion::Evidence;
use crate::foundation::{Backoff, ClockMode, Faults, FrameStage};
use crate::sense::camera::{CameraSettings, NewestFrame};
use crate::settings::{AddSettings as _, SectionChanged};
use crate::vision::expression::ExpressionSettings;
use crate::vision::face::{FaceIds, FaceSettings};

/// What perception has done so far.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerceptionStatus {
    /// Whether the networks are ready.
    pub loaded: bool,
    /// Frames that became readings.
    pub processed: u64,
    /// Frames that a newer one replaced, or that came while nothing could read them.
    pub dropped: u64,
    /// Frames that could not be read.
    pub failed: u64,
    /// How often the reader died and was given up, to be started again.
    pub restarts: u64,
}

/// The systems that turn frames into readings, between [`FrameStage::Sense`] and [`FrameStage::Feel`].
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PerceptionSystems;

/// Turns frames into [`Reading`] messages (for drawing) and [`Evidence`] (for the mood).
///
/// Needs [`FaceSettings`], [`ExpressionSettings`] and [`PerceptionSettings`]
/// as resources before the app starts; [`ClockMode`] decides about the thread.
pub struct PerceptionPlugin;

impl Plugin for PerceptionPlugin {
    fn build(&self, app: &mut App) {
        app.add_settings::<FaceSettings>("face")
            .add_settings::<ExpressionSettings>("expression")
            .add_settings::<PerceptionSettings>("perception")
            .add_settings::<CameraSettings>("camera")
            .add_message::<Reading>()
            .add_message::<Evidence>()
            .init_resource::<PerceptionStatus>()
            .init_resource::<NewestFrame>()
            .init_resource::<ClockMode>()
            .add_systems(PreStartup, prepare)
            .add_systems(
                Update,
                (prepare_after_change, start, hand_over, collect)
                    .chain()
                    .in_set(PerceptionSystems)
                    // Frames arrive in `Sense`; a stepped frame becomes a mood in the same update.
                    .after(FrameStage::Sense)
                    .before(FrameStage::Feel)
                    .run_if(resource_exists::<Perception>),
            );
    }
}

#[derive(Resource)]
struct Perception(ReaderHost);

/// The sections of settings from which a reader is made.
#[derive(SystemParam)]
struct ReaderSettings<'w> {
    face: Res<'w, FaceSettings>,
    expression: Res<'w, ExpressionSettings>,
    perception: Res<'w, PerceptionSettings>,
    camera: Res<'w, CameraSettings>,
    clock_mode: Res<'w, ClockMode>,
}

fn prepare(mut commands: Commands, settings: ReaderSettings) {
    let ids = FaceIds::default();
    commands.insert_resource(Perception(settings.host(&ids)));
    commands.insert_resource(ReaderIds(ids));
}

/// The numbers of faces go on after the settings changed, so that a new face is never taken for an old one.
#[derive(Resource)]
struct ReaderIds(FaceIds);

/// A reader with changed settings takes the place of the old one.
fn prepare_after_change(
    mut face: MessageReader<SectionChanged<FaceSettings>>,
    mut expression: MessageReader<SectionChanged<ExpressionSettings>>,
    mut perception: MessageReader<SectionChanged<PerceptionSettings>>,
    mut camera: MessageReader<SectionChanged<CameraSettings>>,
    mut current: ResMut<Perception>,
    ids: Res<ReaderIds>,
    settings: ReaderSettings,
) {
    let changes = face.read().count() + expression.read().count() + perception.read().count();
    if changes + camera.read().count() > 0 {
        current.0 = settings.host(&ids.0);
    }
}

impl ReaderSettings<'_> {
    fn host(&self, ids: &FaceIds) -> ReaderHost {
        let (ids, live) = (ids.clone(), !self.clock_mode.is_stepped());
        let settings = (self.face.clone(), self.expression.clone(), self.perception.clone());
        let ignored = self.camera.ignore.clone();
        let load: LoadReader = Arc::new(move || {
            let (face, expression, perception) = &settings;
            let reader = FaceReader::load(face, expression, perception)?;
            let mut reader = reader.numbering(ids.clone()).adapting(live).ignoring(ignored.clone());
            let read = move |job: &FrameJob| reader.watch(&job.frame, job.at);
            Ok(Box::new(read) as InferenceFn)
        });
        let backoff = Backoff::new(RESTART[0], RESTART[1]);
        ReaderHost::new(load, backoff)
    }
}

fn start(mut perception: ResMut<Perception>, clock_mode: Res<ClockMode>, time: Res<Time>) {
    perception.0.start(time.elapsed(), clock_mode.is_stepped());
}

fn hand_over(
    mut perception: ResMut<Perception>,
    mut newest: ResMut<NewestFrame>,
    mut status: ResMut<PerceptionStatus>,
    clock_mode: Res<ClockMode>,
    time: Res<Time>,
    real: Option<Res<Time<Real>>>,
) {
    let Some(frame) = newest.bypass_change_detection().0.take() else { return };
    let at = if clock_mode.is_stepped() {
        time.elapsed()
    } else {
        app_time_of(frame.captured, time.elapsed(), real.and_then(|real| real.last_update()))
    };
    status.dropped += perception.0.give(FrameJob { frame, at }, time.elapsed());
}

/// App time of a moment on this machine's clock. `now` is the app time of the wall-clock moment `tick`.
fn app_time_of(moment: Instant, now: Duration, tick: Option<Instant>) -> Duration {
    let tick = tick.unwrap_or_else(Instant::now);
    let (before, after) = (tick.saturating_duration_since(moment), moment.saturating_duration_since(tick));
    (now + after).saturating_sub(before)
}

fn collect(
    mut perception: ResMut<Perception>,
    mut status: ResMut<PerceptionStatus>,
    mut faults: ResMut<Faults>,
    mut readings: MessageWriter<Reading>,
    mut evidence: MessageWriter<Evidence>,
    time: Res<Time>,
) {
    let now = time.elapsed();
    for news in perception.0.news() {
        let wait = perception.0.restarts_in(now).as_secs();
        match news {
            ReaderNews::Loaded => {
                status.loaded = true;
                faults.clear(faults::MODELS);
            }
            ReaderNews::Read(reading) => {
                status.processed += 1;
                faults.clear(faults::READER);
                faults.clear(faults::FRAME);
                evidence.write(reading.evidence());
                readings.write(reading);
            }
            ReaderNews::Unread(why) => {
                status.failed += 1;
                let what = format!("A frame could not be read: {why}. The next one is tried.");
                faults.raise(faults::FRAME, what, now);
            }
            ReaderNews::NotLoaded(why) => {
                status.loaded = false;
                let what = format!(
                    "Expressions cannot be read: {why}. Next try in {wait} s; `attune doctor` checks the models."
                );
                faults.raise(faults::MODELS, what, now);
            }
            ReaderNews::Failed(why) => {
                status.loaded = false;
                status.failed += 1;
                status.restarts += 1;
                let what = format!("Reading expressions failed: {why}. It starts again in {wait} s.");
                faults.raise(faults::READER, what, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_before_the_tick_lies_before_now() {
        let tick = Instant::now() + Duration::from_secs(100);
        let now = Duration::from_secs(10);
        let at = |moment| app_time_of(moment, now, Some(tick));
        assert_eq!(at(tick.checked_sub(Duration::from_secs(3)).expect("in range")), Duration::from_secs(7));
        assert_eq!(at(tick + Duration::from_secs(1)), Duration::from_secs(11));
        assert_eq!(at(tick.checked_sub(Duration::from_secs(50)).expect("in range")), Duration::ZERO);
    }
}
