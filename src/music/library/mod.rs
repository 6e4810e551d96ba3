//! The library: which files of music there are, what their tags say and how they sound.

mod analysis_worker;
mod container_tags;
#[cfg(test)]
mod cue_test;
#[cfg(test)]
mod damaged_files_test;
mod entry;
mod envelope_reader;
mod facts;
#[cfg(test)]
mod file_corpus_test;
mod folder_scanner;
mod folder_watcher;
#[cfg(test)]
mod formats_test;
mod library_sync;
mod library_worker;
#[cfg(test)]
mod library_worker_test;
mod percentiles;
mod plot;
mod raw_tags;
mod read_tracks;
mod records;
mod rows;
mod scanned_folder;
mod settings;
mod spoken_word;
mod store;
#[cfg(test)]
mod store_test;
mod systems;
mod tag_formats;
mod tags;
mod track_tags;
mod walk_folder;
mod worker_shared;

pub use entry::LibraryEntry;
pub use envelope_reader::EnvelopeReader;
pub use library_sync::{BATCH, LibraryChange, LibraryError, LibrarySync, compare, hash, lay, look, measure};
pub use percentiles::{LibraryPercentiles, RawScores};
pub use plot::draw;
pub use records::{ContentHash, KnownFile, ScannedFile, StoredTrack, TrackOverride};
pub use scanned_folder::{ScannedFolder, UnusableFile};
pub use settings::{LibrarySettings, LibrarySettingsOverlay};
pub use store::{LIBRARY_FILE, LibraryStore};
pub use systems::{LibraryOptions, LibraryStatus, MusicLibrary};
pub(super) use systems::{LibraryView, apply_settings, set_up, take_news};
pub use tags::tagged_loudness;
pub use track_tags::TrackTags;
pub use walk_folder::{MusicFile, absolute, walk};
