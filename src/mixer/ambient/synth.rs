//! The synthesiser of the pad, in the audio callback: five voices, chimes, and their common level.
//!
//! All timbres have equal power and all fades are equal-power, so the pad is as loud as commanded in any mood.
//! After construction it allocates nothing, takes no lock and logs nothing.

use std::f32::consts::FRAC_PI_2;
use std::sync::LazyLock;

use kira::Frame;

use super::chime::Chime;
use super::harmony::VOICES;
use super::settings::AmbientTimbreSettings;
use super::voice::{PadParameters, PadVoice};
use super::wavetables::Wavetables;
use crate::emotion::Affect;

/// Frames between two updates of gains and timbres; gains are linear in between.
const EVERY: usize = 32;
const CHIMES: usize = 6;
/// Time constant in seconds of the compensation for the number of voices.
const COMPENSATION_SECONDS: f32 = 0.6;
/// Fewer voices than this are not made up for, so that a first note enters softly.
const FEWEST_VOICES: f32 = 2.0;
/// Panning of each voice, −1 left ..= 1 right: the bass in the middle.
const PANNING: [f32; VOICES] = [0.0, -0.35, 0.35, -0.6, 0.6];
/// Share of the power of each voice: the bass and the highest are softer.
const SHARES: [f32; VOICES] = [0.62, 1.0, 1.0, 0.9, 0.7];
/// Time constant in seconds that smooths the breath, which arrives once for each frame of the app.
const BREATH_SMOOTHING: f32 = 0.15;

/// What the sound follows continuously.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PadModulation {
    pub(super) mood: Affect,
    /// Pitch of all notes relative to their frequencies.
    pub(super) pitch_ratio: f32,
    /// How full the breath is, 0 empty ..= 1 full.
    pub(super) breath: f32,
}

impl Default for PadModulation {
    fn default() -> Self {
        Self { mood: Affect::default(), pitch_ratio: 1.0, breath: 0.5 }
    }
}

impl PadModulation {
    /// Values within their ranges; what is no number becomes neutral.
    fn within_ranges(self) -> Self {
        let within = |value: f32, least: f32, most: f32, neutral: f32| {
            if value.is_finite() { value.clamp(least, most) } else { neutral }
        };
        let Affect { valence, arousal } = self.mood;
        Self {
            mood: Affect {
                valence: within(valence, -1.0, 1.0, 0.0),
                arousal: within(arousal, -1.0, 1.0, 0.0),
            },
            pitch_ratio: within(self.pitch_ratio, 0.8, 1.25, 1.0),
            breath: within(self.breath, 0.0, 1.0, 0.5),
        }
    }
}

/// A command to the synthesiser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SynthCommand {
    /// Fades to a power. 1 is a mean square of 1, summed over both channels.
    Level { power: f32, seconds: f32 },
    /// Changes the voices to these frequencies in hertz, `None` for a rest, each after a number of seconds.
    Chord { hertz: [Option<f32>; VOICES], after: [f32; VOICES], fade: f32 },
    /// Changes the timbre.
    Timbre(AmbientTimbreSettings),
    /// Strikes a chime: frequency in hertz, amplitude relative to the voices, and panning −1..=1.
    Chime { hertz: f32, amplitude: f32, panning: f32 },
}

/// A power that fades along the same sine as the crossfades of decks.
#[derive(Debug, Clone, Copy, Default)]
struct PowerRamp {
    from: f32,
    to: f32,
    /// Progress, 0..=1, and progress in a second.
    done: f32,
    speed: f32,
}

impl PowerRamp {
    fn go(&mut self, power: f32, seconds: f32) {
        *self = Self { from: self.power(), to: power, done: 0.0, speed: 1.0 / seconds.max(0.05) };
    }

    fn power(&self) -> f32 {
        self.from + (self.to - self.from) * (self.done * FRAC_PI_2).sin().powi(2)
    }

    fn pass(&mut self, seconds: f32) {
        self.done = (self.done + self.speed * seconds).min(1.0);
    }

    fn is_silent(&self) -> bool {
        self.to <= 0.0 && (self.done >= 1.0 || self.from <= 0.0)
    }
}

/// Voices and chimes.
pub(super) struct PadSynth {
    tables: &'static Wavetables,
    voices: [PadVoice; VOICES],
    chimes: [Chime; CHIMES],
    wanted: PadModulation,
    mood: Affect,
    timbre: AmbientTimbreSettings,
    parameters: PadParameters,
    level: PowerRamp,
    /// Smoothed power of all voices at unity gain, by which the level is divided.
    compensation: f32,
    /// 0 empty ..= 1 full.
    breath: f32,
    /// Frames until the next update of the parameters.
    left: usize,
    /// Nothing sounds and no fade in was commanded.
    asleep: bool,
}

