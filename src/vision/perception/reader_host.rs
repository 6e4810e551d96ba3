//! Runs a reader on the worker thread or on the spot, and starts it again after a failure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::reading::Reading;
use crate::foundation::{
    Backoff, Capacity, WorkDone, Worker, WorkerContext, WorkerError, WorkerEvent, WorkerOptions, panic_text,
};
use crate::frame::Frame;
use crate::inference::ModelError;

/// Reads one frame, with what it remembers of those before.
pub(super) type InferenceFn = Box<dyn FnMut(&FrameJob) -> Result<Reading, ModelError> + Send + Sync>;

/// Makes a reader; called again after each failure.
pub(super) type LoadReader = Arc<dyn Fn() -> Result<InferenceFn, ModelError> + Send + Sync>;

/// A frame to be read, and the app time of its capture.
pub(super) struct FrameJob {
    pub(super) frame: Frame,
    pub(super) at: Duration,
}

/// Why there is no reader.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReaderError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Thread(#[from] WorkerError),
    #[error("it stopped unexpectedly ({0})")]
    Panicked(String),
}

/// What became of the reader or of a frame.
#[derive(Debug)]
pub(super) enum ReaderNews {
    /// The networks are ready.
    Loaded,
    Read(Reading),
    /// This frame could not be read; the next may be.
    Unread(ModelError),
    /// The networks could not be loaded.
    NotLoaded(ReaderError),
    /// The reader failed while reading; it is started again.
    Failed(ReaderError),
}

/// Waits between attempts: doubled from the first to the longest.
pub(super) const RESTART: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// Where the reader runs.
enum ReaderPlace {
    /// On a thread that restarts it by itself.
    Thread(Worker<FrameJob, ReaderNews>),
    /// Within the update that brings a frame.
    Inline(InferenceFn),
    /// Nowhere, before the first start and after a failure without a thread.
    Off,
}

/// The reader, where it runs, and when it is started again.
pub(super) struct ReaderHost {
    load: LoadReader,
    place: ReaderPlace,
    news: Vec<ReaderNews>,
    backoff: Backoff,
    /// App time before which it is not started again.
    not_before: Duration,
}

impl ReaderHost {
    pub(super) fn new(load: LoadReader, backoff: Backoff) -> Self {
        Self { load, place: ReaderPlace::Off, news: Vec::new(), backoff, not_before: Duration::ZERO }
    }

    /// Starts the reader if it is off and its time has come. `inline` waits for the load and reads on the
    /// spot; otherwise a thread does both.
    pub(super) fn start(&mut self, now: Duration, inline: bool) {
        if !matches!(self.place, ReaderPlace::Off) || now < self.not_before {
            return;
        }
        let started = if inline { self.start_inline() } else { self.start_thread() };
        if let Err(error) = started {
            self.fail(now);
            self.news.push(ReaderNews::NotLoaded(error));
        }
    }

    fn start_inline(&mut self) -> Result<(), ReaderError> {
        self.place = ReaderPlace::Inline(guarded(|| (self.load)())??);
        self.news.push(ReaderNews::Loaded);
        Ok(())
    }

    fn start_thread(&mut self) -> Result<(), ReaderError> {
        let options = WorkerOptions::named("perception").jobs(Capacity::Latest).restart(self.backoff);
        let load = self.load.clone();
        self.place = ReaderPlace::Thread(Worker::spawn(options, move |context| run(&load, context))?);
        Ok(())
    }

    /// Hands a frame over; returns how many frames were lost by it.
    pub(super) fn give(&mut self, job: FrameJob, now: Duration) -> u64 {
        match &mut self.place {
            ReaderPlace::Off => 1,
            // A frame that is replaced, or that a stopped thread refuses, is lost.
            ReaderPlace::Thread(worker) => u64::from(!matches!(worker.send(job), Ok(None))),
            ReaderPlace::Inline(read) => {
                match guarded(|| read(&job)) {
                    Ok(result) => {
                        self.backoff.reset();
                        self.news.push(news_of(result));
                    }
                    Err(error) => {
                        self.fail(now);
                        self.news.push(ReaderNews::Failed(error));
                    }
                }
                0
            }
        }
    }

    /// What happened since the last call.
    pub(super) fn news(&mut self) -> Vec<ReaderNews> {
        let mut news = std::mem::take(&mut self.news);
        if let ReaderPlace::Thread(worker) = &self.place {
            while let Some(event) = worker.poll() {
                news.push(match event {
                    WorkerEvent::News(item) => item,
                    WorkerEvent::Panicked(text) => ReaderNews::Failed(ReaderError::Panicked(text)),
                });
            }
        }
        news
    }

    /// How long until it is started again, after a failure.
    pub(super) fn restarts_in(&self, now: Duration) -> Duration {
        match &self.place {
            ReaderPlace::Thread(worker) => worker.restarts_in().unwrap_or_default(),
            _ => self.not_before.saturating_sub(now),
        }
    }

    fn fail(&mut self, now: Duration) {
        self.place = ReaderPlace::Off;
        self.not_before = now + self.backoff.fail();
    }
}

