//! Hears of changes in a folder from the system. Where it cannot, the slow look goes on alone.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::foundation::{Mailbox, Received};

/// Why the folder is to be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    /// The system told of a change; more may follow.
    Changed,
    /// Something is wrong with a file: at once.
    Now,
}

/// Watches one folder at a time.
pub(super) struct FolderWatcher {
    watcher: Option<RecommendedWatcher>,
    /// Holds one item while a change waits.
    wake: Arc<Mailbox<Wake>>,
    /// When the last wait ended.
    looked: Option<Instant>,
}

impl FolderWatcher {
    /// Closing the mailbox, or an item in it, ends [`FolderWatcher::wait`] early.
    pub(super) fn new(wake: Arc<Mailbox<Wake>>) -> Self {
        Self { watcher: None, wake, looked: None }
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
                let _ = wake.put(Wake::Changed);
            }
        })?;
        watcher.watch(folder, RecursiveMode::Recursive)?;
        self.watcher = Some(watcher);
        Ok(())
    }

    /// Waits for a change that has settled, or until it is time to look anyway. Says whether something woke it.
    pub(super) fn wait(&mut self, settle: Duration, look_again: Duration) -> bool {
        let since = Instant::now();
        let woken = match self.wake.take(Some(look_again)) {
            Received::Item(Wake::Now) => {
                // Files that fail one after the other are one reason to look.
                let pause =
                    self.looked.map_or(Duration::ZERO, |looked| settle.saturating_sub(looked.elapsed()));
                if !pause.is_zero() {
                    self.settle(since, pause, look_again);
                }
                true
            }
            Received::Item(Wake::Changed) => {
                self.settle(since, settle, look_again);
                true
            }
            Received::TimedOut | Received::Closed => false,
        };
        self.looked = Some(Instant::now());
        woken
    }

    /// A copy of a whole album is one change, but one that never settles is looked at all the same.
    fn settle(&self, since: Instant, settle: Duration, longest: Duration) {
        while since.elapsed() < longest && self.wake.take(Some(settle)) == Received::Item(Wake::Changed) {}
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
