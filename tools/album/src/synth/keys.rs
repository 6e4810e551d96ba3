//! Struck things: felt piano (additive), electric piano and bells (FM, Chowning 1973), and bars,
//! tines and glass (modal: a few decaying sines at the ratios of the real object).

use super::Tone;
use super::dsp::{Adsr, Frame, Phase, RATE, Svf, decay, fade_out, pan, sine};
use std::f32::consts::TAU;

/// One decaying sine, run as a rotating vector.
struct Mode {
    re: f32,
    im: f32,
    turn: (f32, f32),
}

impl Mode {
    /// `hz`, amplitude and seconds to fall by 60 dB; starts at a zero crossing.
    fn new(hz: f32, level: f32, t60: f32) -> Self {
        let w = TAU * hz / RATE;
        let r = decay(t60);
        Self { re: level, im: 0.0, turn: (r * w.cos(), r * w.sin()) }
    }

    fn step(&mut self) -> f32 {
        let (c, s) = self.turn;
        let re = self.re * c - self.im * s;
        self.im = self.re * s + self.im * c;
        self.re = re;
        self.im
    }
}

/// Plays a set of `(ratio, level, seconds)` modes, with a soft attack and a release.
fn modal(tone: &mut Tone, modes: &[(f32, f32, f32)], ring: f32, attack: f32, release: f32) -> Vec<Frame> {
    let top = RATE * 0.4;
    let mut bank: Vec<Mode> = modes
        .iter()
        .filter(|m| tone.hz * m.0 < top)
        .map(|&(ratio, level, t60)| Mode::new(tone.hz * ratio, level, t60))
        .collect();
    let env = Adsr { attack, decay: 1.0, sustain: 1.0, release };
    let held = tone.held.max(ring);
    let gain = tone.gain() * 0.5;
    (0..env.samples(held))
        .map(|i| {
            let x: f32 = bank.iter_mut().map(Mode::step).sum();
            let y = x * gain * env.at(i as f32 / RATE, held);
            [y, y]
        })
        .collect()
}

/// A piano with felt between hammer and string. Partials are stretched by stiffness
/// (f_k = k f √(1 + B k²), Fletcher 1964); each note has two strings a little out of tune.
pub fn felt(tone: &mut Tone) -> Vec<Frame> {
    let stiffness = 0.00025 * (tone.hz / 220.0).max(0.3);
    let hard = 0.35 + 0.5 * tone.velocity + 0.25 * tone.bright;
    let t0 = 9.0 * (110.0 / tone.hz).powf(0.6);
    let env = Adsr { attack: 0.004, decay: 1.0, sustain: 1.0, release: 0.5 };
    let length = env.samples(tone.held).min((t0 * RATE) as usize);
    let mut out = vec![[0.0f32; 2]; length];
    let gain = tone.gain() * 0.32;
    for k in 1..=14 {
        let n = k as f32;
        let hz = n * tone.hz * (1.0 + stiffness * n * n).sqrt();
        if hz > 9000.0 {
            break;
        }
        // Felt cuts the upper partials; the hammer sits at one eighth of the string.
        let level = gain * (-(n - 1.0) * 0.52 / hard).exp() * (0.3 + (n * 0.39).sin().abs());
        let t60 = t0 / (1.0 + 0.42 * (n - 1.0));
        for (side, detune) in [(-0.35, 0.9997), (0.35, 1.0003)] {
            let [l, r] = pan(side);
            // A quick first fall and a slow second one, as coupled strings give.
            let mut fast = Mode::new(hz * detune, level * 0.6, t60 * 0.3);
            let mut slow = Mode::new(hz * detune, level * 0.5, t60);
            for frame in &mut out {
                let x = fast.step() + slow.step();
                frame[0] += x * l;
                frame[1] += x * r;
            }
        }
    }
    // The knock of the felt and the key bed.
    let mut knock = Svf::new(260.0 + 500.0 * tone.velocity, 0.9);
    let fall = decay(0.09);
    let mut level = gain * 1.1;
    for (i, frame) in out.iter_mut().enumerate() {
        let t = i as f32 / RATE;
        let n = tone.rng.bipolar();
        let thump = if level > 1e-5 { knock.low(n) * level } else { 0.0 };
        level *= fall;
        let e = env.at(t, tone.held);
        frame[0] = (frame[0] + thump) * e;
        frame[1] = (frame[1] + thump) * e;
    }
    fade_out(&mut out, 0.02);
    out
}

