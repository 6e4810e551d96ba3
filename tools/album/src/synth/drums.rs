//! Soft percussion: swept sines and shaped noise, kept small enough for a living room.

use super::Tone;
use super::dsp::{Frame, Phase, RATE, Svf, fade_out, mono, sine};

/// Seconds to samples.
fn samples(seconds: f32) -> usize {
    (seconds * RATE) as usize
}

/// A sine that falls from `from` to `to` Hz within about `drop` seconds and dies in `t60`.
fn skin(tone: &Tone, from: f32, to: f32, drop: f32, t60: f32) -> Vec<f32> {
    let mut phase = Phase::default();
    let gain = tone.gain();
    (0..samples(t60))
        .map(|i| {
            let t = i as f32 / RATE;
            let hz = to + (from - to) * (-t / drop).exp();
            let attack = (t / 0.002).min(1.0);
            phase.sine(hz) * gain * attack * (-t * 6.9 / t60).exp()
        })
        .collect()
}

/// Noise through a band or a high-pass, dying in `t60` after an attack, both in seconds.
fn noise(tone: &mut Tone, hz: f32, q: f32, high: bool, attack: f32, t60: f32) -> Vec<f32> {
    let mut filter = Svf::new(hz, q);
    let gain = tone.gain();
    (0..samples(attack + t60))
        .map(|i| {
            let t = i as f32 / RATE;
            let n = tone.rng.bipolar();
            let x = if high { filter.high(n) } else { filter.band(n) };
            let level = if t < attack { t / attack } else { (-(t - attack) * 6.9 / t60).exp() };
            x * gain * level
        })
        .collect()
}

/// Adds sounds of different lengths with gains, and fades the last of it.
fn blend(parts: &[(&[f32], f32)]) -> Vec<Frame> {
    let length = parts.iter().map(|p| p.0.len()).max().unwrap_or(0);
    let mut out =
        mono((0..length).map(|i| parts.iter().map(|(x, g)| x.get(i).copied().unwrap_or(0.0) * g).sum()));
    fade_out(&mut out, 0.01);
    out
}

/// Bass drum with a soft beater.
pub fn kick(tone: &mut Tone) -> Vec<Frame> {
    let body = skin(tone, 150.0, 49.0, 0.028, 0.42);
    let click = noise(tone, 1800.0, 0.8, false, 0.001, 0.02);
    blend(&[(&body, 0.9), (&click, 0.25)])
}

/// Snare with loose wires.
pub fn snare(tone: &mut Tone) -> Vec<Frame> {
    let body = skin(tone, 260.0, 185.0, 0.02, 0.16);
    let wires = noise(tone, 2600.0, 0.5, false, 0.001, 0.2);
    let top = noise(tone, 6000.0, 0.7, true, 0.001, 0.11);
    blend(&[(&body, 0.45), (&wires, 0.5), (&top, 0.22)])
}

/// A brush across the snare.
pub fn brush(tone: &mut Tone) -> Vec<Frame> {
    let sweep = noise(tone, 3400.0, 0.6, false, 0.03, 0.2);
    let tap = noise(tone, 900.0, 1.0, false, 0.001, 0.06);
    blend(&[(&sweep, 0.5), (&tap, 0.3)])
}

/// Closed hat; a hard one rings a little longer.
pub fn hat(tone: &mut Tone) -> Vec<Frame> {
    let length = 0.05 + 0.09 * tone.velocity * tone.velocity;
    let x = noise(tone, 7600.0, 0.9, true, 0.001, length);
    let ring = noise(tone, 9400.0, 3.0, false, 0.001, length * 0.8);
    blend(&[(&x, 0.3), (&ring, 0.4)])
}

/// Shaker: grains thrown forward and caught.
pub fn shaker(tone: &mut Tone) -> Vec<Frame> {
    let x = noise(tone, 6200.0, 1.1, false, 0.022, 0.07);
    blend(&[(&x, 0.5)])
}

/// Hand claps: three bursts close together, then the room.
pub fn clap(tone: &mut Tone) -> Vec<Frame> {
    let burst = noise(tone, 1500.0, 1.0, false, 0.001, 0.03);
    let tail = noise(tone, 1700.0, 0.8, false, 0.002, 0.16);
    let late = |seconds: f32, x: &[f32]| {
        let mut out = vec![0.0; samples(seconds)];
        out.extend_from_slice(x);
        out
    };
    let (second, third) = (late(0.011, &burst), late(0.021, &tail));
    blend(&[(&burst, 0.6), (&second, 0.6), (&third, 0.8)])
}

