//! Drawing: each scene at its own resolution, both through the flash guard into one picture, and that to the screen.

use std::time::Instant;

use bevy::asset::uuid_handle;
use bevy::camera::visibility::{NoFrustumCulling, RenderLayers};
use bevy::camera::{Hdr, ImageRenderTarget, RenderTarget, ScalingMode};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::image::ImageSampler;
use bevy::post_process::bloom::Bloom;
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, Extent3d, ShaderType};
use bevy::shader::{Shader, ShaderRef};
use bevy::sprite_render::{Material2d, Material2dPlugin};

use super::company::Company;
use super::guard::gpu::{self, GUARD_SHADER, GuardFrame, Guarded, PICTURE_FORMAT};
use super::guard::limit::Limits;
use super::palette::Oklch;
use super::quality::{Level, Quality};
use super::scenes::{Frame, SceneMaterial, Visualizer, keep_shaders};
use super::settings::VisualsSettings;
use super::showing::{Part, Showing, advance};
use super::stage::TWINKLE_PERIOD;
use super::warm::{self, Ready, Warmth};
use super::{PictureTarget, easing};
use crate::foundation::{Pace, Step};

const PRESENT_SHADER: Handle<Shader> = uuid_handle!("3f1d2c58-6a0b-4f7e-9a55-0f3b7c1de002");
/// Each place that a scene is drawn at has a layer of its own, so that only its own camera sees it.
const LAYERS: [usize; 2] = [1, 2];
/// They are drawn one after the other, before the screen.
const ORDERS: [isize; 2] = [-3, -2];
/// Where every program is drawn once, very small, before it is needed.
const WARM_LAYER: usize = 3;

pub(super) fn plugin(app: &mut App) {
    // Inserted at once, not loaded: the first picture must not depend on a folder or on timing.
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    keep_shaders(&mut shaders);
    let sources = [
        (&PRESENT_SHADER, include_str!("../../assets/shaders/present.wgsl"), "attune/present.wgsl"),
        (&GUARD_SHADER, include_str!("../../assets/shaders/guard.wgsl"), "attune/guard.wgsl"),
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
            .in_set(Step::Present)
            .after(advance)
            .run_if(resource_exists::<Company>)
            .run_if(resource_exists::<Showing>),
    );
}

/// The numbers of `present.wgsl`, where they are explained.
#[derive(Debug, Clone, Copy, Default, ShaderType)]
struct PresentUniform {
    spark: Vec4,
    view: Vec4,
    curtain: Vec4,
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

/// A camera that draws a scene.
#[derive(Component)]
struct SceneCamera;

/// Where a scene is drawn: one of two.
struct Place {
    picture: Handle<Image>,
    camera: Entity,
    /// One for each program, since a material keeps the program that it was first drawn with.
    quads: Vec<(Visualizer, Entity, Handle<SceneMaterial>)>,
}

/// What is drawn with, and the size of the pictures of the scenes.
#[derive(Resource)]
struct Canvas {
    places: [Place; 2],
    shown: Handle<Image>,
    present: Handle<PresentMaterial>,
    size: UVec2,
    /// What draws every program once; gone when all are ready.
    warming: Vec<Entity>,
}

fn set_up(
    mut commands: Commands,
    mut assets: CanvasAssets,
    (settings, quality): (Res<VisualsSettings>, Res<Quality>),
    (pace, target): (Res<Pace>, Option<Res<PictureTarget>>),
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
    let warming = if pace.is_stepped() { Vec::new() } else { warming(&mut commands, &mut assets, &quad) };

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
struct CanvasAssets<'w> {
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
pub(super) fn photo_camera() -> impl Bundle {
    (
        Camera2d,
        Camera { order: 1, ..default() },
        one_unit(),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

fn bloom(commands: &mut Commands, camera: Entity, intensity: f32, level: &Level) {
    let mut camera = commands.entity(camera);
    if intensity > 0.0 && level.bloom_size > 0 {
        camera.insert(Bloom { intensity, max_mip_dimension: level.bloom_size, ..Bloom::NATURAL });
    } else {
        camera.remove::<Bloom>();
    }
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

/// Time constant in seconds with which the first picture comes out of the dark.
const RAISE_SECONDS: f32 = 0.6;

/// Keeps the screen dark until every program is ready.
#[derive(Resource)]
struct Curtain {
    begun: Instant,
    ready: bool,
    open: f32,
}

impl Default for Curtain {
    fn default() -> Self {
        Self { begun: Instant::now(), ready: false, open: 0.0 }
    }
}

fn raise_curtain(
    mut commands: Commands,
    mut curtain: ResMut<Curtain>,
    mut canvas: ResMut<Canvas>,
    ready: Option<Res<Ready>>,
    (pace, time): (Res<Pace>, Res<Time<Real>>),
) {
    if !curtain.ready {
        curtain.ready = ready.is_none_or(|ready| ready.look(curtain.begun) != Warmth::Cold);
        if curtain.ready {
            for entity in canvas.warming.drain(..) {
                commands.entity(entity).despawn();
            }
        }
    }
    curtain.open = match (pace.is_stepped(), curtain.ready) {
        // No picture is taken before all is ready.
        (true, _) => 1.0,
        (false, ready) => {
            easing::toward(curtain.open, f32::from(u8::from(ready)), time.delta_secs(), RAISE_SECONDS)
        }
    };
}

fn present(
    canvas: Res<Canvas>,
    (showing, curtain): (Res<Showing>, Res<Curtain>),
    (settings, quality, time): (Res<VisualsSettings>, Res<Quality>, Res<Time>),
    screen: Single<&Camera, With<ScreenCamera>>,
    mut presents: ResMut<Assets<PresentMaterial>>,
) {
    let Some(mut material) = presents.get_mut(&canvas.present) else { return };
    let size = screen.physical_target_size().unwrap_or(canvas.size).as_vec2().max(Vec2::ONE);
    let (parts, front) = showing.parts();
    let sparks = [parts[front], parts[1 - front]].map(|part| part.map(spark));
    let spark = match sparks {
        [Some(going), Some(coming)] => going.lerp(coming, showing.mixture()),
        [Some(only), None] | [None, Some(only)] => only,
        [None, None] => Vec4::ZERO,
    };
    let stars = f32::from(u8::from(quality.level().stars));
    // Of the app, not of a stage: it must not jump when one scene takes over from another.
    let twinkle = time.elapsed_secs_f64().rem_euclid(TWINKLE_PERIOD) as f32;
    material.present = PresentUniform {
        spark: spark.truncate().extend(spark.w * stars),
        view: Vec4::new(size.x, size.y, twinkle, settings.vignette),
        curtain: Vec4::new(curtain.open, 0.0, 0.0, 0.0),
    };
}

/// Colour of the stars, and how many there are.
fn spark(part: &Part) -> Vec4 {
    lab(part.stage().palette().spark).extend(part.stage().values().sparkle)
}

fn lab(color: Oklch) -> Vec3 {
    Vec3::from_array(color.lab())
}
