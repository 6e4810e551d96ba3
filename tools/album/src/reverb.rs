//! A feedback delay network (Jot & Chaigne 1991): eight delay lines mixed by a Householder
//! matrix, each with the loss that gives the wanted reverberation time, after a short allpass
//! diffuser and a few early reflections.

use crate::piece::Room;
use crate::synth::dsp::{Frame, Phase, RATE, Svf};

/// Delays in samples: near primes, so that their echoes do not line up.
const LINES: [usize; 8] = [1433, 1601, 1867, 2053, 2251, 2399, 2617, 2797];
/// Early reflections: milliseconds and gain, left and right.
const EARLY: [(f32, f32, f32); 5] =
    [(7.3, 0.42, 0.18), (11.9, 0.2, 0.40), (18.7, 0.31, 0.16), (25.1, 0.14, 0.29), (33.8, 0.2, 0.2)];

/// A circular delay line.
struct Delay {
    line: Vec<f32>,
    at: usize,
}

impl Delay {
    fn new(samples: usize) -> Self {
        Self { line: vec![0.0; samples.max(1)], at: 0 }
    }

    /// The sample from `back` samples ago, with a fraction.
    fn read(&self, back: f32) -> f32 {
        let whole = back.floor();
        let part = back - whole;
        let size = self.line.len();
        let i = (self.at + size - whole as usize % size) % size;
        let j = (i + size - 1) % size;
        self.line[i] * (1.0 - part) + self.line[j] * part
    }

    fn write(&mut self, x: f32) {
        self.at = (self.at + 1) % self.line.len();
        self.line[self.at] = x;
    }
}

/// Schroeder's allpass: smears an impulse without colouring it.
fn diffuse(line: &mut Delay, samples: f32, x: f32) -> f32 {
    let old = line.read(samples - 1.0);
    let fed = x - 0.6 * old;
    line.write(fed);
    old + 0.6 * fed
}

/// The reverberation of `input` alone (no dry sound), as long as the input.
pub fn reverb(input: &[Frame], room: &Room) -> Vec<Frame> {
    let mut lines: Vec<Delay> = LINES.iter().map(|n| Delay::new(n + 64)).collect();
    let mut damping: Vec<f32> = vec![0.0; 8];
    let gains: Vec<f32> = LINES.iter().map(|&n| 0.001f32.powf(n as f32 / RATE / room.rt60)).collect();
    // One-pole low-pass in every loop: the high frequencies die first, as in any furnished room.
    let soft = (-std::f32::consts::TAU * room.damp / RATE).exp();
    let mut early = [Delay::new(2048), Delay::new(2048)];
    let mut smear: Vec<(Delay, f32)> =
        [142.0, 379.0, 107.0, 277.0].iter().map(|&n| (Delay::new(n as usize + 2), n)).collect();
    let mut sway: Vec<Phase> = (0..8).map(|i| Phase(i as f32 / 8.0)).collect();
    let mut cut = [Svf::new(140.0, 0.7), Svf::new(140.0, 0.7)];
    input
        .iter()
        .map(|frame| {
            early[0].write(frame[0]);
            early[1].write(frame[1]);
            let mut out = [0.0f32; 2];
            for (ms, near, far) in EARLY {
                let back = ms * RATE / 1000.0;
                let (l, r) = (early[0].read(back), early[1].read(back * 1.07));
                out[0] += near * l + far * r;
                out[1] += near * r + far * l;
            }
            let (left, right) = smear.split_at_mut(2);
            let l = left.iter_mut().fold(frame[0] + 0.3 * out[0], |x, (d, n)| diffuse(d, *n, x));
            let r = right.iter_mut().fold(frame[1] + 0.3 * out[1], |x, (d, n)| diffuse(d, *n, x));
            let mut taps = [0.0f32; 8];
            for i in 0..8 {
                // A slow drift of a few samples keeps the tail from ringing like metal.
                let drift = 6.0 * sway[i].sine(0.31 + 0.07 * i as f32);
                let raw = lines[i].read(LINES[i] as f32 + drift);
                damping[i] = raw * (1.0 - soft) + damping[i] * soft;
                taps[i] = damping[i] * gains[i];
            }
            let sum: f32 = taps.iter().sum::<f32>() * 0.25;
            for i in 0..8 {
                let feed = if i % 2 == 0 { l } else { r };
                lines[i].write(taps[i] - sum + 0.35 * feed);
            }
            let tail_l = taps[0] + taps[2] - taps[4] + taps[6] + 0.4 * (taps[1] - taps[3]);
            let tail_r = taps[1] + taps[3] - taps[5] + taps[7] + 0.4 * (taps[0] - taps[2]);
            [cut[0].high(0.45 * out[0] + tail_l), cut[1].high(0.45 * out[1] + tail_r)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_falls_by_about_its_rt60() {
        let room = Room { rt60: 2.0, damp: 12_000.0, wet: 0.3, tilt: 0.0, drive: 1.0 };
        let mut input = vec![[0.0f32; 2]; (3.5 * RATE) as usize];
        input[0] = [1.0, 1.0];
        let out = reverb(&input, &room);
        let level = |t: f32| {
            let from = (t * RATE) as usize;
            let power: f32 = out[from..from + 4410].iter().map(|f| f[0] * f[0] + f[1] * f[1]).sum();
            10.0 * power.log10()
        };
        let fall = level(0.3) - level(1.3);
        assert!((20.0..50.0).contains(&fall), "fell {fall} dB in a second");
    }
}
