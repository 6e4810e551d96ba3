//! Hears of changes in a folder from the system. Where it cannot, the slow look goes on alone.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::foundation::{Mailbox, Received};

/// Watches one folder at a time.
pub(super) struct FolderWatcher {
    watcher: Option<RecommendedWatcher>,
    /// Holds one item while a change waits.
    wake: Arc<Mailbox<()>>,
}

impl FolderWatcher {
    /// Closing the mailbox, or an item in it, ends [`FolderWatcher::wait`] early.
    pub(super) fn new(wake: Arc<Mailbox<()>>) -> Self {
        Self { watcher: None, wake }
    }

    /// Watches this folder from now on, and no other. Says why where the system cannot.
    pub(super) fn follow(&mut self, folder: &Path) -> Result<(), notify::Error> {
        self.watcher = None;
        let wake = self.wake.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading is no change. An overflow of the queue is an error, and a reason to look.
            let matters = event.as_ref().map_or(true, |event| !matches!(event.kind, EventKind::Access(_)));
            if matters {
                // Closed: the program ends.
                let _ = wake.put(());
            }
        })?;
        watcher.watch(folder, RecursiveMode::Recursive)?;
        self.watcher = Some(watcher);
        Ok(())
    }

    /// Waits for a change that has settled, or until it is time to look anyway.
    pub(super) fn wait(&self, settle: Duration, look_again: Duration) {
        let since = Instant::now();
        if self.wake.take(Some(look_again)) != Received::Item(()) {
            return;
        }
        // A copy of a whole album is one change, but one that never settles is looked at all the same.
        while since.elapsed() < look_again && self.wake.take(Some(settle)) == Received::Item(()) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::Capacity;

    const LONG: Duration = Duration::from_mins(1);

    fn watcher() -> FolderWatcher {
        FolderWatcher::new(Arc::new(Mailbox::new(Capacity::Latest)))
    }

    #[test]
    fn a_new_file_in_a_folder_below_is_heard() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(dir.path().join("below")).expect("made");
        let mut watch = watcher();
        watch.follow(dir.path()).expect("the system tells of changes");
        std::fs::write(dir.path().join("below/new.ogg"), "x").expect("written");
        let since = Instant::now();
        watch.wait(Duration::from_millis(10), LONG);
        assert!(since.elapsed() < LONG);
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_watched() {
        assert!(watcher().follow(Path::new("/nowhere/at/all")).is_err());
    }
}
