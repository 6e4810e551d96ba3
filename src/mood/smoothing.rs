//! Smoothing by time constant: the same result whatever the frame rate.

use std::time::Duration;

use super::partial_probabilities::PartialProbabilities;

/// Longest gap between two frames that counts, in seconds, so that one reading after a long
/// pause does not overrule everything before it.
const LONGEST_GAP: f32 = 0.5;

/// The share of a change that arrives within `dt` when 90 % of it arrive within `window`, both in
/// seconds: `α = 1 − exp(−dt/τ)` with `τ = window / ln 10`.
pub(super) fn arrived(dt: f32, window: f32) -> f32 {
    let time_constant = window / std::f32::consts::LN_10;
    if time_constant > 0.0 { 1.0 - (-dt / time_constant).exp() } else { 1.0 }
}

/// Seconds from one frame to the next, at most [`LONGEST_GAP`]; `None` for the first frame and for
/// one from the past.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameInterval(Option<Duration>);

impl FrameInterval {
    pub(super) fn to(&mut self, at: Duration) -> Option<f32> {
        let Some(last) = self.0 else {
            self.0 = Some(at);
            return None;
        };
        let gap = at.checked_sub(last)?;
        self.0 = Some(at);
        Some(gap.as_secs_f32().min(LONGEST_GAP))
    }
}

/// An exponential moving average of evidence that starts with nothing known.
#[derive(Debug, Clone)]
pub(super) struct ShareSmoother {
    window: f32,
    value: PartialProbabilities,
}

impl ShareSmoother {
    /// `window` is how many seconds a steady change takes to arrive by 90 %.
    pub(super) fn new(window: f32) -> Self {
        Self { window, value: PartialProbabilities::UNKNOWN }
    }

    /// Another window, from the next value on.
    pub(super) fn change_window(&mut self, window: f32) {
        self.window = window;
    }

    /// Takes in what was seen for the last `dt` seconds.
    pub(super) fn add(&mut self, dt: f32, seen: &PartialProbabilities) {
        self.value = self.value.toward(seen, arrived(dt, self.window));
    }

    pub(super) fn value(&self) -> &PartialProbabilities {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::{Emotion, Probabilities};

    fn after(window: f32, seconds: f32, rate: u32) -> f32 {
        let mut smoother = ShareSmoother::new(window);
        let mut gap = FrameInterval::default();
        let happy = PartialProbabilities::new(&Probabilities::certain(Emotion::Happy), 1.0);
        let frames = (seconds * rate as f32).round() as u32;
        for frame in 0..=frames {
            let at = Duration::from_secs_f64(f64::from(frame) / f64::from(rate));
            if let Some(dt) = gap.to(at) {
                smoother.add(dt, &happy);
            }
        }
        smoother.value().known()
    }

    #[test]
    fn ninety_percent_of_a_change_arrives_within_the_window() {
        assert!((after(1.5, 1.5, 30) - 0.9).abs() < 1e-3);
    }

    #[test]
    fn the_frame_rate_does_not_matter() {
        let slow = after(1.5, 1.0, 5);
        for rate in [10, 15, 30] {
            assert!((after(1.5, 1.0, rate) - slow).abs() < 1e-4);
        }
    }

    #[test]
    fn a_frame_from_the_past_counts_for_nothing_and_a_long_gap_for_little() {
        let mut gap = FrameInterval::default();
        assert_eq!(gap.to(Duration::from_secs(1)), None);
        assert_eq!(gap.to(Duration::from_secs(9)), Some(LONGEST_GAP));
        assert_eq!(gap.to(Duration::from_secs(8)), None);
        assert_eq!(gap.to(Duration::from_millis(9_250)), Some(0.25));
    }
}
