//! A deck: plays what its feeder decodes, at the rate of the output.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use kira::info::Info;
use kira::sound::{Sound, SoundData};
use kira::{Frame, interpolate_frame};
use rtrb::Consumer;

use super::feed::DeckShared;

/// A sound that takes frames of a file from a ring buffer and gives frames of the output.
///
/// Runs in the audio callback: no allocation, no lock, no log.
pub(super) struct DeckSound {
    frames: Consumer<Frame>,
    shared: Arc<DeckShared>,
    /// Frames per second of the file.
    rate: f64,
    /// The frame before the position, the one at it, and the two after.
    window: [Frame; 4],
    /// Frames still to be taken before the window is whole for the first time.
    missing: u8,
    /// Position between `window[1]` and `window[2]`, 0..1.
    fraction: f64,
}

impl DeckSound {
    pub(super) fn new(frames: Consumer<Frame>, shared: Arc<DeckShared>, rate: u32) -> Self {
        Self { frames, shared, rate: f64::from(rate), window: [Frame::ZERO; 4], missing: 3, fraction: 0.0 }
    }

    /// Takes one frame into the window; `false` if the decoder is late.
    fn advance(&mut self) -> bool {
        let Ok(frame) = self.frames.pop() else { return false };
        self.window.rotate_left(1);
        self.window[3] = frame;
        true
    }

    /// Fills the window at the start, and catches up after a pause of the decoder.
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
    fn next(&mut self, step: f64, played: &mut u64) -> Option<Frame> {
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
            *played += 1;
            if !self.advance() {
                self.missing += 1;
            }
        }
        Some(out)
    }
}

impl Sound for DeckSound {
    fn process(&mut self, out: &mut [Frame], dt: f64, _info: &Info) {
        let exact = self.rate * dt;
        // Equal rates must pass samples through untouched; the product may miss 1 by one last bit.
        let step = if (exact - 1.0).abs() < 1e-9 { 1.0 } else { exact };
        let (mut played, mut missed) = (0, 0);
        for frame in out {
            *frame = self.next(step, &mut played).unwrap_or_else(|| {
                missed += 1;
                Frame::ZERO
            });
        }
        self.shared.played.fetch_add(played, Ordering::Relaxed);
        if missed > 0 {
            self.shared.missed.fetch_add(missed, Ordering::Relaxed);
        }
    }

    fn finished(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
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
        // An output that goes away takes its decks with it: their decoders may rest.
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}
