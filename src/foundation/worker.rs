//! One background thread with its mailboxes: the only way in which Attune starts a thread.
//!
//! Every blocking or slow piece of work (a device, a disk, a decoder, a network) runs on a
//! [`Worker`], so that all of them behave alike:
//!
//! - the thread has a name, which debuggers and `/proc` show;
//! - jobs go in through a bounded [`Mailbox`], either a queue or a slot in which the latest job
//!   wins, and news come out through another one; the main thread never waits for either;
//! - a panic is caught and reported once, as [`WorkerEvent::Panicked`];
//! - with a [restart](WorkerOptions::restart), the work starts again after an exponential back-off;
//! - dropping the worker tells it to stop and joins it, for at most the
//!   [join limit](WorkerOptions::join_limit).
//!
//! # How to use it
//!
//! *One answer for each job* (open a device, write a screenshot, scan a file): [`Worker::answering`].
//!
//! ```
//! use attune::foundation::{Worker, WorkerEvent, WorkerOptions};
//!
//! let squares = Worker::answering(WorkerOptions::named("squares"), |number: u32| number * number)?;
//! squares.send(7).expect("an empty queue takes a job");
//! let answer = loop {
//!     if let Some(event) = squares.poll() {
//!         break event;
//!     }
//! };
//! assert_eq!(answer, WorkerEvent::News(49));
//! # Ok::<(), attune::foundation::WorkerError>(())
//! ```
//!
//! *A loop that owns something* (a camera, a database, a folder that is watched): [`Worker::spawn`]
//! with a body that loops over [`WorkerContext::next_job`], [`WorkerContext::next_job_within`] or
//! [`WorkerContext::sleep`] and reports news. The body returns [`WorkDone::Finished`] when told to
//! stop and [`WorkDone::Retry`] when it failed, after it has reported why as news of its own. It
//! may capture an `Arc` if it shares more than jobs and news.
//!
//! In a system, drain [`Worker::poll`] once in each update. A job that waits for a slow disk is
//! never lost at the end of the program: a queue is emptied before the thread ends.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::mailbox::{Capacity, Mailbox, Received};

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the thread \"{name}\" cannot be started: {source}")]
pub struct WorkerError {
    /// The name of the thread.
    pub name: &'static str,
    /// What the system said.
    pub source: std::io::Error,
}

/// What a worker has to say.
#[derive(Debug, PartialEq, Eq)]
pub enum WorkerEvent<News> {
    /// Something that the work reported.
    News(News),
    /// The work panicked, with this text. It starts again if the worker has a restart.
    Panicked(String),
}

/// How the body of a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkDone {
    /// For good: the thread ends.
    Finished,
    /// It failed, and starts again after the back-off. Without a restart the thread ends.
    Retry,
}

/// How a worker is set up.
#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    name: &'static str,
    jobs: Capacity,
    news: Capacity,
    restart: Option<Backoff>,
    join_limit: Duration,
}

impl WorkerOptions {
    /// A thread of this name (Linux shows 15 letters): a queue of 16 jobs, a queue of 64 news, no
    /// restart, joined for at most five seconds.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            jobs: Capacity::Queue(16),
            news: Capacity::Queue(64),
            restart: None,
            join_limit: Duration::from_secs(5),
        }
    }

    /// How jobs wait.
    #[must_use]
    pub const fn jobs(self, jobs: Capacity) -> Self {
        Self { jobs, ..self }
    }

    /// How news wait. The work pauses while a queue of news is full.
    #[must_use]
    pub const fn news(self, news: Capacity) -> Self {
        Self { news, ..self }
    }

    /// Starts the work again after a panic or [`WorkDone::Retry`].
    #[must_use]
    pub const fn restart(self, backoff: Backoff) -> Self {
        Self { restart: Some(backoff), ..self }
    }

    /// How long dropping the worker may wait for the thread. Zero for work that may hang in foreign
    /// code, such as a driver; its thread then ends by itself.
    #[must_use]
    pub const fn join_limit(self, limit: Duration) -> Self {
        Self { join_limit: limit, ..self }
    }
}

/// A signal that is set once and can be waited for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<(Mutex<bool>, Condvar)>);

