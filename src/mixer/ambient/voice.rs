//! One voice of the pad: a note of three slightly detuned oscillators, which crossfades into the next note.

use std::f32::consts::{FRAC_PI_2, TAU};

use kira::Frame;

use super::wavetables::{Timbre, Wavetables};

/// Shares of the power: the middle oscillator, and one on each side. Oscillators that share a channel have
/// different amplitudes, so their beats are never deep.
const OSCILLATORS: usize = 3;
const SHARES: [f32; OSCILLATORS] = [0.78, 0.11, 0.11];
/// Detuning of the oscillators in cents, and the range of their random drift.
const DETUNED: [f32; OSCILLATORS] = [0.0, 4.4, -3.9];
const DRIFT_CENTS: f32 = 2.2;
/// Mean time until the drift changes its direction, in seconds.
const DRIFT_SECONDS: f32 = 4.0;
/// Depth of the slow tremolo of a voice, as an amplitude.
const TREMOLO: f32 = 0.11;

/// What all voices share for the next frames.
#[derive(Clone, Copy)]
pub(super) struct PadParameters {
    /// Cutoff of the timbre in hertz.
    pub(super) cut: f32,
    /// Speed of all slow modulation, 1 in a balanced mood.
    pub(super) motion: f32,
    /// Pitch of all notes relative to their frequencies.
    pub(super) pitch_ratio: f32,
    /// Frames per second.
    pub(super) rate: f32,
}

/// A random generator for the callback that needs no memory: xorshift (Marsaglia 2003).
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

/// One of the two notes of a voice: the current one, and the one that fades out.
#[derive(Clone)]
struct PadNote {
    hertz: f32,
    /// Progress of the fade, 0 silent ..= 1.
    amount: f32,
    /// Progress in a second, negative while it fades out.
    speed: f32,
    phases: [u32; OSCILLATORS],
    steps: [u32; OSCILLATORS],
    /// Gain of each oscillator, left and right, and its change in a frame.
    gains: [Frame; OSCILLATORS],
    slopes: [Frame; OSCILLATORS],
}

impl PadNote {
    fn new(random: &mut XorShift) -> Self {
        Self {
            hertz: 220.0,
            amount: 0.0,
            speed: 0.0,
            phases: std::array::from_fn(|_| random.bits()),
            steps: [0; OSCILLATORS],
            gains: [Frame::ZERO; OSCILLATORS],
            slopes: [Frame::ZERO; OSCILLATORS],
        }
    }

    fn sounds(&self) -> bool {
        self.amount > 0.0 || self.gains[0] != Frame::ZERO
    }

    /// Power, 0..=1, in an equal-power fade.
    fn power(&self) -> f32 {
        (self.amount * FRAC_PI_2).sin().powi(2)
    }
}

/// A note that begins later.
#[derive(Debug, Clone, Copy)]
struct PendingNote {
    hertz: Option<f32>,
    /// Seconds until it begins.
    after: f32,
    /// Length of its fade in, in seconds.
    fade: f32,
}

/// One voice.
pub(super) struct PadVoice {
    tones: [PadNote; 2],
    /// Index of the newer of the two.
    newer: usize,
    pending: Option<PendingNote>,
    /// −1 left ..= 1 right.
    panning: f32,
    cents: [f32; OSCILLATORS],
    drift: [f32; OSCILLATORS],
    until_drift: f32,
    tremolo: f32,
    tremolo_hertz: f32,
    random: XorShift,
}

impl PadVoice {
    pub(super) fn new(voice: usize, panning: f32, seed: u32) -> Self {
        let mut random = XorShift::new(seed.wrapping_add(97 * voice as u32 + 1));
        Self {
            tones: [PadNote::new(&mut random), PadNote::new(&mut random)],
            newer: 0,
            pending: None,
            panning,
            cents: DETUNED,
            drift: [0.0; OSCILLATORS],
            until_drift: 0.0,
            tremolo: 0.5 + 0.5 * random.number(),
            tremolo_hertz: 0.045 + 0.013 * voice as f32,
            random,
        }
    }

    /// Changes to another note, or rests, after a number of seconds.
    pub(super) fn play_after(&mut self, hertz: Option<f32>, after: f32, fade: f32) {
        self.pending = Some(PendingNote { hertz, after, fade: fade.max(0.05) });
    }

