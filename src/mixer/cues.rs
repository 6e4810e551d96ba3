//! The short sounds of the interface, made of a few sine partials.

use std::f32::consts::TAU;

use kira::Frame;
use kira::sound::static_sound::{StaticSoundData, StaticSoundSettings};

use super::Cue;

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
    }
}

/// How long a cue sounds, in seconds.
pub(super) fn seconds(cue: Cue) -> f32 {
    notes(cue).iter().map(|note| note.at + note.seconds).fold(0.0, f32::max)
}

/// Synthesises a cue at a loudness given as an amplitude.
pub(super) fn sound(cue: Cue, amplitude: f32) -> StaticSoundData {
    let notes = notes(cue);
    let frames = (0..(seconds(cue) * RATE as f32) as usize)
        .map(|i| {
            let time = i as f32 / RATE as f32;
            Frame::from_mono(amplitude * notes.iter().map(|note| note.sample(time)).sum::<f32>())
        })
        .collect();
    StaticSoundData { sample_rate: RATE, frames, settings: StaticSoundSettings::default(), slice: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_short_soft_and_begin_and_end_in_silence() {
        for cue in [Cue::Welcome, Cue::Farewell, Cue::Press] {
            let sound = sound(cue, 1.0);
            assert!(sound.frames.len() <= (0.6 * RATE as f32) as usize, "{cue:?}");
            let peak = sound.frames.iter().map(|frame| frame.left.abs()).fold(0.0, f32::max);
            assert!((0.05..0.5).contains(&peak), "{cue:?} peaks at {peak}");
            let ends = [sound.frames.first(), sound.frames.last()];
            assert!(ends.iter().all(|end| end.is_some_and(|frame| frame.left.abs() < 1e-3)), "{cue:?}");
        }
    }
}
