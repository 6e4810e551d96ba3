//! The last minute, for the operator: bounded, whatever the frame rate.

use std::collections::VecDeque;
use std::time::Duration;

use bevy::prelude::Resource;

use crate::expression::Probabilities;
use crate::perception::Timing;

/// How far back samples reach.
pub const REACH: Duration = Duration::from_mins(1);
/// Time between samples.
const EVERY: Duration = Duration::from_millis(100);
/// Readings whose timing is kept.
const TIMINGS: usize = 256;

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

/// Samples of the last minute and timings of the last readings.
#[derive(Resource, Debug, Default)]
pub struct History {
    samples: VecDeque<Sample>,
    timings: VecDeque<Timing>,
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

    /// Keeps the timing of a reading.
    pub fn timing(&mut self, timing: Timing) {
        if self.timings.len() == TIMINGS {
            self.timings.pop_front();
        }
        self.timings.push_back(timing);
    }

    /// Samples of the last minute, oldest first.
    #[must_use]
    pub fn samples(&self) -> impl ExactSizeIterator<Item = &Sample> {
        self.samples.iter()
    }

    /// How one part of the timing spreads over the last readings; `None` before the first.
    #[must_use]
    pub fn spread(&self, part: impl Fn(&Timing) -> Duration) -> Option<Spread> {
        let mut sorted: Vec<_> = self.timings.iter().map(part).collect();
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

    #[test]
    fn timings_are_bounded_and_spread() {
        let mut history = History::default();
        assert_eq!(history.spread(|t| t.detect), None);
        for ms in 1..=1_000 {
            history.timing(Timing { detect: Duration::from_millis(ms), ..Timing::default() });
        }
        let spread = history.spread(|t| t.detect).expect("some");
        assert_eq!(history.timings.len(), TIMINGS);
        assert!(spread.p50 >= Duration::from_millis(870) && spread.p50 <= Duration::from_millis(875));
        assert!(spread.p95 > spread.p50);
    }
}
