//! What people here like: learned on this machine, kept on this machine.

mod bandit;
mod event;
mod features;
mod keeper;
mod memory;
mod rescue;
mod settings;
#[cfg(test)]
mod simulation_test;
mod store;

pub use bandit::Bandit;
pub use event::{FeedbackEvent, FeedbackKind};
pub use features::{FEATURES, Features, ContextualWeights, NAMES, ListeningContext, TrackTraits};
pub use keeper::{TasteWorker, TasteUpdate};
pub use memory::{Taste, TrackMemory};
pub use settings::{TasteSettings, TasteSettingsOverlay};
pub use store::{OpenedTasteStore, TasteStoreError, TasteStore};

use std::path::PathBuf;

/// Whose taste is learned when nobody says.
pub const HOUSEHOLD: &str = "household";

/// Where taste is kept unless somebody says otherwise: the folder of data of the person who runs Attune.
#[must_use]
pub fn taste_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "attune").map(|dirs| dirs.data_dir().join("taste.sqlite3"))
}
