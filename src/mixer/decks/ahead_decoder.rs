//! Decodes a track ahead of its deck into a ring buffer: on a thread of its own in a live run, in the
//! main thread in a stepped run.
//!
//! kira's own `StreamingSound` is not used. It decodes on a thread that the app cannot step, so a
//! virtual clock could outrun it; it begins on the clock of kira and not on a frame of the
//! music clock; and its thread panics where a decoder does. Here a panic fails one file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kira::Frame;
use rtrb::{Consumer, Producer, RingBuffer};

use super::track_decoder::TrackDecoder;
use crate::foundation::{WorkDone, Worker, WorkerError, WorkerOptions};
use crate::music::library::tagged_loudness;
use crate::music::{Lufs, SoundFileError};

/// More than a second of music at 48 kHz, so that a slow disk causes no gap.
const BUFFERED_FRAMES: usize = 1 << 16;
/// With this many frames ahead a deck may begin; the decoder is far faster than the music.
const ENOUGH_FRAMES: usize = 1 << 13;
/// How long the decoder sleeps when the buffer is full.
const SLEEP: Duration = Duration::from_millis(20);

/// What the audio thread, the decoder and the scheduler exchange about a deck, without a lock.
#[derive(Debug, Default)]
pub(in crate::mixer) struct DeckState {
    /// How far the deck has played.
    pub(in crate::mixer) cursor: PlaybackCursor,
    /// Frames of output that were silent because the decoder was late.
    pub(in crate::mixer) missed: AtomicU64,
    /// The deck is no longer needed.
    pub(in crate::mixer) stop: AtomicBool,
}

/// A value of the music clock, and the frames of the file that were played until then, counted on when the
/// track starts over. A sequence lock: one thread writes without waiting, and readers never see half a pair.
#[derive(Debug, Default)]
pub(in crate::mixer) struct PlaybackCursor {
    /// Odd while a pair is being written.
    version: AtomicU64,
    clock: AtomicU64,
    played: AtomicU64,
}

impl PlaybackCursor {
    pub(in crate::mixer) fn write(&self, clock: u64, played: f64) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version + 1, Ordering::SeqCst);
        self.clock.store(clock, Ordering::SeqCst);
        self.played.store(played.to_bits(), Ordering::SeqCst);
        self.version.store(version + 2, Ordering::SeqCst);
    }

    /// The newest whole pair; `None` before the first.
    pub(in crate::mixer) fn read(&self) -> Option<(u64, f64)> {
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

/// What the decoder knows about its file. The audio thread does not read it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::mixer) struct DecodeReport {
    pub(in crate::mixer) state: DecodeState,
    /// Frames per second of the file, once it is open.
    pub(in crate::mixer) rate: u32,
    /// Frame of the file at which decoding began.
    pub(in crate::mixer) start: u64,
    /// Frames in the file: by its header at first, exact once its end was reached.
    pub(in crate::mixer) length: Option<u64>,
    /// The file ended this long before the length in its header.
    pub(in crate::mixer) cut_off: Option<Duration>,
    /// Loudness by the tags.
    pub(in crate::mixer) tagged_loudness: Option<Lufs>,
    /// Time from the request until a deck could begin.
    pub(in crate::mixer) ready_after: Duration,
}

/// State of a decoder.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::mixer) enum DecodeState {
    #[default]
    Opening,
    /// Enough is decoded to begin.
    Ready,
    /// Nothing more is decoded, and why.
    Failed(String),
}

/// The report, behind a lock that the audio thread never takes.
#[derive(Debug, Clone, Default)]
pub(in crate::mixer) struct SharedDecodeReport(Arc<Mutex<DecodeReport>>);

impl SharedDecodeReport {
    fn lock(&self) -> MutexGuard<'_, DecodeReport> {
        // Each assignment leaves a valid report, so one of a thread that panicked is still valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::mixer) fn read(&self) -> DecodeReport {
        self.lock().clone()
    }

    fn fail(&self, reason: String) {
        self.lock().state = DecodeState::Failed(reason);
    }
}

/// Decodes a file over and over into a ring buffer.
pub(in crate::mixer) struct AheadDecoder {
    path: PathBuf,
    start: Duration,
    decoder: Option<TrackDecoder>,
    ring: Producer<Frame>,
    packet: Vec<Frame>,
    /// Frames of `packet` that are in the ring already.
    taken: usize,
    /// Frame of the file that this pass has reached.
    position: u64,
    decoded_any: bool,
    /// Frames pushed into the ring since the beginning.
    pushed: usize,
    asked: Instant,
    /// Whether to read the loudness from the tags.
    read_tags: bool,
    report: SharedDecodeReport,
    state: Arc<DeckState>,
}

