//! Keeps a deck's buffer full: decoded ahead, off the main thread in a live run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use kira::Frame;
use rtrb::{Consumer, Producer, RingBuffer};

use super::decode::Decoder;
use super::loudness::tagged_lufs;
use crate::music::SoundFileError;

/// More than a second of music at 48 kHz, so that a slow disk is not heard.
const BUFFERED_FRAMES: usize = 1 << 16;
/// With so many frames ahead a deck may begin; the decoder is far faster than the music.
const ENOUGH_FRAMES: usize = 1 << 13;
/// How long the decoder rests when the buffer is full.
const REST: Duration = Duration::from_millis(20);

/// What the audio thread and the rest of the mixer tell each other about a deck, without a lock.
#[derive(Debug, Default)]
pub(super) struct DeckShared {
    /// How far the deck has come.
    pub(super) place: Place,
    /// Frames of output that had to stay silent because the decoder was late.
    pub(super) missed: AtomicU64,
    /// The deck is not needed any more.
    pub(super) stop: AtomicBool,
}

/// A clock and the frames of a file that have sounded until then, counted on when the track begins
/// again: a pair that is never torn. One thread writes, without waiting.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Odd while a pair is being written.
    version: AtomicU64,
    clock: AtomicU64,
    played: AtomicU64,
}

impl Place {
    pub(super) fn write(&self, clock: u64, played: f64) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version + 1, Ordering::SeqCst);
        self.clock.store(clock, Ordering::SeqCst);
        self.played.store(played.to_bits(), Ordering::SeqCst);
        self.version.store(version + 2, Ordering::SeqCst);
    }

    /// The newest whole pair; `None` before the first.
    pub(super) fn read(&self) -> Option<(u64, f64)> {
        loop {
            let before = self.version.load(Ordering::SeqCst);
            let pair = (self.clock.load(Ordering::SeqCst), self.played.load(Ordering::SeqCst));
            if before.is_multiple_of(2) && self.version.load(Ordering::SeqCst) == before {
                return (before > 0).then_some((pair.0, f64::from_bits(pair.1)));
            }
            std::hint::spin_loop();
        }
    }
}

/// What the decoder knows of its file. Read by the main thread, never by the audio thread.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Report {
    pub(super) state: FeedState,
    /// Frames per second of the file, once it is open.
    pub(super) rate: u32,
    /// Frame of the file at which the feed began.
    pub(super) start: u64,
    /// Frames in the file: as its header says, and exact once its end was reached.
    pub(super) length: Option<u64>,
    /// The file broke off this long before the end that its header names.
    pub(super) cut_off: Option<Duration>,
    /// Loudness that the tags claim, in LUFS.
    pub(super) tagged_lufs: Option<f32>,
    /// How long it took from being asked for until a deck could begin.
    pub(super) ready_after: Duration,
}

/// How far a feed has come.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum FeedState {
    #[default]
    Opening,
    /// Enough is decoded to begin.
    Ready,
    /// Nothing more will come, and why.
    Failed(String),
}

/// The report, behind a lock that only the main thread and the decoder take.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedReport(Arc<Mutex<Report>>);

impl SharedReport {
    fn lock(&self) -> MutexGuard<'_, Report> {
        // A report is whole after every assignment, so one from a thread that died is still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> Report {
        self.lock().clone()
    }

    fn fail(&self, reason: String) {
        self.lock().state = FeedState::Failed(reason);
    }
}

/// Decodes a file again and again into a ring buffer.
pub(super) struct Feeder {
    path: PathBuf,
    start: Duration,
    decoder: Option<Decoder>,
    ring: Producer<Frame>,
    packet: Vec<Frame>,
    /// Frames of `packet` that are in the ring already.
    taken: usize,
    /// Frames of the file that this pass has come to.
    position: u64,
    heard_any: bool,
    /// Frames in the ring since the beginning.
    pushed: usize,
    asked: Instant,
    /// Whether the tags are asked for the loudness.
    read_tags: bool,
    report: SharedReport,
    shared: Arc<DeckShared>,
}

/// A feeder with the three ends that others hold.
pub(super) struct Feed {
    pub(super) feeder: Feeder,
    pub(super) frames: Consumer<Frame>,
    pub(super) report: SharedReport,
    pub(super) shared: Arc<DeckShared>,
}

/// Whether a feeder wants to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pump {
    /// The buffer is full; come again.
    Full,
    /// Failed or stopped.
    Over,
}

