//! Colours in Oklch, mixed so that they stay colours.
//!
//! Oklab and Oklch: Björn Ottosson, "A perceptual color space for image processing", 2020.

use serde::{Deserialize, Serialize};

use crate::visuals::easing;

/// Lightness 0..=1, chroma 0..=0.4, hue in degrees. Written `(0.7, 0.12, 190)` in a scene file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Oklch(pub f32, pub f32, pub f32);

impl Oklch {
    /// Oklab: lightness, a (green to red), b (blue to yellow).
    #[must_use]
    pub fn lab(self) -> [f32; 3] {
        let (sin, cos) = self.2.to_radians().sin_cos();
        [self.0, self.1 * cos, self.1 * sin]
    }

    fn from_lab([l, a, b]: [f32; 3]) -> Self {
        Self(l, a.hypot(b), b.atan2(a).to_degrees().rem_euclid(360.0))
    }

    /// Linear sRGB; outside 0..=1 where no screen can show it.
    #[must_use]
    pub fn linear_rgb(self) -> [f32; 3] {
        let cones = product(
            &[
                [1.0, 0.396_337_78, 0.215_803_76],
                [1.0, -0.105_561_346, -0.063_854_17],
                [1.0, -0.089_484_18, -1.291_485_5],
            ],
            self.lab(),
        );
        product(
            &[
                [4.076_741_7, -3.307_711_6, 0.230_969_94],
                [-1.268_438, 2.609_757_4, -0.341_319_4],
                [-0.004_196_086_3, -0.703_418_6, 1.707_614_7],
            ],
            cones.map(|value| value * value * value),
        )
    }

    /// Oklab of linear sRGB.
    #[must_use]
    pub fn lab_of_rgb(rgb: [f32; 3]) -> [f32; 3] {
        let cones = product(
            &[
                [0.412_221_46, 0.536_332_55, 0.051_445_995],
                [0.211_903_5, 0.680_699_5, 0.107_396_96],
                [0.088_302_46, 0.281_718_85, 0.629_978_7],
            ],
            rgb,
        );
        product(
            &[
                [0.210_454_26, 0.793_617_8, -0.004_072_047],
                [1.977_998_5, -2.428_592_2, 0.450_593_7],
                [0.025_904_037, 0.782_771_77, -0.808_675_77],
            ],
            cones.map(f32::cbrt),
        )
    }

    /// Relative luminance of what a screen shows of it, 0..=1 (WCAG 2).
    #[must_use]
    pub fn luminance(self) -> f32 {
        let [r, g, b] = self.linear_rgb().map(|value| value.clamp(0.0, 1.0));
        0.2126 * r + 0.7152 * g + 0.0722 * b
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
    pub(super) fn complaint(self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.0) {
            return Some(format!("lightness {} is not between 0 and 1", self.0));
        }
        if !(0.0..=0.4).contains(&self.1) {
            return Some(format!("chroma {} is not between 0 and 0.4", self.1));
        }
        if !(0.0..=360.0).contains(&self.2) {
            return Some(format!("hue {} is not between 0 and 360 degrees", self.2));
        }
        None
    }

    /// Moves towards another colour around the colour wheel, not through its grey middle.
    #[must_use]
    pub fn toward(self, goal: Self, dt: f32, tau: f32) -> Self {
        // Grey has no hue of its own: it takes the other's.
        let from = if self.1 < 1e-4 { goal.2 } else { self.2 };
        let to = if goal.1 < 1e-4 { from } else { goal.2 };
        Self(
            easing::toward(self.0, goal.0, dt, tau),
            easing::toward(self.1, goal.1, dt, tau),
            easing::angle_toward(from, to, dt, tau),
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

/// A matrix, given by its rows, times a vector.
fn product(rows: &[[f32; 3]; 3], vector: [f32; 3]) -> [f32; 3] {
    rows.map(|row| row.iter().zip(vector).map(|(weight, value)| weight * value).sum())
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
        for color in [Oklch(0.7, 0.15, 60.0), Oklch(0.2, 0.02, 280.0)] {
            let there = Oklch::lab_of_rgb(color.linear_rgb());
            assert!(there.iter().zip(color.lab()).all(|(a, b)| (a - b).abs() < 1e-4), "{color:?}");
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
