//! Drawing: each scene at its own resolution, both through the flash guard into one picture, and that to the screen.

mod canvas;
mod present;

pub use canvas::ScreenCamera;
pub(super) use canvas::photo_camera;

use bevy::prelude::*;
use bevy::render::render_resource::Extent3d;
use bevy::shader::Shader;
use bevy::sprite_render::Material2dPlugin;

use super::company::Company;
use super::guard::gpu::{self, GUARD_SHADER, GuardFrame};
use super::guard::limit::Limits;
use super::quality::Quality;
use super::scenes::{Frame, SceneMaterial, keep_shaders};
use super::settings::VisualsSettings;
use super::showing::{Showing, advance};
use super::warm;
use crate::foundation::FrameStage;
use canvas::{Canvas, SceneCamera, bloom, set_up};
use present::{Curtain, PRESENT_SHADER, PresentMaterial, present, raise_curtain};

pub(super) fn plugin(app: &mut App) {
    // Inserted at once, not loaded: the first picture must not depend on a folder or on timing.
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    keep_shaders(&mut shaders);
    let sources = [
        (
            &PRESENT_SHADER,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shaders/present.wgsl")),
            "attune/present.wgsl",
        ),
        (
            &GUARD_SHADER,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shaders/guard.wgsl")),
            "attune/guard.wgsl",
        ),
    ];
    for (handle, source, path) in sources {
        if let Err(error) = shaders.insert(handle, Shader::from_wgsl(source, path)) {
            error!("{path} cannot be kept: {error}");
        }
    }
    warm::keep_watch(app);
    app.add_plugins((
        Material2dPlugin::<SceneMaterial>::default(),
        Material2dPlugin::<PresentMaterial>::default(),
        gpu::plugin,
    ))
    .init_resource::<Curtain>()
    .add_systems(Startup, set_up)
    .add_systems(
        Update,
        (fit, polish.run_if(resource_changed::<Quality>), play, raise_curtain, present)
            .chain()
            .in_set(FrameStage::Present)
            .after(advance)
            .run_if(resource_exists::<Company>)
            .run_if(resource_exists::<Showing>),
    );
}

/// The pictures of the scenes follow the size of the screen and the level of quality.
fn fit(
    mut canvas: ResMut<Canvas>,
    mut images: ResMut<Assets<Image>>,
    quality: Res<Quality>,
    screen: Single<&Camera, With<ScreenCamera>>,
) {
    let Some(size) = screen.physical_target_size() else { return };
    let wanted = (size.as_vec2() * quality.level().resolution).round().as_uvec2().max(UVec2::splat(16));
    if wanted == canvas.size {
        return;
    }
    canvas.size = wanted;
    for handle in [&canvas.places[0].picture, &canvas.places[1].picture, &canvas.shown] {
        if let Some(mut image) = images.get_mut(handle) {
            image.resize(Extent3d { width: wanted.x, height: wanted.y, depth_or_array_layers: 1 });
        }
    }
}

/// The bloom follows the level of quality.
fn polish(
    mut commands: Commands,
    canvas: Res<Canvas>,
    settings: Res<VisualsSettings>,
    quality: Res<Quality>,
) {
    for place in &canvas.places {
        bloom(&mut commands, place.camera, settings.bloom, quality.level());
    }
}

/// Puts what is shown into the materials of the two places, and hands both to the guard.
fn play(
    mut commands: Commands,
    canvas: Res<Canvas>,
    (showing, company): (Res<Showing>, Res<Company>),
    (settings, quality, time): (Res<VisualsSettings>, Res<Quality>, Res<Time>),
    screen: Single<&Camera, (With<ScreenCamera>, Without<SceneCamera>)>,
    (mut cameras, mut visibilities): (Query<&mut Camera, With<SceneCamera>>, Query<&mut Visibility>),
    mut scenes: ResMut<Assets<SceneMaterial>>,
) {
    let size = screen.physical_target_size().unwrap_or(canvas.size).as_vec2().max(Vec2::ONE);
    let frame = Frame { aspect: size.x / size.y, detail: quality.level().detail };
    let (parts, front) = showing.parts();
    for (place, part) in canvas.places.iter().zip(parts) {
        if let Ok(mut camera) = cameras.get_mut(place.camera) {
            let active = screen.is_active && part.is_some();
            if camera.is_active != active {
                camera.is_active = active;
            }
        }
        let visualizer = part.map(|part| part.scene().visualizer);
        for (own, quad, material) in &place.quads {
            let shown = visualizer == Some(*own);
            let wanted = if shown { Visibility::Inherited } else { Visibility::Hidden };
            if let Ok(mut visibility) = visibilities.get_mut(*quad) {
                visibility.set_if_neq(wanted);
            }
            if let (true, Some(part), Some(mut material)) = (shown, part, scenes.get_mut(material)) {
                material.show(part.scene(), part.stage(), &company, frame);
            }
        }
    }
    let pictures = [&canvas.places[front], &canvas.places[1 - front]].map(|place| place.picture.clone());
    commands.insert_resource(GuardFrame {
        scenes: pictures,
        shown: canvas.shown.clone(),
        mixture: showing.mixture(),
        now: time.elapsed_secs_f64(),
        limits: limits(&settings),
    });
}

fn limits(settings: &VisualsSettings) -> Option<Limits> {
    match (settings.flash_guard, settings.reduced_motion) {
        (_, true) => Some(Limits::CALM),
        (true, false) => Some(Limits::USUAL),
        (false, false) => None,
    }
}
