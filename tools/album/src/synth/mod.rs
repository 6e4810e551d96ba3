//! The instruments. Each takes a tone and gives back a stereo buffer with its own ending.

pub mod bass;
pub mod bowed;
pub mod drums;
pub mod dsp;
pub mod keys;
pub mod pads;
pub mod plucked;
pub mod winds;

use crate::compose::Note;
use crate::piece::Voice;
use crate::rng::Rng;
use crate::theory::hertz;
use dsp::Frame;

/// What an instrument needs to know of a note.
pub struct Tone<'a> {
    /// Fundamental, Hz.
    pub hz: f32,
    /// How long the key or bow is held, seconds.
    pub held: f32,
    /// 0..1.
    pub velocity: f32,
    /// 0..1.
    pub bright: f32,
    pub rng: &'a mut Rng,
}

impl Tone<'_> {
    /// Amplitude of the velocity: a soft note is far softer, as on real instruments.
    pub fn gain(&self) -> f32 {
        self.velocity.powf(1.5)
    }

    /// White noise.
    pub fn noise(&mut self) -> f32 {
        self.rng.bipolar()
    }
}

/// Plays one note.
pub fn play(note: &Note, rng: &mut Rng) -> Vec<Frame> {
    let mut tone = Tone {
        hz: hertz(note.pitch),
        held: note.length as f32,
        velocity: note.velocity,
        bright: note.bright,
        rng,
    };
    let t = &mut tone;
    match note.voice {
        Voice::Felt => keys::felt(t),
        Voice::EPiano => keys::electric(t),
        Voice::Celesta => keys::celesta(t),
        Voice::Kalimba => keys::kalimba(t),
        Voice::Marimba => keys::marimba(t),
        Voice::Vibes => keys::vibes(t),
        Voice::Glass => keys::glass(t),
        Voice::Bell => keys::bell(t),
        Voice::Nylon => plucked::pluck(t, &plucked::NYLON),
        Voice::Steel => plucked::pluck(t, &plucked::STEEL),
        Voice::Harp => plucked::pluck(t, &plucked::HARP),
        Voice::Pizz => plucked::pluck(t, &plucked::PIZZ),
        Voice::Mute => plucked::driven(t),
        Voice::Strings => bowed::section(t),
        Voice::Cello => bowed::solo(t),
        Voice::Tremolo => bowed::tremolo(t),
        Voice::WarmPad => pads::warm(t),
        Voice::DarkPad => pads::dark(t),
        Voice::Choir => pads::choir(t),
        Voice::Air => pads::air(t),
        Voice::Flute => winds::flute(t),
        Voice::Clarinet => winds::reed(t, &winds::CLARINET),
        Voice::Bassoon => winds::reed(t, &winds::BASSOON),
        Voice::Brass => winds::brass(t),
        Voice::Lead => winds::lead(t),
        Voice::Upright => plucked::upright(t),
        Voice::Sub => bass::sub(t),
        Voice::Drive => bass::drive(t),
        Voice::Kick => drums::kick(t),
        Voice::Snare => drums::snare(t),
        Voice::Brush => drums::brush(t),
        Voice::Hat => drums::hat(t),
        Voice::Shaker => drums::shaker(t),
        Voice::Clap => drums::clap(t),
        Voice::Rim => drums::rim(t),
        Voice::Tom => drums::tom(t),
        Voice::Taiko => drums::taiko(t),
        Voice::Wood => drums::wood(t),
        Voice::Tick => drums::tick(t),
        Voice::Tamb => drums::tambourine(t),
        Voice::Crash => drums::crash(t),
        Voice::Swell => drums::swell(t),
        Voice::Heart => drums::heart(t),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_sounds_and_stays_finite() {
        use Voice::*;
        let all = [
            Felt, EPiano, Celesta, Kalimba, Marimba, Vibes, Glass, Bell, Nylon, Steel, Harp, Pizz, Mute,
            Strings, Cello, Tremolo, WarmPad, DarkPad, Choir, Air, Flute, Clarinet, Bassoon, Brass, Lead,
            Upright, Sub, Drive, Kick, Snare, Brush, Hat, Shaker, Clap, Rim, Tom, Taiko, Wood, Tick, Tamb,
            Crash, Swell, Heart,
        ];
        for voice in all {
            let pitch = if matches!(voice, Upright | Sub | Drive) { 36.0 } else { 67.0 };
            let note = Note { start: 0.0, length: 0.6, pitch, velocity: 0.8, bright: 0.7, pan: 0.0, voice };
            let frames = play(&note, &mut Rng::new(1, 1));
            let peak = frames.iter().flatten().fold(0.0f32, |m, s| m.max(s.abs()));
            assert!(frames.iter().flatten().all(|s| s.is_finite()), "{voice:?}");
            assert!(peak > 0.005 && peak < 8.0, "{voice:?} peaks at {peak}");
            let end = frames.last().map_or(0.0, |f| f[0].abs());
            // The air has no ending: its end is folded into its beginning.
            assert!(voice == Air || end < 0.02 * peak, "{voice:?} ends at {end} of {peak}");
        }
    }
}
