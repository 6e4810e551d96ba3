//! The parts every instrument is built of. Frequencies in Hz, times in seconds.

use std::f32::consts::PI;

/// Sample rate of the album.
pub const RATE: f32 = 44_100.0;

/// A stereo sample.
pub type Frame = [f32; 2];

/// Sine of a phase in turns (1 is a full circle), by a seventh-order odd polynomial; the error
/// stays below 2e-4, far under the noise of any instrument here.
pub fn sine(turns: f32) -> f32 {
    let x = turns - turns.round();
    // Fold to a quarter turn, where the series is short.
    let x = if x > 0.25 {
        0.5 - x
    } else if x < -0.25 {
        -0.5 - x
    } else {
        x
    };
    let a = x * 2.0 * PI;
    let s = a * a;
    a * (1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0)))
}

/// A phase that counts turns.
#[derive(Clone, Copy, Default)]
pub struct Phase(pub f32);

impl Phase {
    /// The phase now, then forward by `hz`.
    pub fn step(&mut self, hz: f32) -> f32 {
        let now = self.0;
        self.0 += hz / RATE;
        self.0 -= self.0.floor();
        now
    }

    /// A sine.
    pub fn sine(&mut self, hz: f32) -> f32 {
        sine(self.step(hz))
    }

    /// A sawtooth with its corner rounded by a polynomial (PolyBLEP, Välimäki & Huovilainen
    /// 2007), which keeps aliases low.
    pub fn saw(&mut self, hz: f32) -> f32 {
        let phase = self.step(hz);
        let width = hz / RATE;
        let blep = if phase < width {
            let t = phase / width;
            t + t - t * t - 1.0
        } else if phase > 1.0 - width {
            let t = (phase - 1.0) / width;
            t * t + t + t + 1.0
        } else {
            0.0
        };
        2.0 * phase - 1.0 - blep
    }
}

/// Two-pole state-variable filter (Simper 2013, trapezoidal), stable under modulation.
#[derive(Clone, Copy, Default)]
pub struct Svf {
    a: f32,
    b: f32,
    g: f32,
    k: f32,
}

impl Svf {
    /// Sets cutoff in Hz and resonance (0.7 is flat).
    pub fn tune(&mut self, hz: f32, q: f32) {
        self.g = (PI * hz.clamp(10.0, RATE * 0.45) / RATE).tan();
        self.k = 1.0 / q;
    }

    /// A filter tuned at once.
    pub fn new(hz: f32, q: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(hz, q);
        filter
    }

    /// Low, band and high outputs of one sample. The band has unity gain at the centre.
    pub fn run(&mut self, x: f32) -> (f32, f32, f32) {
        let a1 = 1.0 / (1.0 + self.g * (self.g + self.k));
        let v3 = x - self.b;
        let v1 = a1 * self.a + self.g * a1 * v3;
        let v2 = self.b + self.g * v1;
        self.a = 2.0 * v1 - self.a;
        self.b = 2.0 * v2 - self.b;
        (v2, v1 * self.k, x - self.k * v1 - v2)
    }

    pub fn low(&mut self, x: f32) -> f32 {
        self.run(x).0
    }

    pub fn band(&mut self, x: f32) -> f32 {
        self.run(x).1
    }

    pub fn high(&mut self, x: f32) -> f32 {
        self.run(x).2
    }
}

/// Attack, decay, sustain and release, in seconds and 0..1.
#[derive(Clone, Copy)]
pub struct Adsr {
    pub attack: f32,
    pub decay: f32,
    pub sustain: f32,
    pub release: f32,
}

impl Adsr {
    /// The level at `t` of a note held for `held` seconds. The attack is half a cosine and the
    /// release ends at exactly zero, so no note begins or ends with a click.
    pub fn at(&self, t: f32, held: f32) -> f32 {
        let level = |t: f32| {
            if t < self.attack {
                0.5 - 0.5 * (PI * t / self.attack).cos()
            } else {
                self.sustain + (1.0 - self.sustain) * (-(t - self.attack) / self.decay.max(1e-3) * 3.0).exp()
            }
        };
        if t < held {
            return level(t);
        }
        let gone = (t - held) / self.release;
        if gone >= 1.0 { 0.0 } else { level(held) * (1.0 - gone) * (1.0 - gone) }
    }

    /// Samples from the start of a note to the end of its release.
    pub fn samples(&self, held: f32) -> usize {
        ((held + self.release) * RATE) as usize
    }
}

/// Gain per sample of a decay that falls by 60 dB in `t60` seconds.
pub fn decay(t60: f32) -> f32 {
    0.001f32.powf(1.0 / (t60 * RATE))
}

/// A straight gain for both channels, constant power (0.707 each in the middle).
pub fn pan(place: f32) -> Frame {
    let angle = (place.clamp(-1.0, 1.0) + 1.0) * PI / 4.0;
    [angle.cos(), angle.sin()]
}

/// Same sample left and right.
pub fn mono(samples: impl IntoIterator<Item = f32>) -> Vec<Frame> {
    samples.into_iter().map(|s| [s, s]).collect()
}

/// Fades the last `seconds` of a buffer to zero, for sounds cut short.
pub fn fade_out(frames: &mut [Frame], seconds: f32) {
    let count = ((seconds * RATE) as usize).min(frames.len());
    let from = frames.len() - count;
    for (i, frame) in frames[from..].iter_mut().enumerate() {
        let gain = 1.0 - (i + 1) as f32 / count as f32;
        frame[0] *= gain;
        frame[1] *= gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_sine_is_a_sine() {
        for i in -500..500 {
            let x = i as f32 / 123.0;
            assert!((sine(x) - (x * 2.0 * PI).sin()).abs() < 3e-4, "{x}");
        }
    }

    #[test]
    fn envelopes_end_at_zero() {
        let env = Adsr { attack: 0.1, decay: 0.2, sustain: 0.5, release: 0.3 };
        assert!(env.at(0.0, 1.0).abs() < 1e-6);
        assert!(env.at(1.3, 1.0).abs() < 1e-6);
        assert!(env.at(0.05, 1.0) > 0.4);
    }
}
