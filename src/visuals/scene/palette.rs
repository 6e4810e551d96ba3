//! Colours in Oklch, mixed so that they stay colours.
//!
//! Oklab and Oklch: Björn Ottosson, "A perceptual color space for image processing", 2020. A mean in Oklab of two
//! opposite hues is grey; so hue and chroma are averaged apart, and easing goes around the colour wheel.

use bevy::color::{LinearRgba, Luminance as _, Oklaba, Oklcha};
use serde::{Deserialize, Serialize};

use super::problem::SceneProblem;
use crate::visuals::exponential_smoothing;

/// Lightness 0..=1, chroma 0..=0.4, hue in degrees. Written `(0.7, 0.12, 190)` in a scene file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Oklch(pub f32, pub f32, pub f32);

impl From<Oklch> for Oklcha {
    fn from(Oklch(lightness, chroma, hue): Oklch) -> Self {
        Self::lch(lightness, chroma, hue)
    }
}

impl From<Oklcha> for Oklch {
    fn from(color: Oklcha) -> Self {
        Self(color.lightness, color.chroma, color.hue)
    }
}

impl Oklch {
    /// Oklab: lightness, a (green to red), b (blue to yellow).
    #[must_use]
    pub fn lab(self) -> [f32; 3] {
        let Oklaba { lightness, a, b, .. } = Oklcha::from(self).into();
        [lightness, a, b]
    }

    fn from_lab([lightness, a, b]: [f32; 3]) -> Self {
        Oklcha::from(Oklaba::lab(lightness, a, b)).into()
    }

    /// Linear sRGB as a screen shows it: what is beyond its gamut is clipped.
    #[must_use]
    pub fn on_screen(self) -> LinearRgba {
        let LinearRgba { red, green, blue, .. } = Oklcha::from(self).into();
        LinearRgba::rgb(red.clamp(0.0, 1.0), green.clamp(0.0, 1.0), blue.clamp(0.0, 1.0))
    }

    /// Relative luminance of what a screen shows of it, 0..=1 (WCAG 2).
    #[must_use]
    pub fn luminance(self) -> f32 {
        self.on_screen().luminance()
    }

    /// The same colour in a dark room (0), as designed (0.5), in a bright one (1): light rooms wash out what is
    /// dark and pale, dark ones need less of everything.
    fn for_room(self, light: f32) -> Self {
        let bright = light.clamp(0.0, 1.0) * 2.0 - 1.0;
        if bright >= 0.0 {
            return Self(
                self.0 + bright * 0.35 * self.0 * (1.0 - self.0),
                (self.1 * (1.0 + 0.15 * bright)).min(0.4),
                self.2,
            );
        }
        Self(self.0 * (1.0 + 0.24 * bright), self.1 * (1.0 + 0.10 * bright), self.2)
    }

    /// What is wrong with the numbers, if anything is.
    pub(super) fn problem(self) -> Option<SceneProblem> {
        let parts = [
            ("lightness ", self.0, 1.0, ""),
            ("chroma ", self.1, 0.4, ""),
            ("hue ", self.2, 360.0, " degrees"),
        ];
        let (what, value, greatest, unit) =
            parts.into_iter().find(|(_, value, greatest, _)| !(0.0..=*greatest).contains(value))?;
        Some(SceneProblem::OutOfRange { what, value, least: 0.0, greatest, unit })
    }

    /// Moves towards another colour around the colour wheel, not through its grey middle.
    #[must_use]
    pub fn toward(self, goal: Self, dt: f32, tau: f32) -> Self {
        // Grey has no hue of its own: it takes the other's.
        let from = if self.1 < 1e-4 { goal.2 } else { self.2 };
        let to = if goal.1 < 1e-4 { from } else { goal.2 };
        Self(
            exponential_smoothing::toward(self.0, goal.0, dt, tau),
            exponential_smoothing::toward(self.1, goal.1, dt, tau),
            exponential_smoothing::angle_toward(from, to, dt, tau),
        )
    }
}

/// The five colours that a scene paints with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette {
    /// The sky overhead, the darkest.
    pub sky: Oklch,
    /// The sky where it meets the land.
    pub horizon: Oklch,
    /// Light where it begins.
    pub low: Oklch,
    /// Light where it ends.
    pub high: Oklch,
    /// Small bright things: stars.
    pub spark: Oklch,
}

impl Palette {
    /// The colours in the order sky, horizon, low, high, spark.
    #[must_use]
    pub fn colors(&self) -> [Oklch; 5] {
        [self.sky, self.horizon, self.low, self.high, self.spark]
    }

    fn from_colors([sky, horizon, low, high, spark]: [Oklch; 5]) -> Self {
        Self { sky, horizon, low, high, spark }
    }

    /// The same palette in a dark room (0), as designed (0.5), in a bright one (1).
    #[must_use]
    pub fn for_room(&self, light: f32) -> Self {
        Self::from_colors(self.colors().map(|color| color.for_room(light)))
    }

