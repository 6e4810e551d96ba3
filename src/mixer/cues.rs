//! The short sounds of the interface, made of a few sine partials, and the bell.

use std::f32::consts::TAU;
use std::sync::{Arc, OnceLock};

use kira::Frame;
use kira::sound::static_sound::{StaticSoundData, StaticSoundSettings};

use super::{Cue, MixerSettings};
use crate::foundation::easing::smoothstep;

const RATE: u32 = 48_000;

/// One struck note: pitch in hertz, start and length in seconds, loudness.
struct Note {
    hz: f32,
    at: f32,
    seconds: f32,
    amplitude: f32,
}

impl Note {
    const fn new(hz: f32, at: f32, seconds: f32, amplitude: f32) -> Self {
        Self { hz, at, seconds, amplitude }
    }

    /// A soft bell: a quick rise, a long decay, one quiet octave on top, silent at both ends.
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

/// The notes of a cue: two that rise for a welcome, two that fall for a farewell, a tick for a press.
fn notes(cue: Cue) -> &'static [Note] {
    const WELCOME: &[Note] = &[Note::new(523.25, 0.0, 0.45, 0.16), Note::new(783.99, 0.12, 0.46, 0.16)];
    const FAREWELL: &[Note] = &[Note::new(587.33, 0.0, 0.45, 0.14), Note::new(392.0, 0.13, 0.46, 0.14)];
    const PRESS: &[Note] = &[Note::new(880.0, 0.0, 0.09, 0.12)];
    match cue {
        Cue::Welcome => WELCOME,
        Cue::Farewell => FAREWELL,
        Cue::Press => PRESS,
        Cue::Bell => &[],
    }
}

/// A mode of the bell: frequency, strength, and seconds in which it falls by 60 dB. A real bowl is never
/// quite round, so that each mode is two, a little apart: by how many hertz.
struct Mode {
    hz: f32,
    strength: f32,
    seconds: f32,
    apart: f32,
}

/// A bowl of bronze, struck with felt: ratios 1, 2.78, 5.22 and 8.13, as they are measured on Himalayan
/// bowls (Inácio, Henrique and Antunes 2006).
const BOWL: [Mode; 4] = [
    Mode { hz: 187.0, strength: 0.30, seconds: 12.0, apart: 0.42 },
    Mode { hz: 519.9, strength: 0.16, seconds: 8.5, apart: 0.71 },
    Mode { hz: 976.1, strength: 0.05, seconds: 5.0, apart: 1.13 },
    Mode { hz: 1520.3, strength: 0.014, seconds: 2.6, apart: 1.9 },
];
/// Strength of the weaker one of two modes: they beat, but never fall silent.
const WEAKER: f32 = 0.38;
const BELL_SECONDS: f32 = 10.0;
/// The felt takes so long, in seconds, and the end fades so long.
const FELT: f32 = 0.035;
const END: f32 = 3.0;

/// The bell, in both ears a little apart.
fn bowl() -> Vec<Frame> {
    let rate = RATE as f32;
    let mut frames = vec![Frame::ZERO; (BELL_SECONDS * rate) as usize];
    for mode in &BOWL {
        let shrink = (-6.908 / (mode.seconds * rate)).exp();
        // The place on the rim decides how strongly each of the two is heard; the ears hear other places.
        let twins = [(mode.hz, 1.0, 1.0), (mode.hz + mode.apart, WEAKER, -0.6 * WEAKER)];
        for (hz, left, right) in twins {
            let (sin, cos) = (TAU * hz / rate).sin_cos();
            let (mut across, mut up) = (mode.strength, 0.0_f32);
            for frame in &mut frames {
                frame.left += left * up;
                frame.right += right * up;
                (across, up) = (shrink * (across * cos - up * sin), shrink * (across * sin + up * cos));
            }
        }
    }
    let count = frames.len();
    for (n, frame) in frames.iter_mut().enumerate() {
        let rise = smoothstep(n as f32 / (FELT * rate));
        let fall = smoothstep((count - n) as f32 / (END * rate));
        *frame *= rise * fall;
    }
    frames
}

