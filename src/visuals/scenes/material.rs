//! One material for all scenes: the shared layout of numbers, and a shader for each program.

use bevy::asset::uuid::Uuid;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
};
use bevy::shader::{Shader, ShaderRef};
use bevy::sprite_render::{Material2d, Material2dKey};

use super::Visualizer;
use crate::visuals::company::{Company, SEATS, Voice};
use crate::visuals::palette::Oklch;
use crate::visuals::scene::Scene;
use crate::visuals::stage::Stage;

/// Shaders have fixed handles: this one and as many as there are visualizers after it.
const FIRST_SHADER: u128 = 0x3f1d_2c58_6a0b_4f7e_9a55_0f3b_7c1d_e100;

impl Visualizer {
    /// Where its shader is kept among the assets. Replacing the asset replaces the shader everywhere.
    #[must_use]
    pub fn shader_handle(self) -> Handle<Shader> {
        Handle::Uuid(Uuid::from_u128(FIRST_SHADER + self as u128), std::marker::PhantomData)
    }
}

/// Keeps the shipped shaders. At once, not loaded: the first picture must not depend on a folder or on timing.
pub(in crate::visuals) fn keep_shaders(shaders: &mut Assets<Shader>) {
    for visualizer in Visualizer::ALL {
        replace_shader(shaders, visualizer, visualizer.program().wgsl);
    }
}

/// Draws with another text of a visualizer's WGSL file from now on. Check the text first: one that does not
/// compile draws nothing.
pub(in crate::visuals) fn replace_shader(shaders: &mut Assets<Shader>, visualizer: Visualizer, wgsl: &str) {
    let path = format!("attune/{}.wgsl", visualizer.name());
    let shader = Shader::from_wgsl(Visualizer::shader_from(wgsl), path.clone());
    if let Err(error) = shaders.insert(&visualizer.shader_handle(), shader) {
        error!("{path} cannot be kept: {error}");
    }
}

/// Draws a scene.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
#[bind_group_data(Visualizer)]
pub(in crate::visuals) struct SceneMaterial {
    visualizer: Visualizer,
    #[uniform(0)]
    scene: SceneUniform,
}

/// How a scene is drawn now, apart from what it shows.
#[derive(Debug, Clone, Copy)]
pub(in crate::visuals) struct Frame {
    /// Width by height.
    pub(in crate::visuals) aspect: f32,
    /// 0 coarse ..= 1 fine.
    pub(in crate::visuals) detail: f32,
}

impl SceneMaterial {
    /// A material that shows nothing yet.
    pub(in crate::visuals) fn new(visualizer: Visualizer) -> Self {
        Self { visualizer, scene: SceneUniform::default() }
    }

    /// Takes over what the scene shows now.
    pub(in crate::visuals) fn show(&mut self, scene: &Scene, stage: &Stage, company: &Company, frame: Frame) {
        self.visualizer = scene.visualizer;
        self.scene = SceneUniform::new(scene, stage, company, frame);
    }
}

impl From<&SceneMaterial> for Visualizer {
    fn from(material: &SceneMaterial) -> Self {
        material.visualizer
    }
}

impl Material2d for SceneMaterial {
    fn fragment_shader() -> ShaderRef {
        // `specialize` takes the one that is wanted.
        Visualizer::Aurora.shader_handle().into()
    }

    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        if let Some(fragment) = &mut descriptor.fragment {
            fragment.shader = key.bind_group_data.shader_handle();
        }
        Ok(())
    }
}

/// The numbers of `scenes/common.wgsl`, where they are explained.
#[derive(Debug, Clone, Copy, Default, ShaderType)]
struct SceneUniform {
    sky: Vec4,
    horizon: Vec4,
    low: Vec4,
    high: Vec4,
    spark: Vec4,
    parameters: [Vec4; 4],
    view: Vec4,
    mood: Vec4,
    time: Vec4,
    bands_low: Vec4,
    bands_high: Vec4,
    people: [VoiceUniform; SEATS],
}

#[derive(Debug, Clone, Copy, Default, ShaderType)]
struct VoiceUniform {
    place: Vec4,
    color: Vec4,
    life: Vec4,
    face_a: Vec4,
    face_b: Vec4,
}

impl SceneUniform {
    fn new(scene: &Scene, stage: &Stage, company: &Company, frame: Frame) -> Self {
        let [sky, horizon, low, high, spark] = stage.palette().colors().map(lab);
        let values = stage.values();
        let parameters = values.to_array();
        let bands = stage.bands().map(|band| band * values.listen);
        let steps = scene.visualizer.steps(frame.detail) as f32;
        let mood = stage.feeling();
        let beat = stage.beat();
        Self {
            sky,
            horizon,
            low,
            high,
            spark,
            parameters: std::array::from_fn(|row| Vec4::from_slice(&parameters[4 * row..4 * row + 4])),
            view: Vec4::new(frame.aspect, steps, stage.phase(), stage.presence()),
            mood: Vec4::new(mood.valence, mood.arousal, mood.certainty, mood.dispersion),
            time: Vec4::new(beat.phase, beat.trust, stage.breath(), stage.twinkle()),
            bands_low: Vec4::from_slice(&bands[..4]),
            bands_high: Vec4::from_slice(&bands[4..]),
            people: company
                .voices()
                .map(|voice| voice.map_or_else(VoiceUniform::default, |v| seat(v, scene))),
        }
    }
}

fn seat(voice: &Voice, scene: &Scene) -> VoiceUniform {
    let seen = voice.seen();
    let colors = scene.colors.palette_for(&seen);
    let [l, a, b] = voice.color(&colors).lab();
    let [face_a, face_b] = voice.mask().map(Vec4::from_array);
    VoiceUniform {
        place: Vec4::new(voice.x, voice.y, voice.strength, voice.size),
        color: Vec4::new(l, a, b, seen.arousal),
        life: Vec4::new(voice.greeting(), voice.farewell(), seen.valence, seen.certainty),
        face_a,
        face_b,
    }
}

fn lab(color: Oklch) -> Vec4 {
    Vec3::from_array(color.lab()).extend(1.0)
}
