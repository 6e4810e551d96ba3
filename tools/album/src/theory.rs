//! Scales, chords and voice leading. Pitches are MIDI note numbers (69 = A4 = 440 Hz).

/// The scales used in the album, named as modes of their tonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Ionian,
    Dorian,
    Phrygian,
    Lydian,
    Mixolydian,
    Aeolian,
    HarmonicMinor,
    /// Half-step, whole-step: the "diminished" scale of eight notes.
    Octatonic,
    WholeTone,
    MajorPentatonic,
}

impl Mode {
    /// Semitones of the scale above its tonic.
    pub fn steps(self) -> &'static [i32] {
        match self {
            Mode::Ionian => &[0, 2, 4, 5, 7, 9, 11],
            Mode::Dorian => &[0, 2, 3, 5, 7, 9, 10],
            Mode::Phrygian => &[0, 1, 3, 5, 7, 8, 10],
            Mode::Lydian => &[0, 2, 4, 6, 7, 9, 11],
            Mode::Mixolydian => &[0, 2, 4, 5, 7, 9, 10],
            Mode::Aeolian => &[0, 2, 3, 5, 7, 8, 10],
            Mode::HarmonicMinor => &[0, 2, 3, 5, 7, 8, 11],
            Mode::Octatonic => &[0, 1, 3, 4, 6, 7, 9, 10],
            Mode::WholeTone => &[0, 2, 4, 6, 8, 10],
            Mode::MajorPentatonic => &[0, 2, 4, 7, 9],
        }
    }

    /// True when the scale has a minor third (used for the key tag, "Am"). The octatonic scale
    /// has both thirds; the album's octatonic pieces rest on the minor chord.
    pub fn is_minor(self) -> bool {
        self.steps().contains(&3)
    }

    /// Lower-case name for the report.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Ionian => "major",
            Mode::Dorian => "dorian",
            Mode::Phrygian => "phrygian",
            Mode::Lydian => "lydian",
            Mode::Mixolydian => "mixolydian",
            Mode::Aeolian => "minor",
            Mode::HarmonicMinor => "harmonic minor",
            Mode::Octatonic => "octatonic",
            Mode::WholeTone => "whole tone",
            Mode::MajorPentatonic => "pentatonic",
        }
    }
}

/// Pitch class (0 = C) of a note name such as "Bb" or "F#".
pub fn pitch_class(name: &str) -> i32 {
    let mut chars = name.chars();
    let base = match chars.next() {
        Some('C') => 0,
        Some('D') => 2,
        Some('E') => 4,
        Some('F') => 5,
        Some('G') => 7,
        Some('A') => 9,
        Some('B') => 11,
        other => panic!("not a note name: {other:?}"),
    };
    let shift: i32 = chars.map(|c| if c == '#' { 1 } else { -1 }).sum();
    (base + shift).rem_euclid(12)
}

/// Frequency in Hz of a MIDI pitch in twelve-tone equal temperament, A4 = 440 Hz.
pub fn hertz(pitch: f32) -> f32 {
    440.0 * ((pitch - 69.0) / 12.0).exp2()
}

/// A chord as pitch classes: `tones[0]` is the root, the others follow in thirds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chord {
    pub tones: Vec<i32>,
    pub bass: i32,
}

/// Chord qualities by suffix, as semitones above the root. `None` leaves the plain triad.
fn quality(suffix: &str, minor: bool) -> Vec<i32> {
    let third = if minor { 3 } else { 4 };
    match suffix {
        "" => vec![0, third, 7],
        "7" => vec![0, third, 7, 10],
        "maj7" => vec![0, third, 7, 11],
        "6" => vec![0, third, 7, 9],
        "9" => vec![0, third, 7, 10, 14],
        "add9" => vec![0, third, 7, 14],
        "maj9" => vec![0, third, 7, 11, 14],
        "sus4" => vec![0, 5, 7],
        "sus2" => vec![0, 2, 7],
        "5" => vec![0, 7],
        "o" => vec![0, 3, 6],
        "o7" => vec![0, 3, 6, 9],
        "h7" => vec![0, 3, 6, 10],
        "+" => vec![0, 4, 8],
        "+7" => vec![0, 4, 8, 10],
        "b5" => vec![0, 4, 6],
        "7b5" => vec![0, 4, 6, 10],
        "7b9" => vec![0, 4, 7, 10, 13],
        "#11" => vec![0, 4, 6, 11],
        other => panic!("unknown chord suffix: {other:?}"),
    }
}

