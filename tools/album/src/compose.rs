//! From a piece's table to notes: each layer's role reads the plan and plays.

mod beat;
#[cfg(test)]
mod rules;

use crate::form::{Plan, Section};
use crate::melody::melody;
use crate::piece::{Layer, Piece, Role, Voice};
use crate::rhythm::{Player, bar};
use crate::rng::Rng;
use crate::theory::{chord_scale, nearest, voice, walk};

/// A note to be played, in seconds from the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub start: f64,
    pub length: f64,
    /// MIDI pitch.
    pub pitch: f32,
    /// 0..1.
    pub velocity: f32,
    /// 0..1: how open the tone is, from the section's intensity.
    pub bright: f32,
    /// −1..1, added to the layer's place.
    pub pan: f32,
    pub voice: Voice,
}

/// Everything a role needs to write its part.
struct Desk<'a> {
    piece: &'a Piece,
    plan: &'a Plan,
    layer: &'a Layer,
    player: Player,
    rng: Rng,
    notes: Vec<Note>,
}

/// How much harder a beat is struck than the same note elsewhere: the first of a bar most, then the
/// beats; what lies between them steps back. It is what a foot taps to.
fn metric_accent(beat: f64, meter: f64) -> f32 {
    let place = beat.rem_euclid(meter);
    if place < 0.01 {
        0.10
    } else if place.fract() < 0.01 {
        0.03
    } else {
        -0.08
    }
}

/// Writes the part of layer number `index`.
pub fn part(piece: &Piece, plan: &Plan, index: usize) -> Vec<Note> {
    let layer = &piece.layers[index];
    // Leads of one piece share a stream: the tune is the same whoever plays it.
    let stream = if matches!(layer.role, Role::Lead) { 900 } else { index as u64 };
    let mut desk = Desk {
        piece,
        plan,
        layer,
        player: Player::new(piece.seed, 100 + index as u64, piece.looseness),
        rng: Rng::new(piece.seed, stream),
        notes: Vec::new(),
    };
    match layer.role {
        Role::Pad => desk.pad(),
        Role::Comp(pattern) => desk.comp(pattern),
        Role::Bass(pattern) => desk.bass(pattern),
        Role::Lead => desk.lead(),
        Role::Counter => desk.counter(),
        Role::Drone => desk.drone(),
        Role::Drums(text) => desk.drums(text),
        Role::Swell => desk.swell(),
        Role::Bed => desk.bed(),
    }
    desk.notes.sort_by(|a, b| a.start.total_cmp(&b.start));
    desk.notes
}

