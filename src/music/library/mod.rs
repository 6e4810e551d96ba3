//! The library: which files of music there are, what their tags say and how they sound.

mod analysis_worker;
#[cfg(test)]
mod damaged_files_test;
mod entry;
mod facts;
mod folder_scanner;
mod folder_watcher;
mod index;
mod library_worker;
#[cfg(test)]
mod library_worker_test;
mod percentiles;
mod plot;
mod records;
mod recovery;
mod rows;
mod scanned_folder;
mod settings;
mod store;
#[cfg(test)]
mod store_test;
mod systems;
mod tags;
mod walk_folder;
mod worker_shared;

pub use entry::LibraryEntry;
pub use index::{BATCH, LibraryChange, LibraryError, LibraryIndex, compare, hash, lay, look, measure};
pub use percentiles::{Percentiles, RawScores};
pub use plot::draw;
pub use records::{ContentHash, KnownFile, LibraryStoreError, ReadFile, StoredTrack, TrackOverride};
pub use recovery::{LIBRARY_FILE, absolute, open_or_rebuild};
pub use scanned_folder::{ScannedFolder, UnusableFile};
pub use settings::{LibrarySettings, LibrarySettingsOverlay};
pub use store::LibraryStore;
pub use systems::{LibraryOptions, LibraryStatus, MusicLibrary};
pub(super) use systems::{set_up, take_news};
pub use tags::TrackTags;
pub use walk_folder::{MusicFile, walk};
