//! Bowed strings: sawtooth strings with a late vibrato, bow noise and the resonances of a body.

use super::Tone;
use super::dsp::{Adsr, Frame, Phase, RATE, Svf, pan};

/// One player of a section.
struct Player {
    phase: Phase,
    vibrato: Phase,
    rate: f32,
    detune: f32,
    place: Frame,
}

/// Players spread over the stage, each a few cents off and with a vibrato of their own.
fn players(tone: &mut Tone, count: usize, cents: f32) -> Vec<Player> {
    (0..count)
        .map(|i| {
            let spot = if count > 1 { i as f32 / (count - 1) as f32 * 2.0 - 1.0 } else { 0.0 };
            Player {
                phase: Phase(tone.rng.unit()),
                vibrato: Phase(tone.rng.unit()),
                rate: 4.7 + 1.2 * tone.rng.unit(),
                detune: (tone.rng.bipolar() * cents / 1200.0).exp2(),
                place: pan(spot * 0.75),
            }
        })
        .collect()
}

/// The wooden body: three broad peaks of a string instrument in Hz and gain. The lowest is the
/// air in the box.
const BODY: [(f32, f32); 3] = [(290.0, 0.5), (520.0, 0.4), (1250.0, 0.3)];

/// How a part is bowed.
struct Bowing {
    env: Adsr,
    players: usize,
    cents: f32,
    /// Depth of the vibrato in cents, and the seconds before it starts.
    vibrato: (f32, f32),
    /// Cutoff as a multiple of the fundamental, at full velocity.
    open: f32,
    noise: f32,
}

fn bow(tone: &mut Tone, how: &Bowing) -> Vec<Frame> {
    let mut group = players(tone, how.players, how.cents);
    let mut low = [Svf::default(); 2];
    let mut body: Vec<[Svf; 2]> = BODY.iter().map(|b| [Svf::new(b.0, 1.6); 2]).collect();
    let mut hiss = Svf::new((tone.hz * 4.0).clamp(1200.0, 4500.0), 0.8);
    let gain = tone.gain() * 0.5 / (how.players as f32).sqrt();
    let (cents, late) = how.vibrato;
    let samples = how.env.samples(tone.held);
    let mut out = Vec::with_capacity(samples);
    for i in 0..samples {
        let t = i as f32 / RATE;
        let level = how.env.at(t, tone.held);
        let shake = cents / 1200.0 * ((t - late) / 0.5).clamp(0.0, 1.0);
        if i % 32 == 0 {
            // The bow presses harder as the note swells, and the tone opens with it.
            let reach = how.open * (0.35 + 0.65 * tone.velocity) * (0.4 + 0.6 * level);
            let cutoff = tone.hz * (1.5 + reach) + 500.0 * tone.bright;
            low.iter_mut().for_each(|f| f.tune(cutoff.min(9000.0), 0.75));
        }
        let mut frame = [0.0f32; 2];
        for p in &mut group {
            let bend = 1.0 + 0.69 * shake * p.vibrato.sine(p.rate);
            let x = p.phase.saw(tone.hz * p.detune * bend);
            frame[0] += x * p.place[0];
            frame[1] += x * p.place[1];
        }
        let n = tone.rng.bipolar();
        let scratch = hiss.band(n) * how.noise;
        for c in 0..2 {
            let x = low[c].low(frame[c] + scratch);
            let wood: f32 = body.iter_mut().zip(BODY).map(|(f, b)| f[c].band(x) * b.1).sum();
            frame[c] = (0.6 * x + wood) * level * gain;
        }
        out.push(frame);
    }
    out
}

/// A string section, six to a note.
pub fn section(tone: &mut Tone) -> Vec<Frame> {
    let attack = 0.34 - 0.24 * tone.velocity.min(tone.bright);
    bow(
        tone,
        &Bowing {
            env: Adsr { attack: attack.min(tone.held * 0.5), decay: 1.5, sustain: 0.85, release: 0.45 },
            players: 6,
            cents: 9.0,
            vibrato: (13.0, 0.15),
            open: 6.0,
            noise: 0.05,
        },
    )
}

/// A solo cello or viola, by its register.
pub fn solo(tone: &mut Tone) -> Vec<Frame> {
    bow(
        tone,
        &Bowing {
            env: Adsr { attack: 0.11f32.min(tone.held * 0.4), decay: 1.2, sustain: 0.8, release: 0.28 },
            players: 1,
            cents: 2.0,
            vibrato: (22.0, 0.28),
            open: 9.0,
            noise: 0.09,
        },
    )
}

/// A section in tremolo: short strokes back and forth, none quite like the last.
pub fn tremolo(tone: &mut Tone) -> Vec<Frame> {
    let mut out = bow(
        tone,
        &Bowing {
            env: Adsr { attack: 0.3f32.min(tone.held * 0.5), decay: 1.5, sustain: 0.9, release: 0.5 },
            players: 5,
            cents: 12.0,
            vibrato: (5.0, 0.1),
            open: 5.0,
            noise: 0.16,
        },
    );
    for c in 0..2 {
        let mut stroke = Phase(tone.rng.unit());
        let mut rate = 11.0;
        let mut depth = 0.6;
        for frame in &mut out {
            let before = stroke.0;
            let swing = stroke.sine(rate);
            if stroke.0 < before {
                rate = 10.5 + 2.5 * tone.rng.unit();
                depth = 0.45 + 0.3 * tone.rng.unit();
            }
            frame[c] *= 1.0 - depth * (0.5 + 0.5 * swing);
        }
    }
    out
}
