//! The library: which files of music there are, what their tags say and how they sound.

mod catalogue;
mod entry;
mod keeper;
#[cfg(test)]
mod keeper_test;
mod open;
mod plot;
mod scale;
mod settings;
mod store;
#[cfg(test)]
mod store_test;
mod systems;
mod tags;
mod walk;
mod watch;
#[cfg(test)]
mod wild_test;

pub use catalogue::{BATCH, LibraryIndex, LibraryError, LibraryChange, compare, hash, lay, look, measure};
pub use entry::LibraryEntry;
pub use open::{absolute, default_file, open_or_rebuild};
pub use plot::draw;
pub use scale::{Percentiles, RawScores};
pub use settings::{LibrarySettings, LibrarySettingsOverlay};
pub use store::{ReadFile, TrackOverride, LibraryStore, LibraryStoreError, StoredTrack};
pub use systems::{LibraryOptions, LibraryStatus, MusicLibrary};
pub(super) use systems::{set_up, take_news};
pub use tags::TrackTags;
pub use walk::{MusicFile, walk};
