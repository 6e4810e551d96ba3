//! Keeps the library up to date while the app runs: the thread `library` looks at files and tags, the thread
//! `analysis` measures the sound. What they find reaches the app in bounded parts.

mod looker;
mod measurer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Unreadable;
use super::catalogue::{BATCH, Catalogue, Change};
use super::open::{absolute, open_or_rebuild};
use super::settings::LibrarySettings;
use super::store::{Store, StoreError};
use super::watch::Watch;
use looker::Looker;
use measurer::measurer;

/// Messages that may wait; the threads pause when nobody takes them.
const WAITING: usize = 8;

/// Which folders hold the music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folders {
    /// The folder that a person asked for.
    pub(super) asked: Option<PathBuf>,
    /// The shipped album, which takes its place.
    pub(super) album: PathBuf,
}

impl Folders {
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
        let remedy = "put OGG, FLAC, MP3, M4A or WAV files there, or choose another with --music";
        let words = tried.first()?;
        Some(if played {
            format!("{words}: the shipped album plays instead; {remedy}")
        } else {
            format!("{words}, and there is no album in its place: it stays quiet; {remedy}")
        })
    }
}

/// What is wrong with a folder in which nothing can be played.
pub(super) fn no_music(folder: &Path, unreadable: usize) -> String {
    match unreadable {
        0 => format!("the music folder {} is empty", folder.display()),
        files => format!("none of the {files} music files in {} can be read", folder.display()),
    }
}

/// What the threads tell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum News {
    /// Another folder from now on: what was known before is gone.
    Begin,
    Changed(Change),
    /// How far looking and measuring are.
    Progress(Progress),
    /// A look is over.
    Looked {
        problem: Option<String>,
        unreadable: Vec<Unreadable>,
    },
    /// The database is in trouble, or was; `None` is over.
    Database(Option<String>),
    /// The system does not tell of changes in this folder; `None` does.
    Unwatched(Option<String>),
}

/// How far the work on the library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files whose tags were read in this look, of so many; `None` between looks.
    pub looking: Option<(usize, usize)>,
    /// Tracks whose sound was measured, of so many.
    pub measured: usize,
    pub tracks: usize,
}

/// The running threads. Dropping it ends them.
pub(super) struct Keeper {
    pub(super) news: Receiver<News>,
    stop: Arc<AtomicBool>,
    wake: SyncSender<()>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Full: it wakes anyway.
        let _ = self.wake.try_send(());
    }
}

/// What both threads share.
#[derive(Clone)]
struct Shared {
    catalogue: Arc<Mutex<Catalogue>>,
    settings: LibrarySettings,
    news: SyncSender<News>,
    stop: Arc<AtomicBool>,
    progress: Arc<Mutex<Progress>>,
    /// The database was in trouble at the last try.
    trouble: Arc<AtomicBool>,
}

impl Shared {
    /// Says that the database is in trouble; it is tried again with the next look.
    fn complain(&self, words: String) {
        self.trouble.store(true, Ordering::Relaxed);
        self.tell(News::Database(Some(words)));
    }

    fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// Waits while the app has not taken what was told before. After the app has ended nobody listens.
    fn tell(&self, news: News) {
        if self.news.send(news).is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn now(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, change: impl FnOnce(&mut Progress)) {
        let now = {
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut progress);
            *progress
        };
        self.tell(News::Progress(now));
    }
}

impl Keeper {
    /// Starts both threads. `database` is where the library is kept; without one it is forgotten at the end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(
        folders: Folders,
        database: Option<PathBuf>,
        settings: LibrarySettings,
        look_again: Duration,
    ) -> std::io::Result<Self> {
        let (sender, news) = sync_channel(WAITING);
        let (watch, wake) = Watch::new();
        let stop = Arc::new(AtomicBool::new(false));
        let of_thread = stop.clone();
        let work = move || {
            let opened = open(database.as_deref());
            let (store, words) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    // Nobody to tell means that the app has ended.
                    let _ = sender.send(News::Database(Some(error.to_string())));
                    return;
                }
            };
            let shared = Shared {
                catalogue: Arc::new(Mutex::new(Catalogue::new(store, settings.clone()))),
                settings,
                news: sender,
                stop: of_thread,
                progress: Arc::default(),
                trouble: Arc::default(),
            };
            if words.is_some() {
                shared.tell(News::Database(words));
            }
            Looker { measure: measurer(&shared), shared, folders, shown: None, watch, watched: None }
                .run(look_again);
        };
        thread::Builder::new().name("library".to_owned()).spawn(work)?;
        Ok(Self { news, stop, wake })
    }
}

/// A library that cannot be kept is still one for this run.
fn open(database: Option<&Path>) -> Result<(Store, Option<String>), StoreError> {
    let Some(file) = database else { return Ok((Store::in_memory()?, None)) };
    open_or_rebuild(file).or_else(|error| {
        let words = format!("{error}; until then what is measured is forgotten when Attune ends");
        Ok((Store::in_memory()?, Some(words)))
    })
}

/// Tells the app of all tracks of a folder, a part at a time.
fn tell_all(shared: &Shared, folder: &Path) -> Result<(), StoreError> {
    let mut after = 0;
    while shared.goes_on() {
        let entries = shared.catalogue().entries(folder, after, BATCH)?;
        let Some((last, _)) = entries.last() else { return Ok(()) };
        after = *last;
        shared.tell(News::Changed(Change::Put(entries)));
    }
    Ok(())
}
