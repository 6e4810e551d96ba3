//! The thread `analysis`: measures the sound, with at most its share of one core.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::entry::LibraryEntry;
use super::index::{BATCH, LibraryChange, hash, measure};
use super::records::LibraryStoreError;
use super::worker_shared::{LibraryUpdate, WorkerShared, tell_all};

/// Percentiles are taken anew when this share of the tracks was measured since.
const STALE: usize = 4;

/// Starts the thread that measures, if it is wanted.
pub(super) fn start_analysis(shared: &WorkerShared) -> Option<Sender<PathBuf>> {
    if !shared.settings.analyse {
        return None;
    }
    let (sender, folders) = channel();
    let worker = AnalysisWorker { shared: shared.clone(), fresh: 0 };
    let started = thread::Builder::new().name("analysis".to_owned()).spawn(move || worker.run(&folders));
    match started {
        Ok(_) => Some(sender),
        Err(error) => {
            let words = format!("the sound of the music cannot be measured: {error}; start Attune again");
            shared.tell(LibraryUpdate::Database(Some(words)));
            None
        }
    }
}

/// The thread that measures the sound.
struct AnalysisWorker {
    shared: WorkerShared,
    /// Tracks that were measured since percentiles were taken.
    fresh: usize,
}

impl AnalysisWorker {
    fn run(mut self, folders: &Receiver<PathBuf>) {
        while let Ok(mut folder) = folders.recv() {
            // Only the newest wish counts.
            while let Ok(newer) = folders.try_recv() {
                folder = newer;
            }
            let done = self.measure_all(&folder).and_then(|()| self.settle(&folder, 1));
            if let Err(error) = done {
                self.shared.complain(format!("{error}; it is tried again at the next look"));
            }
        }
    }

    fn measure_all(&mut self, folder: &Path) -> Result<(), LibraryStoreError> {
        let mut after = 0;
        while self.shared.goes_on() {
            let waiting = self.shared.catalogue().store.unmeasured(folder, after, BATCH)?;
            let Some((last, _)) = waiting.last() else { return Ok(()) };
            after = *last;
            for (id, file) in waiting {
                if !self.shared.goes_on() {
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

    fn measure_one(&mut self, id: i64, file: &Path, folder: &Path) -> Result<(), LibraryStoreError> {
        let mut rest = CpuShare::new(self.shared.settings.analysis_share);
        let shared = &self.shared;
        let mut go_on = || {
            rest.take();
            shared.goes_on()
        };
        // A file that cannot be read now is looked at again with the next look.
        let Ok(Some(hash)) = hash(file, &mut go_on) else { return Ok(()) };
        let known = shared.catalogue().store.put_hash(id, &hash)?;
        let entry = if known {
            let track = shared.catalogue().store.track(file)?;
            track.map(|stored| shared.catalogue().entry(stored, folder))
        } else {
            let Some(sound) = measure(file, go_on) else { return Ok(()) };
            self.fresh += 1;
            shared.catalogue().keep_sound(file, &hash, &sound, folder)?
        };
        self.shared.progress(|progress| progress.measured += usize::from(entry.is_some()));
        self.shared.tell(LibraryUpdate::Changed(changed(id, entry)));
        Ok(())
    }

    /// Takes percentiles anew when enough was measured since, and tells the tracks as they are now.
    fn settle(&mut self, folder: &Path, enough: usize) -> Result<(), LibraryStoreError> {
        if self.fresh < enough {
            return Ok(());
        }
        self.fresh = 0;
        self.shared.catalogue().take_scale(folder)?;
        tell_all(&self.shared, folder)
    }
}

fn changed(id: i64, entry: Option<LibraryEntry>) -> LibraryChange {
    match entry {
        Some(entry) => LibraryChange::Put(vec![(id, entry)]),
        None => LibraryChange::Gone(vec![id]),
    }
}

/// Pauses after work, so that it takes no more than its share of one core.
struct CpuShare {
    share: f32,
    since: Instant,
}

/// Work is cut into pieces of this length.
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
