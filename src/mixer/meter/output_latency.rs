//! Delays the rendered mix until it is heard, so that visuals are in time with the sound.
//!
//! A device takes sound in large blocks, some time before it is heard. Rendered frames wait here until
//! then and leave at the even pace of the picture frames.

use std::collections::VecDeque;

use kira::Frame;

/// Share of the error of the delay that is corrected in one picture frame.
const CORRECTION: f64 = 0.08;

/// Frames between rendering and loudspeaker.
pub(super) struct LatencyDelay {
    waiting: VecDeque<Frame>,
    /// The delay has been filled once.
    filled: bool,
    /// Fractions of frames that have not left yet.
    rest: f64,
}

impl LatencyDelay {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), filled: false, rest: 0.0 }
    }

    /// Takes what was rendered.
    pub(super) fn push(&mut self, rendered: &mut Vec<Frame>) {
        self.waiting.extend(rendered.drain(..));
    }

    /// Frames that are rendered but not heard yet.
    pub(super) fn ahead(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// Appends all frames, for an output without latency.
    pub(super) fn pop_all(&mut self, heard: &mut Vec<Frame>) {
        heard.extend(self.waiting.drain(..));
    }

    /// Appends what is heard in the `due` frames that have passed, with `latency` frames between
    /// rendering and loudspeaker.
    pub(super) fn pop_due(&mut self, due: f64, latency: u64, heard: &mut Vec<Frame>) {
        let latency = latency as f64;
        if !self.filled {
            if (self.waiting.len() as f64) < latency {
                return;
            }
            self.filled = true;
        }
        let ahead = self.waiting.len() as f64;
        if ahead - due > 2.0 * latency + due {
            // After a long picture frame, what was heard meanwhile is dropped.
            self.waiting.drain(..(ahead - due - latency).max(0.0) as usize);
        }
        let excess = self.waiting.len() as f64 - due - latency;
        self.rest += due + CORRECTION * excess;
        let frames = (self.rest.max(0.0) as usize).min(self.waiting.len());
        self.rest = if frames == self.waiting.len() { 0.0 } else { self.rest - frames as f64 };
        heard.extend(self.waiting.drain(..frames));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_a_device_become_even_and_late_by_the_latency() {
        let mut delay = LatencyDelay::new();
        let (block, latency, due) = (2_048, 5_056, 800.0);
        let (mut rendered, mut last, mut gaps) = (0_u64, 0.0_f32, Vec::new());
        for picture in 0..600_u32 {
            // The device takes a block whenever one is due.
            while f64::from(picture) * due >= rendered as f64 {
                let mut frames: Vec<Frame> =
                    (rendered..rendered + block).map(|n| Frame::from_mono(n as f32)).collect();
                delay.push(&mut frames);
                rendered += block;
            }
            let mut heard = Vec::new();
            delay.pop_due(due, latency, &mut heard);
            if picture > 100 {
                let newest = heard.last().expect("something is heard in every picture").left;
                gaps.push(f64::from(newest - last));
                let late = f64::from(picture) * due + block as f64 - f64::from(newest);
                assert!((late - latency as f64).abs() < block as f64, "{picture}: late by {late}");
            }
            last = heard.last().map_or(last, |frame| frame.left);
        }
        gaps.remove(0);
        assert!(gaps.iter().all(|gap| (500.0..1_100.0).contains(gap)), "{gaps:?}");
    }

    #[test]
    fn after_a_long_pause_the_past_is_left_out() {
        let mut delay = LatencyDelay::new();
        delay.push(&mut vec![Frame::ZERO; 5_000]);
        delay.pop_due(800.0, 4_096, &mut Vec::new());
        delay.push(&mut vec![Frame::ZERO; 48_000]);
        let mut heard = Vec::new();
        delay.pop_due(800.0, 4_096, &mut heard);
        assert!(delay.ahead() < 6_000, "{}", delay.ahead());
    }
}