/// How long a cue sounds, in seconds.
pub(super) fn seconds(cue: Cue) -> f32 {
    match cue {
        Cue::Bell => BELL_SECONDS,
        _ => notes(cue).iter().map(|note| note.at + note.seconds).fold(0.0, f32::max),
    }
}

/// How long everything else steps back for a cue, in seconds.
pub(super) fn duck_seconds(cue: Cue, settings: &MixerSettings) -> f32 {
    if cue == Cue::Bell { settings.bell_duck.hold_seconds } else { seconds(cue) }
}

/// Loudness of a cue in decibels.
pub(super) fn volume_db(cue: Cue, settings: &MixerSettings) -> f32 {
    if cue == Cue::Bell { settings.bell_volume_db } else { settings.cue_volume_db }
}

/// A cue at a loudness in decibels. The bell takes some milliseconds to make, and is made once.
pub(super) fn sound(cue: Cue, volume_db: f32) -> StaticSoundData {
    static BELL: OnceLock<Arc<[Frame]>> = OnceLock::new();
    let frames = match cue {
        Cue::Bell => Arc::clone(BELL.get_or_init(|| bowl().into())),
        _ => short(cue).into(),
    };
    let settings = StaticSoundSettings::default().volume(volume_db);
    StaticSoundData { sample_rate: RATE, frames, settings, slice: None }
}

fn short(cue: Cue) -> Vec<Frame> {
    let notes = notes(cue);
    let sample = |time: f32| notes.iter().map(|note| note.sample(time)).sum::<f32>();
    (0..(seconds(cue) * RATE as f32) as usize)
        .map(|i| Frame::from_mono(sample(i as f32 / RATE as f32)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_short_soft_and_begin_and_end_in_silence() {
        for (cue, longest) in
            [(Cue::Welcome, 0.6), (Cue::Farewell, 0.6), (Cue::Press, 0.6), (Cue::Bell, 12.0)]
        {
            let sound = sound(cue, 0.0);
            assert!(sound.frames.len() <= (longest * RATE as f32) as usize, "{cue:?}");
            let peak = sound.frames.iter().map(|frame| frame.left.abs()).fold(0.0, f32::max);
            assert!((0.05..0.7).contains(&peak), "{cue:?} peaks at {peak}");
            let ends = [sound.frames.first(), sound.frames.last()];
            assert!(ends.iter().all(|end| end.is_some_and(|frame| frame.left.abs() < 1e-3)), "{cue:?}");
        }
    }

    /// Root mean square of a stretch of the bell, by seconds.
    fn level(from: f32, to: f32) -> f32 {
        let frames = sound(Cue::Bell, 0.0).frames;
        let stretch = &frames[(from * RATE as f32) as usize..(to * RATE as f32) as usize];
        (stretch.iter().map(|frame| frame.left * frame.left).sum::<f32>() / stretch.len() as f32).sqrt()
    }

    #[test]
    fn the_bell_has_no_click_rings_for_seconds_and_beats_slowly() {
        let frames = sound(Cue::Bell, 0.0).frames;
        let steepest = |part: &[Frame]| {
            part.windows(2).map(|pair| (pair[1].left - pair[0].left).abs()).fold(0.0, f32::max)
        };
        // No step is larger than the tone's own: 2π f a over all modes.
        let own: f32 =
            BOWL.iter().map(|mode| TAU * mode.hz * mode.strength * (1.0 + WEAKER)).sum::<f32>() / RATE as f32;
        assert!(steepest(&frames) < own, "{} of {own}", steepest(&frames));
        assert!(steepest(&frames[..48]) < 0.02 * own, "it begins softly");
        assert!(level(5.0, 6.0) > 0.006 && level(9.5, 10.0) < 0.001);
        // The fundamental beats at 0.42 Hz: after 1.2 s it is weakest, after 2.4 s strong again, for its age.
        let age = |seconds: f32| (-6.908 / 12.0 * seconds).exp();
        let (weak, strong) = (level(3.45, 3.65) / age(3.55), level(4.65, 4.85) / age(4.75));
        assert!(strong > 1.3 * weak, "{strong} and {weak}");
    }
}
