//! The short sounds of the interface and the bell: synthesised here, or a person's own files.
//!
//! All of them play through the audio graph, so volume, night mode, limiter and the chosen device hold
//! for them, too.

use std::f32::consts::TAU;
use std::sync::{Arc, OnceLock};

use bevy::prelude::{Message, Resource};
use kira::Frame;
use kira::sound::static_sound::{StaticSoundData, StaticSoundSettings};

use super::settings::MixerSettings;
use crate::foundation::easing::smoothstep;

const RATE: u32 = 48_000;

/// A short sound of the interface.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// A person came into view of the camera.
    Welcome,
    /// The last person left.
    Farewell,
    /// A button was pressed.
    Press,
    /// The bell of a session: a singing bowl that rings for ten seconds.
    Bell,
}

impl Cue {
    /// All cues.
    pub const ALL: [Self; 4] = [Self::Welcome, Self::Farewell, Self::Press, Self::Bell];

    /// Position in [`Cue::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// The sounds of all cues: files of a person in place of the built-in ones.
#[derive(Resource, Debug, Clone, Default)]
pub(super) struct CueSounds {
    files: [Option<StaticSoundData>; Cue::ALL.len()],
}

impl CueSounds {
    /// Replaces the sound of a cue by a file of a person, or with `None` by the built-in one.
    pub(super) fn set_file(&mut self, cue: Cue, sound: Option<StaticSoundData>) {
        self.files[cue.index()] = sound;
    }

    /// How long music and pad stay lowered for a cue, in seconds.
    pub(super) fn duck_seconds(&self, cue: Cue, settings: &MixerSettings) -> f32 {
        if cue == Cue::Bell {
            return settings.bell_duck.hold_seconds;
        }
        match &self.files[cue.index()] {
            Some(file) => file.duration().as_secs_f32(),
            None => built_in(cue).len() as f32 / RATE as f32,
        }
    }

    /// A cue at the volume of the settings.
    pub(super) fn sound(&self, cue: Cue, settings: &MixerSettings) -> StaticSoundData {
        let gain = if cue == Cue::Bell { settings.bell_volume_db } else { settings.cue_volume_db };
        let volume = kira::Decibels(gain.0);
        if let Some(file) = &self.files[cue.index()] {
            return file.volume(volume);
        }
        let settings = StaticSoundSettings::default().volume(volume);
        StaticSoundData { sample_rate: RATE, frames: built_in(cue), settings, slice: None }
    }
}

/// The frames of a synthesised cue at [`RATE`]. Each takes some milliseconds to make, and is made once.
fn built_in(cue: Cue) -> Arc<[Frame]> {
    static SOUNDS: [OnceLock<Arc<[Frame]>>; Cue::ALL.len()] = [const { OnceLock::new() }; Cue::ALL.len()];
    let make = || match cue {
        Cue::Welcome => struck(&WELCOME),
        Cue::Farewell => struck(&FAREWELL),
        Cue::Press => struck(&PRESS),
        Cue::Bell => bowl(),
    };
    Arc::clone(SOUNDS[cue.index()].get_or_init(|| make().into()))
}

/// One struck note: frequency in hertz, start and length in seconds, amplitude.
struct CueNote {
    hz: f32,
    at: f32,
    seconds: f32,
    amplitude: f32,
}

/// Two rising notes, two falling notes, and a tick.
const WELCOME: [CueNote; 2] = [CueNote::new(523.25, 0.0, 0.45, 0.16), CueNote::new(783.99, 0.12, 0.46, 0.16)];
const FAREWELL: [CueNote; 2] = [CueNote::new(587.33, 0.0, 0.45, 0.14), CueNote::new(392.0, 0.13, 0.46, 0.14)];
const PRESS: [CueNote; 1] = [CueNote::new(880.0, 0.0, 0.09, 0.12)];

impl CueNote {
    const fn new(hz: f32, at: f32, seconds: f32, amplitude: f32) -> Self {
        Self { hz, at, seconds, amplitude }
    }

