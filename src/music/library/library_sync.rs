//! The library index: keeps the database up to date with the files of a folder and their analysis.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::entry::LibraryEntry;
use super::percentiles::{LibraryPercentiles, RawScores};
use super::read_tracks::{ScannedTrack, read_tracks};
use super::records::{ContentHash, KnownFile, ScannedFile, StoredTrack, TrackOverride};
use super::scanned_folder::UnusableFile;
use super::settings::LibrarySettings;
use super::store::LibraryStore;
use super::tags;
use super::tags::TagError;
use super::track_tags::TrackTags;
use super::walk_folder::{MusicFile, walk};
use crate::foundation::DatabaseError;
use crate::music::analysis::{AnalysedTrack, AnalysisError, analyse};
use crate::music::cue_track::{CueError, holder, sound_of};
use crate::music::lyrics;

/// Files in one transaction, and tracks in one update.
pub const BATCH: usize = 128;

/// What can go wrong with a folder as a whole.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("the music folder {folder} cannot be read: {reason}")]
    Folder { folder: PathBuf, reason: String },
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What a look into a folder found, a bounded part at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum LibraryChange {
    /// New or changed tracks with their numbers.
    Put(Vec<(i64, LibraryEntry)>),
    /// Tracks that cannot be used any more.
    Gone(Vec<i64>),
}

/// Store, settings and percentiles together.
#[derive(Debug)]
pub struct LibrarySync {
    pub store: LibraryStore,
    settings: LibrarySettings,
    scale: LibraryPercentiles,
}

impl LibrarySync {
    /// Over an open store.
    ///
    /// # Errors
    /// [`DatabaseError`] if it cannot be read.
    pub fn new(mut store: LibraryStore, settings: LibrarySettings) -> Self {
        store.include_spoken_word(settings.include_spoken_word);
        let scale = LibraryPercentiles::of(&[], settings.reference_tracks);
        Self { store, settings, scale }
    }

    /// Takes other settings for what follows. Says whether they differ: then percentiles and entries are to be made anew.
    pub fn change_settings(&mut self, settings: LibrarySettings) -> bool {
        let differ = self.settings != settings;
        self.settings = settings;
        differ
    }

