//! What a person may tune in how a track is chosen.

use crate::settings::settings;

settings! {
    /// How much each descriptor counts in how well a track fits.
    pub struct FitWeights / FitWeightsOverlay {
        pub valence: f32,
        pub energy: f32,
        pub danceability: f32,
        pub tempo: f32,
    }
}

settings! {
    /// How much each part counts in a choice. All parts are about 0..=1.
    pub struct TermWeights / TermWeightsOverlay {
        /// How near the track is to the target that the probabilities make.
        pub fit: f32,
        /// How small the step from the track before is, in the plane, in key and in tempo.
        pub step: f32,
        /// How long ago it was heard.
        pub novelty: f32,
        /// How well its energy suits the hour, the number of people and the length of the visit.
        pub context: f32,
        /// How much it is expected to be liked.
        pub taste: f32,
        /// Whether the artist has not just been heard.
        pub variety: f32,
    }
}

settings! {
    /// Which energy suits what is around; each −1 quiet ..= 1 lively, added up.
    pub struct OccasionWeights / OccasionWeightsOverlay {
        /// At the deepest hour of the night, fading to nothing by day.
        pub night: f32,
        /// On Saturday and Sunday.
        pub weekend: f32,
        /// With more than one person.
        pub company: f32,
        /// After a long visit.
        pub settled: f32,
    }
}

settings! {
    /// How a track is chosen.
    pub struct RecommendSettings / RecommendSettingsOverlay {
        pub weights: TermWeights,
        pub fit: FitWeights,
        pub occasion: OccasionWeights,
        /// The longest step in the plane from one track to the next that is still a small one; the plane is
        /// two units wide.
        pub step: f32,
        /// Time constant of novelty: 63 % has recovered after this many hours.
        pub novelty_hours: f32,
        /// Artists of this many previous tracks are avoided.
        pub artist_tracks: usize,
        /// One of this many best tracks is drawn.
        pub among: usize,
        /// How evenly it is drawn: a track with a score lower by this is drawn e times less often.
        pub temperature: f32,
    }
}

impl RecommendSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let Self { weights, fit, occasion, .. } = self;
        let ranges = [
            ("recommend.weights.fit", weights.fit, 0.0..=10.0),
            ("recommend.weights.step", weights.step, 0.0..=10.0),
            ("recommend.weights.novelty", weights.novelty, 0.0..=10.0),
            ("recommend.weights.context", weights.context, 0.0..=10.0),
            ("recommend.weights.taste", weights.taste, 0.0..=10.0),
            ("recommend.weights.variety", weights.variety, 0.0..=10.0),
            ("recommend.fit.valence", fit.valence, 0.001..=10.0),
            ("recommend.fit.energy", fit.energy, 0.001..=10.0),
            ("recommend.fit.danceability", fit.danceability, 0.0..=10.0),
            ("recommend.fit.tempo", fit.tempo, 0.0..=10.0),
            ("recommend.occasion.night", occasion.night, -1.0..=1.0),
            ("recommend.occasion.weekend", occasion.weekend, -1.0..=1.0),
            ("recommend.occasion.company", occasion.company, -1.0..=1.0),
            ("recommend.occasion.settled", occasion.settled, -1.0..=1.0),
            ("recommend.step", self.step, 0.01..=3.0),
            ("recommend.novelty_hours", self.novelty_hours, 0.001..=10_000.0),
            ("recommend.temperature", self.temperature, 0.0001..=10.0),
            ("recommend.among", self.among as f32, 1.0..=64.0),
            ("recommend.artist_tracks", self.artist_tracks as f32, 0.0..=64.0),
        ];
        for (field, value, range) in ranges {
            if !range.contains(&value) {
                let reason = format!("{value} is not between {} and {}", range.start(), range.end());
                return Err((field, reason));
            }
        }
        Ok(())
    }
}
