//! Melody: a short motif, developed over a section and fitted to its chords.

use crate::form::{Plan, Section};
use crate::piece::Piece;
use crate::rng::Rng;
use crate::theory::{chord_scale, nearest, walk};

/// A motif note: a number of scale steps from the anchor (`None` rests) and a length in beats.
pub type Cell = (Option<i32>, f64);

/// A melody note in beats and MIDI pitch; `weight` 0..1 is how much it leads the phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Tone {
    pub beat: f64,
    pub beats: f64,
    pub pitch: i32,
    pub weight: f32,
}

/// What is done to the motif in one slot of a section.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Turn {
    Plain,
    /// The same shape some scale steps away.
    Sequence(i32),
    /// Every step turned upside down.
    Invert,
    /// The first half, twice.
    Fragment,
    /// With neighbour notes and passing notes.
    Ornament(i32),
    /// Twice as slow, its first half only.
    Augment,
    /// Begins like the motif and comes to rest.
    Cadence,
    Rest,
}

/// Reads `0:1 2:.5 r:.5`.
pub fn parse_motif(text: &str) -> Vec<Cell> {
    text.split_whitespace()
        .map(|token| {
            let (step, beats) = token.split_once(':').expect("step:beats");
            (step.parse().ok(), beats.parse().expect("beats"))
        })
        .collect()
}

/// The four turns of a section: statement, answer, development, close.
fn turns(section: &Section) -> [Turn; 4] {
    use Turn::*;
    match (section.letter, section.take) {
        ('I', _) => [Rest, Rest, Rest, Fragment],
        ('A', 0) => [Plain, Sequence(1), Plain, Cadence],
        ('A', 1) => [Plain, Sequence(-1), Ornament(1), Cadence],
        ('A', _) => [Ornament(0), Sequence(2), Ornament(2), Cadence],
        ('B', 0) => [Plain, Sequence(-1), Plain, Cadence],
        ('B', _) => [Ornament(0), Sequence(1), Ornament(2), Cadence],
        ('C', _) => [Invert, Sequence(2), Fragment, Cadence],
        ('D', _) => [Augment, Rest, Augment, Cadence],
        _ => [Plain, Rest, Augment, Cadence],
    }
}

/// Cuts a motif to `beats`, resting out the remainder.
fn fit(cells: Vec<Cell>, beats: f64) -> Vec<Cell> {
    let mut out = Vec::new();
    let mut used = 0.0;
    for (step, length) in cells {
        let length = length.min(beats - used);
        if length > 0.01 {
            out.push((step, length));
            used += length;
        }
    }
    if beats - used > 0.01 {
        out.push((None, beats - used));
    }
    out
}

/// Breaks long notes with a neighbour note, and thirds with the note between.
fn ornament(cells: &[Cell], rng: &mut Rng) -> Vec<Cell> {
    let mut out = Vec::new();
    for (i, &(step, beats)) in cells.iter().enumerate() {
        let next = cells.get(i + 1).and_then(|c| c.0);
        match (step, next) {
            (Some(s), Some(n)) if beats >= 1.0 && (n - s).abs() == 2 => {
                out.push((Some(s), beats / 2.0));
                out.push((Some((s + n) / 2), beats / 2.0));
            }
            (Some(s), _) if beats >= 1.0 && rng.chance(0.6) => {
                out.push((Some(s), beats - 0.5));
                out.push((Some(s + 1), 0.25));
                out.push((Some(s), 0.25));
            }
            _ => out.push((step, beats)),
        }
    }
    out
}

/// The motif after a turn, `beats` long, and the scale steps it is moved by.
fn develop(motif: &[Cell], turn: Turn, beats: f64, rng: &mut Rng) -> (Vec<Cell>, i32) {
    let own = motif.to_vec();
    let half = fit(own.clone(), beats / 2.0);
    let (cells, shift) = match turn {
        Turn::Plain => (own, 0),
        Turn::Sequence(by) => (own, by),
        Turn::Invert => (own.iter().map(|&(s, b)| (s.map(|s| -s), b)).collect(), 2),
        Turn::Fragment => ([half.clone(), half].concat(), 0),
        Turn::Ornament(by) => (ornament(&own, rng), by),
        Turn::Augment => (half.iter().map(|&(s, b)| (s, b * 2.0)).collect(), 0),
        Turn::Cadence => {
            let rest = beats - beats / 2.0;
            // The last cell is the close: `melody` gives it a note of the chord.
            ([half, vec![(Some(0), rest * 0.8), (None, rest * 0.2)]].concat(), 0)
        }
        Turn::Rest => (vec![(None, beats)], 0),
    };
    (fit(cells, beats), shift)
}

