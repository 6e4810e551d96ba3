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

/// Whose taste is learned when nobody says.
pub const HOUSEHOLD: &str = "household";

/// The name of the taste database in the data folder.
pub const TASTE_FILE: &str = "taste.sqlite3";
