//! Plucked strings by Karplus–Strong (1983) with the extensions of Jaffe & Smith (1983):
//! pick position, dynamic brightness, a tuned loop and a chosen decay.

use super::Tone;
use super::dsp::{Frame, RATE, Svf, decay, fade_out};

/// The making of a string.
pub struct Make {
    /// Seconds to fall by 60 dB at 220 Hz.
    pub sustain: f32,
    /// Weight of the loop's averaging, 0 (metal) to 0.5 (gut).
    pub softness: f32,
    /// Pick position as a part of the string.
    pub pick: f32,
    /// Body resonances: Hz and gain.
    pub body: &'static [(f32, f32)],
    /// Release when the note is let go, seconds.
    pub release: f32,
}

/// Classical guitar.
pub const NYLON: Make = Make {
    sustain: 3.2,
    softness: 0.32,
    pick: 0.23,
    body: &[(105.0, 0.9), (205.0, 0.7), (410.0, 0.25)],
    release: 0.35,
};

/// Steel-string guitar.
pub const STEEL: Make = Make {
    sustain: 4.5,
    softness: 0.14,
    pick: 0.13,
    body: &[(110.0, 0.6), (220.0, 0.5), (2600.0, 0.2)],
    release: 0.3,
};

/// Harp: plucked in the middle and left to ring.
pub const HARP: Make =
    Make { sustain: 4.0, softness: 0.24, pick: 0.42, body: &[(180.0, 0.3), (330.0, 0.3)], release: 1.6 };

/// Violins plucked with the finger.
pub const PIZZ: Make = Make {
    sustain: 0.55,
    softness: 0.4,
    pick: 0.3,
    body: &[(280.0, 0.9), (460.0, 0.8), (1100.0, 0.35)],
    release: 0.25,
};

/// The bare string: `samples` of it, with the loop tuned to `hz`.
fn string(tone: &mut Tone, make: &Make, samples: usize) -> Vec<f32> {
    let s = make.softness * (1.15 - 0.45 * tone.velocity);
    // The averaging delays by about `s` samples; the rest of the fraction is an allpass.
    let period = RATE / tone.hz - s;
    let mut length = period.floor() as usize;
    let mut fraction = period - length as f32;
    if fraction < 0.3 {
        length -= 1;
        fraction += 1.0;
    }
    let allpass = (1.0 - fraction) / (1.0 + fraction);
    let t60 = make.sustain * (220.0 / tone.hz).powf(0.45);
    let loss = 0.001f32.powf(1.0 / (tone.hz * t60));
    let mut line = excite(tone, length, make.pick);
    let (mut at, mut last, mut ap_in, mut ap_out) = (0, 0.0, 0.0, 0.0);
    (0..samples)
        .map(|_| {
            let out = line[at];
            let damped = loss * ((1.0 - s) * out + s * last);
            last = out;
            ap_out = allpass * (damped - ap_out) + ap_in;
            ap_in = damped;
            line[at] = ap_out;
            at = (at + 1) % length;
            out
        })
        .collect()
}

/// A burst of noise, softer for soft notes, combed by the pick's place and free of DC.
fn excite(tone: &mut Tone, length: usize, pick: f32) -> Vec<f32> {
    let finger = 900.0 + 7000.0 * tone.velocity * (0.5 + 0.5 * tone.bright);
    // Low strings lose little per turn of the loop, so they must not start out bright: a bass
    // string would buzz for seconds.
    let mut filter = Svf::new(finger.min(300.0 + 24.0 * tone.hz), 0.7);
    let noise: Vec<f32> = (0..length)
        .map(|_| {
            let n = tone.noise();
            filter.low(n)
        })
        .collect();
    let shift = ((length as f32 * pick) as usize).max(1);
    let mut line: Vec<f32> =
        (0..length).map(|i| noise[i] - 0.9 * noise[(i + length - shift) % length]).collect();
    let mean = line.iter().sum::<f32>() / length as f32;
    let power = line.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / length as f32;
    // The same power whatever the dice gave, so that two equal notes are equally loud.
    let scale = 0.35 / power.sqrt().max(1e-6);
    line.iter_mut().for_each(|x| *x = (*x - mean) * scale);
    line
}

