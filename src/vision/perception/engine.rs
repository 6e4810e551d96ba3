//! Runs a reader on a thread of its own or on the spot, and starts it again when it dies.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::latest_value::LatestValue;
use super::{ReadFace, Reading, ReadingTiming};
use crate::frame::Frame;

/// Reads one frame, with what it remembers of those before.
pub(super) type ReadFrame =
    Box<dyn FnMut(&Job) -> Result<(Vec<ReadFace>, ReadingTiming), String> + Send + Sync>;

/// Makes a reader; called again after each death.
pub(super) type Load = Arc<dyn Fn() -> Result<ReadFrame, String> + Send + Sync>;

/// A frame to be read, and the app time of its capture.
pub(super) struct Job {
    pub(super) frame: Frame,
    pub(super) at: Duration,
}

/// What the engine has to say.
#[derive(Debug)]
pub(super) enum Note {
    /// The networks are ready.
    Loaded,
    Read(Reading),
    /// This frame could not be read; the next may be.
    Unread(String),
    /// It could not be loaded.
    NotLoaded(String),
    /// It died while reading.
    Died(String),
}

/// Where the reader is.
enum State {
    Off,
    Thread(Worker),
    Here(ReadFrame),
}

/// The reader, wherever it runs, and when to start it again.
pub(super) struct Engine {
    load: Load,
    state: State,
    notes: Vec<Note>,
    failures: u32,
    /// App time before which it is not started again.
    not_before: Duration,
}

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Engine {
    pub(super) fn new(load: Load) -> Self {
        Self { load, state: State::Off, notes: Vec::new(), failures: 0, not_before: Duration::ZERO }
    }

    /// Starts the reader if it is off and its time has come: `here` waits for
    /// the load and reads on the spot, otherwise a thread does both.
    pub(super) fn start(&mut self, now: Duration, here: bool) {
        if !matches!(self.state, State::Off) || now < self.not_before {
            return;
        }
        if here {
            match guarded(|| (self.load)()) {
                Ok(read) => {
                    self.state = State::Here(read);
                    self.notes.push(Note::Loaded);
                }
                Err(reason) => self.notes.push(Note::NotLoaded(reason)),
            }
        } else {
            match Worker::spawn(self.load.clone()) {
                Ok(worker) => self.state = State::Thread(worker),
                Err(error) => self.notes.push(Note::NotLoaded(format!("no thread can be started: {error}"))),
            }
        }
    }

    /// Hands a frame over; says how many frames were lost by it.
    pub(super) fn give(&mut self, job: Job) -> u64 {
        match &mut self.state {
            State::Off => 1,
            State::Thread(worker) => u64::from(worker.jobs.put(job).is_some()),
            State::Here(read) => {
                let note = answer(read, &job);
                self.notes.push(note);
                0
            }
        }
    }

    /// What happened since the last call. A death is followed by a wait that doubles from 1 s to 30 s.
    pub(super) fn notes(&mut self, now: Duration) -> Vec<Note> {
        let mut notes = std::mem::take(&mut self.notes);
        if let State::Thread(worker) = &mut self.state {
            worker.collect(&mut notes);
        }
        for note in &notes {
            match note {
                Note::Read(_) => self.failures = 0,
                Note::NotLoaded(_) | Note::Died(_) => self.fail(now),
                Note::Loaded | Note::Unread(_) => {}
            }
        }
        notes
    }

    /// How long until it is started again, after a failure.
    pub(super) fn wait(&self, now: Duration) -> Duration {
        self.not_before.saturating_sub(now)
    }

    fn fail(&mut self, now: Duration) {
        let doubled = FIRST_WAIT.saturating_mul(1 << self.failures.min(10));
        self.not_before = now + doubled.min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Off;
    }
}

fn answer(read: &mut ReadFrame, job: &Job) -> Note {
    let Job { frame, at } = job;
    match catch_unwind(AssertUnwindSafe(|| read(job))) {
        Ok(Ok((faces, timing))) => {
            Note::Read(Reading { at: *at, frame_size: [frame.width(), frame.height()], faces, timing })
        }
        Ok(Err(reason)) => Note::Unread(reason),
        Err(panic) => Note::Died(words(panic.as_ref())),
    }
}

/// Turns a panic into an error with its words.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(words(panic.as_ref())))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it stopped unexpectedly ({})", text.unwrap_or("no reason given"))
}

/// The thread, its slot for frames and its channel for notes.
struct Worker {
    jobs: Arc<LatestValue<Job>>,
    /// The mutex is only there because a `Receiver` cannot be shared; nobody contends for it.
    notes: Option<Mutex<Receiver<Note>>>,
    thread: Option<JoinHandle<()>>,
}

/// More notes than a frame of the app ever leaves uncollected.
const NOTES: usize = 32;

