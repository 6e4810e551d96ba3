//! Sources of frames: a camera, a clip, a folder of images.
//!
//! A source runs on a thread of its own under a supervisor that starts it again
//! when it fails; on a virtual clock it is read in step. Only this file knows Bevy.

mod backoff;
mod clip;
pub mod convert;
mod device;
mod device_facts;
pub mod faults;
mod images;
mod inline;
mod lane;
mod plan;
mod settings;
mod source;
mod spec;
mod supervisor;
#[cfg(test)]
mod testing;
mod worker;

pub use clip::ClipSource;
pub use device::{CameraSource, open_cameras};
pub use device_facts::{Device, devices};
pub use images::ImageSource;
pub use settings::{CameraSettings, CameraSettingsOverlay};
pub use source::{FrameSource, Pacing, SourceError};
pub use spec::{SourceSpec, SpecError};

use std::sync::{Mutex, PoisonError};

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use crate::foundation::{ClockMode, FaultKey, Faults, FrameStage};
use plan::Plan;
use supervisor::{Counts, Supervisor};

/// What is known of the source of frames, for the screen and the report.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct SourceStatus {
    /// For people: "camera 0 (HD Webcam, 640×480)", "visitor clip", …
    pub name: String,
    /// Why it is this source, or why none: one sentence, when there is something to say.
    pub why: Option<String>,
    /// Frames that the source has delivered since the start.
    pub captured: u64,
    /// Frames that a newer one replaced before anyone looked at them.
    pub dropped: u64,
    /// Frames and files that were broken and left out.
    pub skipped: u64,
    /// Whether frames are arriving now.
    pub live: bool,
}

/// The newest frame, until somebody takes it. A newer frame replaces one that was not taken.
#[derive(Resource, Default)]
pub struct NewestFrame(pub Option<Frame>);

/// Which source is used, and whether any. Change it at any time; a source that
/// is left or switched off is closed for real, and its light goes out.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct CameraSwitch {
    /// Off closes the device.
    pub on: bool,
    /// What to use while on.
    pub spec: SourceSpec,
}

/// Frames enter the app here. Needs the [`CameraSettings`] resource.
#[derive(Debug, Clone, Default)]
pub struct CameraPlugin {
    /// Where frames come from. [`SourceSpec::check`] tells before the start whether that can work.
    pub spec: SourceSpec,
}

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ClockMode>()
            .init_resource::<SourceStatus>()
            .init_resource::<NewestFrame>()
            .init_resource::<Attendant>()
            .insert_resource(CameraSwitch { on: true, spec: self.spec.clone() })
            .add_systems(Update, sense.in_set(FrameStage::Sense));
    }
}

/// The supervisor, while the switch is on. The lock is for sources that may
/// move between threads but not be shared; nobody ever waits for it.
#[derive(Resource, Default)]
struct Attendant {
    supervisor: Mutex<Option<Supervisor>>,
    counted: Counts,
    raised: Option<FaultKey>,
}

impl Attendant {
    fn supervisor(&mut self) -> &mut Option<Supervisor> {
        self.supervisor.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Attendant {
    /// The app ends: the device is closed before the process goes on.
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor() {
            supervisor.close();
        }
    }
}

#[derive(SystemParam)]
struct Outputs<'w> {
    newest: ResMut<'w, NewestFrame>,
    status: ResMut<'w, SourceStatus>,
    faults: ResMut<'w, Faults>,
}

fn sense(
    time: Res<Time>,
    clock_mode: Res<ClockMode>,
    settings: Res<CameraSettings>,
    switch: Res<CameraSwitch>,
    mut attendant: ResMut<Attendant>,
    mut out: Outputs,
) {
    let now = time.elapsed();
    follow_switch(&switch, *clock_mode, now, &mut attendant, &mut out);
    let counted = attendant.counted;
    let Some(supervisor) = attendant.supervisor() else {
        out.status.set_if_neq(switched_off(counted));
        return;
    };
    if let Some(frame) = supervisor.step(now, *clock_mode, &settings)
        && out.newest.0.replace(frame).is_some()
    {
        supervisor.count_untaken();
    }
    out.status.set_if_neq(supervisor.status(*clock_mode));
    let fault = supervisor.fault().map(|error| (error.fault_key(), error.to_string()));
    let complaint = supervisor.complaint().map(ToOwned::to_owned);
    attendant.counted = supervisor.counts();
    report(fault, complaint, now, &mut attendant.raised, &mut out.faults);
}

/// Opens what the switch asks for and closes what it no longer does.
fn follow_switch(
    switch: &CameraSwitch,
    clock_mode: ClockMode,
    now: std::time::Duration,
    attendant: &mut Attendant,
    out: &mut Outputs,
) {
    let counted = attendant.counted;
    let current = attendant.supervisor();
    let as_asked = current.as_ref().map(Supervisor::spec) == switch.on.then_some(&switch.spec);
    if as_asked {
        return;
    }
    *current = switch.on.then(|| Supervisor::new(switch.spec.clone(), clock_mode, counted, now));
    // What the last source saw is not what the next one sees.
    out.newest.0 = None;
    report(None, None, now, &mut attendant.raised, &mut out.faults);
}

fn switched_off(counted: Counts) -> SourceStatus {
    SourceStatus {
        name: "camera off".into(),
        why: Some("it was switched off here".into()),
        captured: counted.captured,
        dropped: counted.dropped,
        skipped: counted.skipped,
        live: false,
    }
}

/// Raises what holds and clears what no longer does. A fault of another kind is another fault.
fn report(
    fault: Option<(FaultKey, String)>,
    complaint: Option<String>,
    now: std::time::Duration,
    raised: &mut Option<FaultKey>,
    faults: &mut Faults,
) {
    let key = fault.as_ref().map(|(key, _)| *key);
    if let Some(old) = raised.filter(|old| Some(*old) != key) {
        faults.clear(old);
    }
    *raised = key;
    if let Some((key, words)) = fault {
        faults.raise(key, words, now);
    }
    match complaint {
        Some(words) => faults.raise(faults::BROKEN_FRAMES, words, now),
        None => faults.clear(faults::BROKEN_FRAMES),
    }
}

#[cfg(test)]
mod tests;
