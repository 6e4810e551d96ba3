//! Smoothing by time constant: the same result whatever the frame rate.

use std::time::Duration;

use crate::expression::Probabilities;

/// An exponential moving average of probabilities, `α = 1 − exp(−dt/τ)`.
#[derive(Debug, Clone)]
pub(super) struct Smoother {
    /// τ in seconds.
    time_constant: f32,
    value: Probabilities,
    last: Option<Duration>,
}

impl Smoother {
    /// `window` is how long a steady change takes to arrive by 90 %, so `τ = window / ln 10`.
    pub(super) fn new(window: f32) -> Self {
        Self { time_constant: window / std::f32::consts::LN_10, value: Probabilities::UNIFORM, last: None }
    }

    /// Takes in what was read at `at`. Readings older than the last are ignored.
    ///
    /// A gap counts as at most half a second, so that one reading after a long
    /// pause does not overrule everything before it.
    pub(super) fn add(&mut self, at: Duration, read: &Probabilities) {
        let Some(last) = self.last else {
            self.last = Some(at);
            return;
        };
        let Some(dt) = at.checked_sub(last) else { return };
        self.last = Some(at);
        let dt = dt.as_secs_f32().min(0.5);
        let alpha = if self.time_constant > 0.0 { 1.0 - (-dt / self.time_constant).exp() } else { 1.0 };
        self.value = self.value.toward(read, alpha);
    }

    /// Forgets what was read; the clock starts with the next reading.
    pub(super) fn reset(&mut self) {
        self.value = Probabilities::UNIFORM;
        self.last = None;
    }

    pub(super) fn value(&self) -> &Probabilities {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Emotion;

    fn after(window: f32, seconds: f32, rate: u32) -> f32 {
        let mut smoother = Smoother::new(window);
        let happy = Probabilities::certain(Emotion::Happy);
        let frames = (seconds * rate as f32).round() as u32;
        for frame in 0..=frames {
            smoother.add(Duration::from_secs_f64(f64::from(frame) / f64::from(rate)), &happy);
        }
        smoother.value().of(Emotion::Happy)
    }

    #[test]
    fn ninety_percent_of_a_change_arrives_within_the_window() {
        let start = 1.0 / 7.0;
        assert!((after(1.5, 1.5, 30) - (start + 0.9 * (1.0 - start))).abs() < 1e-3);
    }

    #[test]
    fn the_frame_rate_does_not_matter() {
        let slow = after(1.5, 1.0, 5);
        for rate in [10, 15, 30] {
            assert!((after(1.5, 1.0, rate) - slow).abs() < 1e-4);
        }
    }

    #[test]
    fn a_reading_from_the_past_changes_nothing() {
        let mut smoother = Smoother::new(1.0);
        smoother.add(Duration::from_secs(1), &Probabilities::certain(Emotion::Sad));
        smoother.add(Duration::from_secs(2), &Probabilities::certain(Emotion::Sad));
        let before = *smoother.value();
        smoother.add(Duration::from_secs(1), &Probabilities::certain(Emotion::Happy));
        assert_eq!(*smoother.value(), before);
    }
}
