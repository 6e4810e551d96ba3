//! Drawing a scene in two passes: the scene at its own resolution, then the screen.

use bevy::asset::uuid_handle;
use bevy::camera::visibility::{NoFrustumCulling, RenderLayers};
use bevy::camera::{Hdr, ImageRenderTarget, RenderTarget, ScalingMode};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::image::ImageSampler;
use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, Extent3d, ShaderType, TextureFormat};
use bevy::shader::{Shader, ShaderRef};
use bevy::sprite_render::{Material2d, Material2dPlugin};

use super::company::Company;
use super::palette::Oklch;
use super::scenes::{Frame, SceneMaterial, Visualizer, keep_shaders};
use super::settings::VisualsSettings;
use super::{PictureTarget, Showing};
use crate::foundation::Step;

const PRESENT_SHADER: Handle<Shader> = uuid_handle!("3f1d2c58-6a0b-4f7e-9a55-0f3b7c1de002");
/// The scene has a layer of its own, so that only its own camera sees it.
const SCENE_LAYER: usize = 1;
const SCENE_FORMAT: TextureFormat = TextureFormat::Rgba16Float;

pub(super) fn plugin(app: &mut App) {
    // Inserted at once, not loaded: the first picture must not depend on a folder or on timing.
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    keep_shaders(&mut shaders);
    let present = Shader::from_wgsl(include_str!("../../assets/shaders/present.wgsl"), "attune/present.wgsl");
    if let Err(error) = shaders.insert(&PRESENT_SHADER, present) {
        error!("attune/present.wgsl cannot be kept: {error}");
    }
    app.add_plugins((
        Material2dPlugin::<SceneMaterial>::default(),
        Material2dPlugin::<PresentMaterial>::default(),
    ))
    .add_systems(Startup, set_up)
    .add_systems(
        Update,
        (fit_scene, drive.run_if(resource_exists::<Company>))
            .chain()
            .in_set(Step::Present)
            .after(super::advance),
    );
}

/// The numbers of `present.wgsl`, where they are explained.
#[derive(Debug, Clone, Copy, Default, ShaderType)]
struct PresentUniform {
    spark: Vec4,
    view: Vec4,
}

#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
struct PresentMaterial {
    #[uniform(0)]
    present: PresentUniform,
    #[texture(1)]
    #[sampler(2)]
    picture: Handle<Image>,
}

impl Material2d for PresentMaterial {
    fn fragment_shader() -> ShaderRef {
        PRESENT_SHADER.into()
    }
}

/// The camera that people see through, with the interface on it.
#[derive(Component)]
pub struct ScreenCamera;

/// What is drawn with, and the size of the scene picture.
#[derive(Resource)]
struct Canvas {
    picture: Handle<Image>,
    scene: Handle<SceneMaterial>,
    present: Handle<PresentMaterial>,
    size: UVec2,
}

fn set_up(
    mut commands: Commands,
    mut assets: CanvasAssets,
    settings: Res<VisualsSettings>,
    target: Option<Res<PictureTarget>>,
) {
    let size = UVec2::new(320, 180);
    let mut image = Image::new_target_texture(size.x, size.y, SCENE_FORMAT, None);
    image.sampler = ImageSampler::linear();
    let picture = assets.images.add(image);
    let scene = assets.scenes.add(SceneMaterial::new(Visualizer::Aurora));
    let present =
        assets.presents.add(PresentMaterial { present: PresentUniform::default(), picture: picture.clone() });
    // A quad of one unit under a projection of one unit always covers the view.
    let quad = assets.meshes.add(Rectangle::new(1.0, 1.0));

    let mut scene_camera = commands.spawn(scene_camera(&picture));
    if settings.bloom > 0.0 {
        scene_camera.insert(Bloom {
            intensity: settings.bloom,
            max_mip_dimension: settings.bloom_size,
            ..Bloom::NATURAL
        });
    }
    let layer = RenderLayers::layer(SCENE_LAYER);
    commands.spawn((Mesh2d(quad.clone()), MeshMaterial2d(scene.clone()), layer, NoFrustumCulling));
    commands.spawn((Mesh2d(quad), MeshMaterial2d(present.clone()), NoFrustumCulling));
    let mut screen = commands.spawn(screen_camera());
    if let Some(target) = target {
        screen.insert(RenderTarget::Image(ImageRenderTarget { handle: target.0.clone(), scale_factor: 1.0 }));
    }
    commands.insert_resource(Canvas { picture, scene, present, size });
}

#[derive(bevy::ecs::system::SystemParam)]
struct CanvasAssets<'w> {
    images: ResMut<'w, Assets<Image>>,
    meshes: ResMut<'w, Assets<Mesh>>,
    scenes: ResMut<'w, Assets<SceneMaterial>>,
    presents: ResMut<'w, Assets<PresentMaterial>>,
}

fn one_unit() -> Projection {
    Projection::Orthographic(OrthographicProjection {
        scaling_mode: ScalingMode::Fixed { width: 1.0, height: 1.0 },
        ..OrthographicProjection::default_2d()
    })
}

fn scene_camera(picture: &Handle<Image>) -> impl Bundle {
    (
        Camera2d,
        Camera { order: -1, ..default() },
        RenderTarget::Image(ImageRenderTarget { handle: picture.clone(), scale_factor: 1.0 }),
        one_unit(),
        Hdr,
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
        RenderLayers::layer(SCENE_LAYER),
    )
}

fn screen_camera() -> impl Bundle {
    (
        Camera2d,
        ScreenCamera,
        IsDefaultUiCamera,
        one_unit(),
        Msaa::Off,
        // `present.wgsl` rolls off highlights and dithers.
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

/// The scene picture follows the size of the screen.
fn fit_scene(
    mut canvas: ResMut<Canvas>,
    mut images: ResMut<Assets<Image>>,
    settings: Res<VisualsSettings>,
    screen: Single<&Camera, With<ScreenCamera>>,
) {
    let Some(size) = screen.physical_target_size() else { return };
    let wanted = (size.as_vec2() * settings.resolution).round().as_uvec2().max(UVec2::splat(16));
    if wanted == canvas.size {
        return;
    }
    if let Some(mut image) = images.get_mut(&canvas.picture) {
        image.resize(Extent3d { width: wanted.x, height: wanted.y, depth_or_array_layers: 1 });
        canvas.size = wanted;
    }
}

fn drive(
    canvas: Res<Canvas>,
    (showing, company): (Res<Showing>, Res<Company>),
    settings: Res<VisualsSettings>,
    screen: Single<&Camera, With<ScreenCamera>>,
    mut scenes: ResMut<Assets<SceneMaterial>>,
    mut presents: ResMut<Assets<PresentMaterial>>,
) {
    let size = screen.physical_target_size().unwrap_or(canvas.size).as_vec2().max(Vec2::ONE);
    let stage = showing.stage();
    if let Some(mut material) = scenes.get_mut(&canvas.scene) {
        let frame = Frame { aspect: size.x / size.y, detail: (settings.layers as f32 - 1.0) / 7.0 };
        material.show(showing.scene(), stage, &company, frame);
    }
    if let Some(mut material) = presents.get_mut(&canvas.present) {
        material.present = PresentUniform {
            spark: lab(stage.palette().spark).xyz().extend(stage.values().sparkle),
            view: Vec4::new(size.x, size.y, stage.twinkle(), settings.vignette),
        };
    }
}

fn lab(color: Oklch) -> Vec4 {
    Vec3::from_array(color.lab()).extend(1.0)
}
