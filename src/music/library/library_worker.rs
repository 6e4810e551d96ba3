//! Keeps the library up to date while the app runs: the thread `library` looks at files and tags, the thread
//! `analysis` measures the sound. What they find reaches the app in bounded parts.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::analysis_worker::start_analysis;
use super::folder_scanner::FolderScanner;
use super::folder_watcher::FolderWatcher;
use super::index::LibraryIndex;
use super::recovery;
use super::settings::LibrarySettings;
use super::worker_shared::{LibraryUpdate, MusicFolders, WorkerShared};

/// Messages that may wait; the threads pause when nobody takes them.
const WAITING: usize = 8;

/// The running threads. Dropping it ends them.
pub(super) struct LibraryWorker {
    pub(super) news: Receiver<LibraryUpdate>,
    stop: Arc<AtomicBool>,
    wake: SyncSender<()>,
}

impl Drop for LibraryWorker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Full: it wakes anyway.
        let _ = self.wake.try_send(());
    }
}

impl LibraryWorker {
    /// Starts both threads. `database` is where the library is kept; without one it is forgotten at the end.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(
        folders: MusicFolders,
        database: Option<PathBuf>,
        settings: LibrarySettings,
        look_again: Duration,
    ) -> std::io::Result<Self> {
        let (sender, news) = sync_channel(WAITING);
        let (watch, wake) = FolderWatcher::new();
        let stop = Arc::new(AtomicBool::new(false));
        let of_thread = stop.clone();
        let work = move || {
            let opened = open(database.as_deref());
            let (store, words) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    // Nobody to tell means that the app has ended.
                    let _ = sender.send(LibraryUpdate::Database(Some(error.to_string())));
                    return;
                }
            };
            let shared = WorkerShared {
                catalogue: Arc::new(Mutex::new(LibraryIndex::new(store, settings.clone()))),
                settings,
                news: sender,
                stop: of_thread,
                progress: Arc::default(),
                trouble: Arc::default(),
            };
            if words.is_some() {
                shared.tell(LibraryUpdate::Database(words));
            }
            FolderScanner {
                measure: start_analysis(&shared),
                shared,
                folders,
                shown: None,
                watch,
                watched: None,
            }
            .run(look_again);
        };
        thread::Builder::new().name("library".to_owned()).spawn(work)?;
        Ok(Self { news, stop, wake })
    }
}