impl Worker {
    fn spawn(load: Load) -> std::io::Result<Self> {
        let jobs = Arc::new(LatestValue::default());
        let (sender, receiver) = sync_channel(NOTES);
        let thread = std::thread::Builder::new().name("perception".into()).spawn({
            let jobs = jobs.clone();
            move || work(&load, &jobs, &sender)
        })?;
        Ok(Self { jobs, notes: Some(Mutex::new(receiver)), thread: Some(thread) })
    }

    fn collect(&mut self, notes: &mut Vec<Note>) {
        if let Some(receiver) = self.notes.as_mut().and_then(|mutex| mutex.get_mut().ok()) {
            notes.extend(receiver.try_iter());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs.close();
        // Without a receiver a thread that waits to send goes on to its end.
        self.notes = None;
        if let Some(thread) = self.thread.take() {
            // Every panic inside has been caught and told already.
            let _ = thread.join();
        }
    }
}

/// The life of the thread. A failed `send` means that nobody listens any more, so it ends.
fn work(load: &Load, jobs: &LatestValue<Job>, notes: &SyncSender<Note>) {
    let mut read = match guarded(|| load()) {
        Ok(read) => read,
        Err(reason) => {
            let _ = notes.send(Note::NotLoaded(reason));
            return;
        }
    };
    if notes.send(Note::Loaded).is_err() {
        return;
    }
    while let Some(job) = jobs.take() {
        let note = answer(&mut read, &job);
        let dead = matches!(note, Note::Died(_));
        if notes.send(note).is_err() || dead {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;

    fn job(second: u64) -> Job {
        let at = Duration::from_secs(second);
        Job { frame: Frame::new(1, 1, vec![0; 3], at).expect("fits"), at }
    }

    /// Fails to load, then panics on its first frame, then works.
    fn clumsy() -> Load {
        let lives = AtomicU32::new(0);
        Arc::new(move || {
            let life = lives.fetch_add(1, Ordering::SeqCst);
            if life == 0 {
                return Err("no networks".into());
            }
            Ok(Box::new(move |_| {
                assert!(life > 1, "stumbled");
                Ok((Vec::new(), ReadingTiming::default()))
            }))
        })
    }

    #[test]
    fn a_reader_that_dies_comes_back_after_a_wait() {
        let mut engine = Engine::new(clumsy());
        let second = Duration::from_secs;
        engine.start(second(0), true);
        assert!(matches!(&engine.notes(second(0))[..], [Note::NotLoaded(why)] if why == "no networks"));
        assert_eq!(engine.wait(second(0)), FIRST_WAIT);
        engine.start(Duration::from_millis(900), true);
        assert!(engine.notes(Duration::from_millis(900)).is_empty());
        engine.start(second(1), true);
        assert_eq!(engine.give(job(1)), 0);
        let notes = engine.notes(second(1));
        assert!(
            matches!(&notes[..], [Note::Loaded, Note::Died(why)] if why.contains("stumbled")),
            "{notes:?}"
        );
        assert_eq!(engine.wait(second(1)), second(2));
        assert_eq!(engine.give(job(2)), 1, "a frame that nobody can read is lost");
        engine.start(second(3), true);
        engine.give(job(3));
        assert!(
            matches!(&engine.notes(second(3))[..], [Note::Loaded, Note::Read(read)] if read.at == second(3))
        );
    }

    #[test]
    fn the_wait_has_a_limit() {
        let mut engine = Engine::new(Arc::new(|| Err("never".into())));
        let mut now = Duration::ZERO;
        for _ in 0..20 {
            engine.start(now, true);
            assert_eq!(engine.notes(now).len(), 1);
            now += engine.wait(now);
        }
        engine.start(now, true);
        engine.notes(now);
        assert_eq!(engine.wait(now), LONGEST_WAIT);
    }

    /// Runs a threaded engine until a note arrives that is wanted, on a clock that a test moves.
    fn until(engine: &mut Engine, now: &mut Duration, wanted: impl Fn(&Note) -> bool) -> Note {
        let patience = Instant::now();
        loop {
            engine.start(*now, false);
            engine.give(job(now.as_secs()));
            if let Some(note) = engine.notes(*now).into_iter().find(&wanted) {
                return note;
            }
            assert!(patience.elapsed() < Duration::from_mins(1), "nothing came of it");
            *now += Duration::from_millis(10);
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_thread_dies_and_comes_back_too() {
        let (mut engine, mut now) = (Engine::new(clumsy()), Duration::ZERO);
        until(&mut engine, &mut now, |note| matches!(note, Note::NotLoaded(_)));
        until(&mut engine, &mut now, |note| matches!(note, Note::Died(_)));
        until(&mut engine, &mut now, |note| matches!(note, Note::Read(_)));
    }

    #[test]
    fn the_thread_bears_its_name() {
        let load: Load = Arc::new(|| {
            let name = std::thread::current().name().map(str::to_owned);
            Err(name.unwrap_or_default())
        });
        let (mut engine, mut now) = (Engine::new(load), Duration::ZERO);
        let note = until(&mut engine, &mut now, |note| matches!(note, Note::NotLoaded(_)));
        assert!(matches!(note, Note::NotLoaded(name) if name == "perception"));
    }
}