impl PadSynth {
    pub(super) fn new(seed: u32, timbre: AmbientTimbreSettings) -> Self {
        static TABLES: LazyLock<Wavetables> = LazyLock::new(Wavetables::new);
        Self {
            tables: &TABLES,
            voices: std::array::from_fn(|voice| PadVoice::new(voice, PANNING[voice], seed)),
            chimes: [Chime::default(); CHIMES],
            wanted: PadModulation::default(),
            mood: Affect::default(),
            timbre,
            parameters: PadParameters {
                cut: timbre.cutoff_hz,
                motion: 1.0,
                pitch_ratio: 1.0,
                rate: 48_000.0,
            },
            level: PowerRamp::default(),
            compensation: FEWEST_VOICES,
            breath: 0.5,
            left: 0,
            asleep: true,
        }
    }

    /// Sets what the sound follows.
    pub(super) fn follow(&mut self, modulation: PadModulation) {
        self.wanted = modulation.within_ranges();
    }

    pub(super) fn apply(&mut self, command: &SynthCommand) {
        match *command {
            SynthCommand::Level { power, seconds } => {
                if self.asleep {
                    // It fades in with the mood of the moment.
                    self.mood = self.wanted.mood;
                    self.parameters.pitch_ratio = self.wanted.pitch_ratio;
                    self.breath = self.wanted.breath;
                }
                self.level.go(power.max(0.0), seconds);
                self.asleep &= power <= 0.0;
            }
            SynthCommand::Chord { hertz, after, fade } => {
                for (voice, pad) in self.voices.iter_mut().enumerate() {
                    pad.play_after(hertz[voice], after[voice], fade);
                }
            }
            SynthCommand::Timbre(timbre) => self.timbre = timbre,
            SynthCommand::Chime { hertz, amplitude, panning } => {
                if let Some(chime) = self.chimes.iter_mut().find(|chime| !chime.rings()) {
                    let amplitude = amplitude * self.level.power().sqrt();
                    chime.strike(
                        hertz * self.parameters.pitch_ratio,
                        amplitude,
                        panning,
                        self.parameters.rate,
                    );
                }
            }
        }
    }

    /// Whether nothing sounds and no fade in was commanded.
    #[cfg(test)]
    pub(super) fn is_asleep(&self) -> bool {
        self.asleep
    }

    /// Writes the next frames, `dt` seconds each. `false` if they are silent.
    pub(super) fn process(&mut self, out: &mut [Frame], dt: f64) -> bool {
        out.fill(Frame::ZERO);
        if self.asleep {
            return false;
        }
        self.parameters.rate = (1.0 / dt) as f32;
        let mut rest = out;
        while !rest.is_empty() {
            if self.left == 0 {
                self.update_parameters();
                self.left = EVERY;
            }
            let (now, later) = rest.split_at_mut(self.left.min(rest.len()));
            for pad in &mut self.voices {
                pad.add(self.tables, &self.parameters, now);
            }
            for chime in self.chimes.iter_mut().filter(|chime| chime.rings()) {
                chime.add(now);
            }
            self.left -= now.len();
            if self.left == 0 && self.level.is_silent() && !self.chimes.iter().any(Chime::rings) {
                self.voices.iter_mut().for_each(PadVoice::silence);
                self.asleep = true;
                return true;
            }
            rest = later;
        }
        true
    }

    /// Updates everything that changes slowly.
    fn update_parameters(&mut self) {
        let seconds = EVERY as f32 / self.parameters.rate;
        let timbre = &self.timbre;
        let ease = (seconds / timbre.mood_seconds).min(1.0);
        self.mood.valence += (self.wanted.mood.valence - self.mood.valence) * ease;
        self.mood.arousal += (self.wanted.mood.arousal - self.mood.arousal) * ease;
        self.parameters.pitch_ratio +=
            (self.wanted.pitch_ratio - self.parameters.pitch_ratio) * (seconds / 0.3).min(1.0);
        let excitement = 0.5 + 0.5 * self.mood.arousal;
        self.parameters.motion = 0.6 + 1.1 * excitement;
        self.breath += (self.wanted.breath - self.breath) * (seconds / BREATH_SMOOTHING).min(1.0);
        let octaves = timbre.arousal_octaves * self.mood.arousal
            + timbre.valence_octaves * self.mood.valence
            + timbre.breath_octaves * (2.0 * self.breath - 1.0);
        self.parameters.cut = timbre.cutoff_hz * octaves.exp2();
        self.level.pass(seconds);
        let voices: f32 = self.voices.iter().zip(SHARES).map(|(pad, share)| pad.power() * share).sum();
        self.compensation +=
            (voices.max(FEWEST_VOICES) - self.compensation) * (seconds / COMPENSATION_SECONDS).min(1.0);
        let gain = (self.level.power() / self.compensation).sqrt();
        for (pad, share) in self.voices.iter_mut().zip(SHARES) {
            pad.prepare(&self.parameters, gain * share.sqrt(), EVERY);
        }
    }
}
