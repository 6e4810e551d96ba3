//! What people here like: learned on this machine, kept on this machine.

mod bandit;
mod features;
mod feedback;
mod model;
mod rescue;
mod settings;
#[cfg(test)]
mod simulation_test;
mod store;
mod worker;

pub use bandit::Bandit;
pub use features::{ContextualWeights, FEATURES, Features, ListeningContext, NAMES, TrackTraits};
pub use feedback::{FeedbackEvent, FeedbackKind};
pub use model::{Taste, TrackMemory};
pub use settings::{TasteSettings, TasteSettingsOverlay};
pub use store::{OpenedTasteStore, TasteStore, TasteStoreError};
pub use worker::{TasteUpdate, TasteWorker};

use std::path::PathBuf;

/// Whose taste is learned when nobody says.
pub const HOUSEHOLD: &str = "household";

/// Where taste is kept unless somebody says otherwise: the folder of data of the person who runs Attune.
#[must_use]
pub fn taste_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "attune").map(|dirs| dirs.data_dir().join("taste.sqlite3"))
}
