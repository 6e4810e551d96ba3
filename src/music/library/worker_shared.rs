//! State that the library threads share, and the updates that they send to the app.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::library_sync::{BATCH, LibraryChange, LibrarySync};
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
pub(super) fn no_music(folder: &Path, unreadable: usize, missing: usize) -> String {
    let folder = show_path(folder);
    match (unreadable, missing) {
        (0, 0) => format!("The music folder {folder} is empty"),
        (0, missing) => format!("The music folder {folder} is empty. {}", kept(missing)),
        (files, 0) => format!("None of the {files} music files in {folder} can be read"),
        (files, missing) => {
            format!("None of the {files} music files in {folder} can be read. {}", kept(missing))
        }
    }
}

/// What to ask when tracks that were there are not there now.
pub(super) fn kept(tracks: usize) -> String {
    let (tracks, were, they) = if tracks == 1 {
        ("One track".to_owned(), "was", "It is")
    } else {
        (format!("{tracks} tracks"), "were", "They are")
    };
    format!("{tracks} {were} there before: is the drive or network folder connected? {they} kept until then")
}

/// What to ask when a large part of a folder is not there now, `None` where it is a small one: single files are removed
/// by people, and half of a folder seldom is.
pub(super) fn many_missing(folder: &Path, missing: usize, tracks: usize) -> Option<String> {
    const FEWEST: usize = 3;
    /// From a fifth on.
    const SHARE: usize = 5;
    let many = missing >= FEWEST && missing * SHARE >= missing + tracks;
    many.then(|| {
        let folder = folder.display();
        format!(
            "{missing} of {} tracks in {folder} are not there now: is a drive or network folder not connected? They are \
             kept until it is back; if you removed them, run `attune scan {folder} --forget-missing`.",
            missing + tracks
        )
    })
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

/// The settings of the threads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WorkerSettings {
    pub(super) library: LibrarySettings,
    /// How often a folder that is missing or empty is looked into again.
    pub(super) look_again: Duration,
}

impl WorkerSettings {
    /// How long a changed folder must be quiet before it is scanned again.
    pub(super) fn settle(&self) -> Duration {
        Duration::from_secs_f32(self.library.settle_seconds)
    }

    /// How often a folder is scanned in any case.
    pub(super) fn rescan(&self) -> Duration {
        Duration::from_secs_f32(60.0 * self.library.rescan_minutes)
    }
}

/// Settings that may change while the threads run.
#[derive(Debug, Clone)]
pub(super) struct SharedSettings(Arc<Mutex<WorkerSettings>>);

impl SharedSettings {
    pub(super) fn new(settings: WorkerSettings) -> Self {
        Self(Arc::new(Mutex::new(settings)))
    }

    /// As they are now.
    pub(super) fn get(&self) -> WorkerSettings {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, settings: WorkerSettings) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }
}

/// What both threads share.
#[derive(Clone)]
pub(super) struct WorkerShared {
    pub(super) index: Arc<Mutex<LibrarySync>>,
    pub(super) settings: SharedSettings,
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

    pub(super) fn index(&self) -> MutexGuard<'_, LibrarySync> {
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
