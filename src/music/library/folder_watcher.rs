//! Hears of changes in a folder from the system. Where it cannot, the slow look goes on alone.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// Watches one folder at a time.
pub(super) struct FolderWatcher {
    watcher: Option<RecommendedWatcher>,
    wake: SyncSender<()>,
    woken: Receiver<()>,
}

impl FolderWatcher {
    /// With the sender that wakes [`FolderWatcher::wait`] early.
    pub(super) fn new() -> (Self, SyncSender<()>) {
        // One waiting change is enough to look.
        let (wake, woken) = sync_channel(1);
        (Self { watcher: None, wake: wake.clone(), woken }, wake)
    }

    /// Watches this folder from now on, and no other. Says why where the system cannot.
    pub(super) fn follow(&mut self, folder: &Path) -> Result<(), notify::Error> {
        self.watcher = None;
        let wake = self.wake.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading is no change. An overflow of the queue is an error, and a reason to look.
            let matters = event.as_ref().map_or(true, |event| !matches!(event.kind, EventKind::Access(_)));
            if matters {
                // Full: a change is waiting already.
                let _ = wake.try_send(());
            }
        })?;
        watcher.watch(folder, RecursiveMode::Recursive)?;
        self.watcher = Some(watcher);
        Ok(())
    }

    /// Waits for a change that has settled, or until it is time to look anyway.
    pub(super) fn wait(&self, settle: Duration, look_again: Duration) {
        let since = Instant::now();
        if self.woken.recv_timeout(look_again).is_err() {
            return;
        }
        // A copy of a whole album is one change, but one that never settles is looked at all the same.
        while since.elapsed() < look_again && self.woken.recv_timeout(settle).is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_new_file_in_a_folder_below_is_heard() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(dir.path().join("below")).expect("made");
        let (mut watch, _) = FolderWatcher::new();
        watch.follow(dir.path()).expect("the system tells of changes");
        std::fs::write(dir.path().join("below/new.ogg"), "x").expect("written");
        let since = Instant::now();
        watch.wait(Duration::from_millis(10), LONG);
        assert!(since.elapsed() < LONG);
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_watched() {
        assert!(FolderWatcher::new().0.follow(Path::new("/nowhere/at/all")).is_err());
    }
}
