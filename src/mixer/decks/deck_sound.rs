//! The sound of a deck, in the audio callback: resamples decoded frames to the rate of the output.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use kira::info::Info;
use kira::sound::{Sound, SoundData};
use kira::{Frame, interpolate_frame};
use rtrb::Consumer;

use super::ahead_decoder::DeckState;
use crate::mixer::controls::AudioControls;

/// When a deck begins and how fast it plays, on the music clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mixer) struct PlaybackTiming {
    /// Frame of the music clock at which the first frame of the file sounds.
    pub(in crate::mixer) begin: u64,
    /// Playback rate at first: seconds of the track in one second.
    pub(in crate::mixer) rate: f64,
    /// Frames for which the rate holds, and over which it then returns to 1.
    pub(in crate::mixer) hold: u64,
    pub(in crate::mixer) glide: u64,
}

impl PlaybackTiming {
    /// At rate 1 from `begin` on.
    #[cfg(test)]
    pub(in crate::mixer) fn plain(begin: u64) -> Self {
        Self { begin, rate: 1.0, hold: 0, glide: 0 }
    }

    pub(in crate::mixer) fn rate_at(&self, clock: u64) -> f64 {
        let passed = clock.saturating_sub(self.begin);
        if passed >= self.hold + self.glide {
            return 1.0;
        }
        let back = passed.saturating_sub(self.hold) as f64 / self.glide.max(1) as f64;
        self.rate + (1.0 - self.rate) * back
    }
}

/// Turns frames of a file, from a ring buffer, into frames of the output.
///
/// Runs in the audio callback: no allocation, no lock, no log.
pub(in crate::mixer) struct DeckSound {
    frames: Consumer<Frame>,
    state: Arc<DeckState>,
    controls: Arc<AudioControls>,
    timing: PlaybackTiming,
    /// Frames per second of the file.
    rate: f64,
    /// The frame before the position, the one at it, and the two after.
    window: [Frame; 4],
    /// Frames that the window still needs.
    missing: u8,
    /// Position between `window[1]` and `window[2]`, 0..1.
    fraction: f64,
    played: u64,
}

impl DeckSound {
    pub(in crate::mixer) fn new(
        frames: Consumer<Frame>,
        state: Arc<DeckState>,
        controls: Arc<AudioControls>,
        rate: u32,
        timing: PlaybackTiming,
    ) -> Self {
        Self {
            frames,
            state,
            controls,
            timing,
            rate: f64::from(rate),
            window: [Frame::ZERO; 4],
            missing: 3,
            fraction: 0.0,
            played: 0,
        }
    }

    /// Takes one frame into the window; `false` if the decoder is late.
    fn advance(&mut self) -> bool {
        let Ok(frame) = self.frames.pop() else { return false };
        self.window.rotate_left(1);
        self.window[3] = frame;
        true
    }

    /// Fills the window at the start, and after the decoder was late.
    fn prime(&mut self) -> bool {
        while self.missing > 0 {
            if !self.advance() {
                return false;
            }
            self.missing -= 1;
        }
        true
    }

    /// The next frame of output, or `None` if the decoder is late.
    fn next(&mut self, step: f64) -> Option<Frame> {
        if !self.prime() {
            return None;
        }
        let [before, here, next, after] = self.window;
        let out = if self.fraction == 0.0 {
            here
        } else {
            interpolate_frame(before, here, next, after, self.fraction as f32)
        };
        self.fraction += step;
        while self.fraction >= 1.0 {
            self.fraction -= 1.0;
            self.played += 1;
            if !self.advance() {
                self.missing += 1;
            }
        }
        Some(out)
    }
}

impl Sound for DeckSound {
    fn process(&mut self, out: &mut [Frame], dt: f64, _info: &Info) {
        let start = self.controls.music.load(Ordering::Relaxed);
        if self.controls.held.load(Ordering::Relaxed) {
            out.fill(Frame::ZERO);
            return;
        }
        let end = start + out.len() as u64;
        let mut missed = 0;
        for (clock, frame) in (start..).zip(out) {
            if clock < self.timing.begin {
                *frame = Frame::ZERO;
                continue;
            }
            let exact = self.rate * dt * self.timing.rate_at(clock);
            // With equal rates samples pass unchanged; rounding may leave the product just beside 1.
            let step = if (exact - 1.0).abs() < 1e-9 { 1.0 } else { exact };
            *frame = self.next(step).unwrap_or_else(|| {
                missed += 1;
                Frame::ZERO
            });
        }
        if end > self.timing.begin {
            self.state.cursor.write(end, self.played as f64 + self.fraction);
        }
        if missed > 0 {
            self.state.missed.fetch_add(missed, Ordering::Relaxed);
        }
    }

    fn finished(&self) -> bool {
        self.state.stop.load(Ordering::Relaxed)
    }
}

impl SoundData for DeckSound {
    type Error = Infallible;
    type Handle = ();

    fn into_sound(self) -> Result<(Box<dyn Sound>, ()), Infallible> {
        Ok((Box::new(self), ()))
    }
}

impl Drop for DeckSound {
    fn drop(&mut self) {
        // The graph drops its decks with it; their decoders can stop.
        self.state.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "values that are passed through are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_rate_holds_and_then_glides_back() {
        let timing = PlaybackTiming { begin: 100, rate: 1.04, hold: 1_000, glide: 2_000 };
        assert_eq!(timing.rate_at(0), 1.04);
        assert_eq!(timing.rate_at(1_100), 1.04);
        assert!((timing.rate_at(2_100) - 1.02).abs() < 1e-9);
        assert_eq!(timing.rate_at(3_100), 1.0);
        assert_eq!(PlaybackTiming::plain(5).rate_at(7), 1.0);
    }
}
