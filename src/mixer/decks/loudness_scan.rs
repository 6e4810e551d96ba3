//! Measures the loudness of files that the library has not analysed, ahead of their transition.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ebur128::{EbuR128, Mode};
use lofty::file::TaggedFileExt as _;
use lofty::tag::{ItemKey, Tag};

use super::track_decoder::TrackDecoder;
use crate::foundation::{Worker, WorkerEvent, WorkerOptions};
use crate::mixer::transition::transition_gain::PowerEnvelope;
use crate::music::TrackSound;

/// Levels that tags are relative to, in LUFS: `ReplayGain` 2.0 and EBU R 128.
const REPLAY_GAIN_REFERENCE: f32 = -18.0;
const R128_REFERENCE: f32 = -23.0;
/// A larger gain in a tag is ignored, in decibels.
const BELIEVABLE_DB: f32 = 51.0;
/// Length of a block of the loudness envelope, in milliseconds.
const BLOCK_MS: u32 = 100;
/// A second that is softer than the loudness of the track by more than this is intro or outro, in LU.
const BODY_LU: f32 = 5.0;
/// Blocks that are softer than the loudness of the track by more than this are silence, in LU.
const SOUND_LU: f32 = 38.0;
/// Blocks in the sliding window that finds intro and outro: one second.
const BODY_BLOCKS: usize = 10;
/// Longer tracks are not scanned, in seconds.
const LONGEST: f64 = 1_500.0;
/// Number of scans that are kept.
const KEPT: usize = 48;

/// Loudness and sections of a file.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::mixer) struct LoudnessScan {
    /// Integrated loudness in LUFS.
    pub(in crate::mixer) lufs: f32,
    pub(in crate::mixer) envelope: PowerEnvelope,
    /// In seconds: where the body begins and ends, and where the last sound ends.
    pub(in crate::mixer) intro_end: f32,
    pub(in crate::mixer) outro_start: f32,
    pub(in crate::mixer) sound_end: f32,
}

impl LoudnessScan {
    /// The same as a result of the analysis.
    pub(in crate::mixer) fn sound(&self) -> TrackSound {
        TrackSound {
            lufs: self.lufs,
            // Not measured here; the limiter holds the ceiling.
            true_peak: 0.0,
            intro_end: self.intro_end,
            outro_start: self.outro_start,
            sound_end: self.sound_end,
            beats: None,
            key: None,
        }
    }
}

/// Scans a whole file. `None` if it cannot be decoded, is silent, or is longer than [`LONGEST`].
pub(in crate::mixer) fn scan(path: &Path) -> Option<LoudnessScan> {
    let mut decoder = TrackDecoder::open(path).ok()?;
    let rate = decoder.rate();
    if decoder.length().is_some_and(|length| length as f64 / f64::from(rate) > LONGEST) {
        return None;
    }
    let mut meter = EbuR128::new(2, rate, Mode::I | Mode::HISTOGRAM).ok()?;
    let block = 2 * (rate * BLOCK_MS / 1_000) as usize;
    let (mut samples, mut waiting) = (Vec::new(), Vec::<f32>::new());
    let (mut powers, mut peaks) = (Vec::new(), Vec::new());
    while decoder.next_samples(&mut samples) {
        waiting.extend_from_slice(&samples);
        let mut taken = 0;
        while waiting.len() - taken >= block {
            meter.add_frames_f32(&waiting[taken..taken + block]).ok()?;
            taken += block;
            let lufs = meter.loudness_window(BLOCK_MS).ok()?;
            powers.push(10_f64.powf((lufs + 0.691) / 10.0) as f32);
            peaks.push(
                waiting[taken - block..taken].iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs())),
            );
        }
        waiting.drain(..taken);
        if powers.len() as f64 * f64::from(BLOCK_MS) > LONGEST * 1_000.0 {
            return None;
        }
    }
    let lufs = meter.loudness_global().ok().filter(|lufs| lufs.is_finite())? as f32;
    let envelope = PowerEnvelope { block_seconds: f64::from(BLOCK_MS) / 1_000.0, powers, peaks };
    Some(find_sections(lufs, envelope))
}

/// Finds intro, body, outro and silence.
fn find_sections(lufs: f32, envelope: PowerEnvelope) -> LoudnessScan {
    let power = |lufs: f32| 10_f32.powf((lufs + 0.691) / 10.0);
    let body = power(lufs - BODY_LU);
    let in_body = |blocks: &[f32]| blocks.iter().sum::<f32>() / blocks.len() as f32 >= body;
    let width = BODY_BLOCKS.min(envelope.powers.len()).max(1);
    let first = envelope.powers.windows(width).position(in_body).unwrap_or(0);
    let last = envelope.powers.windows(width).rposition(in_body).map_or(envelope.powers.len(), |n| n + width);
    let heard = envelope.powers.iter().rposition(|block| *block >= power(lufs - SOUND_LU));
    let seconds = |blocks: usize| blocks as f32 * envelope.block_seconds as f32;
    // The body begins in the middle of the window.
    let intro_end = if first == 0 { 0.0 } else { seconds(first + width / 2) };
    LoudnessScan {
        lufs,
        intro_end,
        outro_start: seconds(last),
        sound_end: seconds(heard.map_or(envelope.powers.len(), |n| n + 1)),
        envelope,
    }
}

/// The loudness by the tags of a file, in LUFS.
pub(in crate::mixer) fn tagged_lufs(path: &Path) -> Option<f32> {
    let file = lofty::read_from_path(path).ok()?;
    file.tags().iter().find_map(lufs_of_tag)
}

