//! Parts of a camera's picture in which faces do not count.

use serde::{Deserialize, Serialize};

use crate::settings::{Setting, SettingContext, Violation, require};

/// A rectangle as shares of the picture: from the left, from the top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IgnoredArea(f32, f32, f32, f32);

impl IgnoredArea {
    /// Whether a place (pixels of a picture of this size) lies in it.
    #[must_use]
    pub fn contains(&self, [x, y]: [f32; 2], [width, height]: [u32; 2]) -> bool {
        let (x, y) = (x / width.max(1) as f32, y / height.max(1) as f32);
        (self.0..=self.0 + self.2).contains(&x) && (self.1..=self.1 + self.3).contains(&y)
    }
}

impl Setting for IgnoredArea {
    type Overlay = Option<Self>;

    fn lay(&mut self, overlay: Self::Overlay) {
        if let Some(value) = overlay {
            *self = value;
        }
    }

    fn check(&self, _: &SettingContext) -> Result<(), Violation> {
        let Self(x, y, width, height) = *self;
        let share = |value: f32| (0.0..=1.0).contains(&value);
        require([x, y, width, height].into_iter().all(share) && width > 0.0 && height > 0.0, "", || {
            format!(
                "({x}, {y}, {width}, {height}) is no area (x, y, width, height) in shares of the picture, 0 to 1"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sense::camera::CameraSettings;

    /// A place counts by its share of the picture, whatever its size.
    #[test]
    fn places_are_shares_of_the_picture() {
        let area = IgnoredArea(0.5, 0.0, 0.25, 0.5);
        assert!(area.contains([350.0, 200.0], [640, 480]));
        assert!(area.contains([700.0, 400.0], [1_280, 960]));
        for outside in [[310.0, 200.0], [490.0, 200.0], [350.0, 250.0]] {
            assert!(!area.contains(outside, [640, 480]), "{outside:?}");
        }
    }

    /// The file has four numbers in brackets; what is no share of a picture is refused with its place.
    #[test]
    fn areas_are_read_as_four_numbers_and_checked() {
        let areas: Vec<IgnoredArea> = ron::from_str("[(0.5, 0, 0.25, 0.5), (0, 0, 1, 1)]").expect("read");
        assert_eq!(areas[0], IgnoredArea(0.5, 0.0, 0.25, 0.5));
        let mut settings = CameraSettings { ignore: areas, ..CameraSettings::default() };
        assert!(settings.check(&SettingContext::default()).is_ok());
        for wrong in [
            IgnoredArea(0.0, 0.0, 1.2, 1.0),
            IgnoredArea(-0.1, 0.0, 1.0, 1.0),
            IgnoredArea(0.1, 0.1, 0.0, 1.0),
        ] {
            settings.ignore[1] = wrong;
            let words = settings.check(&SettingContext::default()).unwrap_err().to_string();
            assert!(words.contains("ignore[2]") && words.contains("shares of the picture"), "{words}");
        }
    }

    /// Only quarters of a turn are possible.
    #[test]
    fn a_turn_is_a_multiple_of_a_quarter() {
        for (turn, good) in [(0, true), (90, true), (180, true), (270, true), (45, false), (1, false)] {
            let settings = CameraSettings { turn, ..CameraSettings::default() };
            assert_eq!(settings.check(&SettingContext::default()).is_ok(), good, "{turn}");
        }
    }
}
