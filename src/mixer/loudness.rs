//! How loud a track is: from its analysis, its tags, or a quick pass over the file ahead of time.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use ebur128::{EbuR128, Mode};
use lofty::file::TaggedFileExt as _;
use lofty::tag::{ItemKey, Tag};

use super::decode::Decoder;
use super::ride::Envelope;
use crate::music::TrackSound;

/// A level that tags are relative to: `ReplayGain` 2 and EBU R 128, in LUFS.
const REPLAY_GAIN_REFERENCE: f32 = -18.0;
const R128_REFERENCE: f32 = -23.0;
/// A gain beyond this is not believed, in decibels.
const BELIEVABLE_DB: f32 = 51.0;
/// The quick pass measures blocks of so many milliseconds.
const BLOCK_MS: u32 = 100;
/// The body of a track is at most this far below its loudness, in LU; softer is intro or outro.
const BODY_LU: f32 = 5.0;
/// Below this the sound is over, in LU below the loudness of the track.
const SOUND_LU: f32 = 38.0;
/// Blocks that are looked at together to tell intro and outro: a second.
const BODY_BLOCKS: usize = 10;
/// Longer tracks are not measured, in seconds; what their tags say is enough.
const LONGEST: f64 = 1_500.0;
/// So many tracks are remembered.
const REMEMBERED: usize = 48;

/// What a quick pass over a file finds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Survey {
    /// Integrated loudness in LUFS.
    pub(super) lufs: f32,
    pub(super) envelope: Envelope,
    /// Seconds: where the body begins and ends, and where the last sound ends.
    pub(super) intro_end: f32,
    pub(super) outro_start: f32,
    pub(super) sound_end: f32,
}

impl Survey {
    /// In the words of an analysis, where there is none.
    pub(super) fn sound(&self) -> TrackSound {
        TrackSound {
            lufs: self.lufs,
            // Not measured here; the limiter looks after it.
            true_peak: 0.0,
            intro_end: self.intro_end,
            outro_start: self.outro_start,
            sound_end: self.sound_end,
            beats: None,
            key: None,
        }
    }
}

/// Measures a whole file. `None` if it cannot be decoded, is silent or too long.
pub(super) fn survey(path: &Path) -> Option<Survey> {
    let mut decoder = Decoder::open(path).ok()?;
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
    let envelope = Envelope { block_seconds: f64::from(BLOCK_MS) / 1_000.0, powers, peaks };
    Some(sections(lufs, envelope))
}

/// Tells intro, body, outro and silence apart.
fn sections(lufs: f32, envelope: Envelope) -> Survey {
    let power = |lufs: f32| 10_f32.powf((lufs + 0.691) / 10.0);
    let body = power(lufs - BODY_LU);
    let in_body = |blocks: &[f32]| blocks.iter().sum::<f32>() / blocks.len() as f32 >= body;
    let width = BODY_BLOCKS.min(envelope.powers.len()).max(1);
    let first = envelope.powers.windows(width).position(in_body).unwrap_or(0);
    let last = envelope.powers.windows(width).rposition(in_body).map_or(envelope.powers.len(), |n| n + width);
    let heard = envelope.powers.iter().rposition(|block| *block >= power(lufs - SOUND_LU));
    let seconds = |blocks: usize| blocks as f32 * envelope.block_seconds as f32;
    // The window of a second is half over when the body begins.
    let intro_end = if first == 0 { 0.0 } else { seconds(first + width / 2) };
    Survey {
        lufs,
        intro_end,
        outro_start: seconds(last),
        sound_end: seconds(heard.map_or(envelope.powers.len(), |n| n + 1)),
        envelope,
    }
}

/// The loudness that the tags of a file claim, in LUFS.
pub(super) fn tagged_lufs(path: &Path) -> Option<f32> {
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

/// Measures tracks ahead of time and remembers them: on a thread of its own, one after the other, or
/// at once in a stepped run.
pub(super) struct Surveyor {
    on_thread: bool,
    known: HashMap<PathBuf, Option<Arc<Survey>>>,
    order: VecDeque<PathBuf>,
    queue: VecDeque<PathBuf>,
    under_way: Option<(PathBuf, Receiver<Option<Survey>>)>,
}

impl Surveyor {
    pub(super) fn new(on_thread: bool) -> Self {
        Self {
            on_thread,
            known: HashMap::new(),
            order: VecDeque::new(),
            queue: VecDeque::new(),
            under_way: None,
        }
    }

    /// Wants this file measured.
    pub(super) fn ask(&mut self, path: &Path) {
        let under_way = self.under_way.as_ref().is_some_and(|(file, _)| file == path);
        if self.known.contains_key(path) || under_way || self.queue.iter().any(|file| file == path) {
            return;
        }
        if self.on_thread {
            self.queue.push_back(path.to_owned());
            self.poll();
        } else {
            self.remember(path.to_owned(), guarded(path));
        }
    }

    /// What is known of a file; `None` while it is being measured or if it cannot be.
    pub(super) fn known(&self, path: &Path) -> Option<&Arc<Survey>> {
        self.known.get(path)?.as_ref()
    }

    /// Takes what is ready and begins the next.
    pub(super) fn poll(&mut self) {
        if let Some((path, receiver)) = &self.under_way {
            match receiver.try_recv() {
                Err(TryRecvError::Empty) => return,
                Ok(found) => {
                    let path = path.clone();
                    self.remember(path, found);
                }
                Err(TryRecvError::Disconnected) => {
                    let path = path.clone();
                    self.remember(path, None);
                }
            }
            self.under_way = None;
        }
        let Some(path) = self.queue.pop_front() else { return };
        let (sender, receiver) = sync_channel(1);
        let file = path.clone();
        let work = move || {
            // Nobody waits any more when the program ends.
            let _ = sender.send(guarded(&file));
        };
        match thread::Builder::new().name("loudness".to_owned()).spawn(work) {
            Ok(_) => self.under_way = Some((path, receiver)),
            Err(_) => self.remember(path, None),
        }
    }

    fn remember(&mut self, path: PathBuf, found: Option<Survey>) {
        while self.order.len() >= REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        self.order.push_back(path.clone());
        self.known.insert(path, found.map(Arc::new));
    }
}

/// A decoder that panics tells nothing about the file, and ends nothing.
fn guarded(path: &Path) -> Option<Survey> {
    catch_unwind(AssertUnwindSafe(|| survey(path))).ok().flatten()
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
        let survey = sections(-16.0, Envelope { block_seconds: 0.1, powers, peaks: Vec::new() });
        assert!((survey.intro_end - 10.0).abs() < 0.6, "{}", survey.intro_end);
        assert!((survey.outro_start - 50.0).abs() < 0.8, "{}", survey.outro_start);
        assert!((survey.sound_end - 56.0).abs() < 0.2, "{}", survey.sound_end);
    }

    #[test]
    fn a_track_that_is_loud_from_start_to_end_has_neither_intro_nor_outro() {
        let powers = vec![0.02; 300];
        let survey = sections(-17.7, Envelope { block_seconds: 0.1, powers, peaks: Vec::new() });
        assert_eq!((survey.intro_end, survey.outro_start, survey.sound_end), (0.0, 30.0, 30.0));
    }
}
