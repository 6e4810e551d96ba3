//! Held sounds: analogue-style pads, a wordless choir and the air of a room.

use super::Tone;
use super::dsp::{Adsr, Frame, Phase, RATE, Svf, sine};

/// Four detuned saws, two to a side, through a slowly breathing low-pass.
fn saws(tone: &mut Tone, env: &Adsr, cutoff: f32, breath: f32, q: f32) -> Vec<Frame> {
    let mut phases: Vec<Phase> = (0..4).map(|_| Phase(tone.rng.unit())).collect();
    let detune = [0.9962, 1.0021, 0.9979, 1.0038];
    let mut filters = [Svf::default(); 2];
    let mut lfo = Phase(tone.rng.unit());
    let rate = 0.07 + 0.1 * tone.rng.unit();
    let gain = tone.gain() * 0.3;
    let mut out = Vec::with_capacity(env.samples(tone.held));
    for i in 0..env.samples(tone.held) {
        let wave = lfo.sine(rate);
        if i % 64 == 0 {
            let hz = (cutoff * (1.0 + breath * wave)).min(9000.0);
            filters[0].tune(hz, q);
            filters[1].tune(hz * 1.07, q);
        }
        let x: Vec<f32> = phases.iter_mut().zip(detune).map(|(p, d)| p.saw(tone.hz * d)).collect();
        let level = gain * env.at(i as f32 / RATE, tone.held);
        let (l, r) = (x[0] + x[1] + 0.3 * x[2], x[2] + x[3] + 0.3 * x[1]);
        out.push([filters[0].low(l) * level, filters[1].low(r) * level]);
    }
    out
}

/// A warm pad.
pub fn warm(tone: &mut Tone) -> Vec<Frame> {
    let attack = 0.6f32.min(tone.held * 0.35);
    let env = Adsr { attack, decay: 2.0, sustain: 0.85, release: 1.2 };
    let cutoff = 420.0 + tone.hz * 0.9 + 1500.0 * tone.bright * tone.velocity;
    saws(tone, &env, cutoff, 0.25, 0.8)
}

/// A low, restless pad with a resonant edge.
pub fn dark(tone: &mut Tone) -> Vec<Frame> {
    let attack = 1.0f32.min(tone.held * 0.35);
    let env = Adsr { attack, decay: 2.0, sustain: 0.9, release: 1.6 };
    let cutoff = 260.0 + 650.0 * tone.bright;
    saws(tone, &env, cutoff, 0.5, 1.8)
}

/// Formants of a sung "oo" opening to "ah": Hz from, Hz to, gain (after Fant 1960).
const VOWEL: [(f32, f32, f32); 3] = [(330.0, 640.0, 1.0), (800.0, 1100.0, 0.55), (2500.0, 2600.0, 0.16)];

/// A small choir: detuned voices through the formants of a vowel, with breath.
pub fn choir(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.4f32.min(tone.held * 0.4), decay: 2.0, sustain: 0.85, release: 0.9 };
    let mut voices: Vec<(Phase, Phase, f32)> = (0..4)
        .map(|_| (Phase(tone.rng.unit()), Phase(tone.rng.unit()), (tone.rng.bipolar() * 9.0 / 1200.0).exp2()))
        .collect();
    let open = 0.2 + 0.7 * tone.bright * tone.velocity;
    let mut formants: Vec<[Svf; 2]> = VOWEL
        .iter()
        .map(|v| {
            let hz = v.0 + (v.1 - v.0) * open;
            [Svf::new(hz, 5.0), Svf::new(hz * 1.03, 5.0)]
        })
        .collect();
    let gain = tone.gain() * 0.6;
    let mut out = Vec::with_capacity(env.samples(tone.held));
    for i in 0..env.samples(tone.held) {
        let t = i as f32 / RATE;
        let mut raw = [0.0f32; 2];
        for (n, (phase, vibrato, detune)) in voices.iter_mut().enumerate() {
            let bend = 1.0 + 0.006 * vibrato.sine(4.9 + 0.3 * n as f32) * (t * 2.0).min(1.0);
            raw[n % 2] += phase.saw(tone.hz * *detune * bend);
        }
        let breath = 0.1 * tone.rng.bipolar();
        let level = gain * env.at(t, tone.held);
        let mut frame = [0.0; 2];
        for c in 0..2 {
            let x = raw[c] * 0.8 + raw[1 - c] * 0.25 + breath;
            let sung: f32 = formants.iter_mut().zip(VOWEL).map(|(f, v)| f[c].band(x) * v.2).sum();
            frame[c] = sung * level;
        }
        out.push(frame);
    }
    out
}

/// The air of a room: two bands of slow noise, never quite still. It has no attack and no
/// release: it runs the length of the piece.
pub fn air(tone: &mut Tone) -> Vec<Frame> {
    let samples = (tone.held * RATE) as usize;
    let centre = tone.hz;
    let mut bands = [[Svf::new(centre, 0.8), Svf::new(centre * 3.1, 1.2)]; 2];
    let mut out = Vec::with_capacity(samples);
    for i in 0..samples {
        // Whole cycles over the piece, so that its end meets its start.
        let place = i as f32 / samples as f32;
        let mut frame = [0.0; 2];
        for (c, band) in bands.iter_mut().enumerate() {
            let drift =
                0.35 * sine(place * 5.0 + c as f32 * 0.31) + 0.2 * sine(place * 13.0 + 0.7 * c as f32);
            if i % 256 == 0 {
                band[1].tune(centre * 3.1 * (1.0 + 0.5 * drift), 1.2);
            }
            let n = tone.rng.bipolar();
            frame[c] = (band[0].low(n) * 0.5 + band[1].band(n) * 0.25) * (1.0 + drift) * tone.gain();
        }
        out.push(frame);
    }
    out
}
