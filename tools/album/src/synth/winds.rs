//! Blown things, and the one plain synthesiser lead.

use super::Tone;
use super::dsp::{Adsr, Frame, Phase, RATE, Svf, mono, sine};

/// A flute: few harmonics, breath around the note, vibrato that comes late.
pub fn flute(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.07f32.min(tone.held * 0.4), decay: 0.8, sustain: 0.85, release: 0.16 };
    let mut phase = Phase::default();
    let mut vibrato = Phase::default();
    let mut breath = Svf::new((tone.hz * 2.0).min(7000.0), 1.5);
    let gain = tone.gain() * 0.4;
    let second = 0.12 + 0.3 * tone.velocity;
    mono((0..env.samples(tone.held)).map(|i| {
        let t = i as f32 / RATE;
        let shake = vibrato.sine(5.1) * ((t - 0.25) / 0.4).clamp(0.0, 1.0);
        // The start of a flute note is a little flat and full of air.
        let scoop = 1.0 - 0.008 * (-t * 25.0).exp();
        let p = phase.step(tone.hz * scoop * (1.0 + 0.004 * shake));
        let x = sine(p) + second * sine(2.0 * p) + 0.1 * sine(3.0 * p) + 0.03 * sine(4.0 * p);
        let air = breath.band(tone.rng.bipolar()) * (0.10 + 0.35 * (-t * 14.0).exp());
        (x * (1.0 + 0.10 * shake) + air) * gain * env.at(t, tone.held)
    }))
}

/// A reed pipe: the levels of its harmonics and its nasal formant.
pub struct Reed {
    harmonics: &'static [f32],
    formant: f32,
    attack: f32,
}

/// Clarinet: a closed pipe, odd harmonics.
pub const CLARINET: Reed =
    Reed { harmonics: &[1.0, 0.04, 0.62, 0.06, 0.36, 0.08, 0.2, 0.05, 0.1], formant: 1500.0, attack: 0.045 };

/// Bassoon: a cone, weak fundamental and a strong band around 500 Hz.
pub const BASSOON: Reed =
    Reed { harmonics: &[0.45, 0.8, 1.0, 0.7, 0.5, 0.3, 0.22, 0.15, 0.1, 0.06], formant: 480.0, attack: 0.03 };

/// Plays a reed.
pub fn reed(tone: &mut Tone, make: &Reed) -> Vec<Frame> {
    let attack = make.attack.min(tone.held * 0.4);
    let env = Adsr { attack, decay: 0.6, sustain: 0.8, release: 0.09 };
    let mut phase = Phase::default();
    let mut formant = Svf::new(make.formant, 1.4);
    let mut breath = Svf::new(2400.0, 0.9);
    let gain = tone.gain() * 0.3;
    let dull = 1.25 - 0.5 * tone.velocity - 0.25 * tone.bright;
    let levels: Vec<f32> = make
        .harmonics
        .iter()
        .enumerate()
        .filter(|(k, _)| tone.hz * (*k as f32 + 1.0) < 12_000.0)
        .map(|(k, h)| h * (-(k as f32) * 0.35 * dull).exp())
        .collect();
    mono((0..env.samples(tone.held)).map(|i| {
        let t = i as f32 / RATE;
        let p = phase.step(tone.hz * (1.0 - 0.006 * (-t * 40.0).exp()));
        let x: f32 = levels.iter().enumerate().map(|(k, h)| h * sine((k + 1) as f32 * p)).sum();
        let air = breath.band(tone.rng.bipolar()) * 0.03;
        let y = x + air;
        (0.7 * y + 0.6 * formant.band(y)) * gain * env.at(t, tone.held)
    }))
}

/// Muted brass: three saws whose filter opens after the attack, as brass tone does (Risset 1966).
pub fn brass(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.05f32.min(tone.held * 0.4), decay: 0.5, sustain: 0.75, release: 0.14 };
    let mut phases = [Phase(0.0), Phase(0.37), Phase(0.71)];
    let mut low = [Svf::default(); 2];
    let gain = tone.gain() * 0.35;
    let reach = 1.5 + 7.0 * tone.velocity * (0.4 + 0.6 * tone.bright);
    (0..env.samples(tone.held))
        .map(|i| {
            let t = i as f32 / RATE;
            let level = env.at(t, tone.held);
            if i % 32 == 0 {
                let hz = (tone.hz * (1.0 + reach * level * level)).min(8000.0);
                low[0].tune(hz, 0.9);
                low[1].tune(hz * 0.95, 0.9);
            }
            let rise = 1.0 - 0.012 * (-t * 30.0).exp();
            let a = phases[0].saw(tone.hz * rise);
            let b = phases[1].saw(tone.hz * 1.003 * rise);
            let c = phases[2].saw(tone.hz * 0.997 * rise);
            [low[0].low(a + 0.7 * b) * level * gain, low[1].low(a + 0.7 * c) * level * gain]
        })
        .collect()
}

/// A dark synthesiser lead: two saws and a square an octave below, driven a little.
pub fn lead(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.012, decay: 0.5, sustain: 0.7, release: 0.15 };
    let mut phases = [Phase(0.0), Phase(0.5), Phase(0.0)];
    let mut low = Svf::default();
    let mut vibrato = Phase::default();
    let gain = tone.gain() * 0.35;
    mono((0..env.samples(tone.held)).map(|i| {
        let t = i as f32 / RATE;
        if i % 32 == 0 {
            let hz =
                500.0 + 2600.0 * tone.velocity * (0.3 + 0.7 * tone.bright) * (0.4 + 0.6 * (-t * 5.0).exp());
            low.tune(hz, 1.3);
        }
        let bend = 1.0 + 0.004 * vibrato.sine(5.4) * ((t - 0.2) * 3.0).clamp(0.0, 1.0);
        let a = phases[0].saw(tone.hz * bend);
        let b = phases[1].saw(tone.hz * 1.006 * bend);
        let sub = sine(phases[2].step(tone.hz * 0.5 * bend));
        let x = low.low(a + b + 0.6 * sub);
        (x * 1.4).tanh() * gain * env.at(t, tone.held)
    }))
}
