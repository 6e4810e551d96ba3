//! The level of quality follows the cost of the pictures.

use std::time::Duration;

use bevy::prelude::*;

use super::controller::{PictureCost, QualityController};
use super::gpu_time::{self, GpuTime};
use super::settings::QualityLevel;
use crate::foundation::{ClockMode, FrameStage};
use crate::settings::SectionChanged;
use crate::visuals::settings::VisualsSettings;

/// The level of quality that holds now.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct RenderQuality {
    level: QualityLevel,
    gpu_ms: Option<f32>,
}

impl RenderQuality {
    /// The level.
    #[must_use]
    pub fn level(&self) -> &QualityLevel {
        &self.level
    }

    /// What the last picture cost on the graphics card, in milliseconds, if the device measures it.
    #[must_use]
    pub fn gpu_ms(&self) -> Option<f32> {
        self.gpu_ms
    }
}

/// Chooses the level, and knows which measurement it saw last.
#[derive(Resource)]
struct QualityWatch {
    controller: QualityController,
    measured: u32,
}

/// Keeps [`RenderQuality`]. Needs [`VisualsSettings`]. Without a renderer the level follows the settings alone.
pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_plugins(gpu_time::plugin)
        .add_message::<SectionChanged<VisualsSettings>>()
        .add_systems(PreStartup, choose_first_level)
        .add_systems(Update, choose_level_after_change.in_set(FrameStage::Present).before(follow_cost))
        .add_systems(
            Update,
            follow_cost
                .in_set(FrameStage::Present)
                .run_if(resource_exists::<QualityWatch>)
                .run_if(resource_exists::<GpuTime>),
        );
}

fn choose_first_level(mut commands: Commands, settings: Res<VisualsSettings>) {
    let controller = QualityController::new(&settings.quality);
    let Some(level) = settings.quality.levels.get(controller.level()).cloned() else { return };
    commands.insert_resource(RenderQuality { level, gpu_ms: None });
    commands.insert_resource(QualityWatch { controller, measured: 0 });
}

/// Begins again with changed settings of quality.
fn choose_level_after_change(
    mut changes: MessageReader<SectionChanged<VisualsSettings>>,
    commands: Commands,
    settings: Res<VisualsSettings>,
) {
    if changes.read().any(|change| change.before.quality != settings.quality) {
        choose_first_level(commands, settings);
    }
}

/// A pause longer than this says nothing about the pictures.
const PAUSE: Duration = Duration::from_secs(1);

fn follow_cost(
    mut watch: ResMut<QualityWatch>,
    mut quality: ResMut<RenderQuality>,
    settings: Res<VisualsSettings>,
    clock_mode: Res<ClockMode>,
    time: Res<Time<Real>>,
    gpu: Res<GpuTime>,
) {
    let last = gpu.last();
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
            PictureCost { ms, known: true }
        }
        None => PictureCost { ms: time.delta_secs() * 1_000.0, known: false },
    };
    if watch.controller.step(cost, time.delta_secs())
        && let Some(level) = settings.quality.levels.get(watch.controller.level())
    {
        info!("quality: {} ({:.1} ms a picture)", level.name, cost.ms);
        quality.level = level.clone();
    }
}