    /// Computes the percentiles of all analysed tracks below a folder.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn take_scale(&mut self, folder: &Path) -> Result<(), DatabaseError> {
        let mut scores = Vec::new();
        self.each_stored(folder, |stored, settings| {
            scores.extend(stored.sound.map(|sound| RawScores::of(&sound, stored.sentiment, settings)));
        })?;
        self.scale = LibraryPercentiles::of(&scores, self.settings.reference_tracks);
        Ok(())
    }

    fn each_stored(
        &self,
        folder: &Path,
        mut with: impl FnMut(StoredTrack, &LibrarySettings),
    ) -> Result<(), DatabaseError> {
        let mut after = 0;
        loop {
            let tracks = self.store.tracks(folder, after, 8 * BATCH)?;
            let Some(last) = tracks.last() else { return Ok(()) };
            after = last.id;
            for stored in tracks {
                with(stored, &self.settings);
            }
        }
    }

    /// At most `most` tracks below a folder with a number above `after`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn entries(
        &self,
        folder: &Path,
        after: i64,
        most: usize,
    ) -> Result<Vec<(i64, LibraryEntry)>, DatabaseError> {
        let tracks = self.store.tracks(folder, after, most)?;
        Ok(tracks.into_iter().map(|stored| (stored.id, self.entry(stored, folder))).collect())
    }

    /// All tracks below a folder, in the order of their paths.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn all_entries(&self, folder: &Path) -> Result<Vec<LibraryEntry>, DatabaseError> {
        let mut entries = Vec::new();
        self.each_stored(folder, |stored, _| entries.push(self.entry(stored, folder)))?;
        entries.sort_by(|a, b| a.track.path.cmp(&b.track.path));
        Ok(entries)
    }

    /// The effective values of a stored track.
    #[must_use]
    pub fn entry(&self, stored: StoredTrack, folder: &Path) -> LibraryEntry {
        LibraryEntry::of_stored(stored, folder, &self.scale, &self.settings)
    }

    /// Files below a folder that cannot be used.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn unreadable(&self, folder: &Path) -> Result<Vec<UnusableFile>, DatabaseError> {
        let files = self.store.unusable(folder)?;
        Ok(files.into_iter().map(|(file, reason)| UnusableFile { file, reason }).collect())
    }

    /// Writes down files that were looked at, and gives the change that follows.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn keep(
        &mut self,
        looked: &[ScannedFile],
        folder: &Path,
    ) -> Result<Vec<LibraryChange>, DatabaseError> {
        // A file that has gone since the folder was listed is missed at the next look; what is known of it stays.
        let there: Vec<&ScannedFile> =
            looked.iter().filter(|(file, found)| found.is_ok() || is_there(file)).collect();
        let ids = self.store.put(&there)?;
        // Of a file that was one track before, its tracks take the place.
        let holders = there.iter().map(|(on_disk, _)| (holder(&on_disk.path), on_disk));
        let holders: HashSet<&Path> =
            holders.filter(|(holder, on_disk)| *holder != on_disk.path).map(|(holder, _)| holder).collect();
        let (mut put, mut gone) = (Vec::new(), self.store.remove_paths(holders)?);
        for (id, (on_disk, found)) in ids.into_iter().zip(there) {
            // What was measured of the same contents may be known already.
            let stored = if found.is_ok() { self.store.track(&on_disk.path)? } else { None };
            match stored {
                Some(stored) => put.push((id, self.entry(stored, folder))),
                None => gone.push(id),
            }
        }
        let mut changes = Vec::new();
        if !put.is_empty() {
            changes.push(LibraryChange::Put(put));
        }
        if !gone.is_empty() {
            changes.push(LibraryChange::Gone(gone));
        }
        Ok(changes)
    }

    /// Notes which files are not there, which are back, and which tracks a changed CUE sheet may have dropped.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn take_difference(&mut self, difference: &FolderDifference) -> Result<(), DatabaseError> {
        self.store.put_missing(&difference.gone, true)?;
        self.store.put_missing(&difference.back, false)?;
        self.store.remove(&difference.replaced)
    }

    /// Keeps what the measuring of a file gave; the track as it is now, or `None` if it turned out to be unusable.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn keep_sound(
        &mut self,
        path: &Path,
        hash: &ContentHash,
        sound: &Result<AnalysedTrack, String>,
        folder: &Path,
    ) -> Result<Option<LibraryEntry>, DatabaseError> {
        self.store.put_sound(hash, sound.as_ref().map_err(String::as_str))?;
        if sound.is_err() {
            return Ok(None);
        }
        Ok(self.store.track(path)?.map(|stored| self.entry(stored, folder)))
    }
}

/// What must be looked at: the files that are new or changed, and the numbers of those that are not there any more.
#[derive(Debug, Default)]
pub struct FolderDifference {
    pub look: Vec<MusicFile>,
    pub gone: Vec<i64>,
    /// Tracks of CUE sheets that have changed: those that are still in one come back when it is looked at.
    pub replaced: Vec<i64>,
    /// Those that were missing and are there again as they were.
    pub back: Vec<i64>,
    /// Files that look like music, in all.
    pub files: usize,
}

/// Compares a folder with what is known of it.
///
/// # Errors
/// [`LibraryError`].
pub fn compare(folder: &Path, known: Vec<KnownFile>) -> Result<FolderDifference, LibraryError> {
    let on_disk = walk(folder)
        .map_err(|error| LibraryError::Folder { folder: folder.to_owned(), reason: error.to_string() })?;
    let files = on_disk.len();
    let seen: HashMap<&Path, &MusicFile> = on_disk.iter().map(|file| (file.path.as_path(), file)).collect();
    let (mut settled, mut gone) = (HashSet::new(), Vec::new());
    let (mut replaced, mut back, mut retried) = (Vec::new(), Vec::new(), HashSet::new());
    for known in &known {
        // What is known of a file is known under its own path, or of its tracks.
        let holder = holder(&known.on_disk.path);
        match seen.get(holder) {
            Some(file) if known.on_disk.is_same_contents(file) => {
                settled.insert(holder);
                if known.retry {
                    retried.insert(holder);
                } else if known.missing {
                    back.push(known.id);
                }
            }
            // A track of a sheet that has changed may not be in it any more.
            Some(file) if !file.is_unreachable() => {
                replaced.extend((holder != known.on_disk.path).then_some(known.id));
            }
            // Its folder may list it, while the disk behind does not answer: it is missed.
            listed => {
                settled.extend(listed.map(|_| holder));
                gone.extend((!known.missing).then_some(known.id));
            }
        }
    }
    gone.sort_unstable();
    let is_settled =
        |file: &MusicFile| settled.contains(file.path.as_path()) && !retried.contains(file.path.as_path());
    let look = on_disk.iter().filter(|file| !is_settled(file)).cloned().collect();
    Ok(FolderDifference { look, gone, replaced, back, files })
}

