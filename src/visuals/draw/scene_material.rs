//! One material for all scenes: the shared layout of numbers, and a shader for each program.

use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{Material2d, Material2dKey};

use super::shaders::scene_shader;
use crate::visuals::people::{MOST_LIGHTS, PeopleLights, PersonLight};
use crate::visuals::scene::{Oklch, Scene, SceneLayer, Visualizer};

/// Draws a scene.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
#[bind_group_data(Visualizer)]
pub(super) struct SceneMaterial {
    visualizer: Visualizer,
    #[uniform(0)]
    scene: SceneUniform,
}

/// How a scene is drawn now, apart from what it shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrawSettings {
    /// Width by height.
    pub(super) aspect: f32,
    /// Height of a drawn pixel in screen heights.
    pub(super) pixel: f32,
    /// 0 coarse ..= 1 fine.
    pub(super) detail: f32,
    /// Whether the screen is drawn in this frame.
    pub(super) screen_active: bool,
}

impl SceneMaterial {
    /// A material that shows nothing yet.
    pub(super) fn new(visualizer: Visualizer) -> Self {
        Self { visualizer, scene: SceneUniform::default() }
    }

    /// Takes over what the scene shows now.
    pub(super) fn show(&mut self, layer: &SceneLayer, lights: &PeopleLights, settings: DrawSettings) {
        self.visualizer = layer.scene().visualizer;
        self.scene = SceneUniform::new(layer, lights, settings);
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
        scene_shader(Visualizer::Aurora).into()
    }

    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        if let Some(fragment) = &mut descriptor.fragment {
            fragment.shader = scene_shader(key.bind_group_data);
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
    people: [PersonUniform; MOST_LIGHTS],
    drawing: Vec4,
}

#[derive(Debug, Clone, Copy, Default, ShaderType)]
struct PersonUniform {
    place: Vec4,
    color: Vec4,
    life: Vec4,
    face_a: Vec4,
    face_b: Vec4,
}

impl SceneUniform {
    fn new(layer: &SceneLayer, lights: &PeopleLights, settings: DrawSettings) -> Self {
        let (scene, state) = (layer.scene(), layer.state());
        let [sky, horizon, low, high, spark] = state.palette().colors().map(lab);
        let values = state.values();
        let parameters = values.to_array();
        let bands = state.bands().map(|band| band * values.listen);
        let steps = scene.visualizer.steps(settings.detail) as f32;
        let mood = state.mood();
        let beat = state.beat();
        let people = lights.lights().iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        Self {
            sky,
            horizon,
            low,
            high,
            spark,
            parameters: std::array::from_fn(|row| Vec4::from_slice(&parameters[4 * row..4 * row + 4])),
            view: Vec4::new(settings.aspect, steps, state.phase(), state.presence()),
            mood: Vec4::new(mood.valence, mood.arousal, mood.certainty, mood.dispersion),
            time: Vec4::new(beat.phase, beat.trust, state.breath(), state.twinkle()),
            bands_low: Vec4::from_slice(&bands[..4]),
            bands_high: Vec4::from_slice(&bands[4..]),
            people: lights
                .lights()
                .map(|light| light.map_or_else(PersonUniform::default, |light| person(light, scene))),
            drawing: Vec4::new(settings.pixel, people as f32, 0.0, 0.0),
        }
    }
}

fn person(light: &PersonLight, scene: &Scene) -> PersonUniform {
    let mood = light.mood();
    let colors = scene.colors.palette_for(&mood);
    let [l, a, b] = light.color(&colors).lab();
    let [face_a, face_b] = light.mask().map(Vec4::from_array);
    PersonUniform {
        place: Vec4::new(light.x, light.y, light.strength, light.size),
        color: Vec4::new(l, a, b, mood.arousal),
        life: Vec4::new(light.greeting(), light.farewell(), mood.valence, light.clarity()),
        face_a,
        face_b,
    }
}

fn lab(color: Oklch) -> Vec4 {
    Vec3::from_array(color.lab()).extend(1.0)
}
