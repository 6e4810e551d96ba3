//! The loudness over time of the tracks that are about to be mixed.
//!
//! The library keeps it for every track that it has analysed, and it is read from there. Only a file without an
//! analysis is scanned, so a track is not decoded a second time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::foundation::{Worker, WorkerEvent, WorkerOptions, show_path};
use crate::mixer::transition::transition_gain::PowerEnvelope;
use crate::music::analysis::scan_loudness;
use crate::music::library::EnvelopeReader;
use crate::music::{Track, TrackFacts};

/// Longer tracks are not scanned.
const LONGEST_SCANNED: Duration = Duration::from_mins(25);
/// Number of tracks whose loudness is kept.
const KEPT: usize = 48;

/// Loudness of a track over time.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::mixer) struct MixLoudness {
    pub(super) envelope: PowerEnvelope,
    /// What a scan has measured; `None` if the track was analysed before.
    pub(super) scanned: Option<TrackFacts>,
}

/// A track whose loudness is wanted.
#[derive(Debug)]
struct LoudnessRequest {
    path: PathBuf,
    /// Whether to scan the file if the library does not know it.
    scan: bool,
}

/// Gets the loudness of tracks ahead of time, one after another, and keeps it: on a thread of its own in a live
/// run, at once in a stepped run.
pub(in crate::mixer) struct LoudnessCache {
    on_thread: bool,
    /// The database of the library.
    library: Option<PathBuf>,
    worker: Option<Worker<LoudnessRequest, (PathBuf, Option<MixLoudness>)>>,
    requested: HashSet<PathBuf>,
    known: HashMap<PathBuf, Option<Arc<MixLoudness>>>,
    /// Files in `known`, oldest first.
    order: VecDeque<PathBuf>,
}

impl LoudnessCache {
    /// `library` is the database of the library, if there is one.
    pub(super) fn new(on_thread: bool, library: Option<PathBuf>) -> Self {
        Self {
            on_thread,
            library,
            worker: None,
            requested: HashSet::new(),
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Requests the loudness of a track.
    pub(super) fn request(&mut self, track: &Track) {
        if self.known.contains_key(&track.path) || self.requested.contains(&track.path) {
            return;
        }
        let request = LoudnessRequest { path: track.path.clone(), scan: track.duration <= LONGEST_SCANNED };
        if !self.on_thread {
            let mut reader = self.library.clone().map(EnvelopeReader::new);
            let (path, found) = answer(reader.as_mut(), request);
            self.keep(path, found);
            return;
        }
        if self.worker.is_none() {
            let mut reader = self.library.clone().map(EnvelopeReader::new);
            let options = WorkerOptions::named("loudness").join_limit(Duration::ZERO);
            match Worker::answering(options, move |request| answer(reader.as_mut(), request)) {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => bevy::log::warn!("the loudness of tracks is not known: {error}"),
            }
        }
        // With a full queue this track is mixed without its loudness over time.
        if self.worker.as_ref().is_some_and(|worker| worker.send(request).is_ok()) {
            self.requested.insert(track.path.clone());
        }
    }

    /// The loudness of a file; `None` until it is known, and if it cannot be.
    pub(super) fn known(&self, path: &Path) -> Option<&Arc<MixLoudness>> {
        self.known.get(path)?.as_ref()
    }

    /// The facts of a track, and what a scan of its file adds to them.
    pub(super) fn complete(&self, track: &Track) -> TrackFacts {
        let scanned = self.known(&track.path).and_then(|known| known.scanned);
        track.facts.or(scanned.unwrap_or_default())
    }

    /// Takes what the thread has found.
    pub(super) fn poll(&mut self) {
        while let Some(event) = self.worker.as_ref().and_then(Worker::poll) {
            // A panic is caught for each file, so that it is known which one it was.
            if let WorkerEvent::News((path, found)) = event {
                self.requested.remove(&path);
                self.keep(path, found);
            }
        }
    }

    fn keep(&mut self, path: PathBuf, found: Option<MixLoudness>) {
        while self.order.len() >= KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        self.order.push_back(path.clone());
        self.known.insert(path, found.map(Arc::new));
    }
}

fn answer(reader: Option<&mut EnvelopeReader>, request: LoudnessRequest) -> (PathBuf, Option<MixLoudness>) {
    let LoudnessRequest { path, scan } = request;
    let kept = reader.and_then(|reader| reader.read(&path)).filter(|envelope| !envelope.is_empty());
    let found = match kept {
        Some(envelope) => Some(MixLoudness { envelope: PowerEnvelope::from(&envelope), scanned: None }),
        None if scan => scanned(&path),
        None => None,
    };
    (path, found)
}

/// Scans a file. A panic in a decoder fails this file only.
fn scanned(path: &Path) -> Option<MixLoudness> {
    let scan = catch_unwind(AssertUnwindSafe(|| scan_loudness(path, || true))).ok()?;
    let scan = scan.inspect_err(|error| bevy::log::debug!("{}: {error}", show_path(path))).ok()?;
    let facts = TrackFacts::of_scan(scan.lufs, scan.true_peak, scan.edges);
    let envelope = PowerEnvelope::from(&scan.envelope);
    Some(MixLoudness { envelope, scanned: Some(facts).filter(|_| scan.lufs.is_finite()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(name: &str) -> Track {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music");
        Track::untagged(folder.join(name))
    }

    /// Without a library a file is scanned; a file that cannot be decoded has no loudness.
    #[test]
    fn a_file_that_was_not_analysed_is_scanned() {
        let mut cache = LoudnessCache::new(false, None);
        let track = tone("tone.flac");
        cache.request(&track);
        let known = cache.known(&track.path).expect("scanned");
        let facts = known.scanned.expect("measured");
        assert!(facts.lufs().is_some_and(|loudness| (-60.0..0.0).contains(&loudness.0)), "{facts:?}");
        assert!(facts.edges.is_some());
        assert!((35..=41).contains(&known.envelope.powers.len()), "four seconds in blocks of 100 ms");
        let missing = tone("nowhere.flac");
        cache.request(&missing);
        assert!(cache.known(&missing.path).is_none());
    }

    /// A very long file is not scanned.
    #[test]
    fn a_very_long_file_is_left_alone() {
        let mut cache = LoudnessCache::new(false, None);
        let track = Track { duration: Duration::from_hours(1), ..tone("tone.flac") };
        cache.request(&track);
        assert!(cache.known(&track.path).is_none());
    }
}
