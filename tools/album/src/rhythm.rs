//! Patterns: strings that draw a bar, read into events, and the small errors of human players.

use crate::piece::Voice;
use crate::rng::Rng;

/// An event of a pattern: where in the bar and how long until the next one, as fractions of the bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub at: f64,
    pub length: f64,
    pub letter: char,
}

/// Reads the bar of `pattern` meant for bar number `bar` (bars alternate at `|`).
///
/// `.` lets the sound before it ring on, `-` stops it; every other letter is an event.
pub fn bar(pattern: &str, bar: usize) -> Vec<Step> {
    let bars: Vec<&str> = pattern.split('|').collect();
    let letters: Vec<char> = bars[bar % bars.len()].chars().collect();
    let count = letters.len() as f64;
    let mut out: Vec<Step> = Vec::new();
    for (i, &letter) in letters.iter().enumerate() {
        if letter == '.' || letter == '-' {
            continue;
        }
        let ring = letters[i + 1..].iter().take_while(|c| **c == '.').count() + 1;
        out.push(Step { at: i as f64 / count, length: ring as f64 / count, letter });
    }
    out
}

/// How hard a percussion letter is struck, 0..1.
pub fn strength(letter: char) -> f32 {
    match letter {
        'X' => 0.95,
        'x' => 0.7,
        'o' => 0.42,
        _ => 0.25,
    }
}

/// The drum a letter of a kit stands for.
pub fn drum(letter: char) -> Voice {
    match letter {
        'k' => Voice::Kick,
        's' => Voice::Snare,
        'b' => Voice::Brush,
        'h' => Voice::Hat,
        'z' => Voice::Shaker,
        'c' => Voice::Clap,
        'r' => Voice::Rim,
        't' => Voice::Tom,
        'T' => Voice::Taiko,
        'w' => Voice::Wood,
        'i' => Voice::Tick,
        'm' => Voice::Tamb,
        'H' => Voice::Heart,
        'C' => Voice::Crash,
        other => panic!("no drum {other:?}"),
    }
}

/// Splits a kit, `k=x...;h=x.x.`, into drums and their patterns.
pub fn kit(text: &str) -> Vec<(Voice, &str)> {
    text.split(';')
        .map(|part| {
            let (letter, pattern) = part.split_once('=').expect("letter=pattern");
            (drum(letter.trim().chars().next().expect("a letter")), pattern.trim())
        })
        .collect()
}

/// A player: late or early by a habit of their own, and a little by chance each time.
pub struct Player {
    habit: f64,
    spread: f64,
    rng: Rng,
}

impl Player {
    /// `spread` in seconds; the habit is drawn once and stays below one spread.
    pub fn new(seed: u64, stream: u64, spread: f64) -> Self {
        let mut rng = Rng::new(seed, stream);
        let habit = rng.bipolar() as f64 * spread * 0.6;
        Self { habit, spread, rng }
    }

    /// A time as played, in seconds; never before the start of the piece.
    pub fn time(&mut self, seconds: f64) -> f64 {
        (seconds + self.habit + self.rng.gauss() as f64 * self.spread).max(0.0)
    }

    /// A velocity as played, 0..1.
    pub fn touch(&mut self, velocity: f32) -> f32 {
        (velocity + self.rng.gauss() * 0.045).clamp(0.08, 1.0)
    }

    /// The player's own chance.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_ring_until_the_next_event() {
        let steps = bar("x..x-...", 0);
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0].length, 3.0 / 8.0);
        assert_eq!(steps[1].length, 1.0 / 8.0);
        assert_eq!(bar("x...|xx", 1).len(), 2);
    }
}
