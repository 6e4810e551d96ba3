//! Brings what the pictures hear into step with what people hear.
//!
//! A device takes sound in large blocks, some time before it is heard. Rendered frames wait here
//! until then, and are given out as evenly as the pictures come.

use std::collections::VecDeque;

use kira::Frame;

/// Share of the distance from the right delay that is made up in one picture frame.
const PULL: f64 = 0.08;

/// Frames between their rendering and their being heard.
pub(super) struct DelayLine {
    waiting: VecDeque<Frame>,
    /// Whether the delay has been waited for.
    runs: bool,
    /// Fractions of frames that were not given out yet.
    rest: f64,
}

impl DelayLine {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), runs: false, rest: 0.0 }
    }

    /// Takes what was rendered.
    pub(super) fn take(&mut self, rendered: &mut Vec<Frame>) {
        self.waiting.extend(rendered.drain(..));
    }

    /// Frames that are rendered but not heard.
    pub(super) fn ahead(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// Gives everything out.
    pub(super) fn all(&mut self, heard: &mut Vec<Frame>) {
        heard.extend(self.waiting.drain(..));
    }

    /// Appends what is heard in the `due` frames that have passed, with `latency` frames between
    /// rendering and hearing.
    pub(super) fn due(&mut self, due: f64, latency: u64, heard: &mut Vec<Frame>) {
        let latency = latency as f64;
        if !self.runs {
            if (self.waiting.len() as f64) < latency {
                return;
            }
            self.runs = true;
        }
        let ahead = self.waiting.len() as f64;
        if ahead - due > 2.0 * latency + due {
            // After a long picture frame: nobody hears the past.
            self.waiting.drain(..(ahead - due - latency).max(0.0) as usize);
        }
        let excess = self.waiting.len() as f64 - due - latency;
        self.rest += due + PULL * excess;
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
        let mut line = DelayLine::new();
        let (block, latency, due) = (2_048, 5_056, 800.0);
        let (mut rendered, mut last, mut gaps) = (0_u64, 0.0_f32, Vec::new());
        for picture in 0..600_u32 {
            // The device takes a block whenever one is due.
            while f64::from(picture) * due >= rendered as f64 {
                let mut frames: Vec<Frame> =
                    (rendered..rendered + block).map(|n| Frame::from_mono(n as f32)).collect();
                line.take(&mut frames);
                rendered += block;
            }
            let mut heard = Vec::new();
            line.due(due, latency, &mut heard);
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
        let mut line = DelayLine::new();
        line.take(&mut vec![Frame::ZERO; 5_000]);
        line.due(800.0, 4_096, &mut Vec::new());
        line.take(&mut vec![Frame::ZERO; 48_000]);
        let mut heard = Vec::new();
        line.due(800.0, 4_096, &mut heard);
        assert!(line.ahead() < 6_000, "{}", line.ahead());
    }
}
