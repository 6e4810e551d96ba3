//! Drawing: each scene at its own resolution, both through the flash guard into one picture, and that to the screen.
//!
//! All of it stays on the graphics card. A dissolve draws two scenes; each has a target of its own for as long as it is
//! shown. The guard mixes both, rolls off highlights and limits flashes; a picture smaller than the screen is enlarged
//! with a spline; the last pass adds stars, vignette and dither.

mod device_loss;
mod enlarge;
mod pipeline_readiness;
mod present;
mod present_material;
mod scene_material;
mod shaders;
mod startup_fade;
mod systems;
mod targets;

pub use device_loss::{RESTART_EXIT_CODE, RestartAllowed};
pub use targets::ScreenCamera;

pub(super) use pipeline_readiness::{PipelineReadiness, PipelineState, watch_pipelines};
pub(super) use shaders::replace_shader;
pub(super) use targets::screenshot_camera;

use bevy::prelude::*;
use bevy::shader::Shader;
use bevy::sprite_render::Material2dPlugin;

use present::present;
use present_material::PresentMaterial;
use scene_material::SceneMaterial;
use startup_fade::{StartupFade, fade_in};
use systems::{draw_scenes, fit_to_screen, follow_bloom};

use super::guard::gpu_guard;
use super::people::PeopleLights;
use super::quality::RenderQuality;
use super::scene::{AdvanceScenes, SceneCrossfade};
use super::settings::VisualsSettings;
use crate::foundation::FrameStage;
use crate::settings::SectionChanged;

pub(super) fn plugin(app: &mut App) {
    shaders::add_shaders(&mut app.world_mut().resource_mut::<Assets<Shader>>());
    watch_pipelines(app);
    app.add_plugins((
        Material2dPlugin::<SceneMaterial>::default(),
        Material2dPlugin::<PresentMaterial>::default(),
        gpu_guard::plugin,
        enlarge::plugin,
        device_loss::plugin,
    ))
    .init_resource::<StartupFade>()
    .add_message::<SectionChanged<VisualsSettings>>()
    .add_systems(Startup, targets::spawn_targets)
    .add_systems(
        Update,
        (
            fit_to_screen,
            follow_bloom.run_if(
                resource_changed::<RenderQuality>.or_else(on_message::<SectionChanged<VisualsSettings>>),
            ),
            draw_scenes,
            fade_in,
            present,
        )
            .chain()
            .in_set(FrameStage::Present)
            .after(AdvanceScenes)
            .run_if(resource_exists::<PeopleLights>)
            .run_if(resource_exists::<SceneCrossfade>),
    );
}
