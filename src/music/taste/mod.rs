//! The taste of a household: learned and stored on this machine only.

mod bandit;
mod features;
mod feedback;
mod learned_taste;
mod model;
mod settings;
#[cfg(test)]
mod simulation_test;
mod store;
mod worker;

pub use bandit::Bandit;
pub use features::{ContextualWeights, FEATURES, Features, ListeningContext, NAMES, TrackTraits};
pub use feedback::FeedbackEvent;
pub use learned_taste::LearnedTaste;
pub use model::{Taste, TrackMemory};
pub use settings::{TasteSettings, TasteSettingsOverlay};
pub use store::{OpenedTasteStore, TasteStore};
pub use worker::{TasteFileState, TasteWorker};

/// The profile that is used unless another one is named.
pub const HOUSEHOLD: &str = "household";

/// The name of the taste database in the data folder.
pub const TASTE_FILE: &str = "taste.sqlite3";
