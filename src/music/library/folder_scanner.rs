//! The thread `library`: looks at files and tags, and heals the database.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::folder_watcher::FolderWatcher;
use super::library_sync::{BATCH, FolderDifference, LibraryChange, LibraryError, LibrarySync, compare, look};
use super::scanned_folder::UnusableFile;
use super::worker_shared::{
    LibraryProgress, LibraryUpdate, MusicFolders, WorkerShared, kept, many_missing, no_music, open, tell_all,
};
use crate::foundation::{DatabaseError, Worker, show_path};

/// Of the files that are missing, this many are asked for now and then, instead of a look through the whole folder.
const PROBES: usize = 8;

/// The thread that looks at files and tags.
pub(super) struct FolderScanner {
    shared: WorkerShared,
    folders: MusicFolders,
    /// The folder whose tracks the app has.
    shown: Option<PathBuf>,
    watch: FolderWatcher,
    watched: Option<WatchedFolder>,
    /// Tells the other thread which folder to measure; `None` if the system gives no thread.
    measure: Option<Worker<PathBuf, ()>>,
    /// Some of the files of the folder in use that are not there now.
    missed: Vec<PathBuf>,
}

/// A folder, and which one it is: a drive that comes back is another folder at the same path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct WatchedFolder {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl WatchedFolder {
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok().filter(std::fs::Metadata::is_dir)?;
        Some(Self { path: path.to_owned(), device_and_inode: (metadata.dev(), metadata.ino()) })
    }
}

/// What one look into a folder gave.
struct FolderPass {
    tracks: usize,
    unreadable: Vec<UnusableFile>,
    /// Files that were there before and are not now.
    missing: Vec<PathBuf>,
}

impl FolderScanner {
    pub(super) fn new(
        shared: WorkerShared,
        folders: MusicFolders,
        watch: FolderWatcher,
        measure: Option<Worker<PathBuf, ()>>,
    ) -> Self {
        Self { shared, folders, shown: None, watch, watched: None, measure, missed: Vec::new() }
    }

    pub(super) fn run(mut self) {
        while self.shared.goes_on() {
            if let Err(error) = self.take_settings() {
                self.heal(&error);
            }
            // What changes while the folder is looked at is told, too. A look may find that another folder lies there.
            self.follow();
            let problem = self.look();
            self.follow();
            let settings = self.shared.settings.get();
            let rescan = settings.rescan();
            let look_again = settings.look_again.min(rescan);
            let wait = if problem { look_again } else { rescan };
            self.wait(settings.settle(), wait, look_again);
        }
    }

    /// Waits until the next look is due: a change, the time, or a missed file that is there again.
    fn wait(&mut self, settle: Duration, wait: Duration, look_again: Duration) {
        let since = Instant::now();
        while self.shared.goes_on() {
            let left = wait.saturating_sub(since.elapsed());
            let piece = if self.missed.is_empty() { left } else { left.min(look_again) };
            let woken = self.watch.wait(settle, piece);
            if woken || since.elapsed() >= wait || self.missed.iter().any(|file| file.exists()) {
                return;
            }
        }
    }

    /// Describes all tracks anew if the settings of the descriptions have changed.
    fn take_settings(&mut self) -> Result<(), DatabaseError> {
        let settings = self.shared.settings.get().library;
        if !self.shared.index().change_settings(settings) {
            return Ok(());
        }
        let Some(folder) = self.shown.clone() else { return Ok(()) };
        self.shared.index().take_scale(&folder)?;
        tell_all(&self.shared, &folder)
    }

    /// Watches the folder that was asked for while it is there, since it is the one that people change.
    fn follow(&mut self) {
        let folder = self.folders.in_turn().find_map(WatchedFolder::of);
        if folder == self.watched {
            return;
        }
        self.watched.clone_from(&folder);
        let Some(WatchedFolder { path: folder, .. }) = folder else { return };
        let words = self.watch.follow(&folder).err().map(|error| {
            let minutes = self.shared.settings.get().library.rescan_minutes;
            format!(
                "{}: the system does not tell of changes here ({error}); \
                 new music is noticed every {minutes} minutes",
                show_path(&folder)
            )
        });
        self.shared.tell(LibraryUpdate::Unwatched(words));
    }