/// A plucked note through its body.
pub fn pluck(tone: &mut Tone, make: &Make) -> Vec<Frame> {
    let ring = (make.sustain * 0.9).min(tone.held + make.release + 0.1);
    let samples = (ring * RATE) as usize;
    let dry = string(tone, make, samples);
    let mut body: Vec<(Svf, f32)> = make.body.iter().map(|&(hz, g)| (Svf::new(hz, 2.5), g)).collect();
    let gain = tone.gain();
    let damp = decay(make.release * 1.5);
    let held = (tone.held * RATE) as usize;
    let mut level = gain;
    let mut out: Vec<Frame> = Vec::with_capacity(samples);
    for (i, x) in dry.into_iter().enumerate() {
        let resonance: f32 = body.iter_mut().map(|(f, g)| f.band(x) * *g).sum();
        if i > held {
            level *= damp;
        }
        let attack = (i as f32 / 40.0).min(1.0);
        let y = (x + resonance) * level * attack;
        out.push([y, y]);
    }
    fade_out(&mut out, 0.05);
    out
}

/// A palm-muted electric guitar: a short string, driven hard, through a small cabinet.
pub fn driven(tone: &mut Tone) -> Vec<Frame> {
    let open = tone.velocity > 0.86;
    let make = Make {
        sustain: if open { 1.6 } else { 0.5 },
        softness: 0.3,
        pick: 0.12,
        body: &[(120.0, 0.5)],
        release: 0.08,
    };
    let samples = ((tone.held + 0.1).min(make.sustain) * RATE) as usize;
    let gain = tone.gain();
    let a = string(tone, &make, samples);
    tone.hz *= 1.003;
    let b = string(tone, &make, samples);
    let mut cabinets = [Svf::new(2600.0, 0.8), Svf::new(2300.0, 0.8)];
    let mut cut = [Svf::new(90.0, 0.7), Svf::new(90.0, 0.7)];
    let mut out: Vec<Frame> = (0..samples)
        .map(|i| {
            let attack = (i as f32 / 60.0).min(1.0);
            let mut frame = [0.0; 2];
            for (c, x) in [a[i], b[i]].into_iter().enumerate() {
                let driven = (x * (3.0 + 3.0 * gain) + 0.1).tanh() - 0.0997;
                let cab = cabinets[c].low(driven);
                frame[c] = cut[c].high(cab) * gain * attack * 0.5;
            }
            frame
        })
        .collect();
    fade_out(&mut out, 0.06);
    out
}

/// A double bass, plucked: a dark string, some finger noise and a small slide into the pitch.
pub fn upright(tone: &mut Tone) -> Vec<Frame> {
    let make = Make {
        sustain: 2.2,
        softness: 0.46,
        pick: 0.2,
        body: &[(62.0, 0.6), (98.0, 0.8), (190.0, 0.5), (700.0, 0.25)],
        release: 0.12,
    };
    let hz = tone.hz;
    let gain = tone.gain();
    let mut out = pluck(tone, &make);
    // A sine on the fundamental, because the string model is thin down here.
    let mut phase = super::dsp::Phase::default();
    let fade = decay(1.6);
    let mut level = gain * 0.5;
    let held = (tone.held * RATE) as usize;
    let stop = decay(0.15);
    // Thick strings lose their upper partials within a few tenths of a second; the loop's own
    // filter is far too slow at these pitches.
    let (mut first, mut second) = (Svf::default(), Svf::default());
    for (i, frame) in out.iter_mut().enumerate() {
        level *= if i > held { stop } else { fade };
        let t = i as f32 / RATE;
        if i % 32 == 0 {
            let cutoff = 4.0 * hz + 120.0 + 1500.0 * tone.velocity * (-t * 9.0).exp();
            first.tune(cutoff, 0.7);
            second.tune(cutoff * 1.6, 0.7);
        }
        let attack = (t / 0.007).min(1.0);
        let dark = second.low(first.low(frame[0]));
        let y = dark + phase.sine(hz) * level * attack;
        *frame = [y, y];
    }
    fade_out(&mut out, 0.03);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn the_string_is_in_tune() {
        for hz in [110.0, 330.0, 880.0] {
            let mut rng = Rng::new(3, 3);
            let mut tone = Tone { hz, held: 1.0, velocity: 0.6, bright: 0.5, rng: &mut rng };
            let x = string(&mut tone, &NYLON, 40_000);
            // Correlate the tail with itself around one hundred periods.
            let lag = |l: f32| -> f32 {
                let whole = l as usize;
                (4000..14_000).map(|i| x[i] * x[i + whole]).sum()
            };
            let periods = 50.0;
            let centre = RATE / hz * periods;
            let best = (-20..=20)
                .map(|d| centre + d as f32)
                .max_by(|a, b| lag(*a).total_cmp(&lag(*b)))
                .expect("a lag");
            let cents = 1200.0 * (centre / best).log2();
            assert!(cents.abs() < 6.0, "{hz} Hz is off by {cents} cents");
        }
    }
}
