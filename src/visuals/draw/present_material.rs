//! The material of the last pass to the screen.

use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::ShaderRef;
use bevy::sprite_render::Material2d;

use super::shaders::PRESENT_SHADER;

/// The numbers of `present.wgsl`, where they are explained.
#[derive(Debug, Clone, Copy, Default, ShaderType)]
pub(super) struct PresentUniform {
    pub(super) spark: Vec4,
    pub(super) view: Vec4,
    pub(super) curtain: Vec4,
}

/// Brings the guarded picture to the screen.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub(super) struct PresentMaterial {
    #[uniform(0)]
    pub(super) present: PresentUniform,
    #[texture(1)]
    #[sampler(2)]
    pub(super) picture: Handle<Image>,
}

impl Material2d for PresentMaterial {
    fn fragment_shader() -> ShaderRef {
        PRESENT_SHADER.into()
    }
}
