//! The screen stays dark until every pipeline is compiled, and then fades in.

use std::time::Instant;

use bevy::prelude::*;

use super::pipeline_readiness::{PipelineReadiness, PipelineState};
use super::targets::DrawTargets;
use crate::foundation::ClockMode;
use crate::visuals::exponential_smoothing;

/// Time constant in seconds with which the first picture fades in.
const FADE_SECONDS: f32 = 0.6;

/// How far the first picture has faded in.
#[derive(Resource)]
pub(super) struct StartupFade {
    begun: Instant,
    ready: bool,
    /// 0 dark ..= 1 the whole picture.
    pub(super) open: f32,
}

impl Default for StartupFade {
    fn default() -> Self {
        Self { begun: Instant::now(), ready: false, open: 0.0 }
    }
}

pub(super) fn fade_in(
    mut commands: Commands,
    mut fade: ResMut<StartupFade>,
    mut targets: ResMut<DrawTargets>,
    readiness: Option<Res<PipelineReadiness>>,
    clock_mode: Res<ClockMode>,
    time: Res<Time<Real>>,
) {
    if !fade.ready {
        fade.ready = readiness.is_none_or(|ready| ready.state(fade.begun) != PipelineState::Compiling);
        if fade.ready {
            for entity in targets.warm_up.drain(..) {
                commands.entity(entity).despawn();
            }
        }
    }
    fade.open = if clock_mode.is_stepped() {
        // No picture is taken before all is ready.
        1.0
    } else {
        exponential_smoothing::toward(
            fade.open,
            f32::from(u8::from(fade.ready)),
            time.delta_secs(),
            FADE_SECONDS,
        )
    };
}
