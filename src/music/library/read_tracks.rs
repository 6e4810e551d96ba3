//! The tracks of a file: one for most, several for a CUE sheet.

use super::tags::{self, TagError};
use super::track_tags::TrackTags;
use super::walk_folder::MusicFile;
use crate::music::cue_track::{is_sheet, path_of_track, read_sheet};

/// A track, and its tags or why it cannot be used.
pub(super) type ScannedTrack = (MusicFile, Result<TrackTags, TagError>);

/// Reads the tags of all tracks of a file. A track of a sheet has size and time of the sheet, so that it is looked at again
/// when the sheet or its sound changes.
pub(super) fn read_tracks(file: MusicFile) -> Vec<ScannedTrack> {
    if !is_sheet(&file.path) {
        match tags::read(&file.path) {
            Err(TagError::Album) => {}
            found => return vec![(file, found)],
        }
    }
    match read_sheet(&file.path) {
        Err(error) => vec![(file, Err(error.into()))],
        Ok(sheet) => {
            let tracks = sheet.tracks.into_iter().map(|(number, _)| {
                let path = path_of_track(&file.path, number);
                let found = tags::read(&path);
                (MusicFile { path, ..file.clone() }, found)
            });
            tracks.collect()
        }
    }
}