    /// A soft chime: short attack, long decay, a quiet octave above, silent at both ends.
    fn sample(&self, time: f32) -> f32 {
        let t = time - self.at;
        if !(0.0..self.seconds).contains(&t) {
            return 0.0;
        }
        let rise = (t / 0.012).min(1.0);
        let fall = 1.0 - t / self.seconds;
        let tone = (TAU * self.hz * t).sin() + 0.2 * (TAU * 2.0 * self.hz * t).sin();
        self.amplitude * rise * fall * fall * tone
    }
}

fn struck(notes: &[CueNote]) -> Vec<Frame> {
    let seconds = notes.iter().map(|note| note.at + note.seconds).fold(0.0, f32::max);
    let sample = |time: f32| notes.iter().map(|note| note.sample(time)).sum::<f32>();
    (0..(seconds * RATE as f32) as usize).map(|i| Frame::from_mono(sample(i as f32 / RATE as f32))).collect()
}

/// A mode of the bowl. No real bowl is perfectly round, so each mode is a pair of close frequencies,
/// which beat.
struct BowlMode {
    hz: f32,
    amplitude: f32,
    /// Seconds in which it falls by 60 dB.
    seconds: f32,
    /// Distance of the second frequency of the pair, in hertz.
    split_hz: f32,
}

/// A bronze bowl struck with felt. The ratios 1, 2.78, 5.22 and 8.13 were measured on Himalayan bowls
/// (Inácio, Henrique and Antunes 2006).
const BOWL: [BowlMode; 4] = [
    BowlMode { hz: 187.0, amplitude: 0.30, seconds: 12.0, split_hz: 0.42 },
    BowlMode { hz: 519.9, amplitude: 0.16, seconds: 8.5, split_hz: 0.71 },
    BowlMode { hz: 976.1, amplitude: 0.05, seconds: 5.0, split_hz: 1.13 },
    BowlMode { hz: 1520.3, amplitude: 0.014, seconds: 2.6, split_hz: 1.9 },
];
/// Amplitude of the weaker frequency of each pair: it beats, but is never silent.
const WEAKER: f32 = 0.38;
const BELL_SECONDS: f32 = 10.0;
/// Length of the attack, and of the fade at the end, in seconds.
const ATTACK_SECONDS: f32 = 0.035;
const END_FADE_SECONDS: f32 = 3.0;

/// The bell. Left and right hear the pairs at different amplitudes, so it beats differently in each.
fn bowl() -> Vec<Frame> {
    let rate = RATE as f32;
    let mut frames = vec![Frame::ZERO; (BELL_SECONDS * rate) as usize];
    for mode in &BOWL {
        let shrink = (-6.908 / (mode.seconds * rate)).exp();
        let pair = [(mode.hz, 1.0, 1.0), (mode.hz + mode.split_hz, WEAKER, -0.6 * WEAKER)];
        for (hz, left, right) in pair {
            let (sin, cos) = (TAU * hz / rate).sin_cos();
            let (mut across, mut up) = (mode.amplitude, 0.0_f32);
            for frame in &mut frames {
                frame.left += left * up;
                frame.right += right * up;
                (across, up) = (shrink * (across * cos - up * sin), shrink * (across * sin + up * cos));
            }
        }
    }
    let count = frames.len();
    for (n, frame) in frames.iter_mut().enumerate() {
        let rise = smoothstep(n as f32 / (ATTACK_SECONDS * rate));
        let fall = smoothstep((count - n) as f32 / (END_FADE_SECONDS * rate));
        *frame *= rise * fall;
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_short_soft_and_begin_and_end_in_silence() {
        for (cue, longest) in
            [(Cue::Welcome, 0.6), (Cue::Farewell, 0.6), (Cue::Press, 0.6), (Cue::Bell, 12.0)]
        {
            let frames = built_in(cue);
            assert!(frames.len() <= (longest * RATE as f32) as usize, "{cue:?}");
            let peak = frames.iter().map(|frame| frame.left.abs()).fold(0.0, f32::max);
            assert!((0.05..0.7).contains(&peak), "{cue:?} peaks at {peak}");
            let ends = [frames.first(), frames.last()];
            assert!(ends.iter().all(|end| end.is_some_and(|frame| frame.left.abs() < 1e-3)), "{cue:?}");
        }
    }

    /// Root mean square of a stretch of the bell, by seconds.
    fn level(from: f32, to: f32) -> f32 {
        let frames = built_in(Cue::Bell);
        let stretch = &frames[(from * RATE as f32) as usize..(to * RATE as f32) as usize];
        (stretch.iter().map(|frame| frame.left * frame.left).sum::<f32>() / stretch.len() as f32).sqrt()
    }

    #[test]
    fn the_bell_has_no_click_rings_for_seconds_and_beats_slowly() {
        let frames = built_in(Cue::Bell);
        let steepest = |part: &[Frame]| {
            part.windows(2).map(|pair| (pair[1].left - pair[0].left).abs()).fold(0.0, f32::max)
        };
        // No step is larger than the tone's own: 2π f a over all modes.
        let own: f32 = BOWL.iter().map(|mode| TAU * mode.hz * mode.amplitude * (1.0 + WEAKER)).sum::<f32>()
            / RATE as f32;
        assert!(steepest(&frames) < own, "{} of {own}", steepest(&frames));
        assert!(steepest(&frames[..48]) < 0.02 * own, "it begins softly");
        assert!(level(5.0, 6.0) > 0.006 && level(9.5, 10.0) < 0.001);
        // The fundamental beats at 0.42 Hz: after 1.2 s it is weakest, after 2.4 s strong again, for its age.
        let age = |seconds: f32| (-6.908 / 12.0 * seconds).exp();
        let (weak, strong) = (level(3.45, 3.65) / age(3.55), level(4.65, 4.85) / age(4.75));
        assert!(strong > 1.3 * weak, "{strong} and {weak}");
    }
}
