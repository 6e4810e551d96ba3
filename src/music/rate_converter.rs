//! Converts stereo frames to a higher sample rate, for the links of a chained file that have another rate than the rest.
//!
//! The file is given the highest rate of its links, so that nothing has to be filtered out before. Between the frames
//! lies a cubic (Catmull–Rom), as kira plays a file whose rate is not that of the device.

/// Converts as the frames stream by.
#[derive(Debug, Clone)]
pub(super) struct RateConverter {
    /// Frames of the input for each frame of the output, 0..=1.
    step: f64,
    /// Where the next frame of the output lies after the second of the four newest frames, in frames of the input.
    at: f64,
    newest: Option<[[f32; 2]; 4]>,
}

impl RateConverter {
    /// From one rate to another that is not lower.
    pub(super) fn new(from: u32, to: u32) -> Self {
        Self { step: f64::from(from) / f64::from(to.max(1)), at: 0.0, newest: None }
    }

    /// Forgets what came before, after a seek.
    pub(super) fn reset(&mut self) {
        (self.at, self.newest) = (0.0, None);
    }

    /// Appends the converted frames of an interleaved input.
    pub(super) fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        for frame in input.as_chunks::<2>().0 {
            let newest = self.newest.get_or_insert([*frame; 4]);
            newest.rotate_left(1);
            newest[3] = *frame;
            while self.at < 1.0 {
                let [left, right] = between(newest, self.at as f32);
                out.extend([left, right]);
                self.at += self.step;
            }
            self.at -= 1.0;
        }
    }
}

/// The cubic through four frames, at a place between the second and the third, 0..=1.
fn between(frames: &[[f32; 2]; 4], at: f32) -> [f32; 2] {
    [0, 1].map(|side| {
        let [a, b, c, d] = frames.map(|frame| frame[side]);
        let slope = (c - a) / 2.0;
        let curve = a - 2.5 * b + 2.0 * c - d / 2.0;
        let bend = (d - a) / 2.0 + 1.5 * (b - c);
        ((bend * at + curve) * at + slope) * at + b
    })
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    /// A tone keeps its pitch, its level and its length, whatever the packets are.
    #[test]
    fn a_tone_keeps_its_pitch() {
        let (from, to, hertz) = (22_050, 48_000, 440.0);
        let tone: Vec<f32> =
            (0..from).flat_map(|n| [(TAU * hertz * n as f32 / from as f32).sin(); 2]).collect();
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        RateConverter::new(from, to).push(&tone, &mut whole);
        let mut converter = RateConverter::new(from, to);
        tone.chunks(514).for_each(|piece| converter.push(piece, &mut pieces));
        assert_eq!(whole, pieces);
        assert!((whole.len() / 2).abs_diff(to as usize) <= 1, "{}", whole.len());
        // Two frames of the input pass before the first one is heard.
        let delay = 2.0 * to as f32 / from as f32;
        for (n, frame) in whole.as_chunks::<2>().0.iter().enumerate().skip(8) {
            let right = (TAU * hertz * (n as f32 - delay) / to as f32).sin();
            assert!((frame[0] - right).abs() < 2e-3, "frame {n}: {} and not {right}", frame[0]);
        }
    }
}
