//! What is drawn with: a picture, a camera and a quad for each scene, and the camera that people see through.

use bevy::camera::visibility::{NoFrustumCulling, RenderLayers};
use bevy::camera::{Hdr, ImageRenderTarget, RenderTarget, ScalingMode};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::image::ImageSampler;
use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;

use super::super::PictureTarget;
use super::super::guard::gpu::{Guarded, PICTURE_FORMAT};
use super::super::quality::{Level, Quality};
use super::super::scenes::{SceneMaterial, Visualizer};
use super::super::settings::VisualsSettings;
use super::present::{PresentMaterial, PresentUniform};
use crate::foundation::ClockMode;

/// Each place that a scene is drawn at has a layer of its own, so that only its own camera sees it.
const LAYERS: [usize; 2] = [1, 2];
/// They are drawn one after the other, before the screen.
const ORDERS: [isize; 2] = [-3, -2];
/// Where every program is drawn once, very small, before it is needed.
const WARM_LAYER: usize = 3;

/// The camera that people see through, with the interface on it.
#[derive(Component)]
pub struct ScreenCamera;

/// A camera that draws a scene.
#[derive(Component)]
pub(super) struct SceneCamera;

/// Where a scene is drawn: one of two.
pub(super) struct Place {
    pub(super) picture: Handle<Image>,
    pub(super) camera: Entity,
    /// One for each program, since a material keeps the program that it was first drawn with.
    pub(super) quads: Vec<(Visualizer, Entity, Handle<SceneMaterial>)>,
}

/// What is drawn with, and the size of the pictures of the scenes.
#[derive(Resource)]
pub(super) struct Canvas {
    pub(super) places: [Place; 2],
    pub(super) shown: Handle<Image>,
    pub(super) present: Handle<PresentMaterial>,
    pub(super) size: UVec2,
    /// What draws every program once; gone when all are ready.
    pub(super) warming: Vec<Entity>,
}

pub(super) fn set_up(
    mut commands: Commands,
    mut assets: CanvasAssets,
    (settings, quality): (Res<VisualsSettings>, Res<Quality>),
    (clock_mode, target): (Res<ClockMode>, Option<Res<PictureTarget>>),
) {
    let size = UVec2::new(320, 180);
    let shown = assets.picture(size);
    let present =
        assets.presents.add(PresentMaterial { present: PresentUniform::default(), picture: shown.clone() });
    // A quad of one unit under a projection of one unit always covers the view.
    let quad = assets.meshes.add(Rectangle::new(1.0, 1.0));
    let places = [0, 1].map(|place| {
        let picture = assets.picture(size);
        let camera = commands.spawn((SceneCamera, scene_camera(&picture, ORDERS[place], LAYERS[place]))).id();
        bloom(&mut commands, camera, settings.bloom, quality.level());
        Place { picture, camera, quads: quads(&mut commands, &mut assets, &quad, LAYERS[place]) }
    });
    // A stepped run waits for each program when it is needed, and no person waits with it.
    let warming =
        if clock_mode.is_stepped() { Vec::new() } else { warming(&mut commands, &mut assets, &quad) };

    commands.spawn((Mesh2d(quad), MeshMaterial2d(present.clone()), NoFrustumCulling));
    let mut screen = commands.spawn(screen_camera());
    if let Some(target) = target {
        screen.insert(RenderTarget::Image(ImageRenderTarget { handle: target.0.clone(), scale_factor: 1.0 }));
    }
    commands.insert_resource(Canvas { places, shown, present, size, warming });
}

/// Draws every program into a very small picture.
fn warming(commands: &mut Commands, assets: &mut CanvasAssets, quad: &Handle<Mesh>) -> Vec<Entity> {
    let tiny = assets.picture(UVec2::splat(16));
    let camera = commands.spawn(scene_camera(&tiny, -4, WARM_LAYER)).id();
    let quads = quads(commands, assets, quad, WARM_LAYER);
    std::iter::once(camera).chain(quads.into_iter().map(|(_, quad, _)| quad)).collect()
}

#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct CanvasAssets<'w> {
    images: ResMut<'w, Assets<Image>>,
    meshes: ResMut<'w, Assets<Mesh>>,
    scenes: ResMut<'w, Assets<SceneMaterial>>,
    presents: ResMut<'w, Assets<PresentMaterial>>,
}

impl CanvasAssets<'_> {
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
    assets: &mut CanvasAssets,
    quad: &Handle<Mesh>,
    layer: usize,
) -> Vec<(Visualizer, Entity, Handle<SceneMaterial>)> {
    Visualizer::ALL
        .into_iter()
        .map(|visualizer| {
            let material = assets.scenes.add(SceneMaterial::new(visualizer));
            let entity = commands
                .spawn((
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
        Guarded,
        IsDefaultUiCamera,
        one_unit(),
        Msaa::Off,
        // `guard.wgsl` rolls off highlights, and `present.wgsl` dithers.
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

/// Sees what people see, without the interface, after them.
pub(in crate::visuals) fn photo_camera() -> impl Bundle {
    (
        Camera2d,
        Camera { order: 1, ..default() },
        one_unit(),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

pub(super) fn bloom(commands: &mut Commands, camera: Entity, intensity: f32, level: &Level) {
    let mut camera = commands.entity(camera);
    if intensity > 0.0 && level.bloom_size > 0 {
        camera.insert(Bloom { intensity, max_mip_dimension: level.bloom_size, ..Bloom::NATURAL });
    } else {
        camera.remove::<Bloom>();
    }
}
