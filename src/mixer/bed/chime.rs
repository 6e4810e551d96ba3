//! A small glass bell: three partials that are no harmonics, struck softly.

use std::f32::consts::{FRAC_PI_2, TAU};

use crate::foundation::easing::smoothstep;
use kira::Frame;

/// Frequencies as multiples, strengths, and how long each takes to fall by 60 dB, in seconds: the bending
/// modes of a free bar (Fletcher and Rossing, The Physics of Musical Instruments).
const PARTIALS: [(f32, f32, f32); 3] = [(1.0, 1.0, 5.5), (2.756, 0.28, 2.4), (5.404, 0.07, 1.1)];
/// How long the stroke takes, in seconds.
const STROKE: f32 = 0.018;

/// A bell that may ring.
#[derive(Clone, Copy, Default)]
pub(super) struct Chime {
    partials: [Partial; PARTIALS.len()],
    /// Gains of both sides.
    left: f32,
    right: f32,
    /// Way through the stroke, 0..=1.
    stroke: f32,
    stroke_step: f32,
    /// Frames that it still rings.
    frames: u32,
}

/// A vector that turns and shrinks; its height is heard.
#[derive(Clone, Copy, Default)]
struct Partial {
    across: f32,
    up: f32,
    turn: (f32, f32),
}

impl Chime {
    pub(super) fn rings(&self) -> bool {
        self.frames > 0
    }

    /// Strikes it; `place` is −1 left ..= 1 right, `rate` frames per second.
    pub(super) fn strike(&mut self, hertz: f32, amplitude: f32, place: f32, rate: f32) {
        let angle = (0.5 + 0.5 * place.clamp(-1.0, 1.0)) * FRAC_PI_2;
        (self.left, self.right) = (amplitude * angle.cos(), amplitude * angle.sin());
        (self.stroke, self.stroke_step) = (0.0, 1.0 / (STROKE * rate));
        // By then it is 80 dB down.
        self.frames = (1.33 * PARTIALS[0].2 * rate) as u32;
        for (partial, (multiple, strength, seconds)) in self.partials.iter_mut().zip(PARTIALS) {
            let strength = if hertz * multiple < 0.45 * rate { strength } else { 0.0 };
            let shrink = (-6.908 / (seconds * rate)).exp();
            let (sin, cos) = (TAU * hertz * multiple / rate).sin_cos();
            *partial = Partial { across: strength, up: 0.0, turn: (shrink * cos, shrink * sin) };
        }
    }

    /// Adds the next frames.
    pub(super) fn add(&mut self, out: &mut [Frame]) {
        for frame in out {
            if self.frames == 0 {
                return;
            }
            self.frames -= 1;
            self.stroke = (self.stroke + self.stroke_step).min(1.0);
            let mut sum = 0.0;
            for partial in &mut self.partials {
                let (cos, sin) = partial.turn;
                (partial.across, partial.up) =
                    (partial.across * cos - partial.up * sin, partial.across * sin + partial.up * cos);
                sum += partial.up;
            }
            sum *= smoothstep(self.stroke);
            frame.left += sum * self.left;
            frame.right += sum * self.right;
        }
    }
}