impl Feeder {
    /// Prepares to play a file from a time in it. Nothing is opened yet.
    pub(super) fn prepare(path: &Path, start: Duration, read_tags: bool) -> Feed {
        let (ring, frames) = RingBuffer::new(BUFFERED_FRAMES);
        let report = SharedReport::default();
        let shared = Arc::new(DeckShared::default());
        let feeder = Self {
            path: path.to_owned(),
            start,
            decoder: None,
            ring,
            packet: Vec::new(),
            taken: 0,
            position: 0,
            heard_any: false,
            pushed: 0,
            asked: Instant::now(),
            read_tags,
            report: report.clone(),
            shared: Arc::clone(&shared),
        };
        Feed { feeder, frames, report, shared }
    }

    /// Decodes until the buffer is full. A panic inside a decoder fails this file only.
    pub(super) fn pump(&mut self) -> Pump {
        if self.shared.stop.load(Ordering::Relaxed) || self.ring.is_abandoned() {
            return Pump::Over;
        }
        if matches!(self.report.lock().state, FeedState::Failed(_)) {
            return Pump::Over;
        }
        match catch_unwind(AssertUnwindSafe(|| self.fill())) {
            Ok(Ok(())) => Pump::Full,
            Ok(Err(error)) => {
                self.report.fail(error.to_string());
                Pump::Over
            }
            Err(_) => {
                self.report.fail("is damaged in a way that its decoder cannot take".to_owned());
                Pump::Over
            }
        }
    }

    /// Keeps the buffer full from a thread of its own until the deck stops.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn run_on_thread(mut self) -> std::io::Result<()> {
        let work = move || {
            while self.pump() == Pump::Full {
                thread::sleep(REST);
            }
        };
        thread::Builder::new().name("deck".to_owned()).spawn(work).map(drop)
    }

    fn fill(&mut self) -> Result<(), SoundFileError> {
        if self.decoder.is_none() {
            self.open()?;
        }
        while self.push_packet() {
            if self.pushed >= ENOUGH_FRAMES {
                self.ready();
            }
            if self.shared.stop.load(Ordering::Relaxed) {
                break;
            }
            let Some(decoder) = &mut self.decoder else { break };
            if decoder.next(&mut self.packet) {
                self.taken = 0;
                self.heard_any = true;
            } else {
                self.begin_again()?;
            }
        }
        self.ready();
        Ok(())
    }

    fn open(&mut self) -> Result<(), SoundFileError> {
        let mut decoder = Decoder::open(&self.path)?;
        if !self.start.is_zero() {
            match decoder.seek(self.start, &mut self.packet) {
                Some((frame, skip)) => self.position = frame + self.skip(&mut decoder, skip),
                None => decoder.rewind()?,
            }
        }
        let tagged_lufs = if self.read_tags { tagged_lufs(&self.path) } else { None };
        let mut report = self.report.lock();
        report.tagged_lufs = tagged_lufs;
        report.rate = decoder.rate();
        report.length = decoder.length();
        report.start = self.position;
        drop(report);
        self.decoder = Some(decoder);
        Ok(())
    }

    /// Moves what is decoded into the ring; `false` once the ring is full.
    fn push_packet(&mut self) -> bool {
        let Some(rest) = self.packet.get(self.taken..) else { return true };
        let (pushed, left) = self.ring.push_partial_slice(rest);
        self.taken += pushed.len();
        self.pushed += pushed.len();
        self.position += pushed.len() as u64;
        left.is_empty()
    }

    /// At the end of the file: notes its exact length and starts over, so that a deck never falls silent.
    fn begin_again(&mut self) -> Result<(), SoundFileError> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        if !self.heard_any || self.position == 0 {
            return Err(SoundFileError::NoSound);
        }
        let mut report = self.report.lock();
        let missing = report.length.unwrap_or(0).saturating_sub(self.position);
        if missing > u64::from(decoder.rate()) {
            report.cut_off = Some(Duration::from_secs_f64(missing as f64 / f64::from(decoder.rate())));
        }
        report.length = Some(self.position);
        drop(report);
        self.position = 0;
        self.packet.clear();
        self.taken = 0;
        decoder.rewind()
    }

    /// Drops the frames between the place that a seek found and the one that was asked for; the
    /// first of them are in the packet already. Returns how many were dropped.
    fn skip(&mut self, decoder: &mut Decoder, frames: usize) -> u64 {
        self.heard_any = true;
        self.taken = frames.min(self.packet.len());
        let mut left = frames - self.taken;
        while left > 0 && decoder.next(&mut self.packet) {
            self.taken = left.min(self.packet.len());
            left -= self.taken;
        }
        (frames - left) as u64
    }

    fn ready(&self) {
        let mut report = self.report.lock();
        if report.state == FeedState::Opening {
            report.state = FeedState::Ready;
            report.ready_after = self.asked.elapsed();
        }
    }
}