/// Reads a roman numeral such as `bVIImaj7/3` against a tonic pitch class.
///
/// Numerals count on the major scale of the tonic whatever the mode (so the sixth degree of a
/// minor key is `bVI`), capitals are major and small letters minor. `/3`, `/5`, `/7` put that
/// chord tone in the bass; `/p` holds the tonic there as a pedal point.
pub fn parse_chord(text: &str, tonic: i32) -> Chord {
    let (head, bass) = text.split_once('/').unwrap_or((text, "1"));
    let accidental: i32 = match head.chars().next() {
        Some('b') => -1,
        Some('#') => 1,
        _ => 0,
    };
    let head = head.trim_start_matches(['b', '#']);
    let end = head.find(|c| !"IViv".contains(c)).unwrap_or(head.len());
    let (numeral, suffix) = head.split_at(end);
    let degree = match numeral.to_uppercase().as_str() {
        "I" => 0,
        "II" => 2,
        "III" => 4,
        "IV" => 5,
        "V" => 7,
        "VI" => 9,
        "VII" => 11,
        other => panic!("unknown numeral {other:?} in {text:?}"),
    };
    let minor = numeral.starts_with(['i', 'v']);
    let root = tonic + degree + accidental;
    let tones: Vec<i32> = quality(suffix, minor).iter().map(|s| (root + s).rem_euclid(12)).collect();
    let bass = match bass {
        "1" => tones[0],
        "3" => tones[1],
        "5" => tones[2],
        "7" => tones[3],
        "p" => tonic.rem_euclid(12),
        other => panic!("unknown bass {other:?} in {text:?}"),
    };
    Chord { tones, bass }
}

/// The pitch classes a melody may use over a chord: the scale, with the scale notes that lie a
/// semitone beside a foreign chord tone replaced by it (so a major V in minor brings its leading note).
pub fn chord_scale(mode: Mode, tonic: i32, chord: &Chord) -> Vec<i32> {
    let scale: Vec<i32> = mode.steps().iter().map(|s| (tonic + s).rem_euclid(12)).collect();
    let foreign: Vec<i32> = chord.tones.iter().copied().filter(|t| !scale.contains(t)).collect();
    let clashes = |pc: i32| {
        !chord.tones.contains(&pc) && foreign.iter().any(|f| matches!((f - pc).rem_euclid(12), 1 | 11))
    };
    let mut out: Vec<i32> = scale.into_iter().filter(|&pc| !clashes(pc)).collect();
    out.extend(foreign.iter());
    out.sort_unstable();
    out.dedup();
    out
}

/// The pitch nearest to `pitch` whose class is in `classes` (the lower one on a tie).
pub fn nearest(classes: &[i32], pitch: i32) -> i32 {
    (0..12)
        .flat_map(|d| [pitch - d, pitch + d])
        .find(|p| classes.contains(&p.rem_euclid(12)))
        .unwrap_or(pitch)
}

/// Walks `steps` notes up (or down, if negative) inside `classes`, starting from `pitch`.
pub fn walk(classes: &[i32], pitch: i32, steps: i32) -> i32 {
    let mut at = nearest(classes, pitch);
    for _ in 0..steps.abs() {
        at += steps.signum();
        while !classes.contains(&at.rem_euclid(12)) {
            at += steps.signum();
        }
    }
    at
}

/// Chooses `voices` pitches (low to high, inside `low..=high`) for a chord.
///
/// Of all voicings it takes the cheapest: little movement from `previous` (a chord and how it was
/// voiced), no missing third or seventh, no parallel fifths or octaves, leading notes that go home, no
/// crowding low down, and near the middle of the range.
pub fn voice(
    chord: &Chord,
    previous: Option<(&Chord, &[i32])>,
    voices: usize,
    low: i32,
    high: i32,
) -> Vec<i32> {
    let inside = |high: i32| -> Vec<i32> {
        (low..=high).filter(|p| chord.tones.contains(&p.rem_euclid(12))).collect()
    };
    // A bare fifth has few tones: the range grows upwards until there are enough.
    let pitches = (high..high + 24).map(inside).find(|p| p.len() >= voices).unwrap_or_default();
    let mut best = (f32::MAX, Vec::new());
    choose(&pitches, voices, 0, &mut Vec::new(), &mut |candidate| {
        let cost = voicing_cost(candidate, previous, chord, (low + high) as f32 / 2.0);
        if cost < best.0 {
            best = (cost, candidate.to_vec());
        }
    });
    best.1
}

/// Calls `visit` with every ascending choice of `count` pitches.
fn choose(pitches: &[i32], count: usize, from: usize, picked: &mut Vec<i32>, visit: &mut impl FnMut(&[i32])) {
    if picked.len() == count {
        return visit(picked);
    }
    for i in from..pitches.len() {
        picked.push(pitches[i]);
        choose(pitches, count, i + 1, picked, visit);
        picked.pop();
    }
}

