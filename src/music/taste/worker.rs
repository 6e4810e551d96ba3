//! Reads and writes taste on a thread of its own, so that no frame waits for a disk.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use super::feedback::FeedbackEvent;
use super::model::Taste;
use super::settings::TasteSettings;
use super::store::{OpenedTasteStore, TasteStore};
use crate::foundation::{
    Capacity, DatabaseError, Received, WorkDone, Worker, WorkerContext, WorkerError, WorkerEvent,
    WorkerOptions,
};

/// Events that may wait for the thread.
const WAITING: usize = 256;
/// Events that may wait for a disk that is full or gone.
const MOST_UNWRITTEN: usize = 10_000;
/// How often a disk that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(20);

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

/// The thread that keeps the taste of one profile. Dropping it waits until all events are on the disk.
pub struct TasteWorker {
    worker: Worker<FeedbackEvent, TasteUpdate>,
}

impl TasteWorker {
    /// Starts to read what is known.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub fn start(file: PathBuf, profile: String, settings: TasteSettings) -> Result<Self, WorkerError> {
        let options = WorkerOptions::named("taste").jobs(Capacity::Queue(WAITING));
        let worker = Worker::spawn(options, move |context| {
            TasteFile {
                file: file.clone(),
                profile: profile.clone(),
                settings: settings.clone(),
                store: None,
                is_known: false,
                unwritten: VecDeque::new(),
            }
            .run(context);
            WorkDone::Finished
        })?;
        Ok(Self { worker })
    }

    /// Keeps an event. Says `false` if it had to be dropped, because the thread is far behind.
    #[must_use]
    pub fn keep(&self, event: FeedbackEvent) -> bool {
        self.worker.send(event).is_ok()
    }

    /// The next thing that the thread has to say, if there is one.
    #[must_use]
    pub fn poll(&self) -> Option<TasteUpdate> {
        match self.worker.poll()? {
            WorkerEvent::News(update) => Some(update),
            WorkerEvent::Panicked(text) => Some(TasteUpdate::Trouble(format!(
                "What you like is not saved any more ({text}). It counts until Attune ends."
            ))),
        }
    }
}

type TasteContext = WorkerContext<FeedbackEvent, TasteUpdate>;

/// The file of taste, as far as it can be used.
struct TasteFile {
    file: PathBuf,
    profile: String,
    settings: TasteSettings,
    store: Option<TasteStore>,
    /// The taste known at the start has been reported.
    is_known: bool,
    unwritten: VecDeque<FeedbackEvent>,
}

impl TasteFile {
    fn run(&mut self, context: &TasteContext) {
        let mut in_trouble = false;
        loop {
            let result = self.write(context);
            match (&result, in_trouble) {
                (Err(error), false) => tell(context, TasteUpdate::Trouble(trouble(error))),
                (Ok(()), true) => tell(context, TasteUpdate::Healed),
                _ => {}
            }
            in_trouble = result.is_err();
            if in_trouble {
                self.store = None;
            }
            let next = if in_trouble {
                context.next_job_within(RETRY)
            } else {
                context.next_job().map_or(Received::Closed, Received::Item)
            };
            match next {
                Received::Item(event) => self.hold(event),
                Received::TimedOut => {}
                Received::Closed => return self.finish(context),
            }
            while let Some(event) = context.waiting_job() {
                self.hold(event);
            }
        }
    }

    /// The program ends: what could not be written is tried once more.
    fn finish(&mut self, context: &TasteContext) {
        if !self.unwritten.is_empty()
            && let Err(error) = self.write(context)
        {
            bevy::log::error!("{}", trouble(&error));
        }
    }

    fn hold(&mut self, event: FeedbackEvent) {
        if self.unwritten.len() == MOST_UNWRITTEN {
            self.unwritten.pop_front();
        }
        self.unwritten.push_back(event);
    }

    fn write(&mut self, context: &TasteContext) -> Result<(), DatabaseError> {
        let store = match &mut self.store {
            Some(store) => store,
            None => {
                let OpenedTasteStore { store, damage } = TasteStore::open(&self.file)?;
                if let Some(damage) = damage {
                    tell(context, TasteUpdate::Damaged(damage));
                }
                self.store.insert(store)
            }
        };
        if !self.is_known {
            let events = store.events(&self.profile)?;
            tell(context, TasteUpdate::Known(Box::new(Taste::from_events(&self.settings, &events))));
            self.is_known = true;
        }
        if !self.unwritten.is_empty() {
            store.add(&self.profile, self.unwritten.make_contiguous())?;
            self.unwritten.clear();
        }
        Ok(())
    }
}

fn tell(context: &TasteContext, update: TasteUpdate) {
    // `false` means that the program ends and takes no more updates.
    let _ = context.report(update);
}

fn trouble(error: &DatabaseError) -> String {
    format!(
        "What you like cannot be saved ({error}). It counts until Attune ends, and saving is tried again."
    )
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::music::taste::store::tests::event;
    use crate::music::test_support::settings;

    fn start(file: &std::path::Path) -> TasteWorker {
        TasteWorker::start(file.to_owned(), "ada".to_owned(), settings().taste).expect("a thread")
    }

    fn next(worker: &TasteWorker) -> TasteUpdate {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(news) = worker.poll() {
                return news;
            }
            assert!(Instant::now() < deadline, "no news");
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_is_kept_is_known_at_the_next_start() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        let worker = start(&file);
        assert!(matches!(next(&worker), TasteUpdate::Known(taste) if taste.bandit().lessons() == 0));
        for number in 0..3 {
            assert!(worker.keep(event(number)));
        }
        drop(worker);
        let worker = start(&file);
        let TasteUpdate::Known(taste) = next(&worker) else { panic!("something else") };
        let lessons: Vec<FeedbackEvent> = (0..3).map(event).collect();
        assert_eq!(*taste, Taste::from_events(&settings().taste, &lessons));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_trouble_and_no_crash() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let blocked = dir.path().join("blocked");
        std::fs::write(&blocked, "a file where a folder should be").expect("written");
        let worker = start(&blocked.join("taste.sqlite3"));
        assert!(matches!(next(&worker), TasteUpdate::Trouble(words) if words.contains("blocked")));
        // The cause goes away, and the next sign finds that out.
        std::fs::remove_file(&blocked).expect("removed");
        assert!(worker.keep(event(0)));
        assert!(matches!(next(&worker), TasteUpdate::Known(_)));
        assert!(matches!(next(&worker), TasteUpdate::Healed));
        drop(worker);
        let store = TasteStore::open(&blocked.join("taste.sqlite3")).expect("opened").store;
        assert_eq!(store.events("ada").expect("read"), [event(0)]);
    }
}
