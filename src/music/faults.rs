//! The faults of the music room.

use crate::foundation::FaultKey;

/// The playlist rules cannot be read.
pub const PLAYLISTS: FaultKey = FaultKey::new("music", "playlists");

/// Playlist files cannot be read.
pub const LISTS: FaultKey = FaultKey::new("music", "lists");

/// The taste database was damaged.
pub const TASTE: FaultKey = FaultKey::new("music", "taste");

/// The taste database cannot be written.
pub const TASTE_FILE: FaultKey = FaultKey::new("music", "taste file");

/// No track can be played.
pub const NOTHING_TO_PLAY: FaultKey = FaultKey::new("music", "nothing");

/// The music folder cannot be read.
pub const FOLDER: FaultKey = FaultKey::new("music", "folder");

/// The library database cannot be used as it should.
pub const DATABASE: FaultKey = FaultKey::new("music", "database");

/// Music files cannot be read.
pub const UNREADABLE: FaultKey = FaultKey::new("music", "unreadable");

/// Changes of the music folder are not seen.
pub const WATCH: FaultKey = FaultKey::new("music", "watch");
