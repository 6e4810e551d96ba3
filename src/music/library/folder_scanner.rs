//! The thread `library`: looks at files and tags, and heals the database.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::folder_watcher::FolderWatcher;
use super::index::{BATCH, LibraryChange, LibraryError, LibraryIndex, compare, look};
use super::scanned_folder::UnusableFile;
use super::worker_shared::{
    LibraryProgress, LibraryUpdate, MusicFolders, WorkerShared, no_music, open, tell_all,
};
use crate::foundation::{DatabaseError, Worker, show_path};

/// The thread that looks at files and tags.
pub(super) struct FolderScanner {
    pub(super) shared: WorkerShared,
    pub(super) folders: MusicFolders,
    /// The folder whose tracks the app has.
    pub(super) shown: Option<PathBuf>,
    pub(super) watch: FolderWatcher,
    pub(super) watched: Option<PathBuf>,
    /// Tells the other thread which folder to measure; `None` if nothing is measured.
    pub(super) measure: Option<Worker<PathBuf, ()>>,
}

impl FolderScanner {
    pub(super) fn run(mut self, look_again: Duration) {
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
                show_path(&folder)
            )
        });
        self.shared.tell(LibraryUpdate::Unwatched(words));
    }

    /// Looks into the folders in turn until one holds music. Returns whether something is wrong.
    fn look(&mut self) -> bool {
        let mut tried = Vec::new();
        let folders: Vec<PathBuf> = self.folders.in_turn().map(Path::to_owned).collect();
        for folder in folders {
            match self.pass(&folder) {
                Ok((tracks, unreadable)) => {
                    if tracks > 0 {
                        let problem = MusicFolders::problem(&tried, true);
                        let wrong = problem.is_some();
                        self.shared.tell(LibraryUpdate::Scanned { problem, unreadable });
                        if self.shared.trouble.swap(false, Ordering::Relaxed) {
                            self.shared.tell(LibraryUpdate::Database(None));
                        }
                        if let Some(measure) = &self.measure {
                            // Only the newest folder counts, and the other thread ends with this one.
                            let _ = measure.send(folder);
                        }
                        return wrong;
                    }
                    tried.push(no_music(&folder, unreadable.len()));
                }
                Err(LibraryError::Database(error)) => {
                    self.heal(&error);
                    return true;
                }
                Err(error) => tried.push(error.to_string()),
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

    /// One look into a folder: how many tracks it holds, and what cannot be used.
    fn pass(&mut self, folder: &Path) -> Result<(usize, Vec<UnusableFile>), LibraryError> {
        let known = self.shared.index().store.known(folder)?;
        if !known.is_empty() && folder.is_dir() {
            // What is known from before plays at once.
            self.show(folder)?;
        }
        let difference = compare(folder, known)?;
        if !difference.gone.is_empty() {
            self.shared.index().store.remove(&difference.gone)?;
            if self.shows(folder) {
                for gone in difference.gone.chunks(BATCH) {
                    self.shared.tell(LibraryUpdate::Changed(LibraryChange::Gone(gone.to_vec())));
                }
            }
        }
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
        Ok((tracks, self.shared.index().unreadable(folder)?))
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
                *self.shared.index() = LibraryIndex::new(store, self.shared.settings.clone());
                self.shared.trouble.store(false, Ordering::Relaxed);
                self.shared.tell(LibraryUpdate::Database(words));
                self.shown = None;
            }
        }
    }
}