    /// Looks into the folders in turn until one holds music. Returns whether another look is due soon.
    fn look(&mut self) -> bool {
        let mut tried = Vec::new();
        self.missed.clear();
        let folders: Vec<PathBuf> = self.folders.in_turn().map(Path::to_owned).collect();
        for folder in folders {
            match self.pass(&folder) {
                Ok(FolderPass { tracks: 0, unreadable, missing }) => {
                    tried.push(no_music(&folder, unreadable.len(), missing.len()));
                }
                Ok(FolderPass { tracks, unreadable, missing }) => {
                    let wrong = !tried.is_empty();
                    let problem = MusicFolders::problem(&tried, true)
                        .or_else(|| many_missing(&folder, missing.len(), tracks));
                    self.shared.tell(LibraryUpdate::Scanned { problem, unreadable });
                    if self.shared.trouble.swap(false, Ordering::Relaxed) {
                        self.shared.tell(LibraryUpdate::Database(None));
                    }
                    if let Some(measure) = &self.measure {
                        // Only the newest folder counts, and the other thread ends with this one.
                        let _ = measure.send(folder);
                    }
                    let every = missing.len().div_ceil(PROBES).max(1);
                    self.missed = missing.into_iter().step_by(every).collect();
                    return wrong;
                }
                Err(LibraryError::Database(error)) => {
                    self.heal(&error);
                    return true;
                }
                Err(error) => tried.push(self.unreadable_folder(&folder, &error)),
            }
            if !self.shared.goes_on() {
                return false;
            }
        }
        self.shared.progress(|progress| *progress = LibraryProgress::default());
        self.shared.tell(LibraryUpdate::Begin);
        self.shown = None;
        self.shared.tell(LibraryUpdate::Scanned {
            problem: MusicFolders::problem(&tried, false),
            unreadable: Vec::new(),
        });
        true
    }

    /// What to say of a folder that is gone or locked.
    fn unreadable_folder(&self, folder: &Path, error: &LibraryError) -> String {
        let known = self.shared.index().store.count(folder).map_or(0, |(tracks, _)| tracks);
        if known == 0 { error.to_string() } else { format!("{error}. {}", kept(known)) }
    }

    /// One look into a folder: how many tracks it holds, what cannot be used, and what is missing.
    fn pass(&mut self, folder: &Path) -> Result<FolderPass, LibraryError> {
        let known = self.shared.index().store.known(folder)?;
        let has_anything = std::fs::read_dir(folder).is_ok_and(|mut listing| listing.next().is_some());
        if !known.is_empty() && has_anything {
            // What is known from before plays at once.
            self.show(folder)?;
        }
        let difference = compare(folder, known)?;
        self.note_missing(folder, &difference)?;
        let (of, mut done) = (difference.look.len(), 0);
        // A few at once to begin with, so that music starts while a large folder is being read.
        let mut size = BATCH / 8;
        let mut left = difference.look.into_iter().peekable();
        while left.peek().is_some() && self.shared.goes_on() {
            let looked: Vec<_> = left.by_ref().take(size).flat_map(look).collect();
            done += size.min(of - done);
            size = BATCH;
            let changes = self.shared.index().keep(&looked, folder)?;
            if changes.iter().any(|change| matches!(change, LibraryChange::Put(_))) && !self.shows(folder) {
                self.show(folder)?;
            } else if self.shows(folder) {
                for change in changes {
                    self.shared.tell(LibraryUpdate::Changed(change));
                }
            }
            self.shared.progress(|progress| progress.looking = Some((done, of)));
        }
        let (tracks, measured) = self.shared.index().store.count(folder)?;
        if tracks > 0 && !self.shows(folder) {
            self.show(folder)?;
        }
        self.shared.progress(|progress| *progress = LibraryProgress { looking: None, measured, tracks });
        let missing = self.shared.index().store.missing(folder)?;
        Ok(FolderPass { tracks, unreadable: self.shared.index().unreadable(folder)?, missing })
    }

    /// Takes files that are not there out of the view of the app, and those that are back into it. Nothing is forgotten.
    fn note_missing(&mut self, folder: &Path, difference: &FolderDifference) -> Result<(), LibraryError> {
        let FolderDifference { gone, replaced, back, .. } = difference;
        self.shared.index().take_difference(difference)?;
        if !back.is_empty() {
            // The system told of changes in what lay here before.
            self.watched = None;
        }
        if !self.shows(folder) {
            return Ok(());
        }
        for gone in [gone, replaced].into_iter().flat_map(|ids| ids.chunks(BATCH)) {
            self.shared.tell(LibraryUpdate::Changed(LibraryChange::Gone(gone.to_vec())));
        }
        if !back.is_empty() {
            tell_all(&self.shared, folder)?;
        }
        Ok(())
    }

    fn shows(&self, folder: &Path) -> bool {
        self.shown.as_deref() == Some(folder)
    }

    /// Gives the app all that is known of a folder, in the place of another.
    fn show(&mut self, folder: &Path) -> Result<(), DatabaseError> {
        if self.shows(folder) {
            return Ok(());
        }
        self.shared.index().take_scale(folder)?;
        if self.shared.index().store.count(folder)?.0 == 0 {
            return Ok(());
        }
        self.shared.tell(LibraryUpdate::Begin);
        self.shown = Some(folder.to_owned());
        tell_all(&self.shared, folder)
    }

    /// A damaged file is given up for a new one while the app runs.
    fn heal(&mut self, error: &DatabaseError) {
        self.shared.complain(format!("{error}; it is tried again"));
        if error.is_damage() {
            let file = self.shared.index().store.file().to_owned();
            if let Ok((store, words)) = open(Some(&file)) {
                *self.shared.index() = LibrarySync::new(store, self.shared.settings.get().library);
                self.shared.trouble.store(false, Ordering::Relaxed);
                self.shared.tell(LibraryUpdate::Database(words));
                self.shown = None;
            }
        }
    }
}
