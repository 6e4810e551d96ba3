//! Settings of how a track is chosen.

use crate::settings::settings;

settings! {
    /// How much each descriptor counts in how well a track fits.
    pub struct FitWeights / FitWeightsOverlay {
        /// Weight of the distance in valence.
        pub valence: f32 = 2.0, in 0.001..=10.0,
        /// Weight of the distance in energy.
        pub energy: f32 = 2.0, in 0.001..=10.0,
        /// Weight of the distance in danceability.
        pub danceability: f32 = 1.0, in 0.0..=10.0,
        /// Weight of the distance in tempo.
        pub tempo: f32 = 1.0, in 0.0..=10.0,
    }
}

settings! {
    /// How much each part counts in a choice. All parts are about 0..=1.
    pub struct TermWeights / TermWeightsOverlay {
        /// How near the track is to the target that the probabilities make.
        pub fit: f32 = 1.0, in 0.0..=10.0,
        /// How small the step from the track before is, in the plane, in key and in tempo.
        pub step: f32 = 0.3, in 0.0..=10.0,
        /// How long ago it was heard.
        pub novelty: f32 = 0.4, in 0.0..=10.0,
        /// How well its energy suits the hour, the number of people and the length of the visit.
        pub context: f32 = 0.2, in 0.0..=10.0,
        /// How much it is expected to be liked.
        pub taste: f32 = 0.5, in 0.0..=10.0,
        /// Whether the artist has not just been heard.
        pub variety: f32 = 0.2, in 0.0..=10.0,
    }
}

settings! {
    /// Which energy suits what is around; each −1 quiet ..= 1 lively, added up.
    pub struct OccasionWeights / OccasionWeightsOverlay {
        /// At the deepest hour of the night, fading to nothing by day.
        pub night: f32 = -0.7, in -1.0..=1.0,
        /// On Saturday and Sunday.
        pub weekend: f32 = 0.15, in -1.0..=1.0,
        /// With more than one person.
        pub company: f32 = 0.35, in -1.0..=1.0,
        /// After a long visit.
        pub settled: f32 = -0.25, in -1.0..=1.0,
    }
}

settings! {
    /// How a track is chosen.
    pub struct RecommendSettings / RecommendSettingsOverlay {
        /// How much each part counts in a choice; all parts are about 0 to 1.
        pub weights: TermWeights,
        /// How much each descriptor counts in how well a track fits.
        pub fit: FitWeights,
        /// Which energy suits the occasion: -1 quiet to 1 lively, added up.
        pub occasion: OccasionWeights,
        /// The longest step in the plane from one track to the next that is still a small one; the plane is
        /// two units wide.
        pub step: f32 = 0.35, in 0.01..=3.0,
        /// Time constant of novelty: 63 % has recovered after this time.
        pub novelty_hours: f32 = 4.0, in 0.001..=10_000.0, unit "h",
        /// Artists of this many previous tracks are avoided.
        pub artist_tracks: usize = 3, in 0..=64,
        /// One of this many best tracks is drawn.
        pub among: usize = 6, in 1..=64,
        /// How evenly it is drawn: a track with a score lower by this is drawn e times less often.
        pub temperature: f32 = 0.02, in 0.0001..=10.0,
    }
}
