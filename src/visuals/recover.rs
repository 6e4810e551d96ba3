//! A lost graphics device is a fault that heals, not the end of the evening.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bevy::post_process::bloom::{BloomBindGroups, BloomTexture};
use bevy::prelude::*;
use bevy::render::error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy};
use bevy::render::render_resource::SpecializedRenderPipelines;
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::render::{Render, RenderApp, RenderStartup, RenderSystems};
use bevy_egui::render::EguiPipeline;
use bevy_egui::render::systems::{EguiRenderData, EguiTransforms};

use crate::foundation::{Faults, Room, Step};

const LOST: &str = "graphics device";
const STOPPED: &str = "graphics error";
/// So many pictures after a loss, the device counts as well again.
const PICTURES_TO_BE_WELL: u64 = 10;

/// Pictures drawn since the start, counted by the renderer.
#[derive(Resource, Clone, Default)]
struct Drawn(Arc<AtomicU64>);

/// How many pictures were drawn when the device was lost.
#[derive(Resource, Default)]
struct LostAt(u64);

pub(super) fn plugin(app: &mut App) {
    let drawn = Drawn::default();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .insert_resource(drawn.clone())
        .add_systems(Render, count_pictures.in_set(RenderSystems::Cleanup))
        .add_systems(RenderStartup, (forget_bloom, forget_panel.run_if(resource_exists::<EguiRenderData>)));
    app.insert_resource(drawn)
        .init_resource::<LostAt>()
        .insert_resource(RenderErrorHandler(on_error))
        .add_systems(Update, heal.in_set(Step::Present));
}

/// Bevy makes nearly all of its buffers and textures anew for another device, but a camera that does not draw keeps
/// the bloom of the old one, and is asked for it.
fn forget_bloom(mut commands: Commands, views: Query<Entity, With<BloomTexture>>) {
    for view in &views {
        commands.entity(view).remove::<(BloomTexture, BloomBindGroups)>();
    }
}

/// The panel keeps its buffers, too.
fn forget_panel(world: &mut World) {
    world.remove_resource::<EguiPipeline>();
    world.init_resource::<EguiPipeline>();
    world.insert_resource(SpecializedRenderPipelines::<EguiPipeline>::default());
    world.insert_resource(EguiTransforms::default());
    world.insert_resource(EguiRenderData::default());
}

fn count_pictures(drawn: Res<Drawn>) {
    drawn.0.fetch_add(1, Ordering::Relaxed);
}

fn on_error(error: &RenderError, main: &mut World, _render: &mut World) -> RenderErrorPolicy {
    let now = main.get_resource::<Time>().map_or(Duration::ZERO, Time::elapsed);
    let drawn = main.get_resource::<Drawn>().map_or(0, |drawn| drawn.0.load(Ordering::Relaxed));
    main.insert_resource(LostAt(drawn));
    let mut faults = main.get_resource_or_init::<Faults>();
    match error.ty {
        ErrorType::DeviceLost => {
            let what = "The graphics card went away; it is being started again.";
            faults.raise(Room::Visuals, LOST, what, now);
            RenderErrorPolicy::Recover(RenderCreation::Automatic(Box::<WgpuSettings>::default()))
        }
        ErrorType::OutOfMemory => {
            let what =
                "The graphics memory is full; the picture stands still. A lower visuals.resolution helps.";
            faults.raise(Room::Visuals, STOPPED, what, now);
            RenderErrorPolicy::StopRendering
        }
        // Drawing on would repeat the error in every frame, and may flash.
        ErrorType::Validation | ErrorType::Internal => {
            let what = "The graphics driver refused the picture, which stands still. A restart may help.";
            faults.raise(Room::Visuals, STOPPED, what, now);
            RenderErrorPolicy::StopRendering
        }
    }
}

fn heal(drawn: Res<Drawn>, lost_at: Res<LostAt>, mut faults: ResMut<Faults>) {
    let well = drawn.0.load(Ordering::Relaxed) > lost_at.0 + PICTURES_TO_BE_WELL;
    if well && faults.holds(Room::Visuals, LOST) {
        faults.clear(Room::Visuals, LOST);
    }
}
