//! Playlists: which music belongs to which mood (`assets/playlists.ron`).

mod coverage;
mod day_range;
mod hour_range;
mod list_item;
mod list_parser;
mod list_paths;
mod list_text;
mod m3u_lists;
mod playlist;
mod playlist_files;
mod playlist_name;
mod playlist_watcher;
mod rules;
mod xml_list;

pub use coverage::{PlaylistCoverage, check};
pub use day_range::{DayOfYear, DayRange, RuleTime};
pub use hour_range::{HourRange, TimeOfDay};
pub use m3u_lists::M3uLists;
pub use playlist::{
    MusicTarget, MusicTargetOverlay, Playlist, PlaylistOverlay, PlaylistPolicy, Playlists, PlaylistsOverlay,
};
pub use playlist_files::{LoadedPlaylists, PlaylistFiles};
pub use playlist_name::PlaylistName;
pub use playlist_watcher::PlaylistWatcher;
pub use rules::PlaylistRule;
