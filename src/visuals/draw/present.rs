//! The last step to the screen: stars and vignette over the guarded picture.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::present_material::{PresentMaterial, PresentUniform};
use super::startup_fade::StartupFade;
use super::targets::{DrawTargets, ScreenCamera};
use crate::visuals::display::drift;
use crate::visuals::quality::RenderQuality;
use crate::visuals::scene::{SceneCrossfade, SceneLayer, TWINKLE_PERIOD};
use crate::visuals::settings::VisualsSettings;

/// What the last step depends on.
#[derive(SystemParam)]
pub(super) struct PresentSources<'w> {
    crossfade: Res<'w, SceneCrossfade>,
    fade: Res<'w, StartupFade>,
    settings: Res<'w, VisualsSettings>,
    quality: Res<'w, RenderQuality>,
    time: Res<'w, Time>,
}

pub(super) fn present(
    targets: Res<DrawTargets>,
    sources: PresentSources,
    screen: Single<&Camera, With<ScreenCamera>>,
    mut presents: ResMut<Assets<PresentMaterial>>,
) {
    let Some(mut material) = presents.get_mut(&targets.present) else { return };
    let size = screen.physical_target_size().unwrap_or(targets.size).as_vec2().max(Vec2::ONE);
    let front = spark(sources.crossfade.front());
    let spark = sources
        .crossfade
        .incoming()
        .map_or(front, |incoming| front.lerp(spark(incoming), sources.crossfade.mixture()));
    let stars = f32::from(u8::from(sources.quality.level().stars));
    let seconds = sources.time.elapsed_secs_f64();
    // Of the app and not of a scene: it must not jump when one scene takes the place of another.
    let twinkle = seconds.rem_euclid(TWINKLE_PERIOD) as f32;
    let wander = star_drift(seconds, sources.settings.display.drift_pixels);
    material.present = PresentUniform {
        spark: spark.truncate().extend(spark.w * stars),
        view: Vec4::new(size.x, size.y, twinkle, sources.settings.vignette),
        curtain: Vec4::new(sources.fade.open, wander.x, wander.y, f32::from(u8::from(targets.is_enlarged()))),
    };
}

/// Drift of the stars for each pixel of drift of the text, in screen heights: too slow to be noticed, and enough against
/// burn-in.
const STAR_DRIFT: f32 = 0.005;
/// The words move by whole pixels. Their path is scaled by this much, and back, so that the stars move smoothly.
const FINE: f32 = 4_096.0;

/// Where the sky stands after `seconds`, in screen heights.
fn star_drift(seconds: f64, pixels: f32) -> Vec2 {
    Vec2::from_array(drift(seconds, pixels * FINE)) / FINE * STAR_DRIFT
}

/// Colour of the stars in Oklab, and how many there are.
fn spark(layer: &SceneLayer) -> Vec4 {
    Vec3::from_array(layer.state().palette().spark.lab()).extend(layer.state().values().sparkle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The drift of the stars is far below a pixel per frame, and over hours more than 3 % of the screen height.
    #[test]
    fn stars_wander_too_slowly_to_be_seen_and_far_enough_not_to_burn_in() {
        let path: Vec<Vec2> = (0..100_000).map(|tick| star_drift(f64::from(tick) / 60.0, 4.0)).collect();
        // Less than a pixel of a large screen from picture to picture, in each direction.
        assert!(path.windows(2).all(|pair| (pair[0] - pair[1]).abs().max_element() < 0.1 / 2_160.0));
        let (low, high) =
            path.iter().fold((Vec2::MAX, Vec2::MIN), |(low, high), at| (low.min(*at), high.max(*at)));
        assert!((high - low).min_element() > 0.035, "{low} {high}");
        assert!(star_drift(1_234.5, 0.0).length() < 1e-9);
    }
}
