//! The parts without pitch: drums, swells and the bed.

use super::Desk;
use crate::form::Section;
use crate::piece::Voice;
use crate::rhythm::{bar, kit, strength};

impl Desk<'_> {
    /// A kit: each drum follows its own pattern, with a fill at the end of a section.
    pub(super) fn drums(&mut self, text: &str) {
        let meter = self.plan.meter;
        for (number, (drum, pattern)) in kit(text).into_iter().enumerate() {
            for bar_index in 0..self.plan.bars {
                let section = self.plan.section_at(bar_index).clone();
                if !self.plays(&section) {
                    continue;
                }
                for step in bar(pattern, bar_index) {
                    // Ghost notes come and go; the more intense the section, the surer they are.
                    let certain = match step.letter {
                        '?' => 0.45,
                        'o' => 0.35 + 0.7 * section.intensity,
                        _ => 1.0,
                    };
                    if !self.rng.chance(certain) {
                        continue;
                    }
                    let beat = (bar_index as f64 + step.at) * meter;
                    let velocity = strength(step.letter) * (0.7 + 0.3 * section.intensity);
                    self.hit(drum, beat, velocity, section.intensity, number);
                }
                let last = bar_index + 1 == section.first_bar + section.bars;
                if last && number == 0 && section.intensity > 0.4 {
                    self.fill(bar_index, &section);
                }
            }
        }
    }

    /// One stroke; `number` is the drum's place in its kit and in the room.
    fn hit(&mut self, drum: Voice, beat: f64, velocity: f32, bright: f32, number: usize) {
        self.add(beat, 0.25, 60, velocity, bright);
        if let Some(note) = self.notes.last_mut() {
            note.voice = drum;
            // Drums stand around the middle; the low ones in it.
            let low = matches!(drum, Voice::Kick | Voice::Taiko | Voice::Heart);
            note.pan = if low { 0.0 } else { [0.0, 0.25, -0.3, 0.4, -0.45][number % 5] };
        }
    }

    /// A short roll down the toms in the last beat of a section.
    fn fill(&mut self, bar_index: usize, section: &Section) {
        let end = (bar_index + 1) as f64 * self.plan.meter;
        for i in 0..4 {
            if self.rng.chance(0.75) {
                let velocity = 0.3 + 0.1 * i as f32;
                self.hit(Voice::Tom, end - 1.0 + 0.25 * i as f64, velocity, section.intensity, i);
                if let Some(note) = self.notes.last_mut() {
                    note.pitch = 64.0 - 3.0 * i as f32;
                }
            }
        }
    }

    /// A rise over half a bar into each louder section, and a soft crash on its first beat.
    pub(super) fn swell(&mut self) {
        let meter = self.plan.meter;
        for pair in self.plan.sections.windows(2) {
            let (before, section) = (&pair[0], &pair[1]);
            if section.intensity < before.intensity + 0.05 || section.intensity < self.layer.enter {
                continue;
            }
            let beat = section.first_bar as f64 * meter;
            self.add(beat - meter / 2.0, meter / 2.0, 60, section.intensity, section.intensity);
            self.add(beat, 1.0, 60, section.intensity * 0.8, section.intensity);
            if let Some(note) = self.notes.last_mut() {
                note.voice = Voice::Crash;
            }
        }
    }

    /// One note from the first beat to the last.
    pub(super) fn bed(&mut self) {
        let beats = self.plan.bars as f64 * self.plan.meter;
        self.add(0.0, beats, self.layer.at, 0.7, 0.5);
    }
}
