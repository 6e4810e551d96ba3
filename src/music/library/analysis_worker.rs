//! The thread `analysis`: measures the sound, with at most its share of one core.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::entry::LibraryEntry;
use super::library_sync::{BATCH, LibraryChange, hash, measure};
use super::worker_shared::{LibraryUpdate, WorkerShared, tell_all};
use crate::foundation::{Backoff, Capacity, DatabaseError, WorkDone, Worker, WorkerContext, WorkerOptions};

/// Ending may wait this long for a file that is being decoded.
const JOIN_LIMIT: Duration = Duration::from_secs(2);
/// Percentiles are computed again after this fraction (1/n) of the tracks was analysed since.
const STALE: usize = 4;

/// Starts the thread that measures. It rests while nothing is to be analysed.
pub(super) fn start_analysis(shared: &WorkerShared) -> Option<Worker<PathBuf, ()>> {
    let options = WorkerOptions::named("analysis")
        .jobs(Capacity::Latest)
        .join_limit(JOIN_LIMIT)
        .restart(Backoff::new(Duration::from_secs(1), Duration::from_mins(5)));
    let of_thread = shared.clone();
    let started = Worker::spawn(options, move |folders: &WorkerContext<PathBuf, ()>| {
        let mut worker = AnalysisWorker { shared: of_thread.clone(), fresh: 0 };
        while let Some(folder) = folders.next_job() {
            let done = worker.measure_all(&folder).and_then(|()| worker.settle(&folder, 1));
            if let Err(error) = done {
                worker.shared.complain(format!("{error}; it is tried again at the next scan"));
            }
        }
        WorkDone::Finished
    });
    started
        .inspect_err(|error| {
            let words = format!("The sound of your music cannot be measured: {error}. Start Attune again.");
            shared.tell(LibraryUpdate::Database(Some(words)));
        })
        .ok()
}

/// The thread that measures the sound.
struct AnalysisWorker {
    shared: WorkerShared,
    /// Tracks that were measured since percentiles were taken.
    fresh: usize,
}

impl AnalysisWorker {
    fn measure_all(&mut self, folder: &Path) -> Result<(), DatabaseError> {
        let mut after = 0;
        while self.goes_on() {
            let waiting = self.shared.index().store.unmeasured(folder, after, BATCH)?;
            let Some((last, _)) = waiting.last() else { return Ok(()) };
            after = *last;
            for (id, file) in waiting {
                if !self.goes_on() {
                    return Ok(());
                }
                self.measure_one(id, &file, folder)?;
                let measured = self.shared.now().measured;
                self.settle(folder, (measured / STALE).max(8))?;
                thread::yield_now();
            }
        }
        Ok(())
    }

    /// Whether there is more to do: the app runs, and tracks are to be analysed.
    fn goes_on(&self) -> bool {
        self.shared.goes_on() && self.shared.settings.get().library.analyse
    }

    fn measure_one(&mut self, id: i64, file: &Path, folder: &Path) -> Result<(), DatabaseError> {
        let mut rest = CpuShare::new(self.shared.settings.get().library.analysis_share);
        let shared = &self.shared;
        let mut go_on = || {
            rest.take();
            shared.goes_on()
        };
        // A file that cannot be read now is looked at again with the next look.
        let Ok(Some(hash)) = hash(file, &mut go_on) else { return Ok(()) };
        let known = shared.index().store.put_hash(id, &hash)?;
        let entry = if known {
            let track = shared.index().store.track(file)?;
            track.map(|stored| shared.index().entry(stored, folder))
        } else {
            let Some(sound) = measure(file, go_on) else { return Ok(()) };
            self.fresh += 1;
            shared.index().keep_sound(file, &hash, &sound, folder)?
        };
        self.shared.progress(|progress| progress.measured += usize::from(entry.is_some()));
        self.shared.tell(LibraryUpdate::Changed(changed(id, entry)));
        Ok(())
    }

    /// Computes percentiles again when enough tracks were analysed since, and reports all tracks with their new values.
    fn settle(&mut self, folder: &Path, enough: usize) -> Result<(), DatabaseError> {
        if self.fresh < enough {
            return Ok(());
        }
        self.fresh = 0;
        self.shared.index().take_scale(folder)?;
        tell_all(&self.shared, folder)
    }
}

fn changed(id: i64, entry: Option<LibraryEntry>) -> LibraryChange {
    match entry {
        Some(entry) => LibraryChange::Put(vec![(id, entry)]),
        None => LibraryChange::Gone(vec![id]),
    }
}

/// Sleeps after work, so that the thread uses at most its share of one core.
struct CpuShare {
    share: f32,
    since: Instant,
}

/// Sleeps follow work of at least this length.
const PIECE: Duration = Duration::from_millis(4);

impl CpuShare {
    fn new(share: f32) -> Self {
        Self { share, since: Instant::now() }
    }

    fn take(&mut self) {
        let worked = self.since.elapsed();
        if worked >= PIECE {
            thread::sleep(worked.mul_f32((1.0 / self.share - 1.0).max(0.0)).min(Duration::from_millis(200)));
            self.since = Instant::now();
        }
    }
}
