//! The shaders that ship with Attune, and those that take their place.

use bevy::asset::uuid::Uuid;
use bevy::asset::uuid_handle;
use bevy::prelude::*;
use bevy::shader::Shader;

use super::enlarge::ENLARGE_SHADER;
use crate::visuals::guard::gpu_guard::GUARD_SHADER;
use crate::visuals::scene::Visualizer;

/// The shader of the last pass to the screen.
pub(super) const PRESENT_SHADER: Handle<Shader> = uuid_handle!("3f1d2c58-6a0b-4f7e-9a55-0f3b7c1de002");
/// Shaders have fixed handles: this one and as many as there are visualizers after it.
const FIRST_SHADER: u128 = 0x3f1d_2c58_6a0b_4f7e_9a55_0f3b_7c1d_e100;

/// Where the shader of a visualizer is kept among the assets. Replacing the asset replaces the shader everywhere.
pub(super) fn scene_shader(visualizer: Visualizer) -> Handle<Shader> {
    Handle::Uuid(Uuid::from_u128(FIRST_SHADER + visualizer as u128), std::marker::PhantomData)
}

/// Adds the shipped shaders. They are part of the program, so the first picture depends on no folder and no timing.
pub(super) fn add_shaders(shaders: &mut Assets<Shader>) {
    for visualizer in Visualizer::ALL {
        replace_shader(shaders, visualizer, visualizer.wgsl());
    }
    let present = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shaders/present.wgsl"));
    insert(shaders, &PRESENT_SHADER, present.to_owned(), "attune/present.wgsl");
    let guard = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shaders/guard.wgsl"));
    insert(shaders, &GUARD_SHADER, guard.to_owned(), "attune/guard.wgsl");
    let enlarge = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/shaders/enlarge.wgsl"));
    insert(shaders, &ENLARGE_SHADER, enlarge.to_owned(), "attune/enlarge.wgsl");
}

/// Draws with another text of a visualizer's WGSL file from now on. The text must be checked before: a shader that does
/// not compile draws nothing.
pub(in crate::visuals) fn replace_shader(shaders: &mut Assets<Shader>, visualizer: Visualizer, wgsl: &str) {
    let path = format!("attune/{}.wgsl", visualizer.name());
    insert(shaders, &scene_shader(visualizer), Visualizer::shader_from(wgsl), &path);
}

fn insert(shaders: &mut Assets<Shader>, handle: &Handle<Shader>, wgsl: String, path: &str) {
    if let Err(error) = shaders.insert(handle, Shader::from_wgsl(wgsl, path)) {
        error!("{path} cannot be added: {error}");
    }
}
