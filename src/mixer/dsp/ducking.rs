//! Ducking: lowers music and pad under a cue, and returns to full level.

use std::sync::atomic::Ordering;

use kira::Frame;

use crate::mixer::controls::AudioControls;

/// How far and how fast the level goes down and comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DuckingCurve {
    /// Amplitude while it is lowered.
    pub amplitude: f32,
    /// Time constants in seconds.
    pub fall_seconds: f32,
    pub return_seconds: f32,
}

/// One gain that goes down and comes back.
#[derive(Debug, Clone, Copy)]
struct DuckEnvelope {
    ducking: DuckingCurve,
    /// In double precision: single precision would round away the end of a slow return.
    gain: f64,
}

impl DuckEnvelope {
    fn new(ducking: DuckingCurve) -> Self {
        Self { ducking, gain: 1.0 }
    }

    /// The gain after one more frame of `dt` seconds.
    fn next(&mut self, lowered: bool, dt: f64) -> f64 {
        let DuckingCurve { amplitude, fall_seconds, return_seconds } = self.ducking;
        let (goal, time) = if lowered { (amplitude, fall_seconds) } else { (1.0, return_seconds) };
        self.gain += (f64::from(goal) - self.gain) * (dt / f64::from(time)).min(1.0);
        self.gain
    }

    /// Ends the exponential return, which would never arrive.
    fn settle(&mut self) {
        if (1.0 - self.gain).abs() < 1e-5 {
            self.gain = 1.0;
        }
    }
}

/// The ducking under cues and under the bell. While both sound, the lower gain counts.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct Ducker {
    cue: DuckEnvelope,
    bell: DuckEnvelope,
}

impl Ducker {
    pub(in crate::mixer) fn new(cue: DuckingCurve, bell: DuckingCurve) -> Self {
        Self { cue: DuckEnvelope::new(cue), bell: DuckEnvelope::new(bell) }
    }

    /// Processes a block that begins at frame `clock` of the output, `dt` seconds a frame.
    pub(in crate::mixer) fn process(
        &mut self,
        frames: &mut [Frame],
        controls: &AudioControls,
        clock: u64,
        dt: f64,
    ) {
        let cue_until = controls.duck_until.load(Ordering::Relaxed);
        let bell_until = controls.bell_until.load(Ordering::Relaxed);
        let end = clock + frames.len() as u64;
        let rests = self.cue.gain >= 1.0 && self.bell.gain >= 1.0;
        if rests && clock >= cue_until.max(bell_until) {
            return;
        }
        for (now, frame) in (clock..).zip(frames.iter_mut()) {
            let cue = self.cue.next(now < cue_until, dt);
            *frame *= cue.min(self.bell.next(now < bell_until, dt)) as f32;
        }
        for (duck, until) in [(&mut self.cue, cue_until), (&mut self.bell, bell_until)] {
            if end >= until {
                duck.settle();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: usize = 48_000;

    /// The gains of one second without a bell, of a bell that lowers for `hold` seconds, and of `after`
    /// seconds more, in blocks of changing length.
    fn gains(ducking: DuckingCurve, hold: f64, after: f64) -> Vec<f32> {
        let cue = DuckingCurve { amplitude: 0.5, fall_seconds: 0.04, return_seconds: 0.45 };
        let shared = AudioControls::new(1.0, false);
        let mut ducks = Ducker::new(cue, ducking);
        let mut frames = vec![Frame::from_mono(1.0); RATE + ((hold + after) * RATE as f64) as usize];
        let (mut clock, mut rest) = (0_u64, frames.as_mut_slice());
        while !rest.is_empty() {
            if clock == RATE as u64 {
                shared.bell_until.store(clock + (hold * RATE as f64) as u64, Ordering::Relaxed);
            }
            let length = if clock < RATE as u64 { 480 } else { 1 + clock as usize % 377 };
            let (block, later) = rest.split_at_mut(length.min(rest.len()));
            ducks.process(block, &shared, clock, 1.0 / RATE as f64);
            clock += block.len() as u64;
            rest = later;
        }
        frames.iter().map(|frame| frame.left).collect()
    }

    #[test]
    fn music_follows_the_curve_of_the_settings_under_a_bell_and_comes_back_to_its_level() {
        let ducking = DuckingCurve { amplitude: 0.4, fall_seconds: 0.5, return_seconds: 2.0 };
        let gains = gains(ducking, 4.0, 25.0);
        let seconds = |n: usize| n as f32 / RATE as f32;
        for (n, gain) in gains.iter().enumerate() {
            let expected = match seconds(n) {
                before if before < 1.0 => 1.0,
                down if down < 5.0 => 0.4 + 0.6 * (-(down - 1.0) / 0.5).exp(),
                back => 1.0 - 0.6 * (-(back - 5.0) / 2.0).exp(),
            };
            assert!((gain - expected).abs() < 2e-3, "{} s: {gain}, not {expected}", seconds(n));
        }
        let steepest = gains.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(steepest <= 1.01 * 0.6 / (0.5 * RATE as f32), "{steepest}");
        assert!((gains.last().expect("some") - 1.0).abs() < f32::EPSILON, "exactly its own level");
    }
}
