//! A track of the library, as `list` and `show` print it.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Serialize;

use crate::cli::music_library::{UnreadableFile, unreadable_files};
use crate::foundation::{serialize_path, show_path};
use crate::music::library::{LibrarySync, StoredTrack, absolute};
use crate::music::{LibraryEntry, Lufs};

/// One line of the list; the values are the effective ones.
#[derive(Debug, Serialize)]
pub(super) struct TrackLine {
    #[serde(serialize_with = "serialize_path")]
    pub(super) file: PathBuf,
    pub(super) title: String,
    pub(super) artist: Option<String>,
    pub(super) album: Option<String>,
    pub(super) genre: Option<String>,
    pub(super) moods: Vec<String>,
    pub(super) seconds: f64,
    pub(super) valence: Option<f32>,
    pub(super) energy: Option<f32>,
    pub(super) danceability: Option<f32>,
    pub(super) bpm: Option<f32>,
    pub(super) key: Option<String>,
    pub(super) lufs: Option<f32>,
}

impl From<LibraryEntry> for TrackLine {
    fn from(entry: LibraryEntry) -> Self {
        Self {
            file: entry.track.path,
            title: entry.track.title,
            artist: entry.track.artist,
            album: entry.album,
            genre: (!entry.genres.is_empty()).then(|| entry.genres.join(", ")),
            moods: entry.moods,
            seconds: entry.track.duration.as_secs_f64(),
            valence: entry.valence,
            energy: entry.energy,
            danceability: entry.danceability,
            bpm: entry.track.facts.bpm(),
            key: entry.track.facts.musical_key().map(|key| key.to_string()),
            lufs: entry.track.facts.lufs().map(|Lufs(lufs)| lufs),
        }
    }
}

/// A track of the library by its file, with a remedy if it is not known.
pub(super) fn find(catalogue: &LibrarySync, file: &Path) -> anyhow::Result<StoredTrack> {
    let file = absolute(file);
    let name = show_path(&file);
    if let Some(stored) = catalogue.store.track(&file)? {
        return Ok(stored);
    }
    let unusable = unreadable_files(catalogue, file.parent().unwrap_or(&file))?;
    if let Some(UnreadableFile { reason, .. }) = unusable.iter().find(|known| known.file == file) {
        bail!("{name}: this file cannot be used: {reason}");
    }
    // A mistyped name must not suggest a scan of the whole disk.
    let folder = file.parent().filter(|folder| file.is_file() && folder.parent().is_some());
    match folder {
        Some(folder) => {
            bail!(
                "{name}: this file is not in the library; analyse it with `attune scan {}`",
                show_path(folder)
            )
        }
        None if file.is_file() => {
            bail!(
                "{name}: this file is not in the library; move it into a music folder and analyse that with `attune scan DIR`"
            )
        }
        None => bail!("{name}: no such file; `attune library list` shows the files that are known"),
    }
}