/// A decoder, and what the scheduler and the deck need of it.
pub(in crate::mixer) struct DecodingDeck {
    pub(in crate::mixer) decoder: AheadDecoder,
    pub(in crate::mixer) frames: Consumer<Frame>,
    pub(in crate::mixer) report: SharedDecodeReport,
    pub(in crate::mixer) state: Arc<DeckState>,
}

/// Whether a decoder has more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mixer) enum PumpOutcome {
    /// The buffer is full; call again later.
    Full,
    /// Failed or stopped.
    Over,
}

impl AheadDecoder {
    /// Prepares to play a file from a time in it. Nothing is opened yet.
    pub(in crate::mixer) fn prepare(path: &Path, start: Duration, read_tags: bool) -> DecodingDeck {
        let (ring, frames) = RingBuffer::new(BUFFERED_FRAMES);
        let report = SharedDecodeReport::default();
        let state = Arc::new(DeckState::default());
        let decoder = Self {
            path: path.to_owned(),
            start,
            decoder: None,
            ring,
            packet: Vec::new(),
            taken: 0,
            position: 0,
            decoded_any: false,
            pushed: 0,
            asked: Instant::now(),
            read_tags,
            report: report.clone(),
            state: Arc::clone(&state),
        };
        DecodingDeck { decoder, frames, report, state }
    }

    /// Decodes until the buffer is full. A panic inside a decoder fails this file only.
    pub(in crate::mixer) fn pump(&mut self) -> PumpOutcome {
        if self.state.stop.load(Ordering::Relaxed) || self.ring.is_abandoned() {
            return PumpOutcome::Over;
        }
        if matches!(self.report.lock().state, DecodeState::Failed(_)) {
            return PumpOutcome::Over;
        }
        match catch_unwind(AssertUnwindSafe(|| self.fill())) {
            Ok(Ok(())) => PumpOutcome::Full,
            Ok(Err(error)) => {
                self.report.fail(error.to_string());
                PumpOutcome::Over
            }
            Err(_) => {
                self.report.fail("is damaged: its decoder panicked".to_owned());
                PumpOutcome::Over
            }
        }
    }

    /// Keeps the buffer full on a thread of its own, until the deck stops or the worker is dropped.
    ///
    /// # Errors
    /// If the system starts no thread.
    pub(in crate::mixer) fn run_on_thread(mut self) -> Result<Worker<(), ()>, WorkerError> {
        // A disk may hang, and a channel is freed in the main thread: nothing waits for the thread to end.
        let options = WorkerOptions::named("deck").join_limit(Duration::ZERO);
        Worker::spawn(options, move |context| {
            while self.pump() == PumpOutcome::Full && context.sleep(SLEEP) {}
            WorkDone::Finished
        })
    }

    fn fill(&mut self) -> Result<(), SoundFileError> {
        if self.decoder.is_none() {
            self.open()?;
        }
        while self.push_packet() {
            if self.pushed >= ENOUGH_FRAMES {
                self.ready();
            }
            if self.state.stop.load(Ordering::Relaxed) {
                break;
            }
            let Some(decoder) = &mut self.decoder else { break };
            if decoder.next(&mut self.packet) {
                self.taken = 0;
                self.decoded_any = true;
            } else {
                self.start_over()?;
            }
        }
        self.ready();
        Ok(())
    }

    fn open(&mut self) -> Result<(), SoundFileError> {
        let mut decoder = TrackDecoder::open(&self.path)?;
        if !self.start.is_zero() {
            match decoder.seek(self.start, &mut self.packet) {
                Some((frame, skip)) => self.position = frame + self.skip(&mut decoder, skip),
                None => decoder.rewind()?,
            }
        }
        let tagged_loudness = if self.read_tags { tagged_loudness(&self.path) } else { None };
        let mut report = self.report.lock();
        report.tagged_loudness = tagged_loudness;
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
    fn start_over(&mut self) -> Result<(), SoundFileError> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        if !self.decoded_any || self.position == 0 {
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

    /// Drops the frames between the position that a seek found and the requested one; the first of them
    /// are in the packet already. Returns the number of dropped frames.
    fn skip(&mut self, decoder: &mut TrackDecoder, frames: usize) -> u64 {
        self.decoded_any = true;
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
        if report.state == DecodeState::Opening {
            report.state = DecodeState::Ready;
            report.ready_after = self.asked.elapsed();
        }
    }
}