/// A stick on the rim.
pub fn rim(tone: &mut Tone) -> Vec<Frame> {
    let a = skin(tone, 1750.0, 1700.0, 0.01, 0.05);
    let b = skin(tone, 480.0, 460.0, 0.01, 0.06);
    let c = noise(tone, 3800.0, 1.0, false, 0.001, 0.02);
    blend(&[(&a, 0.3), (&b, 0.35), (&c, 0.3)])
}

/// A tom, tuned by the note's pitch around 110 Hz.
pub fn tom(tone: &mut Tone) -> Vec<Frame> {
    let hz = tone.hz * 0.4;
    let body = skin(tone, hz * 1.5, hz, 0.04, 0.42);
    let hit = noise(tone, 1200.0, 0.8, false, 0.001, 0.04);
    blend(&[(&body, 0.8), (&hit, 0.2)])
}

/// A large drum, struck with a soft stick.
pub fn taiko(tone: &mut Tone) -> Vec<Frame> {
    let low = skin(tone, 105.0, 62.0, 0.05, 0.85);
    let upper = skin(tone, 170.0, 98.0, 0.04, 0.4);
    let hit = noise(tone, 700.0, 0.7, false, 0.002, 0.09);
    blend(&[(&low, 0.8), (&upper, 0.35), (&hit, 0.3)])
}

/// A wood block.
pub fn wood(tone: &mut Tone) -> Vec<Frame> {
    let a = skin(tone, 880.0, 850.0, 0.01, 0.09);
    let b = skin(tone, 1400.0, 1390.0, 0.01, 0.05);
    blend(&[(&a, 0.5), (&b, 0.25)])
}

/// A small dry tick, like a clock in the next room.
pub fn tick(tone: &mut Tone) -> Vec<Frame> {
    let a = noise(tone, 4200.0, 4.0, false, 0.0005, 0.018);
    let b = skin(tone, 2300.0, 2250.0, 0.005, 0.03);
    blend(&[(&a, 0.7), (&b, 0.2)])
}

/// Tambourine: a shake with ringing jingles.
pub fn tambourine(tone: &mut Tone) -> Vec<Frame> {
    let shake = noise(tone, 7000.0, 0.8, true, 0.004, 0.1);
    let a = noise(tone, 8200.0, 9.0, false, 0.003, 0.22);
    let b = noise(tone, 10_400.0, 9.0, false, 0.003, 0.18);
    blend(&[(&shake, 0.2), (&a, 0.6), (&b, 0.5)])
}

/// A soft cymbal with a long tail.
pub fn crash(tone: &mut Tone) -> Vec<Frame> {
    let a = noise(tone, 4300.0, 0.6, true, 0.004, 1.9);
    let b = noise(tone, 3100.0, 4.0, false, 0.01, 1.2);
    blend(&[(&a, 0.22), (&b, 0.25)])
}

/// Noise that rises through the note and stops with it, its colour climbing.
pub fn swell(tone: &mut Tone) -> Vec<Frame> {
    let count = samples(tone.held);
    let mut filters = [Svf::default(); 2];
    let gain = tone.gain() * 0.5;
    let mut out: Vec<Frame> = (0..count)
        .map(|i| {
            let place = i as f32 / count as f32;
            if i % 64 == 0 {
                filters.iter_mut().for_each(|f| f.tune(900.0 + 5200.0 * place * place, 1.1));
            }
            let level = place * place * place * gain;
            [filters[0].band(tone.rng.bipolar()) * level, filters[1].band(tone.rng.bipolar()) * level]
        })
        .collect();
    fade_out(&mut out, 0.04);
    out
}

/// Two low thumps, the second softer: a heart.
pub fn heart(tone: &mut Tone) -> Vec<Frame> {
    let count = samples(0.55);
    let mut phase = Phase::default();
    let gain = tone.gain() * 0.9;
    let mut out = mono((0..count).map(|i| {
        let t = i as f32 / RATE;
        let thump = |t: f32| {
            if t < 0.0 { 0.0 } else { (t / 0.008).min(1.0) * (-t * 22.0).exp() }
        };
        sine(phase.step(52.0 + 20.0 * (-t * 30.0).exp())) * gain * (thump(t) + 0.6 * thump(t - 0.2))
    }));
    fade_out(&mut out, 0.02);
    out
}
