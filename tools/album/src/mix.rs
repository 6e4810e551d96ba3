//! The mixer: parts to buses, reverb, the fold that makes the piece a loop, and the master.

use crate::compose::{Note, part};
use crate::form::Plan;
use crate::level::loudness;
use crate::piece::{Piece, Role, Voice};
use crate::reverb::reverb;
use crate::rng::Rng;
use crate::synth::dsp::{Frame, RATE, Svf, pan};
use crate::synth::play;

/// Seconds kept after the last bar for notes and reverb to die away in.
const TAIL: f64 = 9.0;

/// Loudness every part is brought to before its own level is applied, LUFS.
const PART_LOUDNESS: f32 = -24.0;

/// Plays the notes of one part into a bus of its own.
fn play_part(notes: &[Note], place: f32, samples: usize, rng: &mut Rng) -> Vec<Frame> {
    let mut bus = vec![[0.0f32; 2]; samples];
    for note in notes {
        let [l, r] = pan(place + note.pan);
        let from = (note.start * RATE as f64) as usize;
        let frames = play(note, rng);
        for (out, frame) in bus.iter_mut().skip(from).zip(&frames) {
            out[0] += frame[0] * l * 1.414;
            out[1] += frame[1] * r * 1.414;
        }
    }
    bus
}

/// Removes what a part has no business with: rumble under it, and DC.
fn high_pass(bus: &mut [Frame], hz: f32) {
    let mut filters = [Svf::new(hz, 0.7), Svf::new(hz, 0.7)];
    for frame in bus {
        frame[0] = filters[0].high(frame[0]);
        frame[1] = filters[1].high(frame[1]);
    }
}

/// The lowest frequency a part keeps, Hz.
fn floor_of(role: Role, voice: Voice) -> f32 {
    match (role, voice) {
        (Role::Bass(_), _) | (_, Voice::Sub | Voice::Drive | Voice::Upright) => 30.0,
        (Role::Drums(_), _) => 32.0,
        (Role::Drone, _) => 38.0,
        (Role::Bed, _) => 60.0,
        (Role::Pad, _) => 110.0,
        _ => 85.0,
    }
}

/// Mixes a piece, before the master: exactly its bars long, its end folded into its beginning.
pub fn mix(piece: &Piece, plan: &Plan) -> Vec<Frame> {
    let length = (plan.seconds() * RATE as f64).round() as usize;
    let samples = length + (TAIL * RATE as f64) as usize;
    let mut dry = vec![[0.0f32; 2]; samples];
    let mut wet = vec![[0.0f32; 2]; samples];
    for (index, layer) in piece.layers.iter().enumerate() {
        let notes = part(piece, plan, index);
        let mut rng = Rng::new(piece.seed, 500 + index as u64);
        let mut bus = play_part(&notes, layer.pan, samples, &mut rng);
        high_pass(&mut bus, floor_of(layer.role, layer.voice));
        let gain = 10f32.powf((PART_LOUDNESS + layer.level - loudness(&bus)) / 20.0);
        for i in 0..samples {
            for c in 0..2 {
                let x = bus[i][c] * gain;
                dry[i][c] += x;
                wet[i][c] += x * layer.send;
            }
        }
    }
    let tail = reverb(&wet, &piece.room);
    for (out, t) in dry.iter_mut().zip(&tail) {
        out[0] += t[0] * piece.room.wet;
        out[1] += t[1] * piece.room.wet;
    }
    tilt(&mut dry, piece.room.tilt);
    fold(dry, length)
}

/// Adds what sounds after the end to the beginning. The first bars then lie in the last echo of
/// the outro, and the loop has no seam.
fn fold(mut mix: Vec<Frame>, length: usize) -> Vec<Frame> {
    let tail = mix.split_off(length);
    for (out, t) in mix.iter_mut().zip(tail) {
        out[0] += t[0];
        out[1] += t[1];
    }
    mix
}

/// A gentle see-saw around 900 Hz: `db` up above it and down below it.
fn tilt(mix: &mut [Frame], db: f32) {
    let (up, down) = (10f32.powf(db / 20.0), 10f32.powf(-db / 20.0));
    let mut filters = [Svf::new(900.0, 0.5), Svf::new(900.0, 0.5)];
    let mut cut = [Svf::new(28.0, 0.7), Svf::new(28.0, 0.7)];
    let mut top = [Svf::new(14_500.0, 0.7), Svf::new(14_500.0, 0.7)];
    for frame in mix {
        for c in 0..2 {
            let (low, band, high) = filters[c].run(frame[c]);
            let x = low * down + band + high * up;
            frame[c] = top[c].low(cut[c].high(x));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_every_sample() {
        let out = fold(vec![[1.0, 1.0]; 15], 10);
        assert_eq!(out.len(), 10);
        assert_eq!(out[4][0], 2.0);
        assert_eq!(out[5][0], 1.0);
    }
}
