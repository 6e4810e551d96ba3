//! Synthesised basses. The plucked double bass is with the strings.

use super::Tone;
use super::dsp::{Adsr, Frame, Phase, RATE, Svf, mono, sine};

/// A round bass: a sine with a little second and third harmonic, so that small speakers show it.
pub fn sub(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.02, decay: 1.4, sustain: 0.6, release: 0.14 };
    let mut phase = Phase::default();
    let gain = tone.gain() * 0.7;
    let colour = 0.15 + 0.35 * tone.bright;
    mono((0..env.samples(tone.held)).map(|i| {
        let t = i as f32 / RATE;
        let p = phase.step(tone.hz);
        let pluck = colour * (0.5 + 0.5 * (-t * 6.0).exp());
        let x = sine(p) + pluck * sine(2.0 * p) + 0.5 * pluck * sine(3.0 * p) + 0.2 * pluck * sine(5.0 * p);
        x * gain * env.at(t, tone.held)
    }))
}

/// A driven bass: saw and sub through a soft clipper and a closing filter.
pub fn drive(tone: &mut Tone) -> Vec<Frame> {
    let env = Adsr { attack: 0.004, decay: 0.5, sustain: 0.65, release: 0.06 };
    let mut phases = [Phase(0.0), Phase(0.25), Phase(0.0)];
    let mut low = Svf::default();
    let gain = tone.gain() * 0.6;
    mono((0..env.samples(tone.held)).map(|i| {
        let t = i as f32 / RATE;
        if i % 32 == 0 {
            let open = 180.0
                + (500.0 + 1600.0 * tone.bright) * tone.velocity * (-t * 7.0).exp()
                + 300.0 * tone.bright;
            low.tune(open, 1.2);
        }
        let x = phases[0].saw(tone.hz) + 0.7 * phases[1].saw(tone.hz * 1.004);
        let driven = (low.low(x) * 2.2).tanh();
        let under = sine(phases[2].step(tone.hz));
        (0.6 * driven + 0.7 * under) * gain * env.at(t, tone.held)
    }))
}
