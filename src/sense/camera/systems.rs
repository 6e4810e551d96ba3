//! The camera in the app: follows the switch, publishes frames and status, raises faults.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::faults;
use super::picture_watch::{Blindness, PictureWatch};
use super::settings::CameraSettings;
use super::status::{CameraSwitch, FrameCounts, NewestFrame, SourceStatus};
use super::supervisor::SourceSupervisor;
use crate::command::{Command, Request};
use crate::foundation::{ClockMode, FaultKey, Faults};
use crate::settings::SectionChanged;

/// The supervisor, while the camera is switched on.
///
/// Sources can move between threads but not be shared, hence the mutex; it is never contended.
#[derive(Resource, Default)]
pub(super) struct ActiveSource {
    supervisor: Mutex<Option<SourceSupervisor>>,
    counts: FrameCounts,
    raised: Option<FaultKey>,
}

impl ActiveSource {
    fn supervisor(&mut self) -> &mut Option<SourceSupervisor> {
        self.supervisor.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ActiveSource {
    /// When the app ends, the device is closed before the process continues.
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor() {
            supervisor.close();
        }
    }
}

#[derive(SystemParam)]
pub(super) struct CameraOutputs<'w> {
    newest: ResMut<'w, NewestFrame>,
    status: ResMut<'w, SourceStatus>,
    faults: ResMut<'w, Faults>,
}

/// Closes the camera, or opens it again.
pub(super) fn answer_commands(mut requests: MessageReader<Request>, mut switch: ResMut<CameraSwitch>) {
    if requests.read().filter(|request| request.command == Command::ToggleCamera).count() % 2 == 1 {
        switch.on = !switch.on;
    }
}

/// Closes the source when its settings changed; it is opened again with the new ones.
pub(super) fn reopen_after_change(
    mut changes: MessageReader<SectionChanged<CameraSettings>>,
    mut active: ResMut<ActiveSource>,
) {
    if changes.read().count() > 0 {
        *active.supervisor() = None;
    }
}

/// What the pictures of the camera show, or that they show nothing.
#[derive(Resource, Default)]
pub(super) struct BlindCamera {
    watch: PictureWatch,
    /// What the screen is told about it.
    what: Option<String>,
}

impl BlindCamera {
    /// The status of a source, with what this knows of its pictures.
    fn status(&self, source: SourceStatus) -> SourceStatus {
        match &self.what {
            Some(what) => SourceStatus { live: false, why: Some(what.clone()), ..source },
            None => source,
        }
    }
}

/// Publishes the newest frame, the status and the faults of the source.
pub(super) fn sense(
    time: Res<Time>,
    clock_mode: Res<ClockMode>,
    settings: Res<CameraSettings>,
    switch: Res<CameraSwitch>,
    blind: Res<BlindCamera>,
    mut active: ResMut<ActiveSource>,
    mut out: CameraOutputs,
) {
    let now = time.elapsed();
    follow_switch(&switch, *clock_mode, now, &mut active, &mut out);
    let counts = active.counts;
    let Some(supervisor) = active.supervisor() else {
        out.status.set_if_neq(counts.switched_off());
        return;
    };
    if let Some(frame) = supervisor.step(now, *clock_mode, &settings)
        && out.newest.0.replace(frame).is_some()
    {
        supervisor.count_untaken();
    }
    out.status.set_if_neq(blind.status(supervisor.status(*clock_mode)));
    let fault = supervisor.fault().map(|error| (error.fault_key(), error.to_string()));
    let complaint = supervisor.complaint().map(ToOwned::to_owned);
    active.counts = supervisor.counts();
    report(fault, complaint, now, &mut active.raised, &mut out.faults);
}

/// Withholds the pictures of a camera that is frozen or covered, and says so: who was seen last is not seen any more.
pub(super) fn watch_pictures(
    time: Res<Time>,
    settings: Res<CameraSettings>,
    mut blind: ResMut<BlindCamera>,
    mut out: CameraOutputs,
) {
    let (now, seconds) = (time.elapsed(), Duration::from_secs_f32);
    if let Some(frame) = out.newest.0.as_ref().filter(|frame| frame.live) {
        let limits = (seconds(settings.frozen_seconds), seconds(settings.covered_seconds));
        blind.watch.see(frame, now, limits.0, limits.1);
        if blind.watch.blindness().is_some() {
            out.newest.bypass_change_detection().0 = None;
        }
    } else {
        blind.watch.begin_after_gap(now);
    }
    let found = blind.watch.blindness();
    let what = found.map(|blindness| blindness_in_words(blindness, &out.status.name));
    for (key, holds) in [
        (faults::FROZEN, found == Some(Blindness::Frozen)),
        (faults::COVERED, found.is_some_and(|found| found != Blindness::Frozen)),
    ] {
        match what.as_ref().filter(|_| holds) {
            Some(what) => out.faults.raise(key, what.clone(), now),
            None => out.faults.clear(key),
        }
    }
    blind.what = what;
    let status = blind.status(out.status.clone());
    out.status.set_if_neq(status);
}

/// One sentence with a remedy.
fn blindness_in_words(blindness: Blindness, camera: &str) -> String {
    match blindness {
        Blindness::Frozen => {
            format!("{camera} sends the same picture again and again; unplug it and plug it in again")
        }
        Blindness::Black => {
            format!("{camera} shows only black; open its shutter, uncover its lens, or turn on a light")
        }
        Blindness::OneColour(colour) => format!(
            "{camera} shows only {colour}; uncover its lens, or try another cable or another USB port"
        ),
    }
}

/// Opens the source that the switch asks for, and closes the one that it no longer asks for.
fn follow_switch(
    switch: &CameraSwitch,
    clock_mode: ClockMode,
    now: Duration,
    active: &mut ActiveSource,
    out: &mut CameraOutputs,
) {
    let counts = active.counts;
    let current = active.supervisor();
    let as_asked = current.as_ref().map(SourceSupervisor::spec) == switch.on.then_some(&switch.spec);
    if as_asked {
        return;
    }
    *current = switch.on.then(|| SourceSupervisor::new(switch.spec.clone(), clock_mode, counts, now));
    // A frame of the last source is no frame of the next one.
    out.newest.0 = None;
    report(None, None, now, &mut active.raised, &mut out.faults);
}

/// Raises what holds and clears what no longer does. Each kind of error is a fault of its own.
fn report(
    fault: Option<(FaultKey, String)>,
    complaint: Option<String>,
    now: Duration,
    raised: &mut Option<FaultKey>,
    faults: &mut Faults,
) {
    let key = fault.as_ref().map(|(key, _)| *key);
    if let Some(old) = raised.filter(|old| Some(*old) != key) {
        faults.clear(old);
    }
    *raised = key;
    if let Some((key, what)) = fault {
        faults.raise(key, what, now);
    }
    match complaint {
        Some(what) => faults.raise(faults::BROKEN_FRAMES, what, now),
        None => faults.clear(faults::BROKEN_FRAMES),
    }
}
