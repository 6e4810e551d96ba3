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
pub(super) enum TasteUpdate {
    /// What follows from all events that were sent before the request of this number; 0 is the start.
    Known {
        request: u32,
        taste: Box<Taste>,
    },
    File(TasteFileState),
}

/// How the file of taste fares.
#[derive(Debug, PartialEq, Eq)]
pub enum TasteFileState {
    /// The file was damaged; one sentence.
    Damaged(String),
    /// It cannot be read or written at the moment; one sentence. It is tried again.
    Trouble(String),
    /// It can be written again.
    Healed,
}

/// What the thread is asked for.
#[derive(Debug)]
enum TasteJob {
    Keep(FeedbackEvent),
    /// Work the taste out again from all events, under other settings.
    Relearn {
        request: u32,
        settings: TasteSettings,
    },
}

/// The thread that keeps the taste of one profile. Dropping it waits until all events are on the disk.
pub struct TasteWorker {
    worker: Worker<TasteJob, TasteUpdate>,
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
                asked: Some(0),
                counted: 0,
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
        self.worker.send(TasteJob::Keep(event)).is_ok()
    }

    /// Asks for the taste that follows from all events under other settings. Says `false` if the thread is far behind.
    #[must_use]
    pub(super) fn relearn(&self, request: u32, settings: TasteSettings) -> bool {
        self.worker.send(TasteJob::Relearn { request, settings }).is_ok()
    }

    /// The next thing that the thread has to say, if there is one.
    #[must_use]
    pub(super) fn poll(&self) -> Option<TasteUpdate> {
        match self.worker.poll()? {
            WorkerEvent::News(update) => Some(update),
            WorkerEvent::Panicked(text) => Some(TasteUpdate::File(TasteFileState::Trouble(format!(
                "What you like is not saved any more ({text}). It counts until Attune ends."
            )))),
        }
    }
}

type TasteContext = WorkerContext<TasteJob, TasteUpdate>;

/// The file of taste, as far as it can be used.
struct TasteFile {
    file: PathBuf,
    profile: String,
    settings: TasteSettings,
    store: Option<TasteStore>,
    /// The newest request for the taste, until it is answered.
    asked: Option<u32>,
    /// How many of `unwritten`, from the front, came before that request.
    counted: usize,
    unwritten: VecDeque<FeedbackEvent>,
}

impl TasteFile {
    fn run(&mut self, context: &TasteContext) {
        let mut in_trouble = false;
        loop {
            let result = self.write(context);
            match (&result, in_trouble) {
                (Err(error), false) => tell_state(context, TasteFileState::Trouble(trouble(error))),
                (Ok(()), true) => tell_state(context, TasteFileState::Healed),
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
                Received::Item(job) => self.take(job),
                Received::TimedOut => {}
                Received::Closed => return self.finish(context),
            }
            while let Some(job) = context.waiting_job() {
                self.take(job);
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

    fn take(&mut self, job: TasteJob) {
        match job {
            TasteJob::Keep(event) => {
                if self.unwritten.len() == MOST_UNWRITTEN {
                    self.unwritten.pop_front();
                    self.counted = self.counted.saturating_sub(1);
                }
                self.unwritten.push_back(event);
            }
            TasteJob::Relearn { request, settings } => {
                self.settings = settings;
                (self.asked, self.counted) = (Some(request), self.unwritten.len());
            }
        }
    }

    fn write(&mut self, context: &TasteContext) -> Result<(), DatabaseError> {
        let store = if let Some(store) = &mut self.store {
            store
        } else {
            let OpenedTasteStore { store, damage } = TasteStore::open(&self.file)?;
            if let Some(damage) = damage {
                tell_state(context, TasteFileState::Damaged(damage));
            }
            self.store.insert(store)
        };
        if let Some(request) = self.asked {
            let kept = store.events(&self.profile)?;
            let events = kept.iter().chain(self.unwritten.iter().take(self.counted));
            let taste = Box::new(Taste::from_events(&self.settings, events));
            tell(context, TasteUpdate::Known { request, taste });
            self.asked = None;
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

fn tell_state(context: &TasteContext, state: TasteFileState) {
    tell(context, TasteUpdate::File(state));
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

    fn known(worker: &TasteWorker, number: u32) -> Taste {
        match next(worker) {
            TasteUpdate::Known { request, taste } if request == number => *taste,
            other => panic!("{other:?}"),
        }
    }

    fn state(worker: &TasteWorker) -> TasteFileState {
        match next(worker) {
            TasteUpdate::File(state) => state,
            TasteUpdate::Known { .. } => panic!("the taste"),
        }
    }

    #[test]
    fn what_is_kept_is_known_at_the_next_start() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        let worker = start(&file);
        assert_eq!(known(&worker, 0).bandit().lessons(), 0);
        for number in 0..3 {
            assert!(worker.keep(event(number)));
        }
        drop(worker);
        let worker = start(&file);
        let lessons: Vec<FeedbackEvent> = (0..3).map(event).collect();
        assert_eq!(known(&worker, 0), Taste::from_events(&settings().taste, &lessons));
    }

    /// Under other settings all events count anew: those on the disk and those that were sent before the request, and no
    /// later ones.
    #[test]
    fn other_settings_work_the_taste_out_again_from_all_events() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let worker = start(&dir.path().join("taste.sqlite3"));
        known(&worker, 0);
        let other = TasteSettings { liked: -1.0, discount: 0.9, ..settings().taste };
        for number in 0..8 {
            assert!(worker.keep(event(number)));
        }
        assert!(worker.relearn(1, other.clone()));
        for number in 8..20 {
            assert!(worker.keep(event(number)));
        }
        let before: Vec<FeedbackEvent> = (0..8).map(event).collect();
        assert_eq!(known(&worker, 1), Taste::from_events(&other, &before));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_trouble_and_no_crash() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let blocked = dir.path().join("blocked");
        std::fs::write(&blocked, "a file where a folder should be").expect("written");
        let worker = start(&blocked.join("taste.sqlite3"));
        assert!(matches!(state(&worker), TasteFileState::Trouble(words) if words.contains("blocked")));
        // The cause goes away, and the next sign finds that out.
        std::fs::remove_file(&blocked).expect("removed");
        assert!(worker.keep(event(0)));
        known(&worker, 0);
        assert_eq!(state(&worker), TasteFileState::Healed);
        drop(worker);
        let store = TasteStore::open(&blocked.join("taste.sqlite3")).expect("opened").store;
        assert_eq!(store.events("ada").expect("read"), [event(0)]);
    }
}
