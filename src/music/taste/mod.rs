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
pub use event::{Event, Sign};
pub use features::{FEATURES, Features, Lens, NAMES, Surroundings, Traits};
pub use keeper::{Keeper, News};
pub use memory::{Taste, TrackMemory};
pub use settings::{TasteSettings, TasteSettingsOverlay};
pub use store::{Opened, StoreError, TasteStore};

use std::path::PathBuf;

/// Whose taste is learned when nobody says.
pub const HOUSEHOLD: &str = "household";

/// Where taste is kept unless somebody says otherwise: the folder of data of the person who runs Attune.
#[must_use]
pub fn taste_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "attune").map(|dirs| dirs.data_dir().join("taste.sqlite3"))
}
