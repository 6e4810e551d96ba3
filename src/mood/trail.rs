//! Where the mood has been in the last minutes, for plots.

use std::collections::VecDeque;
use std::time::Duration;

use bevy::prelude::Resource;

use super::mood_state::MoodState;
use crate::emotion::Probabilities;

/// From one point of the trail to the next: five a second.
const INTERVAL: Duration = Duration::from_millis(200);

/// One point of the trail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrailPoint {
    /// App time.
    pub at: Duration,
    /// −1 ..= 1.
    pub valence: f32,
    /// −1 ..= 1.
    pub arousal: f32,
    /// 0 ..= 1.
    pub confidence: f32,
    pub probabilities: Probabilities,
}

/// The way of the fast mood through the circumplex, about five points a second, in memory only.
#[derive(Resource, Debug, Clone, Default)]
pub struct MoodTrail {
    points: VecDeque<TrailPoint>,
    reach: Duration,
}

impl MoodTrail {
    /// Keeps points that are at most `reach` old.
    #[must_use]
    pub fn new(reach: Duration) -> Self {
        Self { points: VecDeque::new(), reach }
    }

    /// Another reach; older points go with the next one.
    pub(super) fn change_reach(&mut self, reach: Duration) {
        self.reach = reach;
    }

    /// The points, oldest first.
    #[must_use]
    pub fn points(&self) -> impl ExactSizeIterator<Item = &TrailPoint> {
        self.points.iter()
    }

    /// Adds where the mood is, unless there is a point for this fifth of a second.
    pub(super) fn add(&mut self, at: Duration, mood: &MoodState) {
        let slot = |at: Duration| at.as_nanos() / INTERVAL.as_nanos();
        if self.points.back().is_some_and(|last| slot(last.at) >= slot(at)) {
            return;
        }
        let MoodState { valence, arousal, confidence, probabilities, .. } = *mood;
        self.points.push_back(TrailPoint { at, valence, arousal, confidence, probabilities });
        while self.points.front().is_some_and(|first| at.saturating_sub(first.at) > self.reach) {
            self.points.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trail_is_bounded_in_time_and_number_at_any_frame_rate() {
        for rate in [15, 30, 60] {
            let mut trail = MoodTrail::new(Duration::from_mins(5));
            for frame in 0..rate * 600 {
                let at = Duration::from_secs_f64(f64::from(frame) / f64::from(rate));
                trail.add(at, &MoodState::default());
            }
            assert!((1_499..=1_502).contains(&trail.points().len()), "{}", trail.points().len());
            let (first, last) = (trail.points().next().expect("some"), trail.points().last().expect("some"));
            assert!(last.at.saturating_sub(first.at) <= Duration::from_mins(5));
        }
    }
}
