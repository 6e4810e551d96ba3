//! Watches the playlists on a thread of its own: a disk that sleeps must not hold up a frame.

use std::time::Duration;

use super::playlist_files::{LoadedPlaylists, PlaylistFiles};
use crate::foundation::{Capacity, FileError, WorkDone, Worker, WorkerError, WorkerEvent, WorkerOptions};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The playlists as they are now, or why they cannot be read.
type PlaylistUpdate = Result<LoadedPlaylists, FileError>;

/// The thread. Dropping this ends it.
pub struct PlaylistWatcher {
    worker: Worker<(), PlaylistUpdate>,
}

impl PlaylistWatcher {
    /// Starts to watch.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub fn start(mut files: PlaylistFiles) -> Result<Self, WorkerError> {
        let options = WorkerOptions::named("playlists").news(Capacity::Latest);
        let worker = Worker::spawn(options, move |context| {
            while context.sleep(LOOK) {
                if let Some(loaded) = files.look()
                    && !context.report(loaded)
                {
                    break;
                }
            }
            WorkDone::Finished
        })?;
        Ok(Self { worker })
    }

    /// The playlists as they are now, if they have changed.
    #[must_use]
    pub fn news(&self) -> Option<PlaylistUpdate> {
        match self.worker.poll()? {
            WorkerEvent::News(loaded) => Some(loaded),
            WorkerEvent::Panicked(text) => {
                bevy::log::error!("changes of the playlists are not noticed any more: {text}");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::music::playlists::playlist::PlaylistPolicy;

    #[test]
    fn a_change_of_the_file_arrives() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("mine.ron");
        std::fs::write(&file, "()").expect("written");
        let (files, loaded) = PlaylistFiles::begin(Some(file.clone()), dir.path().to_owned());
        assert!(loaded.is_ok());
        let watcher = PlaylistWatcher::start(files).expect("a thread");
        std::fs::write(&file, "(happy: (policy: hold))").expect("written");
        let deadline = Instant::now() + Duration::from_secs(30);
        let loaded = loop {
            if let Some(loaded) = watcher.news() {
                break loaded.expect("valid");
            }
            assert!(Instant::now() < deadline, "no news");
            std::thread::yield_now();
        };
        assert_eq!(loaded.playlists.happy.policy, PlaylistPolicy::Hold);
    }
}
