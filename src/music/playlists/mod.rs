//! Playlists: which music belongs to which mood (`assets/playlists.ron`).

mod check;
mod hours;
mod lists;
mod m3u;
mod name;
mod outline;
mod rules;
mod watch;
mod watcher;

pub use check::{PlaylistCoverage, check};
pub use hours::{HourRange, TimeOfDay};
pub use lists::M3uLists;
pub use name::PlaylistName;
pub use rules::PlaylistRule;
pub use watch::{LoadedPlaylists, PlaylistFiles};
pub use watcher::PlaylistWatcher;