impl StopSignal {
    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *lock(&self.0.0)
    }

    /// Sets it and wakes everything that waits for it.
    pub fn set(&self) {
        *lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    /// Waits until it is set, at most `longest`. Returns whether it is set.
    #[must_use]
    pub fn wait(&self, longest: Duration) -> bool {
        let wait = self.0.1.wait_timeout_while(lock(&self.0.0), longest, |set| !*set);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What both sides of a worker share.
struct WorkerState<Job, News> {
    jobs: Mailbox<Job>,
    news: Mailbox<News>,
    stop: StopSignal,
    ended: StopSignal,
    panic: Mutex<Option<String>>,
    restart: Mutex<Option<Backoff>>,
    restarts_at: Mutex<Option<Instant>>,
}

/// A background thread with its mailboxes. See the head of the module for how to use it.
pub struct Worker<Job, News> {
    options: WorkerOptions,
    shared: Arc<WorkerState<Job, News>>,
    thread: Option<JoinHandle<()>>,
}

impl<Job: Send + 'static, News: Send + 'static> Worker<Job, News> {
    /// Starts a thread that runs `body`, again after failures if the options say so.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub fn spawn(
        options: WorkerOptions,
        mut body: impl FnMut(&WorkerContext<Job, News>) -> WorkDone + Send + 'static,
    ) -> Result<Self, WorkerError> {
        let shared = Arc::new(WorkerState {
            jobs: Mailbox::new(options.jobs),
            news: Mailbox::new(options.news),
            stop: StopSignal::default(),
            ended: StopSignal::default(),
            panic: Mutex::new(None),
            restart: Mutex::new(options.restart),
            restarts_at: Mutex::new(None),
        });
        let context = WorkerContext { shared: shared.clone() };
        let work = move || {
            context.run(&mut body);
            // What the work owns is closed before anyone is told that it has ended.
            drop(body);
            context.shared.ended.set();
        };
        let thread = thread::Builder::new()
            .name(options.name.to_owned())
            .spawn(work)
            .map_err(|source| WorkerError { name: options.name, source })?;
        Ok(Self { options, shared, thread: Some(thread) })
    }

    /// Starts a thread that turns each job into one item of news. A job whose answer panics is
    /// lost; the next one is tried.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub fn answering(
        options: WorkerOptions,
        mut answer: impl FnMut(Job) -> News + Send + 'static,
    ) -> Result<Self, WorkerError> {
        let options =
            WorkerOptions { restart: Some(Backoff::new(Duration::ZERO, Duration::ZERO)), ..options };
        Self::spawn(options, move |context| {
            while let Some(job) = context.next_job() {
                if !context.report(answer(job)) {
                    break;
                }
            }
            WorkDone::Finished
        })
    }
}

impl<Job, News> Worker<Job, News> {
    /// Gives the thread a job, without waiting. Returns the older job that it replaced, if it did.
    ///
    /// # Errors
    /// The job itself, if the queue is full or the thread has been told to stop.
    pub fn send(&self, job: Job) -> Result<Option<Job>, Job> {
        self.shared.jobs.put(job)
    }

    /// The next thing that the thread has to say, without waiting.
    pub fn poll(&self) -> Option<WorkerEvent<News>> {
        if let Some(news) = self.shared.news.try_take() {
            return Some(WorkerEvent::News(news));
        }
        // A panic comes after all that was reported before it.
        lock(&self.shared.panic).take().map(WorkerEvent::Panicked)
    }

    /// Whether the thread has ended: it is finished, was told to stop, or failed without a restart.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.ended.is_set()
    }

    /// How long until the work starts again; `None` while it runs.
    #[must_use]
    pub fn restarts_in(&self) -> Option<Duration> {
        lock(&self.shared.restarts_at).map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Tells the thread to stop, without waiting.
    pub fn stop(&self) {
        self.shared.stop.set();
        self.shared.jobs.close();
        self.shared.news.close();
    }

    /// Waits until the thread has ended, at most `longest`. Returns whether it has.
    pub fn join(&mut self, longest: Duration) -> bool {
        if !self.shared.ended.wait(longest) {
            return false;
        }
        if let Some(thread) = self.thread.take() {
            // Every panic inside was caught and is reported by `poll`.
            let _ = thread.join();
        }
        true
    }
}

impl<Job, News> Drop for Worker<Job, News> {
    fn drop(&mut self) {
        self.stop();
        let limit = self.options.join_limit;
        if !limit.is_zero() && !self.join(limit) {
            bevy::log::warn!("the thread \"{}\" does not end; it is left behind", self.options.name);
        }
    }
}

