//! Settings of journeys.

use crate::emotion::Affect;
use crate::settings::settings;

settings! {
    /// A named point of the plane of valence and arousal.
    pub struct NamedMood / NamedMoodOverlay {
        /// Its name.
        pub name: String = String::new(),
        /// -1 unpleasant to 1 pleasant.
        pub valence: f32 = 0.0, in -1.0..=1.0,
        /// -1 quiet to 1 stirred.
        pub arousal: f32 = 0.0, in -1.0..=1.0,
    }
}

/// The moods that Attune ships with.
fn shipped_places() -> Vec<NamedMood> {
    let place = |name: &str, valence, arousal| NamedMood { name: name.into(), valence, arousal };
    vec![
        place("calm", 0.56, -0.31),
        place("rest", 0.45, -0.75),
        place("bright", 0.70, 0.20),
        place("focus", 0.30, 0.05),
    ]
}

settings! {
    /// How music leads from one mood to another.
    pub struct JourneySettings / JourneySettingsOverlay {
        /// Where a journey can lead, beside the seven emotions.
        pub places: Vec<NamedMood> = shipped_places(),
        /// Duration of a journey of a playlist with the policy `lift` or `calm`.
        pub minutes: f32 = 15.0, in 1.0..=600.0, unit "min",
        /// How long the music stays with the mood at first; at most a quarter of the journey.
        pub match_minutes: f32 = 3.0, in 0.0..=60.0, unit "min",
        /// The share of the time after which the goal is reached.
        pub arrive: f32 = 0.7, in 0.1..=1.0,
        /// The longest step in the plane from one track to the next, where there are tracks for it.
        pub step: f32 = 0.35, in 0.02..=3.0,
        /// Weight of a step in key and tempo against one in the plane.
        pub smoothness: f32 = 0.03, in 0.0..=10.0,
        /// A mood that is farther from the goal than at the start by more than this begins a new journey.
        pub away: f32 = 0.35, in 0.01..=3.0,
    }
}

impl JourneySettings {
    /// A place by its name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<Affect> {
        let place = self.places.iter().find(|place| place.name == name)?;
        Some(Affect { valence: place.valence, arousal: place.arousal })
    }
}
