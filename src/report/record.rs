//! The report's shape, and the bounded record it is made from.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::memory::peak_rss_mb;
use crate::emotion::Emotion;
use crate::event::{Event, MoodPace};
use crate::foundation::{FaultRecord, Faults, OutputFileError, write_output_file};
use crate::sense::camera::SourceStatus;
use crate::vision::perception::{PerceptionStatus, ReadingTiming};

/// Each list keeps its newest entries only: an installation runs for months.
const LIST_LIMIT: usize = 20_000;

/// What `--report` writes. Times are seconds of app time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The source of frames, in words.
    pub source: String,
    /// How long the run was.
    pub seconds: f64,
    pub frames: ReportFrames,
    pub latency_ms: Latencies,
    /// Wall time of the app's own work in one frame, from its first to its last system.
    pub update_ms: FrameTimes,
    /// Mean CPU time of perception for one processed frame.
    pub cpu_ms_per_frame: f64,
    /// Every change of the fast mood.
    pub moods: Vec<MoodChange>,
    /// Every change of the slow mood.
    pub music_moods: Vec<MoodChange>,
    pub presence: Vec<PresenceChange>,
    pub tracks: Vec<TrackStart>,
    /// How many crossfades began.
    pub crossfades: u32,
    pub faults: Vec<FaultRecord>,
    /// Peak resident memory in MB (10⁶ bytes); null where the system does not tell.
    pub peak_rss_mb: Option<f64>,
    pub version: &'static str,
}

/// What became of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReportFrames {
    pub captured: u64,
    pub processed: u64,
    pub dropped: u64,
}

/// Wall-clock times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latencies {
    pub capture_to_mood: Percentiles,
    pub detect: Percentiles,
    pub classify: Percentiles,
}

/// The median and the 95th percentile in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p95: f64,
}

/// How long frames took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FrameTimes {
    pub count: u64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub longest: f64,
}

/// The mood became another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoodChange {
    pub at: f64,
    /// `null` when nobody is in view.
    pub emotion: Option<Emotion>,
    /// Smoothed probability of that emotion at the change.
    pub probability: f32,
    pub valence: f32,
    pub arousal: f32,
}

/// The number of people became another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PresenceChange {
    pub at: f64,
    pub people: usize,
}

/// A track began to sound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackStart {
    pub at: f64,
    /// The file's name without its folder, so that reports compare across machines.
    pub file: String,
    pub title: String,
    /// The slow mood that it was chosen for; `null` for an empty room.
    pub emotion: Option<Emotion>,
    /// One sentence for people.
    pub reason: String,
    /// The same for machines: what each term adds to the score of the track, by its name, to four digits. The terms are
    /// `fit`, `step`, `novelty`, `context`, `taste` and `variety`, as [`ScoreTerm`](crate::music::ScoreTerm) explains them; their
    /// sum is the score. Empty for a track that was not chosen by its score.
    pub why: BTreeMap<&'static str, f32>,
}

impl Report {
    /// Writes the report as indented JSON; an ordinary file is replaced as a whole.
    ///
    /// # Errors
    /// [`OutputFileError`] with the file's name, when it cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), OutputFileError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| OutputFileError::Unwritten { file: file.to_owned(), source: error.into() })?;
        write_output_file(file, (text + "\n").as_bytes())
    }
}

/// A list that forgets its oldest entries.
#[derive(Debug)]
struct Recent<T>(VecDeque<T>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone> Recent<T> {
    fn push(&mut self, item: T) {
        if self.0.len() == LIST_LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    fn to_vec(&self) -> Vec<T> {
        self.0.iter().cloned().collect()
    }
}

/// Times in microseconds, in bins of 1 % from 1 µs to 10 minutes: a fixed amount of memory.
#[derive(Debug)]
struct Times(Option<Histogram<u64>>);

const LONGEST_MICROS: u64 = 600_000_000;

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_MICROS, 2).ok())
    }
}

impl Times {
    fn add(&mut self, time: Duration) {
        if let Some(histogram) = &mut self.0 {
            let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_MICROS);
            histogram.saturating_record(micros.max(1));
        }
    }

    fn percentiles(&self) -> Percentiles {
        let ms = |quantile| {
            self.0
                .as_ref()
                .filter(|h| !h.is_empty())
                .map_or(0.0, |h| h.value_at_quantile(quantile) as f64 / 1_000.0)
        };
        Percentiles { p50: ms(0.5), p95: ms(0.95) }
    }

    fn frames(&self) -> FrameTimes {
        let ms = |quantile| self.0.as_ref().map_or(0.0, |h| h.value_at_quantile(quantile) as f64 / 1_000.0);
        FrameTimes {
            count: self.0.as_ref().map_or(0, Histogram::len),
            p50: ms(0.5),
            p95: ms(0.95),
            p99: ms(0.99),
            longest: ms(1.0),
        }
    }
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    now: Duration,
    capture_to_mood: Times,
    detect: Times,
    classify: Times,
    updates: Times,
    cpu: Duration,
    readings: u64,
    moods: Recent<MoodChange>,
    music_moods: Recent<MoodChange>,
    presence: Recent<PresenceChange>,
    tracks: Recent<TrackStart>,
    crossfades: u32,
}

