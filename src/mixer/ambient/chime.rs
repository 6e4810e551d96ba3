//! A chime: a softly struck metal bar with three inharmonic partials.

use std::f32::consts::{FRAC_PI_2, TAU};

use kira::Frame;

use crate::foundation::easing::smoothstep;

/// Frequencies as multiples, strengths, and how long each takes to fall by 60 dB, in seconds: the bending
/// modes of a free bar (Fletcher and Rossing, The Physics of Musical Instruments).
const PARTIALS: [(f32, f32, f32); 3] = [(1.0, 1.0, 5.5), (2.756, 0.28, 2.4), (5.404, 0.07, 1.1)];
/// Length of the attack in seconds.
const ATTACK_SECONDS: f32 = 0.018;

/// One chime, silent or ringing.
#[derive(Clone, Copy, Default)]
pub(super) struct Chime {
    partials: [ChimePartial; PARTIALS.len()],
    /// Gains of both sides.
    left: f32,
    right: f32,
    /// Progress of the attack, 0..=1, and progress in a frame.
    attack: f32,
    attack_step: f32,
    /// Frames left to ring.
    frames: u32,
}

/// A rotating, shrinking vector; its vertical part is the sample.
#[derive(Clone, Copy, Default)]
struct ChimePartial {
    across: f32,
    up: f32,
    turn: (f32, f32),
}

impl Chime {
    pub(super) fn rings(&self) -> bool {
        self.frames > 0
    }

    /// Strikes it; `panning` is −1 left ..= 1 right, `rate` frames per second.
    pub(super) fn strike(&mut self, hertz: f32, amplitude: f32, panning: f32, rate: f32) {
        let angle = (0.5 + 0.5 * panning.clamp(-1.0, 1.0)) * FRAC_PI_2;
        (self.left, self.right) = (amplitude * angle.cos(), amplitude * angle.sin());
        (self.attack, self.attack_step) = (0.0, 1.0 / (ATTACK_SECONDS * rate));
        // It is 80 dB down by then.
        self.frames = (1.33 * PARTIALS[0].2 * rate) as u32;
        for (partial, (multiple, strength, seconds)) in self.partials.iter_mut().zip(PARTIALS) {
            let strength = if hertz * multiple < 0.45 * rate { strength } else { 0.0 };
            let shrink = (-6.908 / (seconds * rate)).exp();
            let (sin, cos) = (TAU * hertz * multiple / rate).sin_cos();
            *partial = ChimePartial { across: strength, up: 0.0, turn: (shrink * cos, shrink * sin) };
        }
    }

    /// Adds the next frames.
    pub(super) fn add(&mut self, out: &mut [Frame]) {
        for frame in out {
            if self.frames == 0 {
                return;
            }
            self.frames -= 1;
            self.attack = (self.attack + self.attack_step).min(1.0);
            let mut sum = 0.0;
            for partial in &mut self.partials {
                let (cos, sin) = partial.turn;
                (partial.across, partial.up) =
                    (partial.across * cos - partial.up * sin, partial.across * sin + partial.up * cos);
                sum += partial.up;
            }
            sum *= smoothstep(self.attack);
            frame.left += sum * self.left;
            frame.right += sum * self.right;
        }
    }
}