/// The melody of one section around the pitch `register`.
pub fn melody(piece: &Piece, plan: &Plan, section: &Section, register: i32, rng: &mut Rng) -> Vec<Tone> {
    let motif = parse_motif(Piece::for_section(piece.motifs, section.letter));
    let length: f64 = motif.iter().map(|c| c.1).sum();
    let motif_bars = (length / plan.meter).ceil().max(1.0) as usize;
    let slots = (section.bars / motif_bars).max(1);
    let turns = turns(section);
    // A later take climbs: the last statement of A is the top of the arc.
    let lift = if section.letter == 'A' && section.take >= 2 { 4 } else { 0 };
    let mut out: Vec<Tone> = Vec::new();
    for slot in 0..slots {
        let last = slot + 1 == slots;
        let quarter = if last { 3 } else { slot * 4 / slots };
        let turn = match turns[quarter] {
            Turn::Cadence if !last => Turn::Sequence(1),
            turn => turn,
        };
        let beats = motif_bars as f64 * plan.meter;
        let (cells, shift) = develop(&motif, turn, beats, rng);
        let start = (section.first_bar + slot * motif_bars) as f64 * plan.meter;
        let arch = [0, 2, 4, 0][quarter];
        place(piece, plan, &cells, start, register + lift + arch, shift, &mut out);
        if matches!(turn, Turn::Cadence) {
            close(plan, &mut out);
        }
    }
    shape(&mut out, section, plan.meter);
    out
}

/// The widest leap of a melody in semitones: a major sixth.
const WIDEST: i32 = 9;
/// A leap wider than this, a fifth, turns back or goes on by step.
const WIDE: i32 = 7;

/// Turns cells to pitches: anchored on a chord tone, walking the scale of the chord of the
/// moment, with chord tones on strong beats.
fn place(
    piece: &Piece,
    plan: &Plan,
    cells: &[Cell],
    start: f64,
    register: i32,
    shift: i32,
    out: &mut Vec<Tone>,
) {
    let anchor = nearest(&plan.chords[plan.chord_at(start)].chord.tones, register);
    let mut beat = start;
    let mut step_before: Option<i32> = None;
    for &(step, beats) in cells {
        if let Some(step) = step {
            let chord = &plan.chords[plan.chord_at(beat)].chord;
            let scale = chord_scale(piece.mode, piece.tonic(), chord);
            let mut pitch = walk(&scale, anchor, step + shift);
            let strong = (beat - start).fract().abs() < 0.01 && beats >= 0.5;
            if strong && !chord.tones.contains(&pitch.rem_euclid(12)) {
                pitch = nearest(&chord.tones, pitch);
            }
            if let (Some(before), Some(last)) = (step_before, out.last()) {
                // A step that the snapping has flattened goes on to the next scale note.
                if last.pitch == pitch && before != step {
                    pitch = walk(&scale, pitch, (step - before).signum());
                }
            }
            pitch = within(pitch, register - 11, register + 14);
            pitch = lead_on(plan, out, beat, pitch, &scale);
            step_before = Some(step);
            out.push(Tone { beat, beats: beats * 0.94, pitch, weight: 0.5 });
        }
        beat += beats;
    }
}

/// A pitch moved by octaves between `low` and `high`.
fn within(mut pitch: i32, low: i32, high: i32) -> i32 {
    while pitch > high {
        pitch -= 12;
    }
    while pitch < low {
        pitch += 12;
    }
    pitch
}

