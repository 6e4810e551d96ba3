//! Whether every render pipeline is compiled. Until then nothing is shown; afterwards no change of scenes waits for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::render_resource::{CachedPipelineState, PipelineCache};
use bevy::render::{Render, RenderApp, RenderSystems};

/// In how many updates in a row every pipeline was ready, as the renderer sees it.
#[derive(Resource, Clone, Default)]
pub(in crate::visuals) struct PipelineReadiness(Arc<AtomicU32>);

/// Updates in a row that must find every pipeline ready, since text is drawn a few updates late.
const READY_UPDATES: u32 = 4;
/// After this long the run goes on with the pipelines that are compiled.
const COMPILE_TIMEOUT: Duration = Duration::from_mins(1);

/// Whether pipelines are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::visuals) enum PipelineState {
    /// Some are not compiled yet.
    Compiling,
    /// All are compiled.
    Ready,
    /// It took too long: a shader does not compile.
    TimedOut,
}

impl PipelineReadiness {
    /// The state now; `begun` is when it was asked first.
    pub(in crate::visuals) fn state(&self, begun: Instant) -> PipelineState {
        if self.0.load(Ordering::Relaxed) >= READY_UPDATES {
            return PipelineState::Ready;
        }
        if begun.elapsed() > COMPILE_TIMEOUT { PipelineState::TimedOut } else { PipelineState::Compiling }
    }
}

/// Checks the pipelines in every frame. Adding it again does nothing.
pub(in crate::visuals) fn watch_pipelines(app: &mut App) {
    if app.world().contains_resource::<PipelineReadiness>() {
        return;
    }
    let ready = PipelineReadiness::default();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .insert_resource(ready.clone())
        .add_systems(Render, count_ready_updates.in_set(RenderSystems::Cleanup));
    app.insert_resource(ready);
}

fn count_ready_updates(cache: Res<PipelineCache>, ready: Res<PipelineReadiness>) {
    let mut any = false;
    let mut all = cache.waiting_pipelines().next().is_none();
    for pipeline in cache.pipelines() {
        any = true;
        all &= matches!(pipeline.state, CachedPipelineState::Ok(_));
    }
    let ready_updates = if any && all { ready.0.load(Ordering::Relaxed).saturating_add(1) } else { 0 };
    ready.0.store(ready_updates, Ordering::Relaxed);
}
