//! What a run is asked to play, and where it keeps what it learns.

use std::path::PathBuf;

use bevy::prelude::*;

/// What a run is asked to play. Insert it before the plugin to change it.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct MusicOptions {
    /// A folder of music; the shipped album if there is none.
    pub folder: Option<PathBuf>,
    /// The album that takes the place of a folder that is missing or empty;
    /// the starter album if it is not set.
    pub album: Option<PathBuf>,
    /// A person's file laid over the shipped playlists.
    pub playlists: Option<PathBuf>,
    /// Decides between tracks that fit equally well.
    pub seed: u64,
}

/// Where taste is kept. Without a file it is learned until the end of the run, and forgotten.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct TasteOptions {
    pub file: Option<PathBuf>,
    /// Whose taste it is.
    pub profile: String,
}
