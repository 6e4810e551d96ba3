//! Which track comes next, and why.
//!
//! The score of a track is a weighted sum of six parts ([`ScoreTerm`]); all weights are settings. Playlists say
//! which tracks may come at all. One of the best few is drawn, so that a room does not always sound the same.

mod blended_target;
mod catalogue;
mod choice;
mod reason;
mod recommender;
mod recordings;
mod rule_matches;
mod score;
mod score_term;
mod settings;
mod track_memories;

pub use blended_target::{BlendedTarget, target_at};
pub use catalogue::Catalogue;
pub use choice::{CandidateSource, Choice, ChoiceHistory, ChoiceRequest, Contribution};
pub use reason::ReasonInputs;
pub use recommender::Recommender;
pub use score_term::ScoreTerm;
pub use settings::{
    FitWeights, FitWeightsOverlay, OccasionWeights, OccasionWeightsOverlay, RecommendSettings,
    RecommendSettingsOverlay, TermWeights, TermWeightsOverlay,
};
