//! Keeps the library up to date while the app runs: the thread `library` looks at files and tags, the thread
//! `analysis` measures the sound. What they find reaches the app in bounded parts.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::catalogue::{BATCH, Catalogue, CatalogueError, Change, compare, hash, look, measure};
use super::open::{absolute, open_or_rebuild};
use super::settings::LibrarySettings;
use super::store::{Store, StoreError};
use super::watch::Watch;
use super::{Entry, Unreadable};

/// Messages that may wait; the threads pause when nobody takes them.
const WAITING: usize = 8;
/// Percentiles are taken anew when this share of the tracks was measured since.
const STALE: usize = 4;

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

/// The thread that looks at files and tags.
struct Looker {
    shared: Shared,
    folders: Folders,
    /// The folder whose tracks the app has.
    shown: Option<PathBuf>,
    watch: Watch,
    watched: Option<PathBuf>,
    /// Tells the other thread which folder to measure; `None` if nothing is measured.
    measure: Option<Sender<PathBuf>>,
}

impl Looker {
    fn run(mut self, look_again: Duration) {
        let rescan = Duration::from_secs_f32(self.shared.settings.rescan_minutes * 60.0);
        let settle = Duration::from_secs_f32(self.shared.settings.settle_seconds);
        while self.shared.goes_on() {
            let problem = self.look();
            let wait = if problem { look_again.min(rescan) } else { rescan };
            self.follow();
            if self.shared.goes_on() {
                self.watch.wait(settle, wait);
            }
        }
    }

    /// Watches the folder that was asked for while it is there, since it is the one that people change.
    fn follow(&mut self) {
        let folder = self.folders.in_turn().find(|folder| folder.is_dir()).map(Path::to_owned);
        if folder == self.watched {
            return;
        }
        self.watched.clone_from(&folder);
        let Some(folder) = folder else { return };
        let words = self.watch.follow(&folder).err().map(|error| {
            let minutes = self.shared.settings.rescan_minutes;
            format!(
                "{}: the system does not tell of changes here ({error}); \
                 new music is noticed every {minutes} minutes",
                folder.display()
            )
        });
        self.shared.tell(News::Unwatched(words));
    }

    /// Looks into the folders in turn until one holds music. Returns whether something is wrong.
    fn look(&mut self) -> bool {
        let mut tried = Vec::new();
        let folders: Vec<PathBuf> = self.folders.in_turn().map(Path::to_owned).collect();
        for folder in folders {
            match self.pass(&folder) {
                Ok((tracks, unreadable)) => {
                    if tracks > 0 {
                        let problem = Folders::problem(&tried, true);
                        let wrong = problem.is_some();
                        self.shared.tell(News::Looked { problem, unreadable });
                        if self.shared.trouble.swap(false, Ordering::Relaxed) {
                            self.shared.tell(News::Database(None));
                        }
                        if let Some(measure) = &self.measure {
                            // The other thread ends only with this one.
                            let _ = measure.send(folder);
                        }
                        return wrong;
                    }
                    tried.push(no_music(&folder, unreadable.len()));
                }
                Err(CatalogueError::Store(error)) => {
                    self.heal(&error);
                    return true;
                }
                Err(error) => tried.push(error.to_string()),
            }
            if !self.shared.goes_on() {
                return false;
            }
        }
        self.shared.progress(|progress| *progress = Progress::default());
        self.shared.tell(News::Begin);
        self.shown = None;
        self.shared.tell(News::Looked { problem: Folders::problem(&tried, false), unreadable: Vec::new() });
        true
    }

    /// One look into a folder: how many tracks it holds, and what cannot be used.
    fn pass(&mut self, folder: &Path) -> Result<(usize, Vec<Unreadable>), CatalogueError> {
        let known = self.shared.catalogue().store.known(folder)?;
        if !known.is_empty() && folder.is_dir() {
            // What is known from before plays at once.
            self.show(folder)?;
        }
        let difference = compare(folder, known)?;
        if !difference.gone.is_empty() {
            self.shared.catalogue().store.remove(&difference.gone)?;
            if self.shows(folder) {
                for gone in difference.gone.chunks(BATCH) {
                    self.shared.tell(News::Changed(Change::Gone(gone.to_vec())));
                }
            }
        }
        let (of, mut done) = (difference.look.len(), 0);
        // A few at once to begin with, so that music starts while a large folder is being read.
        let mut size = BATCH / 8;
        let mut left = difference.look.into_iter().peekable();
        while left.peek().is_some() && self.shared.goes_on() {
            let looked: Vec<_> = left.by_ref().take(size).map(look).collect();
            size = BATCH;
            done += looked.len();
            let changes = self.shared.catalogue().keep(&looked, folder)?;
            if changes.iter().any(|change| matches!(change, Change::Put(_))) && !self.shows(folder) {
                self.show(folder)?;
            } else if self.shows(folder) {
                for change in changes {
                    self.shared.tell(News::Changed(change));
                }
            }
            self.shared.progress(|progress| progress.looking = Some((done, of)));
        }
        let (tracks, measured) = self.shared.catalogue().store.count(folder)?;
        if tracks > 0 && !self.shows(folder) {
            self.show(folder)?;
        }
        self.shared.progress(|progress| *progress = Progress { looking: None, measured, tracks });
        Ok((tracks, self.shared.catalogue().unreadable(folder)?))
    }

