//! Draws the scenes on show into their targets.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::render::render_resource::Extent3d;

use super::enlarge::EnlargeFrame;
use super::present_material::PresentMaterial;
use super::scene_material::{DrawSettings, SceneMaterial};
use super::targets::{DrawTargets, SceneCamera, SceneTarget, ScreenCamera, bloom};
use crate::visuals::guard::FlashLimits;
use crate::visuals::guard::gpu_guard::GuardFrame;
use crate::visuals::people::PeopleLights;
use crate::visuals::quality::RenderQuality;
use crate::visuals::scene::{SceneCrossfade, SceneLayer};
use crate::visuals::settings::VisualsSettings;

/// The pictures of the scenes follow the size of the screen and the level of quality.
pub(super) fn fit_to_screen(
    mut commands: Commands,
    mut targets: ResMut<DrawTargets>,
    mut images: ResMut<Assets<Image>>,
    mut presents: ResMut<Assets<PresentMaterial>>,
    quality: Res<RenderQuality>,
    screen: Single<&Camera, With<ScreenCamera>>,
) {
    let Some(size) = screen.physical_target_size() else { return };
    let wanted = (size.as_vec2() * quality.level().resolution).round().as_uvec2().max(UVec2::splat(16));
    if (wanted, size) == (targets.size, targets.screen_size) {
        return;
    }
    (targets.size, targets.screen_size) = (wanted, size);
    let enlarged = targets.is_enlarged();
    let wide = if enlarged { UVec2::new(size.x, wanted.y) } else { UVec2::ONE };
    let [front, back] = [&targets.scenes[0].picture, &targets.scenes[1].picture];
    for (handle, size) in
        [(front, wanted), (back, wanted), (&targets.shown, wanted), (&targets.enlarged, wide)]
    {
        if let Some(mut image) = images.get_mut(handle) {
            image.resize(Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 });
        }
    }
    commands.insert_resource(EnlargeFrame {
        picture: targets.shown.clone(),
        enlarged: enlarged.then(|| targets.enlarged.clone()),
    });
    if let Some(mut present) = presents.get_mut(&targets.present) {
        present.picture = if enlarged { targets.enlarged.clone() } else { targets.shown.clone() };
    }
}

/// The bloom follows the settings and the level of quality.
pub(super) fn follow_bloom(
    mut commands: Commands,
    targets: Res<DrawTargets>,
    settings: Res<VisualsSettings>,
    quality: Res<RenderQuality>,
) {
    for target in &targets.scenes {
        bloom(&mut commands, target.camera, settings.bloom, quality.level());
    }
}

/// What is drawn.
#[derive(SystemParam)]
pub(super) struct DrawSources<'w> {
    crossfade: Res<'w, SceneCrossfade>,
    lights: Res<'w, PeopleLights>,
    settings: Res<'w, VisualsSettings>,
    quality: Res<'w, RenderQuality>,
    time: Res<'w, Time>,
}

/// The entities and materials of the two targets.
#[derive(SystemParam)]
pub(super) struct SceneEntities<'w, 's> {
    cameras: Query<'w, 's, &'static mut Camera, With<SceneCamera>>,
    visibilities: Query<'w, 's, &'static mut Visibility>,
    materials: ResMut<'w, Assets<SceneMaterial>>,
}

impl SceneEntities<'_, '_> {
    /// Draws a layer into a target, or nothing.
    fn draw(&mut self, target: &SceneTarget, drawn: Option<(&SceneLayer, &PeopleLights)>, how: DrawSettings) {
        if let Ok(mut camera) = self.cameras.get_mut(target.camera) {
            let active = how.screen_active && drawn.is_some();
            if camera.is_active != active {
                camera.is_active = active;
            }
        }
        for (own, quad, material) in &target.quads {
            let shown = drawn.filter(|(layer, _)| layer.scene().visualizer == *own);
            let wanted = if shown.is_some() { Visibility::Inherited } else { Visibility::Hidden };
            if let Ok(mut visibility) = self.visibilities.get_mut(*quad) {
                visibility.set_if_neq(wanted);
            }
            if let (Some((layer, lights)), Some(mut material)) = (shown, self.materials.get_mut(material)) {
                material.show(layer, lights, how);
            }
        }
    }
}

/// Puts what is shown into the materials of the two targets, and hands both pictures to the guard.
pub(super) fn draw_scenes(
    mut commands: Commands,
    targets: Res<DrawTargets>,
    sources: DrawSources,
    screen: Single<&Camera, (With<ScreenCamera>, Without<SceneCamera>)>,
    mut entities: SceneEntities,
) {
    let size = screen.physical_target_size().unwrap_or(targets.size).as_vec2().max(Vec2::ONE);
    let how = DrawSettings {
        aspect: size.x / size.y,
        pixel: 1.0 / targets.size.y as f32,
        detail: sources.quality.level().detail,
        screen_active: screen.is_active,
    };
    let (layers, front) = sources.crossfade.targets();
    for (target, layer) in targets.scenes.iter().zip(layers) {
        entities.draw(target, layer.map(|layer| (layer, &*sources.lights)), how);
    }
    let pictures = [&targets.scenes[front], &targets.scenes[1 - front]].map(|target| target.picture.clone());
    commands.insert_resource(GuardFrame {
        scenes: pictures,
        shown: targets.shown.clone(),
        mixture: sources.crossfade.mixture(),
        now: sources.time.elapsed_secs_f64(),
        limits: limits(&sources.settings),
    });
}

fn limits(settings: &VisualsSettings) -> Option<FlashLimits> {
    match (settings.flash_guard, settings.reduced_motion) {
        (_, true) => Some(FlashLimits::CALM),
        (true, false) => Some(FlashLimits::USUAL),
        (false, false) => None,
    }
}
