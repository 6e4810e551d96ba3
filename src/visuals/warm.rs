//! Whether every program of the picture is compiled. Until then there is nothing to see, and afterwards no hitch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::render_resource::{CachedPipelineState, PipelineCache};
use bevy::render::{Render, RenderApp, RenderSystems};

/// In how many updates in a row every pipeline was ready, as the renderer sees it.
#[derive(Resource, Clone, Default)]
pub(super) struct Ready(Arc<AtomicU32>);

/// So many updates in a row must find every pipeline ready: words appear a few updates late.
const STEADY: u32 = 4;
/// After this long the run goes on with what there is.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is known of the programs of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Warmth {
    Cold,
    Warm,
    /// It took too long: a program does not compile.
    Late,
}

impl Ready {
    /// `begun` is when it was asked first.
    pub(super) fn look(&self, begun: Instant) -> Warmth {
        if self.0.load(Ordering::Relaxed) >= STEADY {
            return Warmth::Warm;
        }
        if begun.elapsed() > PATIENCE { Warmth::Late } else { Warmth::Cold }
    }
}

/// Looks at the pipelines in every frame. Safe to add twice.
pub(super) fn keep_watch(app: &mut App) {
    if app.world().contains_resource::<Ready>() {
        return;
    }
    let ready = Ready::default();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .insert_resource(ready.clone())
        .add_systems(Render, look_at_pipelines.in_set(RenderSystems::Cleanup));
    app.insert_resource(ready);
}

fn look_at_pipelines(cache: Res<PipelineCache>, ready: Res<Ready>) {
    let mut any = false;
    let mut all = cache.waiting_pipelines().next().is_none();
    for pipeline in cache.pipelines() {
        any = true;
        all &= matches!(pipeline.state, CachedPipelineState::Ok(_));
    }
    let steady = if any && all { ready.0.load(Ordering::Relaxed).saturating_add(1) } else { 0 };
    ready.0.store(steady, Ordering::Relaxed);
}
