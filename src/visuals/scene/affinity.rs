//! Where a scene belongs: in the plane of moods, and in the day.

use serde::{Deserialize, Serialize};

use super::problem::SceneProblem;

/// What a scene suits. A scene that says nothing suits everything equally well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneAffinity {
    /// Valence and arousal where it is at home, each −1..=1.
    pub at: (f32, f32),
    /// How far from there it still suits, as a standard deviation.
    pub reach: f32,
    /// Local hours from..to in which it is at home, 0..=24; from may be larger than to, over midnight.
    #[serde(default)]
    pub hours: Option<(f32, f32)>,
}

/// Least and greatest reach.
const REACH: (f32, f32) = (0.05, 4.0);
/// Of a scene that says nothing, and of every scene in an empty room.
const INDIFFERENT: f32 = 0.5;
/// A scene outside of its hours suits by this factor less.
const WRONG_HOUR: f32 = 0.2;
/// Far from its mood a scene keeps this small chance.
const LEAST: f32 = 0.05;

impl SceneAffinity {
    /// What is wrong with the numbers, if anything is.
    #[must_use]
    pub fn problem(&self) -> Option<SceneProblem> {
        let unit = |value: f32| (-1.0..=1.0).contains(&value);
        if !unit(self.at.0) || !unit(self.at.1) {
            return Some(SceneProblem::NotInPlane(self.at));
        }
        let (least, greatest) = REACH;
        if !(least..=greatest).contains(&self.reach) {
            let value = self.reach;
            return Some(SceneProblem::OutOfRange { what: "a reach of ", value, least, greatest, unit: "" });
        }
        let day = |hour: f32| (0.0..=24.0).contains(&hour);
        match self.hours {
            Some((from, to)) if !day(from) || !day(to) => Some(SceneProblem::NotInDay { from, to }),
            _ => None,
        }
    }
}

/// How well a scene suits valence and arousal (`None` in an empty room) and the local hour: above 0, up to 1.
#[must_use]
pub fn fit(suits: Option<&SceneAffinity>, feeling: Option<(f32, f32)>, hour: f32) -> f32 {
    let Some(suits) = suits else { return INDIFFERENT };
    let mood = feeling.map_or(INDIFFERENT, |(valence, arousal)| {
        let square = (suits.at.0 - valence).powi(2) + (suits.at.1 - arousal).powi(2);
        (-square / (2.0 * suits.reach * suits.reach)).exp().max(LEAST)
    });
    let at_home = suits.hours.is_none_or(|(from, to)| {
        if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to }
    });
    if at_home { mood } else { mood * WRONG_HOUR }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: SceneAffinity = SceneAffinity { at: (0.5, -0.5), reach: 0.5, hours: Some((20.0, 6.0)) };

    #[test]
    fn a_scene_suits_its_home_best() {
        let (home, away) =
            (fit(Some(&CALM), Some((0.5, -0.5)), 22.0), fit(Some(&CALM), Some((-0.5, 0.8)), 22.0));
        assert!(home > 0.99 && away < 0.1 && away > 0.0, "{home} {away}");
        assert!((fit(None, Some((0.5, -0.5)), 22.0) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn hours_go_over_midnight() {
        let at = |hour| fit(Some(&CALM), Some((0.5, -0.5)), hour);
        assert!(at(23.0) > 0.9 && at(3.0) > 0.9 && at(12.0) < 0.3);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        assert!(CALM.problem().is_none());
        assert!(SceneAffinity { at: (2.0, 0.0), ..CALM }.problem().is_some());
        assert!(SceneAffinity { reach: 0.0, ..CALM }.problem().is_some());
        assert!(SceneAffinity { hours: Some((1.0, 25.0)), ..CALM }.problem().is_some());
    }
}