    /// Moves every colour towards another palette.
    #[must_use]
    pub fn toward(&self, goal: &Self, dt: f32, tau: f32) -> Self {
        let mut colors = self.colors();
        for (color, goal) in colors.iter_mut().zip(goal.colors()) {
            *color = color.toward(goal, dt, tau);
        }
        Self::from_colors(colors)
    }

    /// The weighted mean of palettes. Weights that do not sum to something positive give `None`.
    #[must_use]
    pub fn mix<'a>(parts: impl Iterator<Item = (&'a Self, f32)> + Clone) -> Option<Self> {
        let total: f32 = parts.clone().map(|(_, weight)| weight).sum();
        if !(total > 1e-6 && total.is_finite()) {
            return None;
        }
        let colors = std::array::from_fn(|slot| {
            mean(parts.clone().map(|(palette, weight)| (palette.colors()[slot], weight / total)))
        });
        Some(Self::from_colors(colors))
    }
}

/// Contrast of two relative luminances, 1..=21 (WCAG 2).
#[must_use]
pub fn contrast(a: f32, b: f32) -> f32 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How much of the mean's own chroma is enough to trust its hue and restore the rest.
const COHERENCE: f32 = 0.3;

/// Weighted mean (weights sum to 1). The hue is that of the mean in Oklab; the chroma is the mean of
/// the chromas, so that two opposite colours do not make mud. Where the parts cancel almost wholly,
/// the hue says nothing and the chroma fades out, which keeps the mean continuous.
fn mean(parts: impl Iterator<Item = (Oklch, f32)>) -> Oklch {
    let mut lab = [0.0; 3];
    let mut chroma = 0.0;
    for (color, weight) in parts {
        for (sum, value) in lab.iter_mut().zip(color.lab()) {
            *sum += weight * value;
        }
        chroma += weight * color.1;
    }
    let mut color = Oklch::from_lab(lab);
    if chroma > 1e-6 {
        let trust = (color.1 / chroma / COHERENCE).min(1.0);
        color.1 += (chroma - color.1) * trust;
    }
    color
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distance(a: Oklch, b: Oklch) -> f32 {
        a.lab().iter().zip(b.lab()).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    }

    fn color() -> impl Strategy<Value = Oklch> {
        (0.0f32..=1.0, 0.0f32..=0.3, 0.0f32..360.0).prop_map(|(l, c, h)| Oklch(l, c, h))
    }

    #[test]
    fn a_colour_goes_to_light_and_back() {
        for color in [Oklch(0.7, 0.12, 60.0), Oklch(0.2, 0.02, 280.0)] {
            let there = Oklch::from(Oklcha::from(color.on_screen()));
            assert!(distance(there, color) < 1e-4, "{color:?}");
        }
        assert!((Oklch(1.0, 0.0, 0.0).luminance() - 1.0).abs() < 1e-3);
        assert!((contrast(1.0, 0.0) - 21.0).abs() < 1e-3);
    }

    #[test]
    fn orange_and_blue_do_not_mix_to_mud() {
        let mixed = mean([(Oklch(0.7, 0.15, 60.0), 0.6), (Oklch(0.4, 0.15, 260.0), 0.4)].into_iter());
        assert!(mixed.1 > 0.12, "{mixed:?}");
    }

    #[test]
    fn on_the_way_between_opposites_the_colour_stays_a_colour() {
        let mut color = Oklch(0.7, 0.15, 60.0);
        for _ in 0..100 {
            color = color.toward(Oklch(0.4, 0.15, 250.0), 0.05, 1.0);
            assert!(color.1 > 0.149, "{color:?}");
        }
        assert!((color.2 - 250.0).abs() < 5.0);
    }

    proptest! {
        #[test]
        fn a_mean_is_bounded_by_its_parts(a in color(), b in color(), w in 0.0f32..=1.0) {
            let mixed = mean([(a, w), (b, 1.0 - w)].into_iter());
            prop_assert!(mixed.0 >= a.0.min(b.0) - 1e-4 && mixed.0 <= a.0.max(b.0) + 1e-4);
            prop_assert!(mixed.1 >= -1e-4 && mixed.1 <= a.1.max(b.1) + 1e-4);
        }

        #[test]
        fn a_mean_is_continuous_in_its_weights(a in color(), b in color(), w in 0.0f32..=0.999) {
            let here = mean([(a, w), (b, 1.0 - w)].into_iter());
            let there = mean([(a, w + 0.001), (b, 0.999 - w)].into_iter());
            prop_assert!(distance(here, there) < 0.02, "{here:?} {there:?}");
        }

        #[test]
        fn a_step_of_easing_is_small(a in color(), b in color()) {
            prop_assume!(a.1 > 1e-3 && b.1 > 1e-3);
            let next = a.toward(b, 1.0 / 60.0, 2.0);
            prop_assert!(distance(a, next) < 0.02, "{a:?} {next:?}");
        }
    }
}
