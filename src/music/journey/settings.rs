//! What a person may tune in journeys.

use serde::{Deserialize, Serialize};

use crate::emotion::Affect;
use crate::music::plane::distance;
use crate::settings::{settings, whole_value};

whole_value!(NamedMood);

/// A named point of the valence–arousal plane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedMood {
    pub name: String,
    /// −1 unpleasant ..= 1 pleasant.
    pub valence: f32,
    /// −1 quiet ..= 1 stirred.
    pub arousal: f32,
}

settings! {
    /// How music leads from one mood to another.
    pub struct JourneySettings / JourneySettingsOverlay {
        /// Where a journey can lead, beside the seven emotions.
        pub places: Vec<NamedMood>,
        /// Duration of a journey of a playlist with the policy `lift` or `calm`, in minutes.
        pub minutes: f32,
        /// How long the music stays with the mood at first, in minutes; at most a quarter of the journey.
        pub match_minutes: f32,
        /// The share of the time after which the goal is reached.
        pub arrive: f32,
        /// The longest step in the plane from one track to the next, where there are tracks for it.
        pub step: f32,
        /// Weight of a step in key and tempo against one in the plane.
        pub smoothness: f32,
        /// A mood that is farther from the goal than at the start by more than this begins a new journey.
        pub away: f32,
    }
}

impl JourneySettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let ranges = [
            ("journey.minutes", self.minutes, 1.0..=600.0),
            ("journey.match_minutes", self.match_minutes, 0.0..=60.0),
            ("journey.arrive", self.arrive, 0.1..=1.0),
            ("journey.step", self.step, 0.02..=3.0),
            ("journey.smoothness", self.smoothness, 0.0..=10.0),
            ("journey.away", self.away, 0.01..=3.0),
        ];
        for (field, value, range) in ranges {
            if !range.contains(&value) {
                let reason = format!("{value} is not between {} and {}", range.start(), range.end());
                return Err((field, reason));
            }
        }
        for place in &self.places {
            if ![place.valence, place.arousal].iter().all(|value| (-1.0..=1.0).contains(value)) {
                return Err(("journey.places", format!("{} does not lie between -1 and 1", place.name)));
            }
        }
        Ok(())
    }

    /// The name of the place that is nearest to a point of the plane; `None` if none is within a step.
    #[must_use]
    pub fn name_of(&self, point: Affect) -> Option<&str> {
        let far =
            |place: &NamedMood| distance(point, Affect { valence: place.valence, arousal: place.arousal });
        let nearest = self.places.iter().min_by(|a, b| far(a).total_cmp(&far(b)))?;
        (far(nearest) <= self.step).then_some(nearest.name.as_str())
    }

    /// A place by its name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<Affect> {
        let place = self.places.iter().find(|place| place.name == name)?;
        Some(Affect { valence: place.valence, arousal: place.arousal })
    }
}