/// The pitch as a singer would take it after what was sung: no leap over a major sixth, a turn after a
/// wide one, and no fifths or octaves in parallel with the bass.
fn lead_on(plan: &Plan, sung: &[Tone], beat: f64, pitch: i32, scale: &[i32]) -> i32 {
    let Some(last) = sung.last() else {
        return pitch;
    };
    let mut pitch = pitch;
    if shadows_the_bass(plan, sung, beat, pitch) {
        let chord = &plan.chords[plan.chord_at(beat)].chord;
        let others: Vec<i32> =
            chord.tones.iter().copied().filter(|tone| (tone - pitch).rem_euclid(12) != 0).collect();
        pitch = nearest(&others, pitch);
    }
    pitch = within(pitch, last.pitch - WIDEST, last.pitch + 11);
    if pitch - last.pitch > WIDEST {
        pitch = walk(scale, last.pitch, 2);
    }
    let leap = sung.len().checked_sub(2).map_or(0, |i| last.pitch - sung[i].pitch);
    let onward = pitch - last.pitch;
    if leap.abs() > WIDE && onward.signum() == leap.signum() && onward.abs() > 2 {
        pitch = walk(scale, last.pitch, -leap.signum());
    }
    pitch
}

/// True when the melody would go from one chord to the next in fifths or octaves with the bass.
pub fn shadows_the_bass(plan: &Plan, sung: &[Tone], beat: f64, pitch: i32) -> bool {
    let index = plan.chord_at(beat);
    let (Some(before), here) = (index.checked_sub(1).map(|i| &plan.chords[i]), &plan.chords[index]) else {
        return false;
    };
    let Some(tone) = sung.iter().rev().find(|tone| (tone.beat - before.beat).abs() < 0.01) else {
        return false;
    };
    let was = (tone.pitch - before.chord.bass).rem_euclid(12);
    let is = (pitch - here.chord.bass).rem_euclid(12);
    (beat - here.beat).abs() < 0.01
        && was == is
        && matches!(is, 0 | 7)
        && tone.pitch != pitch
        && before.chord.bass != here.chord.bass
}

/// Brings the last note to a stable tone of its chord, by the shortest way.
fn close(plan: &Plan, out: &mut [Tone]) {
    let Some((last, rest)) = out.split_last_mut() else {
        return;
    };
    let chord = &plan.chords[plan.chord_at(last.beat)].chord;
    let from = rest.last().map_or(last.pitch, |t| t.pitch);
    last.pitch = nearest(&chord.tones[..chord.tones.len().min(3)], from);
}

/// Weights: an arch over the section, stressed first beats, the highest note the strongest.
fn shape(tones: &mut [Tone], section: &Section, meter: f64) {
    let start = section.first_bar as f64 * meter;
    let length = section.bars as f64 * meter;
    let top = tones.iter().map(|t| t.pitch).max().unwrap_or(0);
    for tone in tones {
        let place = ((tone.beat - start) / length) as f32;
        let arch = (place.clamp(0.0, 1.0) * std::f32::consts::PI).sin();
        let beat = (tone.beat % meter).fract() as f32;
        let stress = if tone.beat % meter < 0.01 {
            0.12
        } else if beat < 0.01 {
            0.05
        } else {
            -0.04
        };
        let peak = if tone.pitch == top { 0.08 } else { 0.0 };
        tone.weight = (0.5 + 0.2 * arch + stress + peak).clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_motif_reads_and_fits() {
        let cells = parse_motif("0:1 2:.5 r:.5 -1:2");
        assert_eq!(cells[2], (None, 0.5));
        let cut = fit(cells, 3.0);
        assert_eq!(cut.iter().map(|c| c.1).sum::<f64>(), 3.0);
    }

    #[test]
    fn every_melody_note_is_in_the_scale_of_its_chord() {
        for piece in crate::pieces::all() {
            let plan = Plan::new(piece);
            let mut rng = Rng::new(piece.seed, 1);
            for section in &plan.sections {
                for tone in melody(piece, &plan, section, 72, &mut rng) {
                    let chord = &plan.chords[plan.chord_at(tone.beat)].chord;
                    let scale = chord_scale(piece.mode, piece.tonic(), chord);
                    assert!(scale.contains(&tone.pitch.rem_euclid(12)), "{}: {tone:?}", piece.slug);
                }
            }
        }
    }
}