/// The work of the thread: from loading until it is stopped or fails.
fn run(load: &LoadReader, context: &WorkerContext<FrameJob, ReaderNews>) -> WorkDone {
    let mut read = match load() {
        Ok(read) => read,
        Err(error) => {
            context.report(ReaderNews::NotLoaded(error.into()));
            return WorkDone::Retry;
        }
    };
    context.report(ReaderNews::Loaded);
    while let Some(job) = context.next_job() {
        let result = read(&job);
        context.succeeded();
        if !context.report(news_of(result)) {
            break;
        }
    }
    WorkDone::Finished
}

fn news_of(result: Result<Reading, ModelError>) -> ReaderNews {
    result.map_or_else(ReaderNews::Unread, ReaderNews::Read)
}

/// Turns a panic into an error.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ReaderError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| ReaderError::Panicked(panic_text(panic.as_ref())))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::super::reading::ReadingTiming;
    use super::*;

    fn backoff() -> Backoff {
        Backoff::new(RESTART[0], RESTART[1])
    }

    fn job(second: u64) -> FrameJob {
        let at = Duration::from_secs(second);
        FrameJob { frame: Frame::new(1, 1, vec![0; 3], at).expect("fits"), at }
    }

    fn broken(reason: &str) -> ModelError {
        ModelError::Broken { file: PathBuf::from("x.onnx"), what: "cannot be read", reason: reason.into() }
    }

    /// Fails to load, then panics on its first frame, then works.
    fn clumsy() -> LoadReader {
        let lives = AtomicU32::new(0);
        Arc::new(move || {
            let life = lives.fetch_add(1, Ordering::SeqCst);
            if life == 0 {
                return Err(broken("no networks"));
            }
            Ok(Box::new(move |job: &FrameJob| {
                assert!(life > 1, "stumbled");
                let timing = ReadingTiming::default();
                Ok(Reading { at: job.at, frame_size: [1, 1], faces: Vec::new(), timing })
            }))
        })
    }

    #[test]
    fn a_reader_that_fails_comes_back_after_a_wait() {
        let second = Duration::from_secs;
        let mut host = ReaderHost::new(clumsy(), backoff());
        host.start(second(0), true);
        let news = host.news();
        assert!(
            matches!(&news[..], [ReaderNews::NotLoaded(error)] if error.to_string().contains("no networks"))
        );
        assert_eq!(host.restarts_in(second(0)), second(1));
        host.start(Duration::from_millis(900), true);
        assert!(host.news().is_empty());
        host.start(second(1), true);
        assert_eq!(host.give(job(1), second(1)), 0);
        let news = host.news();
        assert!(
            matches!(&news[..], [ReaderNews::Loaded, ReaderNews::Failed(error)] if error.to_string().contains("stumbled")),
            "{news:?}"
        );
        assert_eq!(host.restarts_in(second(1)), second(2));
        assert_eq!(host.give(job(2), second(2)), 1, "a frame that nobody can read is lost");
        host.start(second(3), true);
        host.give(job(3), second(3));
        let news = host.news();
        assert!(
            matches!(&news[..], [ReaderNews::Loaded, ReaderNews::Read(read)] if read.at == second(3)),
            "{news:?}"
        );
    }

    #[test]
    fn the_wait_has_a_limit() {
        let mut host = ReaderHost::new(Arc::new(|| Err(broken("never"))), backoff());
        let mut now = Duration::ZERO;
        for _ in 0..20 {
            host.start(now, true);
            assert_eq!(host.news().len(), 1);
            now += host.restarts_in(now);
        }
        host.start(now, true);
        host.news();
        assert_eq!(host.restarts_in(now), RESTART[1]);
    }

    /// Runs a host with a thread until news arrives that is wanted.
    fn until(host: &mut ReaderHost, wanted: impl Fn(&ReaderNews) -> bool) -> ReaderNews {
        let patience = Instant::now();
        loop {
            host.start(Duration::ZERO, false);
            host.give(job(0), Duration::ZERO);
            if let Some(news) = host.news().into_iter().find(&wanted) {
                return news;
            }
            assert!(patience.elapsed() < Duration::from_mins(1), "nothing came of it");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_thread_fails_and_comes_back_too() {
        let short = Duration::from_millis(1);
        let mut host = ReaderHost::new(clumsy(), Backoff::new(short, short));
        until(&mut host, |news| matches!(news, ReaderNews::NotLoaded(_)));
        until(&mut host, |news| matches!(news, ReaderNews::Failed(_)));
        until(&mut host, |news| matches!(news, ReaderNews::Read(_)));
    }

    #[test]
    fn the_thread_bears_its_name() {
        let load: LoadReader = Arc::new(|| {
            let name = std::thread::current().name().map(str::to_owned);
            Err(broken(&name.unwrap_or_default()))
        });
        let mut host = ReaderHost::new(load, backoff());
        let news = until(&mut host, |news| matches!(news, ReaderNews::NotLoaded(_)));
        assert!(matches!(news, ReaderNews::NotLoaded(error) if error.to_string().contains("perception")));
    }
}
