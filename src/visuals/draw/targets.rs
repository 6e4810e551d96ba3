//! What is drawn with: two targets for scenes, each with a picture, a camera and quads, and the camera of the screen.

use bevy::camera::visibility::{NoFrustumCulling, RenderLayers};
use bevy::camera::{Hdr, ImageRenderTarget, RenderTarget, ScalingMode};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::system::SystemParam;
use bevy::image::ImageSampler;
use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;

use super::present_material::{PresentMaterial, PresentUniform};
use super::scene_material::SceneMaterial;
use crate::foundation::ClockMode;
use crate::visuals::display::PictureTarget;
use crate::visuals::guard::gpu_guard::{GuardedView, PICTURE_FORMAT};
use crate::visuals::quality::{QualityLevel, RenderQuality};
use crate::visuals::scene::Visualizer;
use crate::visuals::settings::VisualsSettings;

/// Each target has a render layer of its own, so that only its own camera sees its quads.
const LAYERS: [usize; 2] = [1, 2];
/// Camera orders of the two: before the screen.
const ORDERS: [isize; 2] = [-3, -2];
/// The layer on which every shader is drawn once, very small, so that its pipeline is compiled before it is needed.
const WARM_UP_LAYER: usize = 3;

/// The camera of the screen, with the interface on it.
#[derive(Component)]
pub struct ScreenCamera;

/// A camera that draws a scene.
#[derive(Component)]
pub(super) struct SceneCamera;

/// One of the two targets that scenes are drawn into.
pub(super) struct SceneTarget {
    pub(super) picture: Handle<Image>,
    pub(super) camera: Entity,
    /// One for each visualizer, since a material keeps the shader that it was first drawn with.
    pub(super) quads: Vec<(Visualizer, Entity, Handle<SceneMaterial>)>,
}

/// Everything that is drawn with.
#[derive(Resource)]
pub(super) struct DrawTargets {
    pub(super) scenes: [SceneTarget; 2],
    /// The guarded picture.
    pub(super) shown: Handle<Image>,
    /// The guarded picture in the width of the screen, while it is drawn smaller than the screen.
    pub(super) enlarged: Handle<Image>,
    pub(super) present: Handle<PresentMaterial>,
    /// Size of the pictures of the scenes, in pixels.
    pub(super) size: UVec2,
    /// Size of the screen, in pixels.
    pub(super) screen_size: UVec2,
    /// What draws every shader once; despawned when all pipelines are compiled.
    pub(super) warm_up: Vec<Entity>,
}

impl DrawTargets {
    /// Whether the scenes are drawn smaller than the screen.
    pub(super) fn is_enlarged(&self) -> bool {
        self.size.cmplt(self.screen_size).any()
    }
}

pub(super) fn spawn_targets(
    mut commands: Commands,
    mut assets: DrawAssets,
    settings: Res<VisualsSettings>,
    quality: Res<RenderQuality>,
    clock_mode: Res<ClockMode>,
    target: Option<Res<PictureTarget>>,
) {
    let size = UVec2::new(320, 180);
    let (shown, enlarged) = (assets.picture(size), assets.picture(size));
    let present =
        assets.presents.add(PresentMaterial { present: PresentUniform::default(), picture: shown.clone() });
    // A quad of one unit under a projection of one unit always covers the view.
    let quad = assets.meshes.add(Rectangle::new(1.0, 1.0));
    let scenes = [0, 1].map(|target| {
        let picture = assets.picture(size);
        let name = Name::new(format!("camera of scene target {target}"));
        let camera = scene_camera(&picture, ORDERS[target], LAYERS[target]);
        let camera = commands.spawn((name, SceneCamera, camera)).id();
        bloom(&mut commands, camera, settings.bloom, quality.level());
        SceneTarget { picture, camera, quads: quads(&mut commands, &mut assets, &quad, LAYERS[target]) }
    });
    // A stepped run compiles each pipeline when it is needed; nobody watches it.
    let warm_up =
        if clock_mode.is_stepped() { Vec::new() } else { spawn_warm_up(&mut commands, &mut assets, &quad) };

    commands.spawn((
        Name::new("guarded picture"),
        Mesh2d(quad),
        MeshMaterial2d(present.clone()),
        NoFrustumCulling,
    ));
    let mut screen = commands.spawn((Name::new("screen camera"), screen_camera()));
    if let Some(target) = target {
        screen.insert(RenderTarget::Image(ImageRenderTarget { handle: target.0.clone(), scale_factor: 1.0 }));
    }
    commands.insert_resource(DrawTargets {
        scenes,
        shown,
        enlarged,
        present,
        size,
        // Unknown until the screen has been drawn.
        screen_size: UVec2::ZERO,
        warm_up,
    });
}