    /// Falls silent at once; for a voice that is inaudible.
    pub(super) fn silence(&mut self) {
        self.pending = None;
        for tone in &mut self.tones {
            (tone.amount, tone.speed) = (0.0, 0.0);
            (tone.gains, tone.slopes) = ([Frame::ZERO; OSCILLATORS], [Frame::ZERO; OSCILLATORS]);
        }
    }

    /// Power of both notes.
    pub(super) fn power(&self) -> f32 {
        self.tones.iter().map(PadNote::power).sum()
    }

    /// Prepares the next `frames` frames, with a gain at their end that all voices share.
    pub(super) fn prepare(&mut self, parameters: &PadParameters, gain: f32, frames: usize) {
        let seconds = frames as f32 / parameters.rate;
        self.start_pending(seconds);
        self.drift(seconds * parameters.motion);
        let tremolo = 1.0 + TREMOLO * (TAU * self.tremolo).sin();
        for tone in &mut self.tones {
            tone.amount = (tone.amount + tone.speed * seconds).clamp(0.0, 1.0);
            let level = gain * tremolo * tone.power().sqrt();
            for (oscillator, share) in SHARES.iter().enumerate() {
                let hertz = tone.hertz * parameters.pitch_ratio * (self.cents[oscillator] / 1_200.0).exp2();
                tone.steps[oscillator] = (hertz / parameters.rate * 4_294_967_296.0) as u32;
                let side = [0.0, -0.75, 0.75][oscillator];
                let angle = (0.5 + 0.5 * (self.panning + side).clamp(-1.0, 1.0)) * FRAC_PI_2;
                let goal = Frame::new(angle.cos(), angle.sin()) * (level * share.sqrt());
                tone.slopes[oscillator] = (goal - tone.gains[oscillator]) / frames as f32;
                if tone.amount == 0.0
                    && tone.gains[oscillator].left.abs() + tone.gains[oscillator].right.abs() < 1e-6
                {
                    (tone.gains[oscillator], tone.slopes[oscillator]) = (Frame::ZERO, Frame::ZERO);
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
            // Both notes still sound: it waits until the older one has faded out.
            self.tones[other].speed = -1.0 / pending.fade.min(1.5);
            return;
        }
        self.newer = other;
        self.pending = None;
        (self.tones[other].hertz, self.tones[other].speed) = (hertz, 1.0 / pending.fade);
    }

    /// Drifts the tuning and the tremolo.
    fn drift(&mut self, seconds: f32) {
        self.until_drift -= seconds;
        if self.until_drift <= 0.0 {
            self.until_drift = DRIFT_SECONDS * (1.0 + 0.5 * self.random.number());
            for ((drift, cents), detuned) in self.drift.iter_mut().zip(self.cents).zip(DETUNED) {
                let goal = detuned + DRIFT_CENTS * self.random.number();
                *drift = (goal - cents) / self.until_drift;
            }
        }
        for (cents, drift) in self.cents.iter_mut().zip(self.drift) {
            *cents += drift * seconds;
        }
        self.tremolo = (self.tremolo + self.tremolo_hertz * seconds).fract();
    }

    /// Adds the prepared frames to `out`.
    pub(super) fn add(&mut self, tables: &Wavetables, parameters: &PadParameters, out: &mut [Frame]) {
        for tone in &mut self.tones {
            if tone.sounds() || tone.amount > 0.0 {
                let timbre = tables.cut_at(parameters.cut / tone.hertz);
                for oscillator in 0..OSCILLATORS {
                    add_oscillator(tone, oscillator, timbre, out);
                }
            }
        }
    }
}

fn add_oscillator(tone: &mut PadNote, oscillator: usize, timbre: Timbre, out: &mut [Frame]) {
    let (mut phase, step) = (tone.phases[oscillator], tone.steps[oscillator]);
    let (mut gain, slope) = (tone.gains[oscillator], tone.slopes[oscillator]);
    for frame in out {
        let sample = timbre.at(phase);
        phase = phase.wrapping_add(step);
        gain.left += slope.left;
        gain.right += slope.right;
        frame.left += sample * gain.left;
        frame.right += sample * gain.right;
    }
    tone.phases[oscillator] = phase;
    tone.gains[oscillator] = gain;
}
