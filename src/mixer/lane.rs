//! A track on a lane: what is decoded for it, how far it has come, and how loud it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kira::Frame;
use rtrb::Consumer;

use super::deck::Pacing;
use super::feed::{DeckShared, Feed, Feeder, Report, SharedReport};
use super::loudness::Surveyor;
use super::plan::Side;
use super::settings::{MixerSettings, amplitude};
use crate::music::{Pick, TrackSound};

/// A track is not made louder or softer than this to bring it to the common loudness, in decibels.
const MOST_LOUDER_DB: f32 = 12.0;
const MOST_SOFTER_DB: f32 = 24.0;

/// Where a deck's frames wait before the deck sounds, and who decodes them.
pub(super) struct Loaded {
    pub(super) pick: Pick,
    pub(super) report: SharedReport,
    pub(super) shared: Arc<DeckShared>,
    /// The waiting end of the buffer; gone once the deck sounds.
    pub(super) frames: Option<Consumer<Frame>>,
    /// Decodes here in a stepped run; in a live run a thread has it.
    pub(super) feeder: Option<Feeder>,
    /// Where in the track it was asked to begin.
    pub(super) entry: Duration,
    /// Set when the deck sounds.
    pub(super) pacing: Option<Pacing>,
    /// How often the track had begun again when the next was asked for.
    pub(super) asked: Option<u64>,
    pub(super) told: Told,
}

/// What was said about a deck already, so that it is said once.
#[derive(Default)]
pub(super) struct Told {
    pub(super) unplayable: bool,
    pub(super) cut_off: bool,
    pub(super) missed: u64,
}

/// Where a track is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Seconds from the start of the track.
    pub(super) seconds: f64,
    /// How often it has begun again.
    pub(super) passes: u64,
}

impl Loaded {
    pub(super) fn new(
        pick: Pick,
        entry: Duration,
        on_thread: bool,
        read_tags: bool,
    ) -> std::io::Result<Self> {
        let read_tags = read_tags && pick.track.sound.is_none();
        let Feed { mut feeder, frames, report, shared } = Feeder::prepare(&pick.track.path, entry, read_tags);
        let feeder = if on_thread {
            feeder.run_on_thread()?;
            None
        } else {
            feeder.pump();
            Some(feeder)
        };
        let (frames, told) = (Some(frames), Told::default());
        Ok(Self { pick, report, shared, frames, feeder, entry, pacing: None, asked: None, told })
    }

    pub(super) fn file(&self) -> &Path {
        &self.pick.track.path
    }

    /// Where the track is at a frame of the music's clock, `rate` frames per second.
    pub(super) fn place(&self, report: &Report, clock: u64, rate: u32) -> Place {
        let file_rate = f64::from(report.rate.max(1));
        let mut frames = report.start as f64;
        let since = match (self.shared.place.read(), self.pacing) {
            (Some((at, played)), _) => {
                frames += played;
                clock.saturating_sub(at)
            }
            (None, Some(pacing)) => clock.saturating_sub(pacing.begin),
            (None, None) => 0,
        };
        frames += since as f64 * self.rate_at(clock) * file_rate / f64::from(rate.max(1));
        match report.length.filter(|length| *length > 0) {
            Some(length) => Place {
                seconds: frames.rem_euclid(length as f64) / file_rate,
                passes: (frames / length as f64) as u64,
            },
            None => Place { seconds: frames / file_rate, passes: 0 },
        }
    }

    /// Seconds of the track that pass in one second.
    pub(super) fn rate_at(&self, clock: u64) -> f64 {
        self.pacing.map_or(1.0, |pacing| pacing.rate_at(clock))
    }

    /// Length of the track in seconds, as far as it is known.
    pub(super) fn duration(&self, report: &Report) -> Option<f64> {
        match report.length {
            Some(length) => Some(length as f64 / f64::from(report.rate.max(1))),
            None => Some(self.pick.track.duration.as_secs_f64()).filter(|seconds| *seconds > 0.0),
        }
    }

    /// What is known of its sound: from the analysis, else from the quick pass.
    pub(super) fn sound(&self, surveyor: &Surveyor) -> Option<TrackSound> {
        self.pick.track.sound.or_else(|| surveyor.known(self.file()).map(|survey| survey.sound()))
    }

    /// The track as the planner sees it, at a frame of the music's clock.
    pub(super) fn side(&self, surveyor: &Surveyor, clock: u64, rate: u32) -> Side {
        let report = self.report.read();
        let started = self.pacing.is_some();
        Side {
            position: if started {
                self.place(&report, clock, rate).seconds
            } else {
                self.entry.as_secs_f64()
            },
            duration: self.duration(&report),
            rate: self.rate_at(clock),
            sound: self.sound(surveyor),
        }
    }

    /// The amplitude that brings it to the common loudness; 1 while nothing is known.
    pub(super) fn gain(&self, surveyor: &Surveyor, settings: &MixerSettings) -> f32 {
        if !settings.normalise {
            return 1.0;
        }
        let analysed = self.pick.track.sound.map(|sound| sound.lufs);
        let tagged = || self.report.read().tagged_lufs;
        let measured = || surveyor.known(self.file()).map(|survey| survey.lufs);
        match analysed.or_else(tagged).or_else(measured).filter(|lufs| lufs.is_finite()) {
            Some(lufs) => amplitude((settings.target_lufs - lufs).clamp(-MOST_SOFTER_DB, MOST_LOUDER_DB)),
            None => 1.0,
        }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}