/// Draws every shader into a very small picture.
fn spawn_warm_up(commands: &mut Commands, assets: &mut DrawAssets, quad: &Handle<Mesh>) -> Vec<Entity> {
    let tiny = assets.picture(UVec2::splat(16));
    let camera = commands.spawn((Name::new("warm-up camera"), scene_camera(&tiny, -4, WARM_UP_LAYER))).id();
    let quads = quads(commands, assets, quad, WARM_UP_LAYER);
    std::iter::once(camera).chain(quads.into_iter().map(|(_, quad, _)| quad)).collect()
}

/// The assets that targets are made of.
#[derive(SystemParam)]
pub(super) struct DrawAssets<'w> {
    images: ResMut<'w, Assets<Image>>,
    meshes: ResMut<'w, Assets<Mesh>>,
    scenes: ResMut<'w, Assets<SceneMaterial>>,
    presents: ResMut<'w, Assets<PresentMaterial>>,
}

impl DrawAssets<'_> {
    /// A black picture in linear light that can be drawn into.
    fn picture(&mut self, size: UVec2) -> Handle<Image> {
        let mut image = Image::new_target_texture(size.x, size.y, PICTURE_FORMAT, None);
        image.sampler = ImageSampler::linear();
        image.texture_descriptor.usage |= wgpu::TextureUsages::COPY_SRC;
        self.images.add(image)
    }
}

fn quads(
    commands: &mut Commands,
    assets: &mut DrawAssets,
    quad: &Handle<Mesh>,
    layer: usize,
) -> Vec<(Visualizer, Entity, Handle<SceneMaterial>)> {
    Visualizer::ALL
        .into_iter()
        .map(|visualizer| {
            let material = assets.scenes.add(SceneMaterial::new(visualizer));
            let entity = commands
                .spawn((
                    Name::new(format!("{} on layer {layer}", visualizer.name())),
                    Mesh2d(quad.clone()),
                    MeshMaterial2d(material.clone()),
                    RenderLayers::layer(layer),
                    NoFrustumCulling,
                    Visibility::Inherited,
                ))
                .id();
            (visualizer, entity, material)
        })
        .collect()
}

fn one_unit() -> Projection {
    Projection::Orthographic(OrthographicProjection {
        scaling_mode: ScalingMode::Fixed { width: 1.0, height: 1.0 },
        ..OrthographicProjection::default_2d()
    })
}

fn scene_camera(picture: &Handle<Image>, order: isize, layer: usize) -> impl Bundle {
    (
        Camera2d,
        Camera { order, ..default() },
        RenderTarget::Image(ImageRenderTarget { handle: picture.clone(), scale_factor: 1.0 }),
        one_unit(),
        Hdr,
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
        RenderLayers::layer(layer),
    )
}

fn screen_camera() -> impl Bundle {
    (
        Camera2d,
        ScreenCamera,
        GuardedView,
        IsDefaultUiCamera,
        one_unit(),
        Msaa::Off,
        // `guard.wgsl` rolls off highlights, and `present.wgsl` dithers.
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

/// A camera that draws the same as the screen, without the interface, after it.
pub(in crate::visuals) fn screenshot_camera() -> impl Bundle {
    (
        Camera2d,
        Camera { order: 1, ..default() },
        one_unit(),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

pub(super) fn bloom(commands: &mut Commands, camera: Entity, intensity: f32, level: &QualityLevel) {
    let mut camera = commands.entity(camera);
    if intensity > 0.0 && level.bloom_size > 0 {
        camera.insert(Bloom { intensity, max_mip_dimension: level.bloom_size, ..Bloom::NATURAL });
    } else {
        camera.remove::<Bloom>();
    }
}