/// The side of a worker that its thread sees.
pub struct WorkerContext<Job, News> {
    shared: Arc<WorkerState<Job, News>>,
}

impl<Job, News> WorkerContext<Job, News> {
    /// Waits for a job; `None` when the thread must end.
    #[must_use]
    pub fn next_job(&self) -> Option<Job> {
        match self.shared.jobs.take(None) {
            Received::Item(job) => Some(job),
            Received::TimedOut | Received::Closed => None,
        }
    }

    /// Waits for a job, at most `longest`. [`Received::Closed`] when the thread must end.
    #[must_use]
    pub fn next_job_within(&self, longest: Duration) -> Received<Job> {
        self.shared.jobs.take(Some(longest))
    }

    /// A job that waits already.
    #[must_use]
    pub fn waiting_job(&self) -> Option<Job> {
        self.shared.jobs.try_take()
    }

    /// Reports news, and waits while their queue is full. Returns `false` when the thread was told
    /// to stop, so that its news are not read any more.
    pub fn report(&self, news: News) -> bool {
        self.shared.news.put_waiting(news).is_ok()
    }

    /// Says that the work succeeds: the next failure starts again after a short wait.
    pub fn succeeded(&self) {
        if let Some(backoff) = lock(&self.shared.restart).as_mut() {
            backoff.reset();
        }
    }

    /// Whether the thread must end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.stop.is_set()
    }

    /// Sleeps this long. Returns `false` at once when the thread must end.
    #[must_use]
    pub fn sleep(&self, duration: Duration) -> bool {
        !self.shared.stop.wait(duration)
    }

    /// The signal to stop, for code that does not know the worker.
    #[must_use]
    pub fn stop_signal(&self) -> &StopSignal {
        &self.shared.stop
    }

    fn run(&self, body: &mut impl FnMut(&Self) -> WorkDone) {
        loop {
            // What the work owns may be half changed after a panic; it starts again from its beginning.
            match catch_unwind(AssertUnwindSafe(|| body(self))) {
                Ok(WorkDone::Finished) => return,
                Ok(WorkDone::Retry) => {}
                Err(panic) => *lock(&self.shared.panic) = Some(panic_text(panic.as_ref())),
            }
            let Some(wait) = lock(&self.shared.restart).as_mut().map(Backoff::fail) else { return };
            *lock(&self.shared.restarts_at) = Some(Instant::now() + wait);
            // Without a wait, the jobs that are left are still done when the program ends.
            if !wait.is_zero() && self.shared.stop.wait(wait) {
                return;
            }
            *lock(&self.shared.restarts_at) = None;
        }
    }
}

/// The text of a panic that was caught.
#[must_use]
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
        .to_owned()
}