impl Recorder {
    /// App time goes on.
    pub(super) fn advance(&mut self, now: Duration) {
        self.now = now;
    }

    /// The app's own work in one frame took this long.
    pub(super) fn add_update(&mut self, took: Duration) {
        self.updates.add(took);
    }

    pub(super) fn add_reading(&mut self, timing: &ReadingTiming) {
        self.readings += 1;
        self.cpu += timing.cpu;
        self.capture_to_mood.add(timing.capture_to_reading);
        self.detect.add(timing.detect);
        if !timing.classify.is_zero() {
            self.classify.add(timing.classify);
        }
    }

    /// Takes what belongs into the report; other events are passed over.
    pub(super) fn add_event(&mut self, now: Duration, event: &Event) {
        let at = now.as_secs_f64();
        match event {
            Event::MoodChanged { pace, emotion, probability, valence, arousal } => {
                let (emotion, probability) = (*emotion, *probability);
                let change = MoodChange { at, emotion, probability, valence: *valence, arousal: *arousal };
                match pace {
                    MoodPace::Fast => self.moods.push(change),
                    MoodPace::Slow => self.music_moods.push(change),
                }
            }
            Event::PeopleChanged { people } => self.presence.push(PresenceChange { at, people: *people }),
            Event::TrackBegan { file, title, emotion, reason, why, .. } => self.tracks.push(TrackStart {
                at,
                file: file.clone(),
                title: title.clone(),
                emotion: *emotion,
                reason: reason.clone(),
                why: why.iter().map(|(term, points)| (*term, rounded(*points))).collect(),
            }),
            Event::CrossfadeBegan { count } => self.crossfades = *count,
            _ => {}
        }
    }

    pub(super) fn report(
        &self,
        source: &SourceStatus,
        perception: &PerceptionStatus,
        faults: &Faults,
    ) -> Report {
        let cpu_ms = self.cpu.as_secs_f64() * 1_000.0;
        Report {
            source: source.name.clone(),
            seconds: self.now.as_secs_f64(),
            frames: ReportFrames {
                captured: source.captured,
                processed: perception.processed,
                dropped: source.dropped + perception.dropped,
            },
            latency_ms: Latencies {
                capture_to_mood: self.capture_to_mood.percentiles(),
                detect: self.detect.percentiles(),
                classify: self.classify.percentiles(),
            },
            update_ms: self.updates.frames(),
            cpu_ms_per_frame: if self.readings == 0 { 0.0 } else { cpu_ms / self.readings as f64 },
            moods: self.moods.to_vec(),
            music_moods: self.music_moods.to_vec(),
            presence: self.presence.to_vec(),
            tracks: self.tracks.to_vec(),
            crossfades: self.crossfades,
            faults: faults.log().to_vec(),
            peak_rss_mb: peak_rss_mb(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// To four digits: enough to compare, and short.
fn rounded(value: f32) -> f32 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The JSON of a track has what each term added to its score, to four digits.
    #[test]
    fn a_track_carries_what_each_term_added_to_its_score() {
        let mut recorder = Recorder::default();
        let began = Event::TrackBegan {
            file: "a.ogg".into(),
            title: "A".into(),
            artist: None,
            emotion: None,
            reason: "for an empty room".into(),
            why: vec![("fit", 0.75), ("taste", -0.123_456 * 0.5)],
        };
        recorder.add_event(Duration::ZERO, &began);
        let report =
            recorder.report(&SourceStatus::default(), &PerceptionStatus::default(), &Faults::default());
        let why = serde_json::to_string(&report.tracks[0].why).expect("a report is JSON");
        assert_eq!(why, r#"{"fit":0.75,"taste":-0.0617}"#);
    }

    /// Months of changes leave the newest ones behind.
    #[test]
    fn a_list_keeps_its_newest_entries_only() {
        let mut recorder = Recorder::default();
        for people in 0..LIST_LIMIT + 10 {
            recorder.add_event(Duration::ZERO, &Event::PeopleChanged { people });
        }
        let kept = recorder.presence.to_vec();
        assert_eq!((kept.len(), kept[0].people), (LIST_LIMIT, 10));
    }
}