/// The price of a voicing, in semitones of movement plus penalties; lower is better.
fn voicing_cost(
    candidate: &[i32],
    previous: Option<(&Chord, &[i32])>,
    chord: &Chord,
    middle: f32,
) -> f32 {
    let has = |pc: i32| candidate.iter().any(|p| p.rem_euclid(12) == pc);
    // The fifth may go missing and the root may stay in the bass; the colour notes may not.
    let missing: f32 = chord
        .tones
        .iter()
        .enumerate()
        .filter(|(_, t)| !has(**t))
        .map(|(i, _)| {
            if i == 2 {
                1.5
            } else if i == 0 {
                2.5
            } else {
                7.0
            }
        })
        .sum();
    let spacing: f32 = candidate
        .windows(2)
        .map(|w| match w[1] - w[0] {
            1 => 3.0,
            2 if w[0] < 55 => 3.0,
            13.. => 4.0,
            _ => 0.0,
        })
        .sum();
    let mean = candidate.iter().sum::<i32>() as f32 / candidate.len().max(1) as f32;
    // A major third may be a leading note: two of them could only go home in octaves.
    let third = chord.tones[1];
    let major = (third - chord.tones[0]).rem_euclid(12) == 4;
    let doubled = major && candidate.iter().filter(|p| p.rem_euclid(12) == third).count() > 1;
    let mut cost = missing + spacing + if doubled { 8.0 } else { 0.0 } + 0.35 * (mean - middle).abs();
    if let Some((before, voiced)) = previous.filter(|(_, voiced)| voiced.len() == candidate.len()) {
        cost += candidate.iter().zip(voiced).map(|(a, b)| (a - b).abs() as f32).sum::<f32>();
        // Bare fifths are meant to move in parallel.
        if before.tones.len() > 2 && chord.tones.len() > 2 {
            cost += 30.0 * parallels(voiced, candidate) as f32;
        }
        cost += 20.0 * astray(before, chord, voiced, candidate) as f32;
    }
    cost
}

/// The leading note of a dominant on its way to the chord a fifth below: its pitch class.
pub fn leading_note(from: &Chord, to: &Chord) -> Option<i32> {
    let falls_a_fifth = (to.tones[0] - from.tones[0]).rem_euclid(12) == 5;
    let major = (from.tones[1] - from.tones[0]).rem_euclid(12) == 4;
    (falls_a_fifth && major).then_some(from.tones[1])
}

/// Counts leading notes that neither rise to the root nor stay as a tone of the next chord.
pub fn astray(from: &Chord, to: &Chord, before: &[i32], after: &[i32]) -> usize {
    let Some(leading) = leading_note(from, to) else {
        return 0;
    };
    before.iter().zip(after).filter(|(a, b)| a.rem_euclid(12) == leading && !matches!(*b - *a, 0 | 1)).count()
}

/// Counts pairs of voices that move together in perfect fifths or octaves.
pub fn parallels(from: &[i32], to: &[i32]) -> usize {
    let mut count = 0;
    for i in 0..from.len() {
        for j in i + 1..from.len() {
            let before = (from[j] - from[i]).rem_euclid(12);
            let after = (to[j] - to[i]).rem_euclid(12);
            let moved = from[i] != to[i] && from[j] != to[j];
            if moved && before == after && (before == 0 || before == 7) {
                count += 1;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_read_as_written() {
        assert_eq!(parse_chord("I", 0).tones, [0, 4, 7]);
        assert_eq!(parse_chord("bVImaj7", 9).tones, [5, 9, 0, 4]);
        assert_eq!(parse_chord("V7/3", 0), Chord { tones: vec![7, 11, 2, 5], bass: 11 });
        assert_eq!(parse_chord("iih7", 9).tones, [11, 2, 5, 9]);
    }

    #[test]
    fn a_major_dominant_in_minor_brings_the_leading_note() {
        let classes = chord_scale(Mode::Aeolian, 9, &parse_chord("V", 9));
        assert!(classes.contains(&8) && !classes.contains(&7), "{classes:?}");
    }

    #[test]
    fn walking_stays_in_the_scale() {
        let scale = [0, 2, 4, 5, 7, 9, 11];
        assert_eq!(walk(&scale, 60, 2), 64);
        assert_eq!(walk(&scale, 60, -1), 59);
        assert_eq!(walk(&scale, 61, 0), 60);
    }

    #[test]
    fn voices_move_little() {
        let mut before = parse_chord("I", 0);
        let mut previous = voice(&before, None, 4, 52, 74);
        for numeral in ["vi", "IV", "V7", "I", "ii7", "V", "vi", "iii"] {
            let chord = parse_chord(numeral, 0);
            let next = voice(&chord, Some((&before, &previous)), 4, 52, 74);
            let moved: i32 = next.iter().zip(&previous).map(|(a, b)| (a - b).abs()).sum();
            assert!(moved <= 12, "{numeral}: {previous:?} to {next:?}");
            assert!(next.windows(2).all(|w| w[0] < w[1]));
            (before, previous) = (chord, next);
        }
    }
}
