//! The last minutes, for the operator: bounded, whatever the frame rate.

use std::collections::VecDeque;
use std::time::Duration;

use bevy::prelude::Resource;

use crate::emotion::Probabilities;
use crate::vision::perception::{ReadFace, Reading, ReadingTiming};

/// How far back samples reach.
pub const REACH: Duration = Duration::from_mins(1);
/// Time between samples.
const EVERY: Duration = Duration::from_millis(100);
/// Readings whose timing is kept at most: a minute at thirty a second.
const TIMINGS: usize = 1_800;

/// The mood at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// App time.
    pub at: Duration,
    pub valence: f32,
    pub arousal: f32,
    pub probabilities: Probabilities,
    /// Root mean square of the sound, 0..=1.
    pub rms: f32,
}

/// Samples and timings of the last minute. Where the mood went in the last minutes is in [`crate::mood::MoodTrail`].
#[derive(Resource, Debug, Default)]
pub struct History {
    samples: VecDeque<Sample>,
    timings: VecDeque<(Duration, ReadingTiming)>,
    faces: Vec<ReadFace>,
}

/// A median and a 95th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    pub p50: Duration,
    pub p95: Duration,
}

impl History {
    /// Keeps a sample, unless the last one is too recent.
    pub fn sample(&mut self, sample: Sample) {
        if self.samples.back().is_some_and(|last| sample.at < last.at + EVERY) {
            return;
        }
        self.samples.push_back(sample);
        while self.samples.front().is_some_and(|first| first.at + REACH < sample.at) {
            self.samples.pop_front();
        }
    }

    /// Keeps the timing of a reading, and the faces of the last one.
    pub fn reading(&mut self, reading: &Reading) {
        self.faces.clone_from(&reading.faces);
        let old = |(at, _): &(Duration, ReadingTiming)| *at + REACH < reading.at;
        while self.timings.len() >= TIMINGS || self.timings.front().is_some_and(old) {
            self.timings.pop_front();
        }
        self.timings.push_back((reading.at, reading.timing));
    }

    /// The faces of the last reading, unless it is older than a second.
    #[must_use]
    pub fn faces(&self, now: Duration) -> &[ReadFace] {
        let last = self.timings.back().map(|(at, _)| *at);
        let fresh = last.is_some_and(|at| now.saturating_sub(at) <= Duration::from_secs(1));
        if fresh { &self.faces } else { &[] }
    }

    /// When the readings of the last minute were captured and where their time went, oldest first.
    #[must_use]
    pub fn timings(&self) -> impl ExactSizeIterator<Item = &(Duration, ReadingTiming)> {
        self.timings.iter()
    }

    /// Samples of the last minute, oldest first.
    #[must_use]
    pub fn samples(&self) -> impl ExactSizeIterator<Item = &Sample> {
        self.samples.iter()
    }

    /// How one part of the timing spreads over the last minute; `None` before the first.
    #[must_use]
    pub fn spread(&self, part: impl Fn(&ReadingTiming) -> Duration) -> Option<Spread> {
        let mut sorted: Vec<_> = self.timings.iter().map(|(_, timing)| part(timing)).collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get((sorted.len().checked_sub(1)? * percent).div_ceil(100)).copied();
        Some(Spread { p50: at(50)?, p95: at(95)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: Duration) -> Sample {
        Sample { at, valence: 0.0, arousal: 0.0, probabilities: Probabilities::UNIFORM, rms: 0.0 }
    }

    #[test]
    fn an_hour_leaves_a_minute_behind() {
        let mut history = History::default();
        for frame in 0..60 * 60 * 30 {
            history.sample(sample(Duration::from_millis(frame * 33)));
        }
        assert!((400..=602).contains(&history.samples().len()), "{}", history.samples().len());
        let last = history.samples().last().expect("some").at;
        assert!(history.samples().all(|s| s.at + REACH >= last));
    }

    fn reading(at: Duration, detect: Duration) -> Reading {
        let timing = ReadingTiming { detect, ..ReadingTiming::default() };
        Reading { at, frame_size: [640, 480], faces: Vec::new(), timing }
    }

    #[test]
    fn timings_spread_over_a_minute() {
        let mut history = History::default();
        assert_eq!(history.spread(|t| t.detect), None);
        for tenth in 1..=1_000 {
            history.reading(&reading(Duration::from_millis(tenth * 100), Duration::from_millis(tenth)));
        }
        // The last minute is the readings from 400 to 1000.
        let spread = history.spread(|t| t.detect).expect("some");
        assert_eq!(history.timings().len(), 601);
        assert_eq!(spread.p50, Duration::from_millis(700));
        assert_eq!(spread.p95, Duration::from_millis(970));
    }

    #[test]
    fn timings_are_bounded_at_any_rate() {
        let mut history = History::default();
        for _ in 0..10_000 {
            history.reading(&reading(Duration::from_secs(1), Duration::ZERO));
        }
        assert_eq!(history.timings().len(), TIMINGS);
    }
}
