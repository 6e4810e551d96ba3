//! Keeps the library up to date while the app runs: the thread `library` looks at files and tags, the thread
//! `analysis` measures the sound. What they find reaches the app in bounded parts.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::analysis_worker::start_analysis;
use super::folder_scanner::FolderScanner;
use super::folder_watcher::{FolderWatcher, Wake};
use super::library_sync::LibrarySync;
use super::worker_shared::{LibraryUpdate, MusicFolders, SharedSettings, WorkerSettings, WorkerShared, open};
use crate::foundation::{
    Capacity, Mailbox, StopSignal, WorkDone, Worker, WorkerError, WorkerEvent, WorkerOptions,
};

/// Capacity of the queue of updates; the threads wait while it is full.
const WAITING: usize = 8;
/// The program waits this long for the threads when it ends. They may be in the middle of a file on a slow disk.
const JOIN_LIMIT: Duration = Duration::from_secs(2);

/// The running threads. Dropping it ends them.
pub(super) struct LibraryWorker {
    news: Arc<Mailbox<LibraryUpdate>>,
    stop: StopSignal,
    wake: Arc<Mailbox<Wake>>,
    settings: SharedSettings,
    scanner: Worker<(), ()>,
}

impl Drop for LibraryWorker {
    fn drop(&mut self) {
        self.stop.set();
        self.wake.close();
        self.news.close();
    }
}

impl LibraryWorker {
    /// Starts both threads. `database` is where the library is kept; without one it is forgotten at the end.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub(super) fn start(
        folders: MusicFolders,
        database: Option<PathBuf>,
        settings: WorkerSettings,
    ) -> Result<Self, WorkerError> {
        let settings = SharedSettings::new(settings);
        let of_thread = settings.clone();
        let news = Arc::new(Mailbox::new(Capacity::Queue(WAITING)));
        let wake = Arc::new(Mailbox::new(Capacity::Latest));
        let stop = StopSignal::default();
        let (to_app, woken, stopped) = (news.clone(), wake.clone(), stop.clone());
        let options = WorkerOptions::named("library").join_limit(JOIN_LIMIT);
        let scanner = Worker::spawn(options, move |_| {
            let (store, words) = match open(database.as_deref()) {
                Ok(opened) => opened,
                Err(error) => {
                    // An error means that the app has ended.
                    let _ = to_app.put_waiting(LibraryUpdate::Database(Some(error.to_string())));
                    return WorkDone::Finished;
                }
            };
            let shared = WorkerShared {
                index: Arc::new(Mutex::new(LibrarySync::new(store, of_thread.get().library))),
                settings: of_thread.clone(),
                news: to_app.clone(),
                stop: stopped.clone(),
                progress: Arc::default(),
                trouble: Arc::default(),
            };
            if words.is_some() {
                shared.tell(LibraryUpdate::Database(words));
            }
            let watch = FolderWatcher::new(woken.clone());
            let measure = start_analysis(&shared);
            FolderScanner::new(shared, folders.clone(), watch, measure).run();
            WorkDone::Finished
        })?;
        Ok(Self { news, stop, wake, settings, scanner })
    }

    /// Takes other settings: the threads follow them from the next file on, and the folder is looked into again.
    pub(super) fn change_settings(&self, settings: WorkerSettings) {
        self.settings.set(settings);
        // Closed: the program ends.
        let _ = self.wake.put(Wake::Now);
    }

    /// Lets the folder be looked into at once: a file of it could not be played.
    pub(super) fn look_now(&self) {
        // Closed: the program ends.
        let _ = self.wake.put(Wake::Now);
    }

    /// The next thing that the threads have found, without waiting.
    pub(super) fn poll(&self) -> Option<LibraryUpdate> {
        if let Some(WorkerEvent::Panicked(text)) = self.scanner.poll() {
            let words = format!("The music folder is not looked into any more ({text}). Start Attune again.");
            return Some(LibraryUpdate::Database(Some(words)));
        }
        self.news.try_take()
    }
}
