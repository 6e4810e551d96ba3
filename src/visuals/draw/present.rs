//! The last step to the screen: stars, vignette, and the curtain that is closed until every program is ready.

use std::time::Instant;

use bevy::asset::uuid_handle;
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::{Shader, ShaderRef};
use bevy::sprite_render::Material2d;

use super::super::displays::drift;
use super::super::easing;
use super::super::palette::Oklch;
use super::super::quality::Quality;
use super::super::settings::VisualsSettings;
use super::super::showing::{Part, Showing};
use super::super::stage::TWINKLE_PERIOD;
use super::super::warm::{Ready, Warmth};
use super::canvas::{Canvas, ScreenCamera};
use crate::foundation::ClockMode;

pub(super) const PRESENT_SHADER: Handle<Shader> = uuid_handle!("3f1d2c58-6a0b-4f7e-9a55-0f3b7c1de002");

/// The numbers of `present.wgsl`, where they are explained.
#[derive(Debug, Clone, Copy, Default, ShaderType)]
pub(super) struct PresentUniform {
    spark: Vec4,
    view: Vec4,
    curtain: Vec4,
}

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

/// Time constant in seconds with which the first picture comes out of the dark.
const RAISE_SECONDS: f32 = 0.6;

/// Keeps the screen dark until every program is ready.
#[derive(Resource)]
pub(super) struct Curtain {
    begun: Instant,
    ready: bool,
    open: f32,
}

impl Default for Curtain {
    fn default() -> Self {
        Self { begun: Instant::now(), ready: false, open: 0.0 }
    }
}

pub(super) fn raise_curtain(
    mut commands: Commands,
    mut curtain: ResMut<Curtain>,
    mut canvas: ResMut<Canvas>,
    ready: Option<Res<Ready>>,
    (clock_mode, time): (Res<ClockMode>, Res<Time<Real>>),
) {
    if !curtain.ready {
        curtain.ready = ready.is_none_or(|ready| ready.look(curtain.begun) != Warmth::Cold);
        if curtain.ready {
            for entity in canvas.warming.drain(..) {
                commands.entity(entity).despawn();
            }
        }
    }
    curtain.open = match (clock_mode.is_stepped(), curtain.ready) {
        // No picture is taken before all is ready.
        (true, _) => 1.0,
        (false, ready) => {
            easing::toward(curtain.open, f32::from(u8::from(ready)), time.delta_secs(), RAISE_SECONDS)
        }
    };
}

pub(super) fn present(
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
    let wander = wandering(time.elapsed_secs_f64(), settings.display.drift_pixels);
    material.present = PresentUniform {
        spark: spark.truncate().extend(spark.w * stars),
        view: Vec4::new(size.x, size.y, twinkle, settings.vignette),
        curtain: Vec4::new(curtain.open, wander.x, wander.y, 0.0),
    };
}

/// How far the stars wander for each pixel of the words, in screen heights: they stand still to the eye, and burn
/// nothing in.
const STARS_WANDER: f32 = 0.005;
/// The path of the words goes in whole pixels. Taken so many times larger, it is smooth.
const FINE: f32 = 4_096.0;

/// Where the sky stands after `seconds`, in screen heights.
fn wandering(seconds: f64, pixels: f32) -> Vec2 {
    Vec2::from_array(drift(seconds, pixels * FINE)) / FINE * STARS_WANDER
}

/// Colour of the stars, and how many there are.
fn spark(part: &Part) -> Vec4 {
    lab(part.stage().palette().spark).extend(part.stage().values().sparkle)
}

fn lab(color: Oklch) -> Vec3 {
    Vec3::from_array(color.lab())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_wander_too_slowly_to_be_seen_and_far_enough_not_to_burn_in() {
        let path: Vec<Vec2> = (0..100_000).map(|tick| wandering(f64::from(tick) / 60.0, 4.0)).collect();
        // Less than a pixel of a large screen from picture to picture, in each direction.
        assert!(path.windows(2).all(|pair| (pair[0] - pair[1]).abs().max_element() < 0.1 / 2_160.0));
        let (low, high) =
            path.iter().fold((Vec2::MAX, Vec2::MIN), |(low, high), at| (low.min(*at), high.max(*at)));
        assert!((high - low).min_element() > 0.035, "{low} {high}");
        assert!(wandering(1_234.5, 0.0).length() < 1e-9);
    }
}
