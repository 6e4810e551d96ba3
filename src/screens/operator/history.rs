//! The last minute of the sound level and of the perception, for the operator. It is bounded at every frame rate.
//!
//! The mood of the last minutes is in [`crate::mood::MoodTrail`].

use std::collections::VecDeque;
use std::time::Duration;

use bevy::prelude::Resource;

use crate::vision::perception::{ReadFace, Reading, ReadingTiming};

/// How far back it reaches.
pub(super) const HISTORY: Duration = Duration::from_mins(1);
/// Time between samples of the sound level.
const LEVEL_INTERVAL: Duration = Duration::from_millis(100);
/// Readings whose timing is kept at most: a minute at thirty a second.
const MOST_TIMINGS: usize = 1_800;
/// Faces of a reading that is older than this are gone.
const FACES_HOLD: Duration = Duration::from_secs(1);

/// What the operator panel shows over time. In memory only.
#[derive(Resource, Debug, Default)]
pub struct OperatorHistory {
    /// App time, and the root mean square of the sound, 0..=1.
    levels: VecDeque<(Duration, f32)>,
    timings: VecDeque<(Duration, ReadingTiming)>,
    faces: Vec<ReadFace>,
}

/// A median and a 95th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencyQuantiles {
    pub p50: Duration,
    pub p95: Duration,
}

impl OperatorHistory {
    /// Keeps a sound level, unless the last one is too recent.
    pub fn add_level(&mut self, at: Duration, rms: f32) {
        if self.levels.back().is_some_and(|(last, _)| at < *last + LEVEL_INTERVAL) {
            return;
        }
        self.levels.push_back((at, rms));
        while self.levels.front().is_some_and(|(first, _)| *first + HISTORY < at) {
            self.levels.pop_front();
        }
    }

    /// Keeps the timing of a reading, and the faces of the newest one.
    pub fn add_reading(&mut self, reading: &Reading) {
        self.faces.clone_from(&reading.faces);
        let old = |(at, _): &(Duration, ReadingTiming)| *at + HISTORY < reading.at;
        while self.timings.len() >= MOST_TIMINGS || self.timings.front().is_some_and(old) {
            self.timings.pop_front();
        }
        self.timings.push_back((reading.at, reading.timing));
    }

    /// The faces of the newest reading, unless it is older than a second.
    #[must_use]
    pub fn faces(&self, now: Duration) -> &[ReadFace] {
        let last = self.timings.back().map(|(at, _)| *at);
        let fresh = last.is_some_and(|at| now.saturating_sub(at) <= FACES_HOLD);
        if fresh { &self.faces } else { &[] }
    }

    /// When the readings of the last minute were captured and where their time went, oldest first.
    #[must_use]
    pub fn timings(&self) -> impl ExactSizeIterator<Item = &(Duration, ReadingTiming)> {
        self.timings.iter()
    }

    /// App times and sound levels of the last minute, oldest first.
    #[must_use]
    pub fn levels(&self) -> impl ExactSizeIterator<Item = &(Duration, f32)> {
        self.levels.iter()
    }

    /// How one part of the timing spreads over the last minute; `None` before the first reading.
    #[must_use]
    pub fn spread(&self, part: impl Fn(&ReadingTiming) -> Duration) -> Option<LatencyQuantiles> {
        let mut sorted: Vec<_> = self.timings.iter().map(|(_, timing)| part(timing)).collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get((sorted.len().checked_sub(1)? * percent).div_ceil(100)).copied();
        Some(LatencyQuantiles { p50: at(50)?, p95: at(95)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_leaves_a_minute_behind() {
        let mut history = OperatorHistory::default();
        for frame in 0..60 * 60 * 30 {
            history.add_level(Duration::from_millis(frame * 33), 0.5);
        }
        assert!((400..=602).contains(&history.levels().len()), "{}", history.levels().len());
        let last = history.levels().last().expect("some").0;
        assert!(history.levels().all(|(at, _)| *at + HISTORY >= last));
    }

    fn reading(at: Duration, detect: Duration) -> Reading {
        let timing = ReadingTiming { detect, ..ReadingTiming::default() };
        Reading { at, frame_size: [640, 480], faces: Vec::new(), timing }
    }

    #[test]
    fn timings_spread_over_a_minute() {
        let mut history = OperatorHistory::default();
        assert_eq!(history.spread(|t| t.detect), None);
        for tenth in 1..=1_000 {
            history.add_reading(&reading(Duration::from_millis(tenth * 100), Duration::from_millis(tenth)));
        }
        // The last minute is the readings from 400 to 1000.
        let spread = history.spread(|t| t.detect).expect("some");
        assert_eq!(history.timings().len(), 601);
        assert_eq!(spread.p50, Duration::from_millis(700));
        assert_eq!(spread.p95, Duration::from_millis(970));
    }

    #[test]
    fn timings_are_bounded_at_any_rate() {
        let mut history = OperatorHistory::default();
        for _ in 0..10_000 {
            history.add_reading(&reading(Duration::from_secs(1), Duration::ZERO));
        }
        assert_eq!(history.timings().len(), MOST_TIMINGS);
    }
}