/// Whether there still is something at the path of a file, or of the file that holds a track.
fn is_there(file: &MusicFile) -> bool {
    holder(&file.path).symlink_metadata().is_ok()
}

/// Looks at a file: the tags and words of its tracks, or why they cannot be used.
pub fn look(on_disk: MusicFile) -> Vec<ScannedFile> {
    read_tracks(on_disk).into_iter().map(with_words).collect()
}

fn with_words((on_disk, found): ScannedTrack) -> ScannedFile {
    let found = match found {
        Ok(mut tags) => {
            let words = lyrics::beside(&on_disk.path).or_else(|| tags.lyrics.take());
            let sentiment = words.as_deref().and_then(lyrics::sentiment);
            Ok((TrackTags { lyrics: None, ..tags }, sentiment))
        }
        // A file may be unlocked, or a network folder come back, without the file changing.
        Err(error @ (TagError::Open(_) | TagError::Cue(CueError::Open(_)))) => Err((error.to_string(), true)),
        Err(error) => match read_ends(holder(&on_disk.path)) {
            Ok(()) => Err((error.to_string(), false)),
            Err(reason) => Err((format!("cannot be read: {reason}"), true)),
        },
    };
    (on_disk, found)
}

/// The hash of the contents of a file, or of the range of a file that is a track. `go_on` is asked now and then.
///
/// # Errors
/// If it cannot be read; `Ok(None)` if it was not to go on.
pub fn hash(track: &Path, mut go_on: impl FnMut() -> bool) -> std::io::Result<Option<ContentHash>> {
    let (file, range) = sound_of(track).map_err(std::io::Error::other)?;
    let mut source = File::open(file)?;
    let mut hasher = Sha256::new();
    hasher.update(range);
    let mut piece = vec![0; 256 * 1024];
    loop {
        let count = source.read(&mut piece)?;
        if count == 0 {
            return Ok(Some(hasher.finalize().into()));
        }
        hasher.update(&piece[..count]);
        if !go_on() {
            return Ok(None);
        }
    }
}

/// Measures a file. `None` if it was not to go on, or its disk went away meanwhile, so that what was measured is not
/// the whole of it; a reason if it cannot be measured.
#[must_use]
pub fn measure(file: &Path, go_on: impl FnMut() -> bool) -> Option<Result<AnalysedTrack, String>> {
    // A panic of a decoder on a damaged file must not end the thread.
    let measured = match catch_unwind(AssertUnwindSafe(|| analyse(file, go_on))) {
        Ok(Ok(measured)) => Ok(measured),
        Ok(Err(AnalysisError::Stopped)) => return None,
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(tags::BEYOND.to_owned()),
    };
    read_ends(holder(file)).is_ok().then_some(measured)
}

/// Reads a little from the beginning and from the end of a file, which fails where its disk is gone. What is no file is
/// left alone: a pipe would not answer.
fn read_ends(path: &Path) -> std::io::Result<()> {
    const PIECE: u64 = 1 << 12;
    if !path.metadata()?.is_file() {
        return Ok(());
    }
    let mut file = File::open(path)?;
    let mut piece = Vec::new();
    file.by_ref().take(PIECE).read_to_end(&mut piece)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(PIECE)))?;
    piece.clear();
    file.take(PIECE).read_to_end(&mut piece).map(|_| ())
}

/// Lays what a person sets now over what was set before.
#[must_use]
pub fn lay(before: TrackOverride, now: TrackOverride) -> TrackOverride {
    TrackOverride {
        valence: now.valence.or(before.valence),
        energy: now.energy.or(before.energy),
        danceability: now.danceability.or(before.danceability),
        bpm: now.bpm.or(before.bpm),
    }
}
