//! Watches the playlists on a thread of its own: a disk that sleeps must not hold up a frame.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use super::playlist_files::{LoadedPlaylists, PlaylistFiles};
use crate::foundation::FileError;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Changes that may wait; the thread pauses when nobody takes them.
const WAITING: usize = 4;

type PlaylistUpdate = Result<LoadedPlaylists, FileError>;

/// The thread. Dropping this ends it.
pub struct PlaylistWatcher {
    news: Receiver<PlaylistUpdate>,
    _stop: Sender<()>,
}

impl PlaylistWatcher {
    /// Starts to watch.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(watched: PlaylistFiles) -> std::io::Result<Self> {
        let (sender, news) = sync_channel(WAITING);
        let (stop, stopped) = channel();
        thread::Builder::new()
            .name("playlists".to_owned())
            .spawn(move || look(watched, &sender, &stopped))?;
        Ok(Self { news, _stop: stop })
    }

    /// The playlists as they are now, if they have changed.
    #[must_use]
    pub fn news(&self) -> Option<PlaylistUpdate> {
        self.news.try_iter().last()
    }
}

fn look(mut watched: PlaylistFiles, news: &SyncSender<PlaylistUpdate>, stopped: &Receiver<()>) {
    while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if let Some(loaded) = watched.look()
            && news.send(loaded).is_err()
        {
            return;
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
            thread::yield_now();
        };
        assert_eq!(loaded.playlists.happy.policy, PlaylistPolicy::Hold);
    }
}
