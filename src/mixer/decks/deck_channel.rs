//! A track on a channel: its decoder, its position, and its normalising gain.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bevy::platform::cell::SyncCell;
use kira::Frame;
use rtrb::Consumer;

use super::ahead_decoder::{
    AheadDecoder, DeckState, DecodeReport, DecodingDeck, PumpOutcome, SharedDecodeReport,
};
use super::deck_sound::PlaybackTiming;
use super::loudness_cache::LoudnessCache;
use crate::foundation::{Worker, WorkerError};
use crate::mixer::settings::MixerSettings;
use crate::mixer::transition::TransitionSide;
use crate::music::{Pick, TrackFacts};

/// A loaded track.
pub(in crate::mixer) struct DeckChannel {
    pub(in crate::mixer) pick: Pick,
    pub(in crate::mixer) report: SharedDecodeReport,
    pub(in crate::mixer) state: Arc<DeckState>,
    /// The read end of the buffer; the deck takes it when it begins to sound.
    frames: SyncCell<Option<Consumer<Frame>>>,
    decoding: Decoding,
    /// Position in the track at which it was asked to begin.
    pub(in crate::mixer) entry: Duration,
    /// Set when the deck begins to sound.
    pub(in crate::mixer) timing: Option<PlaybackTiming>,
    /// Number of passes through the track when the next track was requested.
    pub(in crate::mixer) requested_next: Option<u64>,
    pub(in crate::mixer) reported: ReportedProblems,
}

/// Who decodes.
enum Decoding {
    /// The main thread, in a stepped run.
    Inline(SyncCell<Box<AheadDecoder>>),
    /// A thread of its own, in a live run. Dropping the worker ends it.
    Threaded(#[expect(dead_code, reason = "kept so that it goes on")] Worker<(), ()>),
}

/// Problems that were reported already, so that each is reported once.
#[derive(Default)]
pub(in crate::mixer) struct ReportedProblems {
    pub(in crate::mixer) unplayable: bool,
    pub(in crate::mixer) cut_off: bool,
    pub(in crate::mixer) missed: u64,
}

/// A position in a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mixer) struct TrackPosition {
    /// Seconds from the start of the track.
    pub(in crate::mixer) seconds: f64,
    /// How often it has started over.
    pub(in crate::mixer) passes: u64,
}

impl DeckChannel {
    pub(in crate::mixer) fn new(
        pick: Pick,
        entry: Duration,
        on_thread: bool,
        read_tags: bool,
    ) -> Result<Self, WorkerError> {
        let read_tags = read_tags && pick.track.facts.loudness.is_none();
        let DecodingDeck { mut decoder, frames, report, state } =
            AheadDecoder::prepare(&pick.track.path, entry, read_tags);
        let decoding = if on_thread {
            Decoding::Threaded(decoder.run_on_thread()?)
        } else {
            decoder.pump();
            Decoding::Inline(SyncCell::new(Box::new(decoder)))
        };
        let frames = SyncCell::new(Some(frames));
        let reported = ReportedProblems::default();
        Ok(Self {
            pick,
            report,
            state,
            frames,
            decoding,
            entry,
            timing: None,
            requested_next: None,
            reported,
        })
    }

    /// Decodes ahead, in a stepped run.
    pub(in crate::mixer) fn decode_ahead(&mut self) {
        if let Decoding::Inline(decoder) = &mut self.decoding {
            // The report carries a failure to the next update.
            let (PumpOutcome::Full | PumpOutcome::Over) = decoder.get().pump();
        }
    }

    /// The buffer, for the deck that begins to sound; `None` if it was taken before.
    pub(in crate::mixer) fn take_frames(&mut self) -> Option<Consumer<Frame>> {
        self.frames.get().take()
    }

    /// Whether the deck sounds or is scheduled to.
    pub(in crate::mixer) fn has_started(&self) -> bool {
        self.timing.is_some()
    }

    pub(in crate::mixer) fn file(&self) -> &Path {
        &self.pick.track.path
    }

    /// The position at a frame of the music clock, `rate` frames per second.
    pub(in crate::mixer) fn position(&self, report: &DecodeReport, clock: u64, rate: u32) -> TrackPosition {
        let file_rate = f64::from(report.rate.max(1));
        let mut frames = report.start as f64;
        let since = match (self.state.cursor.read(), self.timing) {
            (Some((at, played)), _) => {
                frames += played;
                clock.saturating_sub(at)
            }
            (None, Some(timing)) => clock.saturating_sub(timing.begin),
            (None, None) => 0,
        };
        frames += since as f64 * self.rate_at(clock) * file_rate / f64::from(rate.max(1));
        match report.length.filter(|length| *length > 0) {
            Some(length) => TrackPosition {
                seconds: frames.rem_euclid(length as f64) / file_rate,
                passes: (frames / length as f64) as u64,
            },
            None => TrackPosition { seconds: frames / file_rate, passes: 0 },
        }
    }

    /// Seconds of the track that pass in one second.
    pub(in crate::mixer) fn rate_at(&self, clock: u64) -> f64 {
        self.timing.map_or(1.0, |timing| timing.rate_at(clock))
    }

    /// Length of the track in seconds, as far as it is known.
    pub(in crate::mixer) fn duration(&self, report: &DecodeReport) -> Option<f64> {
        match report.length {
            Some(length) => Some(length as f64 / f64::from(report.rate.max(1))),
            None => Some(self.pick.track.duration.as_secs_f64()).filter(|seconds| *seconds > 0.0),
        }
    }

    /// The facts of the track, and what a scan adds to them.
    pub(in crate::mixer) fn facts(&self, loudness: &LoudnessCache) -> TrackFacts {
        loudness.complete(&self.pick.track)
    }

    /// The track as the planner sees it, at a frame of the music clock.
    pub(in crate::mixer) fn side(&self, loudness: &LoudnessCache, clock: u64, rate: u32) -> TransitionSide {
        let report = self.report.read();
        TransitionSide {
            position: if self.has_started() {
                self.position(&report, clock, rate).seconds
            } else {
                self.entry.as_secs_f64()
            },
            duration: self.duration(&report),
            rate: self.rate_at(clock),
            facts: self.facts(loudness),
        }
    }

    /// The amplitude that brings the track to the target loudness; 1 while its loudness is not known.
    pub(in crate::mixer) fn gain(&self, loudness: &LoudnessCache, settings: &MixerSettings) -> f32 {
        if !settings.normalise {
            return 1.0;
        }
        let known = self.pick.track.facts.lufs();
        let tagged = || self.report.read().tagged_loudness;
        let scanned = || self.facts(loudness).lufs();
        match known.or_else(tagged).or_else(scanned).filter(|loudness| loudness.is_finite()) {
            Some(loudness) => {
                let gain = settings.target_lufs - loudness;
                gain.clamp(-settings.largest_cut_db, settings.largest_boost_db).amplitude()
            }
            None => 1.0,
        }
    }
}

impl Drop for DeckChannel {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
    }
}
