//! One voice of the pads: a note of three slightly detuned strands, which goes over into the next one.

use std::f32::consts::{FRAC_PI_2, TAU};

use kira::Frame;

use super::wavetables::{Timbre, Wavetables};

/// Shares of the power: the middle, and one strand on each side. Where two strands meet in one ear
/// they are not equally strong, so that no beat is ever deep.
const STRANDS: usize = 3;
const SHARES: [f32; STRANDS] = [0.78, 0.11, 0.11];
/// How far the outer strands are detuned, in cents, and how far all of them wander.
const DETUNED: [f32; STRANDS] = [0.0, 4.4, -3.9];
const WANDER: f32 = 2.2;
/// How long a strand wanders before it turns elsewhere, in seconds.
const TURN_SECONDS: f32 = 4.0;
/// How much a voice swells and sinks, as an amplitude.
const SWELL: f32 = 0.11;

/// What all pads share for the next frames.
#[derive(Clone, Copy)]
pub(super) struct PadParameters {
    /// Where the timbre is cut off, in hertz.
    pub(super) cut: f32,
    /// How fast everything moves, 1 as usual.
    pub(super) motion: f32,
    /// Every note is so many times higher.
    pub(super) pitch_ratio: f32,
    /// Frames per second.
    pub(super) rate: f32,
}

/// A small generator of numbers for the callback: xorshift by Marsaglia.
#[derive(Debug, Clone)]
pub(super) struct XorShift(u32);

impl XorShift {
    pub(super) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9) | 1)
    }

    fn bits(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// A number in −1..1.
    pub(super) fn number(&mut self) -> f32 {
        self.bits() as f32 / (u32::MAX / 2) as f32 - 1.0
    }
}

/// One of two notes of a voice: the one that sounds, and the one that goes.
#[derive(Clone)]
struct PadNote {
    hertz: f32,
    /// Way through the fade, 0 silent ..= 1.
    amount: f32,
    /// Way in a second, negative while it goes.
    speed: f32,
    phases: [u32; STRANDS],
    steps: [u32; STRANDS],
    /// Gains of each strand for the left and the right, and their change in each frame.
    gains: [Frame; STRANDS],
    slopes: [Frame; STRANDS],
}

impl PadNote {
    fn new(chance: &mut XorShift) -> Self {
        Self {
            hertz: 220.0,
            amount: 0.0,
            speed: 0.0,
            phases: std::array::from_fn(|_| chance.bits()),
            steps: [0; STRANDS],
            gains: [Frame::ZERO; STRANDS],
            slopes: [Frame::ZERO; STRANDS],
        }
    }

    fn sounds(&self) -> bool {
        self.amount > 0.0 || self.gains[0] != Frame::ZERO
    }

    /// Power, 0..=1: fades are of equal power.
    fn power(&self) -> f32 {
        (self.amount * FRAC_PI_2).sin().powi(2)
    }
}

/// A pending that waits for its time.
#[derive(Debug, Clone, Copy)]
struct PendingNote {
    hertz: Option<f32>,
    /// Seconds until it is heard.
    after: f32,
    /// Seconds in which it comes in.
    fade: f32,
}

/// One voice.
pub(super) struct PadVoice {
    tones: [PadNote; 2],
    /// Which of the two is the newer.
    newer: usize,
    pending: Option<PendingNote>,
    /// Place from −1 left to 1 right.
    place: f32,
    cents: [f32; STRANDS],
    drift: [f32; STRANDS],
    turn: f32,
    swell: f32,
    swell_hertz: f32,
    chance: XorShift,
}

impl PadVoice {
    pub(super) fn new(voice: usize, place: f32, seed: u32) -> Self {
        let mut chance = XorShift::new(seed.wrapping_add(97 * voice as u32 + 1));
        Self {
            tones: [PadNote::new(&mut chance), PadNote::new(&mut chance)],
            newer: 0,
            pending: None,
            place,
            cents: DETUNED,
            drift: [0.0; STRANDS],
            turn: 0.0,
            swell: 0.5 + 0.5 * chance.number(),
            swell_hertz: 0.045 + 0.013 * voice as f32,
            chance,
        }
    }

    /// Goes over to another note, or rests, after so many seconds.
    pub(super) fn pending(&mut self, hertz: Option<f32>, after: f32, fade: f32) {
        self.pending = Some(PendingNote { hertz, after, fade: fade.max(0.05) });
    }

    /// Falls silent at once; for when nobody hears it.
    pub(super) fn silence(&mut self) {
        self.pending = None;
        for tone in &mut self.tones {
            (tone.amount, tone.speed) = (0.0, 0.0);
            (tone.gains, tone.slopes) = ([Frame::ZERO; STRANDS], [Frame::ZERO; STRANDS]);
        }
    }

