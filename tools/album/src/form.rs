//! The plan of a piece in time: sections, bars, chords, and the clock that turns beats to seconds.

use crate::piece::Piece;
use crate::theory::{Chord, parse_chord};

/// A stretch of bars with one letter and one intensity.
#[derive(Clone, Debug)]
pub struct Section {
    pub letter: char,
    /// How many sections with this letter came before.
    pub take: usize,
    pub first_bar: usize,
    pub bars: usize,
    /// 0..1: who plays, how loud and how bright.
    pub intensity: f32,
}

/// A chord with its place, in quarter-note beats from the start of the piece.
#[derive(Clone, Debug)]
pub struct Span {
    pub beat: f64,
    pub beats: f64,
    pub chord: Chord,
    /// Index of the section it belongs to.
    pub section: usize,
}

/// The whole plan.
pub struct Plan {
    pub sections: Vec<Section>,
    pub chords: Vec<Span>,
    pub meter: f64,
    pub clock: Clock,
    pub bars: usize,
}

/// Turns beats into seconds, with swing and rubato.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub bpm: f64,
    pub swing: f64,
    pub rubato: f64,
    /// Length of a phrase in beats; the rubato comes back to zero at its ends.
    pub phrase: f64,
}

impl Clock {
    /// Seconds of a beat. Swing delays the second half of each beat; rubato lingers in the
    /// middle of a phrase and catches up, so the piece keeps its tempo and its length.
    pub fn seconds(&self, beat: f64) -> f64 {
        let whole = beat.floor();
        let part = beat - whole;
        let middle = 0.5 + self.swing / 2.0;
        let warped =
            if part < 0.5 { part * 2.0 * middle } else { middle + (part - 0.5) * 2.0 * (1.0 - middle) };
        let place = (beat / self.phrase).fract();
        let bend = self.rubato * (place * std::f64::consts::TAU).sin();
        (whole + warped) * 60.0 / self.bpm - bend.min(beat.max(0.0) * 0.1)
    }
}

/// Reads a form such as `I2:20 A8:45 B8:70 O4:25`.
pub fn parse_form(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for token in text.split_whitespace() {
        let (head, intensity) = token.split_once(':').expect("letter, bars, colon, intensity");
        let letter = head.chars().next().expect("a letter");
        let first_bar = sections.last().map_or(0, |s| s.first_bar + s.bars);
        sections.push(Section {
            letter,
            take: sections.iter().filter(|s| s.letter == letter).count(),
            first_bar,
            bars: head[1..].parse().expect("a number of bars"),
            intensity: intensity.parse::<f32>().expect("an intensity") / 100.0,
        });
    }
    sections
}

impl Plan {
    /// Lays a piece out: each section repeats its progression until its bars are full.
    pub fn new(piece: &Piece) -> Self {
        let sections = parse_form(piece.form);
        let mut chords = Vec::new();
        for (index, section) in sections.iter().enumerate() {
            let bars: Vec<&str> =
                Piece::for_section(piece.chords, section.letter).split_whitespace().collect();
            for bar in 0..section.bars {
                let names: Vec<&str> = bars[bar % bars.len()].split('-').collect();
                let beats = piece.meter / names.len() as f64;
                for (i, name) in names.iter().enumerate() {
                    chords.push(Span {
                        beat: (section.first_bar + bar) as f64 * piece.meter + i as f64 * beats,
                        beats,
                        chord: parse_chord(name, piece.tonic()),
                        section: index,
                    });
                }
            }
        }
        let clock =
            Clock { bpm: piece.bpm(), swing: piece.swing, rubato: piece.rubato, phrase: piece.meter * 4.0 };
        let bars = sections.iter().map(|s| s.bars).sum();
        Self { sections, chords, meter: piece.meter, clock, bars }
    }

    /// Length of the piece in seconds.
    pub fn seconds(&self) -> f64 {
        self.bars as f64 * self.meter * 60.0 / self.clock.bpm
    }

    /// Index of the chord sounding at a beat (the last one after the end).
    pub fn chord_at(&self, beat: f64) -> usize {
        self.chords.partition_point(|s| s.beat <= beat + 1e-6).saturating_sub(1)
    }

    /// How the players lean on their notes at a beat, as a factor on velocity: an arch over each
    /// four-bar phrase, and in the last bar of a section a swell (or a fall) into the next.
    pub fn lean(&self, beat: f64) -> f32 {
        let place = (beat / self.clock.phrase).fract();
        let arch = 0.96 + 0.08 * (place * std::f64::consts::PI).sin() as f32;
        let bar = ((beat / self.meter) as usize).min(self.bars.saturating_sub(1));
        let here = self.section_at(bar);
        let last = here.first_bar + here.bars;
        let Some(next) = (bar + 1 == last && last < self.bars).then(|| self.section_at(last)) else {
            return arch;
        };
        let way = (beat / self.meter).fract() as f32;
        arch * (1.0 + 0.4 * way * (next.intensity - here.intensity))
    }

    /// The section a bar lies in.
    pub fn section_at(&self, bar: usize) -> &Section {
        let at = self.sections.partition_point(|s| s.first_bar <= bar);
        &self.sections[at.saturating_sub(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_counts_bars_and_takes() {
        let sections = parse_form("I2:20 A8:45 A8:60 O4:25");
        assert_eq!(sections.iter().map(|s| s.first_bar).collect::<Vec<_>>(), [0, 2, 10, 18]);
        assert_eq!(sections[2].take, 1);
    }

    #[test]
    fn the_clock_keeps_its_tempo() {
        let clock = Clock { bpm: 120.0, swing: 0.33, rubato: 0.03, phrase: 16.0 };
        assert!((clock.seconds(16.0) - 8.0).abs() < 1e-9);
        assert!(clock.seconds(0.5) > 0.3);
        let mut last = -1.0;
        for step in 0..256 {
            let now = clock.seconds(step as f64 / 8.0);
            assert!(now > last, "time runs forward");
            last = now;
        }
    }
}