/// No panic can leave one of these values half changed, so that of a poisoned lock is used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn next<Job, News>(worker: &Worker<Job, News>) -> WorkerEvent<News> {
        let began = Instant::now();
        loop {
            if let Some(event) = worker.poll() {
                return event;
            }
            assert!(began.elapsed() < PATIENCE, "the worker says nothing");
            thread::yield_now();
        }
    }

    #[test]
    fn each_job_has_its_answer_in_order_on_a_thread_of_that_name() {
        let worker = Worker::answering(WorkerOptions::named("adder"), |number: u32| {
            (number + 1, thread::current().name().map(str::to_owned))
        })
        .expect("a thread");
        for number in 0..3 {
            worker.send(number).expect("room");
        }
        for number in 1..4 {
            assert_eq!(next(&worker), WorkerEvent::News((number, Some("adder".to_owned()))));
        }
    }

    #[test]
    fn a_panic_is_reported_once_and_the_next_job_is_done() {
        let worker = Worker::answering(WorkerOptions::named("clumsy"), |number: u32| {
            assert!(number > 0, "stumbled over zero");
            number
        })
        .expect("a thread");
        worker.send(0).expect("room");
        assert!(matches!(next(&worker), WorkerEvent::Panicked(text) if text.contains("stumbled over zero")));
        assert_eq!(worker.poll(), None);
        worker.send(1).expect("room");
        assert_eq!(next(&worker), WorkerEvent::News(1));
    }

    #[test]
    fn without_a_restart_a_panic_ends_the_thread() {
        let mut worker =
            Worker::<(), ()>::spawn(WorkerOptions::named("once"), |_| panic!("over")).expect("a thread");
        assert_eq!(next(&worker), WorkerEvent::Panicked("over".to_owned()));
        assert!(worker.join(PATIENCE) && worker.has_ended());
    }

    #[test]
    fn failed_work_starts_again_after_a_wait_that_grows_until_it_succeeds() {
        let backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(2));
        let lives = AtomicU32::new(0);
        let worker =
            Worker::<(), _>::spawn(WorkerOptions::named("stubborn").restart(backoff), move |context| {
                let life = lives.fetch_add(1, Ordering::SeqCst);
                if life == 2 {
                    context.succeeded();
                }
                let failures = lock(&context.shared.restart).map(|backoff| backoff.failures());
                context.report((life, failures));
                if life < 3 { WorkDone::Retry } else { WorkDone::Finished }
            })
            .expect("a thread");
        for expected in [(0, 0), (1, 1), (2, 0), (3, 1)] {
            let (life, failures) = expected;
            assert_eq!(next(&worker), WorkerEvent::News((life, Some(failures))));
        }
    }

    #[test]
    fn the_wait_for_a_restart_is_known_and_ends_when_the_worker_is_dropped() {
        let hour = Duration::from_hours(1);
        let options = WorkerOptions::named("patient").restart(Backoff::new(hour, hour));
        let worker = Worker::<(), ()>::spawn(options, |_| WorkDone::Retry).expect("a thread");
        let began = Instant::now();
        let wait = loop {
            if let Some(wait) = worker.restarts_in() {
                break wait;
            }
            assert!(began.elapsed() < PATIENCE, "it never fails");
            thread::yield_now();
        };
        assert!(wait <= hour && wait > hour / 2);
        let ended = worker.shared.ended.clone();
        drop(worker);
        assert!(ended.is_set(), "dropping joins the thread");
    }

    #[test]
    fn dropping_does_the_jobs_that_wait() {
        let done = Arc::new(AtomicU32::new(0));
        let worker = Worker::<u32, ()>::spawn(WorkerOptions::named("writer"), {
            let done = done.clone();
            move |context| {
                while let Some(number) = context.next_job() {
                    thread::sleep(Duration::from_millis(1));
                    done.fetch_add(number, Ordering::SeqCst);
                }
                WorkDone::Finished
            }
        })
        .expect("a thread");
        for _ in 0..10 {
            worker.send(1).expect("room");
        }
        drop(worker);
        assert_eq!(done.load(Ordering::SeqCst), 10);
    }

    #[test]
    fn dropping_does_not_wait_for_news_that_are_not_read() {
        let options = WorkerOptions::named("talker").news(Capacity::Queue(1)).join_limit(PATIENCE);
        let worker = Worker::<(), u32>::spawn(options, |context| {
            while context.report(1) {}
            WorkDone::Finished
        })
        .expect("a thread");
        let ended = worker.shared.ended.clone();
        drop(worker);
        assert!(ended.is_set());
    }

    #[test]
    fn a_thread_that_hangs_is_left_behind() {
        let release = StopSignal::default();
        let options = WorkerOptions::named("stuck").join_limit(Duration::from_millis(1));
        let worker = Worker::<(), ()>::spawn(options, {
            let release = release.clone();
            move |_| {
                let _ = release.wait(PATIENCE);
                WorkDone::Finished
            }
        })
        .expect("a thread");
        let ended = worker.shared.ended.clone();
        drop(worker);
        assert!(!ended.is_set(), "the drop did not wait for it");
        release.set();
        assert!(ended.wait(PATIENCE));
    }

    #[test]
    fn with_the_latest_only_older_jobs_are_given_back() {
        let release = StopSignal::default();
        let worker = Worker::answering(WorkerOptions::named("reader").jobs(Capacity::Latest), {
            let release = release.clone();
            move |number: u32| {
                let _ = release.wait(PATIENCE);
                number
            }
        })
        .expect("a thread");
        worker.send(1).expect("taken");
        // Whether the thread has taken the first job yet is open; of the next two, one is given back.
        let replaced = [worker.send(2), worker.send(3)].into_iter().flatten().flatten().count();
        assert!((1..=2).contains(&replaced));
        release.set();
        let mut last = next(&worker);
        if last == WorkerEvent::News(1) {
            last = next(&worker);
        }
        assert_eq!(last, WorkerEvent::News(3));
    }
}