    /// Power of both notes.
    pub(super) fn power(&self) -> f32 {
        self.tones.iter().map(PadNote::power).sum()
    }

    /// Works out the next `frames` frames, with a gain at their end that all voices share.
    pub(super) fn prepare(&mut self, parameters: &PadParameters, gain: f32, frames: usize) {
        let seconds = frames as f32 / parameters.rate;
        self.start_pending(seconds);
        self.wander(seconds * parameters.motion);
        let swell = 1.0 + SWELL * (TAU * self.swell).sin();
        for tone in &mut self.tones {
            tone.amount = (tone.amount + tone.speed * seconds).clamp(0.0, 1.0);
            let level = gain * swell * tone.power().sqrt();
            for (strand, share) in SHARES.iter().enumerate() {
                let hertz = tone.hertz * parameters.pitch_ratio * (self.cents[strand] / 1_200.0).exp2();
                tone.steps[strand] = (hertz / parameters.rate * 4_294_967_296.0) as u32;
                let side = [0.0, -0.75, 0.75][strand];
                let angle = (0.5 + 0.5 * (self.place + side).clamp(-1.0, 1.0)) * FRAC_PI_2;
                let goal = Frame::new(angle.cos(), angle.sin()) * (level * share.sqrt());
                tone.slopes[strand] = (goal - tone.gains[strand]) / frames as f32;
                if tone.amount == 0.0 && tone.gains[strand].left.abs() + tone.gains[strand].right.abs() < 1e-6
                {
                    (tone.gains[strand], tone.slopes[strand]) = (Frame::ZERO, Frame::ZERO);
                }
            }
        }
    }

    fn start_pending(&mut self, seconds: f32) {
        let Some(pending) = &mut self.pending else { return };
        pending.after -= seconds;
        let pending = *pending;
        if pending.after > 0.0 {
            return;
        }
        let now = &mut self.tones[self.newer];
        let same =
            pending.hertz.is_some_and(|hertz| (now.hertz / hertz - 1.0).abs() < 1e-4) && now.amount > 0.0;
        if same {
            now.speed = 1.0 / pending.fade;
            self.pending = None;
            return;
        }
        now.speed = -0.8 / pending.fade;
        let other = 1 - self.newer;
        let Some(hertz) = pending.hertz else {
            self.pending = None;
            return;
        };
        if self.tones[other].sounds() {
            // Both notes still sound: it waits for the older one.
            self.tones[other].speed = -1.0 / pending.fade.min(1.5);
            return;
        }
        self.newer = other;
        self.pending = None;
        (self.tones[other].hertz, self.tones[other].speed) = (hertz, 1.0 / pending.fade);
    }

    /// Tuning and strength change slowly and never in the same way twice.
    fn wander(&mut self, seconds: f32) {
        self.turn -= seconds;
        if self.turn <= 0.0 {
            self.turn = TURN_SECONDS * (1.0 + 0.5 * self.chance.number());
            for ((drift, cents), detuned) in self.drift.iter_mut().zip(self.cents).zip(DETUNED) {
                let goal = detuned + WANDER * self.chance.number();
                *drift = (goal - cents) / self.turn;
            }
        }
        for (cents, drift) in self.cents.iter_mut().zip(self.drift) {
            *cents += drift * seconds;
        }
        self.swell = (self.swell + self.swell_hertz * seconds).fract();
    }

    /// Adds the prepared frames.
    pub(super) fn add(&mut self, tables: &Wavetables, parameters: &PadParameters, out: &mut [Frame]) {
        for tone in &mut self.tones {
            if tone.sounds() || tone.amount > 0.0 {
                let timbre = tables.cut_at(parameters.cut / tone.hertz);
                for strand in 0..STRANDS {
                    add_strand(tone, strand, timbre, out);
                }
            }
        }
    }
}

fn add_strand(tone: &mut PadNote, strand: usize, timbre: Timbre, out: &mut [Frame]) {
    let (mut phase, step) = (tone.phases[strand], tone.steps[strand]);
    let (mut gain, slope) = (tone.gains[strand], tone.slopes[strand]);
    for frame in out {
        let sample = timbre.at(phase);
        phase = phase.wrapping_add(step);
        gain.left += slope.left;
        gain.right += slope.right;
        frame.left += sample * gain.left;
        frame.right += sample * gain.right;
    }
    tone.phases[strand] = phase;
    tone.gains[strand] = gain;
}
