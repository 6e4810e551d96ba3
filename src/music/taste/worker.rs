//! Reads and writes taste on a thread of its own, so that no frame waits for a disk.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError};
use std::sync::mpsc::{channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::feedback::FeedbackEvent;
use super::model::Taste;
use super::settings::TasteSettings;
use super::store::{OpenedTasteStore, TasteStore, TasteStoreError};

/// Signs that may wait for the thread.
const WAITING: usize = 256;
/// Signs that may wait for a disk that is full or gone.
const MOST_UNWRITTEN: usize = 10_000;
/// How often a disk that could not be written is tried again.
const AGAIN: Duration = Duration::from_secs(20);

/// What the thread has to say.
#[derive(Debug)]
pub enum TasteUpdate {
    /// What was known at the start.
    Known(Box<Taste>),
    /// The file was damaged; one sentence.
    Damaged(String),
    /// It cannot be read or written at the moment; one sentence. It is tried again.
    Trouble(String),
    /// It can be written again.
    Healed,
}

/// The thread that keeps the taste of one profile. Dropping it waits until all signs are on the disk.
pub struct TasteWorker {
    events: Option<SyncSender<FeedbackEvent>>,
    news: Receiver<TasteUpdate>,
    thread: Option<JoinHandle<()>>,
}

impl TasteWorker {
    /// Starts to read what is known.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(file: PathBuf, profile: String, settings: TasteSettings) -> std::io::Result<Self> {
        let (events, received) = sync_channel(WAITING);
        let (tell, news) = channel();
        let work = move || {
            TasteWorkerThread { file, profile, tell, unwritten: VecDeque::new() }.run(&settings, &received)
        };
        let thread = thread::Builder::new().name("taste".to_owned()).spawn(work)?;
        Ok(Self { events: Some(events), news, thread: Some(thread) })
    }

    /// Keeps a sign. Says `false` if it had to be dropped, because the thread is far behind.
    #[must_use]
    pub fn keep(&self, event: FeedbackEvent) -> bool {
        self.events.as_ref().is_some_and(|events| events.try_send(event).is_ok())
    }

    /// The next thing that the thread has to say, if there is one.
    #[must_use]
    pub fn news(&self) -> Option<TasteUpdate> {
        self.news.try_recv().ok()
    }
}

impl Drop for TasteWorker {
    fn drop(&mut self) {
        self.events = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            bevy::log::error!("the thread that keeps taste has failed");
        }
    }
}

struct TasteWorkerThread {
    file: PathBuf,
    profile: String,
    tell: Sender<TasteUpdate>,
    unwritten: VecDeque<FeedbackEvent>,
}

impl TasteWorkerThread {
    fn run(mut self, settings: &TasteSettings, received: &Receiver<FeedbackEvent>) {
        let mut store = None;
        let mut in_trouble = false;
        let mut known = false;
        loop {
            let result = self.write(&mut store, settings, &mut known);
            match (&result, in_trouble) {
                (Err(error), false) => self.say(TasteUpdate::Trouble(trouble(error))),
                (Ok(()), true) => self.say(TasteUpdate::Healed),
                _ => {}
            }
            in_trouble = result.is_err();
            if in_trouble {
                store = None;
            }
            let next = if in_trouble {
                received.recv_timeout(AGAIN)
            } else {
                received.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match next {
                Ok(event) => self.hold(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.hold_all(received).is_err() {
                // The program ends: once more, and that is it.
                if let Err(error) = self.write(&mut store, settings, &mut known) {
                    bevy::log::error!("{}", trouble(&error));
                }
                return;
            }
        }
    }

    /// Takes whatever else has come; an error means that nothing more will.
    fn hold_all(&mut self, received: &Receiver<FeedbackEvent>) -> Result<(), ()> {
        loop {
            match received.try_recv() {
                Ok(event) => self.hold(event),
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(()),
            }
        }
    }

    fn hold(&mut self, event: FeedbackEvent) {
        if self.unwritten.len() == MOST_UNWRITTEN {
            self.unwritten.pop_front();
        }
        self.unwritten.push_back(event);
    }

    fn write(
        &mut self,
        store: &mut Option<TasteStore>,
        settings: &TasteSettings,
        known: &mut bool,
    ) -> Result<(), TasteStoreError> {
        let store = match store {
            Some(store) => store,
            None => store.insert(self.open(&self.file)?),
        };
        if !*known {
            let events = store.events(&self.profile)?;
            self.say(TasteUpdate::Known(Box::new(Taste::from_events(settings, &events))));
            *known = true;
        }
        if !self.unwritten.is_empty() {
            store.add(&self.profile, self.unwritten.make_contiguous())?;
            self.unwritten.clear();
        }
        Ok(())
    }

    fn open(&self, file: &Path) -> Result<TasteStore, TasteStoreError> {
        let OpenedTasteStore { store, damage } = TasteStore::open(file)?;
        if let Some(damage) = damage {
            self.say(TasteUpdate::Damaged(damage));
        }
        Ok(store)
    }

    fn say(&self, news: TasteUpdate) {
        // Nobody listens any more when the program ends.
        let _ = self.tell.send(news);
    }
}

fn trouble(error: &TasteStoreError) -> String {
    format!(
        "what you like cannot be kept ({error}); it counts until Attune ends, and keeping it is tried again"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::music::taste::feedback;
    use crate::music::test_support::settings;

    fn start(file: &Path) -> TasteWorker {
        TasteWorker::start(file.to_owned(), "ada".to_owned(), settings().taste).expect("a thread")
    }

    fn next(keeper: &TasteWorker) -> TasteUpdate {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(news) = keeper.news() {
                return news;
            }
            assert!(Instant::now() < deadline, "no news");
            thread::yield_now();
        }
    }

    #[test]
    fn what_is_kept_is_known_at_the_next_start() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        let keeper = start(&file);
        assert!(matches!(next(&keeper), TasteUpdate::Known(taste) if taste.bandit().lessons() == 0));
        for number in 0..3 {
            assert!(keeper.keep(event(number)));
        }
        drop(keeper);
        let keeper = start(&file);
        let TasteUpdate::Known(taste) = next(&keeper) else { panic!("something else") };
        let lessons: Vec<FeedbackEvent> = (0..3).map(event).collect();
        assert_eq!(*taste, Taste::from_events(&settings().taste, &lessons));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_trouble_and_no_crash() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let blocked = dir.path().join("blocked");
        std::fs::write(&blocked, "a file where a folder should be").expect("written");
        let keeper = start(&blocked.join("taste.sqlite3"));
        assert!(matches!(next(&keeper), TasteUpdate::Trouble(words) if words.contains("blocked")));
        // The cause goes away, and the next sign finds that out.
        std::fs::remove_file(&blocked).expect("removed");
        assert!(keeper.keep(event(0)));
        assert!(matches!(next(&keeper), TasteUpdate::Known(_)));
        assert!(matches!(next(&keeper), TasteUpdate::Healed));
        drop(keeper);
        let store = TasteStore::open(&blocked.join("taste.sqlite3")).expect("opened").store;
        assert_eq!(store.events("ada").expect("read"), [event(0)]);
    }
}