fn lufs_of_tag(tag: &Tag) -> Option<f32> {
    let decibels = |text: &str| text.trim().trim_end_matches("dB").trim_end_matches("db").trim().parse().ok();
    let believable = |gain: &f32| gain.abs() <= BELIEVABLE_DB;
    let r128 = tag
        .get_string(ItemKey::R128TrackGain)
        .and_then(|text| text.trim().parse::<f32>().ok())
        .map(|steps| steps / 256.0)
        .filter(believable)
        .map(|gain| R128_REFERENCE - gain);
    let replay_gain = || {
        let gain = tag.get_string(ItemKey::ReplayGainTrackGain).and_then(decibels).filter(believable)?;
        Some(REPLAY_GAIN_REFERENCE - gain)
    };
    r128.or_else(replay_gain)
}

/// Scans tracks ahead of time, one after another, and keeps the results: on a thread of its own in a live
/// run, at once in a stepped run.
pub(in crate::mixer) struct LoudnessScanner {
    on_thread: bool,
    worker: Option<Worker<PathBuf, (PathBuf, Option<LoudnessScan>)>>,
    requested: HashSet<PathBuf>,
    known: HashMap<PathBuf, Option<Arc<LoudnessScan>>>,
    /// Files in `known`, oldest first.
    order: VecDeque<PathBuf>,
}

impl LoudnessScanner {
    pub(in crate::mixer) fn new(on_thread: bool) -> Self {
        Self {
            on_thread,
            worker: None,
            requested: HashSet::new(),
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Requests a scan of this file.
    pub(in crate::mixer) fn request(&mut self, path: &Path) {
        if self.known.contains_key(path) || self.requested.contains(path) {
            return;
        }
        if !self.on_thread {
            self.keep(path.to_owned(), scan_guarded(path));
            return;
        }
        if self.worker.is_none() {
            match Worker::answering(WorkerOptions::named("loudness").join_limit(Duration::ZERO), answer) {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => bevy::log::warn!("loudness is not measured: {error}"),
            }
        }
        // With a full queue this track is left without a scan: its tags tell the loudness, or nothing does.
        if self.worker.as_ref().is_some_and(|worker| worker.send(path.to_owned()).is_ok()) {
            self.requested.insert(path.to_owned());
        }
    }

    /// The scan of a file; `None` until it is done, and if it failed.
    pub(in crate::mixer) fn known(&self, path: &Path) -> Option<&Arc<LoudnessScan>> {
        self.known.get(path)?.as_ref()
    }

    /// Takes the finished scans.
    pub(in crate::mixer) fn poll(&mut self) {
        while let Some(event) = self.worker.as_ref().and_then(Worker::poll) {
            // A panic is caught for each file, so that it is known which one it was.
            if let WorkerEvent::News((path, found)) = event {
                self.requested.remove(&path);
                self.keep(path, found);
            }
        }
    }

    fn keep(&mut self, path: PathBuf, found: Option<LoudnessScan>) {
        while self.order.len() >= KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        self.order.push_back(path.clone());
        self.known.insert(path, found.map(Arc::new));
    }
}

fn answer(path: PathBuf) -> (PathBuf, Option<LoudnessScan>) {
    let found = scan_guarded(&path);
    (path, found)
}

/// A panic in a decoder fails the scan of this file only.
fn scan_guarded(path: &Path) -> Option<LoudnessScan> {
    catch_unwind(AssertUnwindSafe(|| scan(path))).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lofty::tag::TagType;

    #[test]
    fn tags_are_turned_into_loudness() {
        let mut tag = Tag::new(TagType::VorbisComments);
        assert_eq!(lufs_of_tag(&tag), None);
        tag.insert_text(ItemKey::ReplayGainTrackGain, "-6.50 dB".to_owned());
        assert_eq!(lufs_of_tag(&tag), Some(-11.5));
        tag.insert_text(ItemKey::R128TrackGain, "-512".to_owned());
        assert_eq!(lufs_of_tag(&tag), Some(-21.0));
        tag.insert_text(ItemKey::R128TrackGain, "99999999".to_owned());
        assert_eq!(lufs_of_tag(&tag), Some(-11.5), "nonsense is passed over");
    }

    #[test]
    fn intro_body_outro_and_silence_are_told_apart() {
        let level = |n: usize| match n {
            0..100 => -30.0,
            100..500 => -16.0,
            500..560 => -28.0,
            _ => -90.0,
        };
        let powers = (0..600).map(|n| 10_f32.powf((level(n) + 0.691) / 10.0)).collect();
        let scan = find_sections(-16.0, PowerEnvelope { block_seconds: 0.1, powers, peaks: Vec::new() });
        assert!((scan.intro_end - 10.0).abs() < 0.6, "{}", scan.intro_end);
        assert!((scan.outro_start - 50.0).abs() < 0.8, "{}", scan.outro_start);
        assert!((scan.sound_end - 56.0).abs() < 0.2, "{}", scan.sound_end);
    }

    #[test]
    fn a_track_that_is_loud_from_start_to_end_has_neither_intro_nor_outro() {
        let powers = vec![0.02; 300];
        let scan = find_sections(-17.7, PowerEnvelope { block_seconds: 0.1, powers, peaks: Vec::new() });
        assert_eq!((scan.intro_end, scan.outro_start, scan.sound_end), (0.0, 30.0, 30.0));
    }
}
