//! How finely the picture is drawn, so that it stays smooth on this machine.

mod governor;
pub(super) mod gpu_time;
mod settings;

pub use governor::{Cost, Governor};
pub use settings::{Level, QualitySettings, QualitySettingsOverlay};

use std::time::Duration;

use bevy::prelude::*;

use gpu_time::GpuTime;

use super::settings::VisualsSettings;
use crate::foundation::{ClockMode, FrameStage};

/// The level of quality that holds now.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Quality {
    level: Level,
    gpu_ms: Option<f32>,
}

impl Quality {
    /// The level.
    #[must_use]
    pub fn level(&self) -> &Level {
        &self.level
    }

    /// What the last picture cost on the graphics card, in milliseconds, if it tells.
    #[must_use]
    pub fn gpu_ms(&self) -> Option<f32> {
        self.gpu_ms
    }
}

#[derive(Resource)]
struct Watch {
    governor: Governor,
    measured: u32,
}

/// Keeps [`Quality`]. Needs [`VisualsSettings`].
pub(super) fn plugin(app: &mut App) {
    app.add_plugins(gpu_time::plugin)
        .add_systems(PreStartup, begin)
        .add_systems(Update, follow.in_set(FrameStage::Present).run_if(resource_exists::<Watch>));
}

fn begin(mut commands: Commands, settings: Res<VisualsSettings>) {
    let governor = Governor::new(&settings.quality);
    let Some(level) = settings.quality.levels.get(governor.level()).cloned() else { return };
    commands.insert_resource(Quality { level, gpu_ms: None });
    commands.insert_resource(Watch { governor, measured: 0 });
}

/// A pause longer than this says nothing about the pictures.
const PAUSE: Duration = Duration::from_secs(1);

fn follow(
    mut watch: ResMut<Watch>,
    mut quality: ResMut<Quality>,
    settings: Res<VisualsSettings>,
    (clock_mode, time): (Res<ClockMode>, Res<Time<Real>>),
    gpu: Option<Res<GpuTime>>,
) {
    let last = gpu.and_then(|gpu| gpu.last());
    if let Some((ms, _)) = last {
        quality.bypass_change_detection().gpu_ms = Some(ms);
    }
    // A stepped run draws the same pictures on every machine.
    if clock_mode.is_stepped() || time.delta() > PAUSE {
        return;
    }
    let cost = match last {
        Some((_, measured)) if measured == watch.measured => return,
        Some((ms, measured)) => {
            watch.measured = measured;
            Cost { ms, known: true }
        }
        None => Cost { ms: time.delta_secs() * 1_000.0, known: false },
    };
    if watch.governor.step(cost, time.delta_secs())
        && let Some(level) = settings.quality.levels.get(watch.governor.level())
    {
        info!("quality: {} ({:.1} ms a picture)", level.name, cost.ms);
        quality.level = level.clone();
    }
}
