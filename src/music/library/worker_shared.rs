//! State that the library threads share, and the updates that they send to the app.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::index::{BATCH, LibraryChange, LibraryIndex};
use super::scanned_folder::UnusableFile;
use super::settings::LibrarySettings;
use super::store::LibraryStore;
use super::walk_folder::absolute;
use crate::foundation::{DatabaseError, Mailbox, StopSignal, show_path};
use crate::music::sound_formats::playable_formats;

/// Which folders hold the music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MusicFolders {
    /// The folder that a person asked for.
    pub(super) asked: Option<PathBuf>,
    /// The shipped album, which takes its place.
    pub(super) album: PathBuf,
}

impl MusicFolders {
    /// As the library knows them.
    pub(super) fn absolute(self) -> Self {
        Self { asked: self.asked.as_deref().map(absolute), album: absolute(&self.album) }
    }

    /// In the order in which they are tried.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = &Path> {
        self.asked.as_deref().into_iter().chain([self.album.as_path()])
    }

    /// What to say when the tried folders, each with what was wrong with it, held no music, and whether another did.
    pub(super) fn problem(tried: &[String], played: bool) -> Option<String> {
        let formats = playable_formats();
        let remedy = format!("put music there ({formats}), or choose another folder with --music");
        let words = tried.first()?;
        Some(if played {
            format!("{words}. The starter album plays instead; {remedy}.")
        } else {
            format!("{words}, and there is no starter album. No music plays; {remedy}.")
        })
    }
}

/// What is wrong with a folder in which nothing can be played.
pub(super) fn no_music(folder: &Path, unreadable: usize) -> String {
    match unreadable {
        0 => format!("The music folder {} is empty", show_path(folder)),
        files => format!("None of the {files} music files in {} can be read", show_path(folder)),
    }
}

/// An update from the threads to the app.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LibraryUpdate {
    /// Another folder is in use: all entries so far are dropped.
    Begin,
    Changed(LibraryChange),
    /// Progress of scan and analysis.
    Progress(LibraryProgress),
    /// A scan is complete.
    Scanned {
        problem: Option<String>,
        unreadable: Vec<UnusableFile>,
    },
    /// The database is in trouble, or was; `None` is over.
    Database(Option<String>),
    /// The system does not report changes of this folder, and why; `None`: it does.
    Unwatched(Option<String>),
}

/// Progress of the work on the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LibraryProgress {
    /// Files read in this scan, and their total; `None` between scans.
    pub looking: Option<(usize, usize)>,
    /// Analysed tracks.
    pub measured: usize,
    pub tracks: usize,
}

/// What both threads share.
#[derive(Clone)]
pub(super) struct WorkerShared {
    pub(super) index: Arc<Mutex<LibraryIndex>>,
    pub(super) settings: LibrarySettings,
    /// One mailbox for both threads, so that the app learns of changes in the order in which they happened.
    pub(super) news: Arc<Mailbox<LibraryUpdate>>,
    pub(super) stop: StopSignal,
    pub(super) progress: Arc<Mutex<LibraryProgress>>,
    /// The database was in trouble at the last try.
    pub(super) trouble: Arc<AtomicBool>,
}

impl WorkerShared {
    /// Says that the database is in trouble; it is tried again with the next scan.
    pub(super) fn complain(&self, words: String) {
        self.trouble.store(true, Ordering::Relaxed);
        self.tell(LibraryUpdate::Database(Some(words)));
    }

    pub(super) fn index(&self) -> MutexGuard<'_, LibraryIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.stop.is_set()
    }

    /// Sends an update; waits while the queue is full. Stops the threads after the app has ended.
    pub(super) fn tell(&self, news: LibraryUpdate) {
        if self.news.put_waiting(news).is_err() {
            self.stop.set();
        }
    }

    pub(super) fn now(&self) -> LibraryProgress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progress(&self, change: impl FnOnce(&mut LibraryProgress)) {
        let now = {
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut progress);
            *progress
        };
        self.tell(LibraryUpdate::Progress(now));
    }
}

/// A library that cannot be kept is still one for this run.
pub(super) fn open(database: Option<&Path>) -> Result<(LibraryStore, Option<String>), DatabaseError> {
    let Some(file) = database else { return Ok((LibraryStore::in_memory()?, None)) };
    LibraryStore::open_or_rebuild(file).or_else(|error| {
        let words = format!("{error}; until then what is measured is forgotten when Attune ends");
        Ok((LibraryStore::in_memory()?, Some(words)))
    })
}

/// Tells the app of all tracks of a folder, a part at a time.
pub(super) fn tell_all(shared: &WorkerShared, folder: &Path) -> Result<(), DatabaseError> {
    let mut after = 0;
    while shared.goes_on() {
        let entries = shared.index().entries(folder, after, BATCH)?;
        let Some((last, _)) = entries.last() else { return Ok(()) };
        after = *last;
        shared.tell(LibraryUpdate::Changed(LibraryChange::Put(entries)));
    }
    Ok(())
}