    fn shows(&self, folder: &Path) -> bool {
        self.shown.as_deref() == Some(folder)
    }

    /// Gives the app all that is known of a folder, in the place of another.
    fn show(&mut self, folder: &Path) -> Result<(), StoreError> {
        if self.shows(folder) {
            return Ok(());
        }
        self.shared.catalogue().take_scale(folder)?;
        if self.shared.catalogue().store.count(folder)?.0 == 0 {
            return Ok(());
        }
        self.shared.tell(News::Begin);
        self.shown = Some(folder.to_owned());
        tell_all(&self.shared, folder)
    }

    /// A damaged file is given up for a new one while the app runs.
    fn heal(&mut self, error: &StoreError) {
        self.shared.complain(format!("{error}; it is tried again"));
        if error.is_damage() {
            let file = self.shared.catalogue().store.file().to_owned();
            if let Ok((store, words)) = open(Some(&file)) {
                *self.shared.catalogue() = Catalogue::new(store, self.shared.settings.clone());
                self.shared.trouble.store(false, Ordering::Relaxed);
                self.shared.tell(News::Database(words));
                self.shown = None;
            }
        }
    }
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

/// Starts the thread that measures, if it is wanted.
fn measurer(shared: &Shared) -> Option<Sender<PathBuf>> {
    if !shared.settings.analyse {
        return None;
    }
    let (sender, folders) = channel();
    let measurer = Measurer { shared: shared.clone(), fresh: 0 };
    let started = thread::Builder::new().name("analysis".to_owned()).spawn(move || measurer.run(&folders));
    match started {
        Ok(_) => Some(sender),
        Err(error) => {
            let words = format!("the sound of the music cannot be measured: {error}; start Attune again");
            shared.tell(News::Database(Some(words)));
            None
        }
    }
}

/// The thread that measures the sound.
struct Measurer {
    shared: Shared,
    /// Tracks that were measured since percentiles were taken.
    fresh: usize,
}

impl Measurer {
    fn run(mut self, folders: &Receiver<PathBuf>) {
        while let Ok(mut folder) = folders.recv() {
            // Only the newest wish counts.
            while let Ok(newer) = folders.try_recv() {
                folder = newer;
            }
            let done = self.measure_all(&folder).and_then(|()| self.settle(&folder, 1));
            if let Err(error) = done {
                self.shared.complain(format!("{error}; it is tried again at the next look"));
            }
        }
    }

    fn measure_all(&mut self, folder: &Path) -> Result<(), StoreError> {
        let mut after = 0;
        while self.shared.goes_on() {
            let waiting = self.shared.catalogue().store.unmeasured(folder, after, BATCH)?;
            let Some((last, _)) = waiting.last() else { return Ok(()) };
            after = *last;
            for (id, file) in waiting {
                if !self.shared.goes_on() {
                    return Ok(());
                }
                self.measure_one(id, &file, folder)?;
                let measured = self.shared.now().measured;
                self.settle(folder, (measured / STALE).max(8))?;
                thread::yield_now();
            }
        }
        Ok(())
    }

    fn measure_one(&mut self, id: i64, file: &Path, folder: &Path) -> Result<(), StoreError> {
        let mut rest = Rest::new(self.shared.settings.analysis_share);
        let shared = &self.shared;
        let mut go_on = || {
            rest.take();
            shared.goes_on()
        };
        // A file that cannot be read now is looked at again with the next look.
        let Ok(Some(hash)) = hash(file, &mut go_on) else { return Ok(()) };
        let known = shared.catalogue().store.put_hash(id, &hash)?;
        let entry = if known {
            let track = shared.catalogue().store.track(file)?;
            track.map(|stored| shared.catalogue().entry(stored, folder))
        } else {
            let Some(sound) = measure(file, go_on) else { return Ok(()) };
            self.fresh += 1;
            shared.catalogue().keep_sound(file, &hash, &sound, folder)?
        };
        self.shared.progress(|progress| progress.measured += usize::from(entry.is_some()));
        self.shared.tell(News::Changed(changed(id, entry)));
        Ok(())
    }

    /// Takes percentiles anew when enough was measured since, and tells the tracks as they are now.
    fn settle(&mut self, folder: &Path, enough: usize) -> Result<(), StoreError> {
        if self.fresh < enough {
            return Ok(());
        }
        self.fresh = 0;
        self.shared.catalogue().take_scale(folder)?;
        tell_all(&self.shared, folder)
    }
}

fn changed(id: i64, entry: Option<Entry>) -> Change {
    match entry {
        Some(entry) => Change::Put(vec![(id, entry)]),
        None => Change::Gone(vec![id]),
    }
}

/// Pauses after work, so that it takes no more than its share of one core.
struct Rest {
    share: f32,
    since: Instant,
}

/// Work is cut into pieces of this length.
const PIECE: Duration = Duration::from_millis(4);

impl Rest {
    fn new(share: f32) -> Self {
        Self { share, since: Instant::now() }
    }

    fn take(&mut self) {
        let worked = self.since.elapsed();
        if worked >= PIECE {
            thread::sleep(worked.mul_f32((1.0 / self.share - 1.0).max(0.0)).min(Duration::from_millis(200)));
            self.since = Instant::now();
        }
    }
}