impl Desk<'_> {
    /// Does the layer play in this section?
    fn plays(&self, section: &Section) -> bool {
        let layer = self.layer;
        section.intensity >= layer.enter - 1e-4
            && section.intensity <= layer.leave + 1e-4
            && (layer.only.is_empty() || layer.only.contains(section.letter))
    }

    /// Adds a note given in beats, as the player gives it.
    fn add(&mut self, beat: f64, beats: f64, pitch: i32, velocity: f32, bright: f32) {
        let from = self.plan.clock.seconds(beat);
        let to = self.plan.clock.seconds(beat + beats);
        let start = self.player.time(from);
        let velocity = self.player.touch(velocity * self.plan.lean(beat));
        self.notes.push(Note {
            start,
            length: (to - from).max(0.03),
            pitch: pitch as f32,
            velocity,
            bright,
            pan: 0.0,
            voice: self.layer.voice,
        });
    }

    /// Voicings for every chord of the plan, each led from the one before.
    fn voicings(&self) -> Vec<Vec<i32>> {
        let (low, high) = (self.layer.at - 9, self.layer.at + 10);
        let mut out: Vec<Vec<i32>> = Vec::new();
        for (i, span) in self.plan.chords.iter().enumerate() {
            let before = out.last().map(|voiced| (&self.plan.chords[i - 1].chord, voiced.as_slice()));
            let next = voice(&span.chord, before, 4, low, high);
            out.push(next);
        }
        out
    }

    /// Held chords.
    fn pad(&mut self) {
        let voicings = self.voicings();
        for (i, span) in self.plan.chords.iter().enumerate() {
            let section = &self.plan.sections[span.section];
            if !self.plays(section) {
                continue;
            }
            let velocity = 0.45 + 0.35 * section.intensity;
            for (v, &pitch) in voicings[i].iter().enumerate() {
                // A tone shared with the chord before is tied over by a softer attack.
                let tied = i > 0 && voicings[i - 1].contains(&pitch);
                let soft = if tied { 0.8 } else { 1.0 };
                self.add(span.beat, span.beats, pitch, velocity * soft, section.intensity);
                if let Some(note) = self.notes.last_mut() {
                    note.pan = (v as f32 - 1.5) * 0.3;
                }
            }
        }
    }

    /// Chords broken up by a pattern: digits are voices from below, `c` and `C` chords, `s` short
    /// ones, `x` their upper half, `b` the lowest voice an octave down.
    fn comp(&mut self, pattern: &str) {
        let voicings = self.voicings();
        let meter = self.plan.meter;
        for bar_index in 0..self.plan.bars {
            let section = self.plan.section_at(bar_index).clone();
            if !self.plays(&section) {
                continue;
            }
            for step in bar(pattern, bar_index) {
                let beat = (bar_index as f64 + step.at) * meter;
                let notes = &voicings[self.plan.chord_at(beat)];
                let accent = metric_accent(beat, meter);
                let velocity = 0.42 + 0.33 * section.intensity + accent;
                let (pitches, length, gain): (Vec<i32>, f64, f32) = match step.letter {
                    'c' => (notes.clone(), step.length, 0.0),
                    'C' => (notes.clone(), step.length, 0.15),
                    's' => (notes.clone(), step.length.min(0.06), -0.05),
                    'x' => (notes[2..].to_vec(), step.length, -0.05),
                    'b' => (vec![notes[0] - 12], step.length, 0.05),
                    digit => {
                        let n = digit.to_digit(10).expect("a voice number") as usize - 1;
                        (vec![notes[n % 4] + 12 * (n / 4) as i32], step.length, 0.0)
                    }
                };
                self.strum(beat, length * meter, &pitches, velocity + gain, section.intensity);
            }
        }
    }

    /// A chord with its notes a few milliseconds apart, low to high.
    fn strum(&mut self, beat: f64, beats: f64, pitches: &[i32], velocity: f32, bright: f32) {
        let gap = 0.006 + 0.010 * self.player.rng().unit() as f64;
        for (i, &pitch) in pitches.iter().enumerate() {
            self.add(beat, beats, pitch, velocity, bright);
            if let Some(note) = self.notes.last_mut() {
                note.start += gap * i as f64;
                note.pan = (i as f32 - (pitches.len() as f32 - 1.0) / 2.0) * 0.12;
            }
        }
    }

    /// The bass: `r` root, `5` fifth, `3` third, `o` octave, `w` a step towards the next root,
    /// `a` the scale note beside it, `h` the semitone beside it; `R` is an accent.
    fn bass(&mut self, pattern: &str) {
        let meter = self.plan.meter;
        let (low, high) = (self.layer.at - 8, self.layer.at + 9);
        let fold = |mut pitch: i32| {
            while pitch > high {
                pitch -= 12;
            }
            while pitch < low {
                pitch += 12;
            }
            pitch
        };
        let mut last = self.layer.at;
        for bar_index in 0..self.plan.bars {
            let section = self.plan.section_at(bar_index).clone();
            if !self.plays(&section) {
                continue;
            }
            for step in bar(pattern, bar_index) {
                let beat = (bar_index as f64 + step.at) * meter;
                let index = self.plan.chord_at(beat);
                let chord = &self.plan.chords[index].chord;
                let following = &self.plan.chords[(index + 1) % self.plan.chords.len()].chord;
                let scale = chord_scale(self.piece.mode, self.piece.tonic(), chord);
                let root = fold(nearest(&[chord.bass], self.layer.at));
                let goal = fold(nearest(&[following.bass], last));
                let fifth = chord.tones.get(2).or(chord.tones.last()).copied().unwrap_or(chord.bass);
                let pitch = match step.letter {
                    'r' | 'R' => root,
                    'o' => root + 12,
                    '3' => fold(nearest(&[chord.tones[1]], root + 4)),
                    '5' => fold(nearest(&[fifth], root + 5)),
                    // A scale step from the side the line comes from, so that it leads on.
                    'a' => walk(&scale, goal, if last >= goal { 1 } else { -1 }),
                    'h' => goal + if last >= goal { 1 } else { -1 },
                    'w' => fold(walk(&scale, last, (goal - last).signum())),
                    other => panic!("no bass letter {other:?}"),
                };
                let accent = if step.letter == 'R' {
                    0.15
                } else if step.at == 0.0 {
                    0.1
                } else {
                    0.0
                };
                let velocity = 0.5 + 0.3 * section.intensity + accent;
                self.add(beat, step.length * meter * 0.96, pitch, velocity, section.intensity);
                last = pitch;
            }
        }
    }

    /// The melody. It is drawn for every section, played or not, so that who plays does not
    /// change the tune.
    fn lead(&mut self) {
        for section in &self.plan.sections {
            let tones = melody(self.piece, self.plan, section, self.layer.at, &mut self.rng);
            if !self.plays(section) {
                continue;
            }
            for tone in tones {
                let velocity = 0.2 + 0.75 * tone.weight * (0.65 + 0.35 * section.intensity);
                self.add(tone.beat, tone.beats, tone.pitch, velocity, section.intensity);
            }
        }
    }

    /// Guide tones led by step, with a passing note to some of the changes.
    fn counter(&mut self) {
        let mut last = self.layer.at;
        for (i, span) in self.plan.chords.iter().enumerate() {
            let section = &self.plan.sections[span.section];
            let tones = &span.chord.tones;
            let guides: Vec<i32> = tones.iter().skip(1).step_by(2).copied().collect();
            let pull = (last * 3 + self.layer.at) / 4;
            let pitch = nearest(if guides.is_empty() { tones } else { &guides }, pull);
            last = pitch;
            if !self.plays(section) {
                continue;
            }
            let velocity = 0.4 + 0.3 * section.intensity;
            let move_on = span.beats >= 2.0 && self.rng.chance(0.55);
            let held = if move_on { span.beats - 1.0 } else { span.beats };
            self.add(span.beat, held * 0.97, pitch, velocity, section.intensity);
            if move_on {
                let scale = chord_scale(self.piece.mode, self.piece.tonic(), &span.chord);
                let ahead = &self.plan.chords[(i + 1) % self.plan.chords.len()].chord.tones;
                let way = (nearest(ahead, pitch) - pitch).signum();
                let passing = walk(&scale, pitch, if way == 0 { 1 } else { way });
                self.add(span.beat + held, 0.95, passing, velocity * 0.85, section.intensity);
            }
        }
    }

    /// The tonic, and its fifth where the section is full.
    fn drone(&mut self) {
        let meter = self.plan.meter;
        let root = nearest(&[self.piece.tonic()], self.layer.at);
        for section in &self.plan.sections {
            if self.plays(section) {
                let (beat, beats) = (section.first_bar as f64 * meter, section.bars as f64 * meter);
                self.add(beat, beats, root, 0.4 + 0.4 * section.intensity, section.intensity);
                if section.intensity > 0.55 {
                    self.add(beat, beats, root + 7, 0.3 + 0.3 * section.intensity, section.intensity);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_notes() {
        for piece in crate::pieces::all() {
            let plan = Plan::new(piece);
            for index in 0..piece.layers.len() {
                assert_eq!(part(piece, &plan, index), part(piece, &plan, index));
            }
        }
    }

    #[test]
    fn every_piece_begins_at_once_and_has_a_part_for_each_layer() {
        for piece in crate::pieces::all() {
            let plan = Plan::new(piece);
            let parts: Vec<_> = (0..piece.layers.len()).map(|i| part(piece, &plan, i)).collect();
            let empty = parts.iter().position(Vec::is_empty);
            assert!(empty.is_none(), "{}: layer {empty:?} never plays", piece.slug);
            let first = parts.iter().flatten().map(|n| n.start).fold(f64::MAX, f64::min);
            assert!(first < 0.045, "{}: first note at {first}", piece.slug);
        }
    }
}