/// A tine piano in two FM pairs: a bell-like 14:1 stroke and a warm 1:1 body, with the slow
/// stereo tremolo of the real amplifier.
pub fn electric(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.003, decay: 3.5 * (220.0 / tone.hz).powf(0.3), sustain: 0.0, release: 0.25 };
    let (mut c1, mut m1, mut c2, mut m2) = <(Phase, Phase, Phase, Phase)>::default();
    let gain = tone.gain() * 0.4;
    let tine = if tone.hz * 14.0 < 16_000.0 { 0.35 * tone.velocity } else { 0.0 };
    let body = 0.4 + 1.6 * tone.velocity * (0.5 + 0.5 * tone.bright);
    let mut sway = Phase(tone.rng.unit());
    (0..env.samples(tone.held))
        .map(|i| {
            let t = i as f32 / RATE;
            let strike = tine * (-t * 9.0).exp();
            let a = sine(c1.step(tone.hz) + strike * m1.sine(tone.hz * 14.0) / TAU);
            let b = sine(c2.step(tone.hz * 1.0009) + body * (-t * 2.2).exp() * m2.sine(tone.hz) / TAU);
            let y = (0.45 * a + 0.75 * b) * gain * env.at(t, tone.held);
            let s = 0.18 * sway.sine(4.6);
            [y * (1.0 - s), y * (1.0 + s)]
        })
        .collect()
}

/// A bell by FM with an inharmonic ratio (Chowning's 1.4, softened by a 3.5 pair).
pub fn bell(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.002, decay: 2.4, sustain: 0.0, release: 0.7 };
    let held = tone.held.max(0.7);
    let (mut c1, mut m1, mut c2, mut m2) = <(Phase, Phase, Phase, Phase)>::default();
    let gain = tone.gain() * 0.35;
    let index = 0.5 + 2.0 * tone.velocity * (0.4 + 0.6 * tone.bright);
    (0..env.samples(held))
        .map(|i| {
            let t = i as f32 / RATE;
            let fall = (-t * 3.0).exp();
            let a = sine(c1.step(tone.hz) + index * fall * m1.sine(tone.hz * 3.5) / TAU);
            let b = sine(c2.step(tone.hz * 2.003) + index * 0.6 * fall * m2.sine(tone.hz * 2.8) / TAU);
            let e = gain * env.at(t, held);
            [(a * 0.8 + b * 0.25) * e, (a * 0.7 + b * 0.4) * e]
        })
        .collect()
}

/// Celesta: steel plates over wooden boxes; nearly a sine with a short clink.
pub fn celesta(tone: &mut Tone) -> Vec<Frame> {
    let k = (440.0 / tone.hz).powf(0.4);
    let modes = [
        (1.0, 0.8, 1.9 * k),
        (2.01, 0.22, 1.1 * k),
        (4.02, 0.28 * tone.velocity, 0.5 * k),
        (7.1, 0.12 * tone.velocity, 0.12),
    ];
    modal(tone, &modes, 0.8, 0.002, 0.5)
}

/// Kalimba: a clamped tine (ratios of a clamped bar: 1, 6.27, 17.5) over a box.
pub fn kalimba(tone: &mut Tone) -> Vec<Frame> {
    let k = (330.0 / tone.hz).powf(0.5);
    let modes =
        [(1.0, 1.0, 1.3 * k), (2.0, 0.1, 0.5 * k), (6.27, 0.28 * tone.velocity, 0.13), (0.5, 0.12, 0.2)];
    modal(tone, &modes, 0.6, 0.002, 0.3)
}

/// Marimba: bars tuned 1 : 4 : 9.2, the upper modes very short.
pub fn marimba(tone: &mut Tone) -> Vec<Frame> {
    let k = (262.0 / tone.hz).powf(0.6);
    let modes = [(1.0, 1.0, 0.9 * k), (3.98, 0.3 * tone.velocity, 0.22), (9.2, 0.16 * tone.velocity, 0.06)];
    modal(tone, &modes, 0.35, 0.0025, 0.25)
}

/// Vibraphone: bars tuned 1 : 4 : 10 that ring long, with the fans turning.
pub fn vibes(tone: &mut Tone) -> Vec<Frame> {
    let k = (330.0 / tone.hz).powf(0.3);
    let modes = [(1.0, 0.9, 3.4 * k), (4.0, 0.22 * tone.velocity, 1.0), (9.9, 0.08 * tone.velocity, 0.25)];
    let mut fan = Phase(tone.rng.unit());
    let mut out = modal(tone, &modes, 0.5, 0.003, 0.45);
    for frame in &mut out {
        let s = 0.22 * fan.sine(5.2);
        frame[0] *= 1.0 + s;
        frame[1] *= 1.0 - s;
    }
    out
}

/// Glass, rubbed rather than struck: modes of a wine glass (1, 2.32, 4.25), slow to speak.
pub fn glass(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.28, decay: 2.0, sustain: 0.8, release: 1.6 };
    let mut parts = [Phase(0.0), Phase(0.3), Phase(0.6), Phase(0.1)];
    let mut shake = Phase(tone.rng.unit());
    let gain = tone.gain() * 0.3;
    (0..env.samples(tone.held))
        .map(|i| {
            let t = i as f32 / RATE;
            let waver = 1.0 + 0.0018 * shake.sine(4.1);
            let f = tone.hz * waver;
            let a = parts[0].sine(f);
            let b = parts[1].sine(f * 1.0016);
            let upper = 0.12 * parts[2].sine((f * 2.32).min(12_000.0))
                + 0.05 * parts[3].sine((f * 4.25).min(14_000.0));
            let e = gain * env.at(t, tone.held);
            [(a + 0.4 * b + upper) * e, (0.4 * a + b + upper) * e]
        })
        .collect()
}
