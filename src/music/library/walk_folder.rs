//! Which files of a folder look like music.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::music::cue_track::{CueError, is_sheet, read_sheet};
use crate::music::sound_formats::has_music_ending;

/// Folders deeper than this are not looked into.
const DEEPEST: usize = 16;
/// Endings of files with the words of the track beside them.
pub(super) const WORDS: [&str; 2] = ["lrc", "txt"];

/// A file that looks like music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MusicFile {
    pub path: PathBuf,
    /// In bytes.
    pub size: i64,
    /// Of its last change, in nanoseconds since 1970.
    pub modified: i64,
    /// The same of a file with its words beside it, 0 without one.
    pub words_modified: i64,
}

impl MusicFile {
    /// Whether this file, or the one that holds this track, is as `other` says.
    #[must_use]
    pub fn is_same_contents(&self, other: &Self) -> bool {
        let Self { path: _, size, modified, words_modified } = self;
        (size, modified, words_modified) == (&other.size, &other.modified, &other.words_modified)
    }

    /// Whether nothing but its name is known: a link that leads nowhere, or a disk that does not answer.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        (self.size, self.modified) == (0, 0)
    }
}

/// The absolute path, which identifies a file in the library.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Every file with the ending of music, sorted. A CUE sheet that can be read takes the place of the files that it
/// describes; one that cannot be read is among them, so that it is listed with the reason. Links that lead in circles end where they began. A folder below that
/// cannot be read is among the files, so that it is listed with the reason.
///
/// # Errors
/// If the folder itself cannot be read.
pub fn walk(folder: &Path) -> std::io::Result<Vec<MusicFile>> {
    let mut files = Vec::new();
    let mut seen = HashSet::from([folder.canonicalize()?]);
    let mut open = vec![(folder.to_owned(), 0)];
    fs::read_dir(folder)?;
    while let Some((folder, depth)) = open.pop() {
        let Ok(listing) = fs::read_dir(&folder) else {
            files.push(on_disk(folder, 0));
            continue;
        };
        let (mut music, mut sheets, mut words) = (Vec::new(), Vec::new(), HashMap::new());
        for path in listing.filter_map(Result::ok).map(|item| item.path()) {
            if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            // A folder may be called "Live.mp3".
            if path.is_dir() {
                let Ok(real) = path.canonicalize() else { continue };
                if depth < DEEPEST && seen.insert(real) {
                    open.push((path, depth + 1));
                }
            } else if is_sheet(&path) {
                sheets.push(path);
            } else if has_music_ending(&path) {
                music.push(path);
            } else if has_ending(&path, &WORDS) {
                let modified = fs::metadata(&path).map_or(0, |metadata| modified(&metadata));
                let newest = words.entry(path.with_extension("")).or_insert(modified);
                *newest = modified.max(*newest);
            }
        }
        sheets.sort();
        let mut described = HashSet::new();
        for sheet in sheets {
            files.extend(with_its_sound(sheet, &mut music, &mut described));
        }
        files.extend(music.into_iter().map(|path| {
            let words_modified = words.get(&path.with_extension("")).copied().unwrap_or(0);
            on_disk(path, words_modified)
        }));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A link may lead nowhere: then nothing is known but its name.
fn on_disk(path: PathBuf, words_modified: i64) -> MusicFile {
    let (size, modified) =
        fs::metadata(&path).map_or((0, 0), |metadata| (metadata.len().cast_signed(), modified(&metadata)));
    MusicFile { path, size, modified, words_modified }
}

/// A sheet as one file with those that it describes, which are taken out of the others: it changes when one of them does.
/// Sheets are often left beside the tracks into which an album was cut, and are nothing then; beside a single file, one
/// that names another is a mistake to be told.
fn with_its_sound(
    sheet: PathBuf,
    others: &mut Vec<PathBuf>,
    described_before: &mut HashSet<PathBuf>,
) -> Option<MusicFile> {
    let described: HashSet<PathBuf> = match read_sheet(&sheet) {
        Ok(found) => found.tracks.into_iter().map(|(_, track)| track.file).collect(),
        Err(CueError::Missing(_)) if others.len() != 1 => return None,
        Err(_) => HashSet::new(),
    };
    // The same album may have a sheet in each of two encodings.
    if !described.is_disjoint(described_before) {
        return None;
    }
    others.retain(|other| !described.contains(other));
    described_before.extend(described.iter().cloned());
    let mut whole = on_disk(sheet, 0);
    let sound = described.into_iter().map(|file| on_disk(file, 0));
    for MusicFile { size, modified, .. } in sound {
        whole.size = whole.size.saturating_add(size);
        whole.modified = whole.modified.max(modified);
    }
    Some(whole)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| endings.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

fn modified(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
