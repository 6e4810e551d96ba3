//! Night mode: everything softer, and loud passages closer to quiet ones.

use kira::Frame;

use crate::music::{Decibels, Lufs};

/// Passages above this RMS level are compressed, in dBFS.
const THRESHOLD_DB: f32 = -30.0;
/// Above the threshold, N decibels more at the input become N / 2 at the output.
const RATIO: f32 = 2.0;
/// Time constants in seconds: of the level, of the gain going down and up, and of switching on and off.
const LEVEL_SECONDS: f32 = 0.08;
const DOWN_SECONDS: f32 = 0.05;
const UP_SECONDS: f32 = 0.8;
const SWITCH_SECONDS: f32 = 0.6;
/// Frames between two updates of the gain.
const EVERY: usize = 16;

/// What night mode does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NightSettings {
    /// How much softer usual music becomes; at most 0.
    pub gain: Decibels,
    /// The loudness of usual music.
    pub usual: Lufs,
}

impl NightSettings {
    /// The gain that is applied besides the compression. The compressor lowers usual music already; that is made up
    /// for, so that `gain` alone makes it softer.
    fn makeup(self) -> Decibels {
        // The level of music in dBFS is about its loudness in LUFS.
        let over = (self.usual.0 - THRESHOLD_DB).max(0.0);
        self.gain + Decibels(over * (1.0 - 1.0 / RATIO))
    }
}

/// A gentle compressor of both channels together. Runs in the audio callback.
#[derive(Debug)]
pub(in crate::mixer) struct NightCompressor {
    /// 0 off ..= 1 on.
    amount: f32,
    /// Gain besides the compression, in decibels.
    makeup_db: f32,
    mean_square: f32,
    reduction_db: f32,
    gain: f32,
    step: f32,
    left: usize,
}

impl NightCompressor {
    pub(in crate::mixer) fn new(on: bool, settings: NightSettings) -> Self {
        Self {
            amount: if on { 1.0 } else { 0.0 },
            makeup_db: settings.makeup().0,
            mean_square: 0.0,
            reduction_db: 0.0,
            gain: 1.0,
            step: 0.0,
            left: 0,
        }
    }

    /// Processes a block, `dt` seconds a frame.
    pub(in crate::mixer) fn process(&mut self, frames: &mut [Frame], on: bool, dt: f32) {
        let goal = if on { 1.0 } else { 0.0 };
        if !on && self.amount < 1e-4 {
            self.amount = 0.0;
            if (self.gain - 1.0).abs() < 1e-6 {
                (self.gain, self.step, self.left) = (1.0, 0.0, 0);
                return;
            }
        }
        for frame in frames {
            if self.left == 0 {
                self.update_gain(goal, dt);
            }
            self.left -= 1;
            let square = 0.5 * frame.left.mul_add(frame.left, frame.right * frame.right);
            self.mean_square += (square - self.mean_square) * (dt / LEVEL_SECONDS).min(1.0);
            self.gain += self.step;
            *frame *= self.gain;
        }
    }

    fn update_gain(&mut self, goal: f32, dt: f32) {
        self.left = EVERY;
        let passed = dt * EVERY as f32;
        self.amount += (goal - self.amount) * (passed / SWITCH_SECONDS).min(1.0);
        let level = 10.0 * self.mean_square.max(1e-12).log10();
        let wanted = (THRESHOLD_DB - level).min(0.0) * (1.0 - 1.0 / RATIO);
        let time = if wanted < self.reduction_db { DOWN_SECONDS } else { UP_SECONDS };
        self.reduction_db += (wanted - self.reduction_db) * (passed / time).min(1.0);
        let gain = Decibels(self.amount * (self.reduction_db + self.makeup_db));
        self.step = (gain.amplitude() - self.gain) / EVERY as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DT: f32 = 1.0 / 48_000.0;

    const NIGHT: NightSettings = NightSettings { gain: Decibels(-6.0), usual: Lufs(-16.0) };

    /// Level of a tone after three seconds, in dBFS.
    fn level(on: bool, amplitude: f32) -> f32 {
        level_with(NIGHT, on, amplitude)
    }

    fn level_with(settings: NightSettings, on: bool, amplitude: f32) -> f32 {
        let mut night = NightCompressor::new(on, settings);
        let mut frames: Vec<Frame> =
            (0..144_000).map(|i| Frame::from_mono(amplitude * (i as f32 * 0.06).sin())).collect();
        for block in frames.chunks_mut(128) {
            night.process(block, on, DT);
        }
        let end = &frames[120_000..];
        let square: f32 = end.iter().map(|frame| frame.left * frame.left).sum::<f32>() / end.len() as f32;
        10.0 * square.log10()
    }

    #[test]
    fn by_day_nothing_is_touched() {
        let mut night = NightCompressor::new(false, NIGHT);
        let mut frames = [Frame::from_mono(0.7); 128];
        night.process(&mut frames, false, DT);
        assert!(frames.iter().all(|frame| *frame == Frame::from_mono(0.7)));
    }

    #[test]
    fn at_night_loud_and_quiet_are_closer_and_softer() {
        let (loud, quiet) = (level(true, 0.5), level(true, 0.05));
        assert!((9.0..13.0).contains(&(loud - quiet)), "{loud} and {quiet}");
        assert!(loud < level(false, 0.5) - 5.0);
    }

    /// Music at the loudness that all tracks are brought to becomes softer by the gain of night mode, whatever that
    /// loudness is.
    #[test]
    fn usual_music_is_softer_by_the_gain() {
        for target in [-10.0, -16.0, -23.0, -35.0] {
            let settings = NightSettings { usual: Lufs(target), ..NIGHT };
            // The root mean square of a sine is its amplitude less 3 dB.
            let amplitude = Decibels(target + 3.01).amplitude();
            let softer = level_with(settings, true, amplitude) - level_with(settings, false, amplitude);
            assert!((softer + 6.0).abs() < 0.5, "{target} LUFS: {softer} dB");
        }
    }

    #[test]
    fn the_switch_is_no_jump() {
        let mut night = NightCompressor::new(false, NIGHT);
        let mut frames = vec![Frame::from_mono(0.3); 96_000];
        for (n, block) in frames.chunks_mut(128).enumerate() {
            night.process(block, (200..500).contains(&n), DT);
        }
        let steps = frames.windows(2).map(|pair| (pair[1].left - pair[0].left).abs());
        assert!(steps.fold(0.0, f32::max) < 1e-3);
    }
}
