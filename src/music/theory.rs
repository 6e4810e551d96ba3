//! Music theory as numbers: keys, the distance of two keys, and the distance of two tempi.

use std::fmt;

/// A key of the twelve major and twelve minor ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MusicalKey {
    /// Pitch class of the tonic: 0 is C, 11 is B.
    pub tonic: u8,
    pub minor: bool,
}

const TONICS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

impl fmt::Display for MusicalKey {
    /// "F#m", as the tags of DJ programs write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tonic = TONICS[usize::from(self.tonic) % 12];
        write!(f, "{tonic}{}", if self.minor { "m" } else { "" })
    }
}

/// Keys by number: 0..12 around the circle of fifths from C major, and 12..24 their relative minors.
pub(super) const UNKNOWN_KEY: u8 = 24;
/// How far apart two keys can be.
const FARTHEST: f32 = 7.0;

/// The number of a key: 0..12 around the circle of fifths from C major, 12..24 their relative minors, and
/// [`UNKNOWN_KEY`].
pub(super) fn key_number(key: Option<MusicalKey>) -> u8 {
    let Some(key) = key else { return UNKNOWN_KEY };
    // A relative minor lies three semitones below its major key.
    let major = if key.minor { key.tonic + 3 } else { key.tonic };
    // Seven semitones are one step on the circle.
    let place = major % 12 * 7 % 12;
    if key.minor { place + 12 } else { place }
}

/// 0 the same key ..= 1 as far as can be: steps on the circle, and one for another mode. `None` if one is
/// not known.
pub(super) fn key_distance(a: u8, b: u8) -> Option<f32> {
    if a >= UNKNOWN_KEY || b >= UNKNOWN_KEY {
        return None;
    }
    let steps = (a % 12).abs_diff(b % 12);
    let around = steps.min(12 - steps);
    Some(f32::from(around + u8::from((a >= 12) != (b >= 12))) / FARTHEST)
}

/// 1 minor, −1 major, 0 unknown.
pub(super) fn minor_sign(key: u8) -> f32 {
    match key {
        0..12 => -1.0,
        12..UNKNOWN_KEY => 1.0,
        _ => 0.0,
    }
}

/// Reads "Am", "F# minor", "Bb", "ebm" or the Camelot "8A" of disc jockeys.
pub(super) fn read_key(text: &str) -> Option<MusicalKey> {
    let text = text.trim();
    camelot(text).or_else(|| named(text))
}

fn named(text: &str) -> Option<MusicalKey> {
    let mut letters = text.chars();
    let tonic: u8 = match letters.next()?.to_ascii_uppercase() {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let rest = letters.as_str();
    let (tonic, rest) = match rest.chars().next() {
        Some('#' | '♯') => (tonic + 1, &rest[rest.chars().next()?.len_utf8()..]),
        Some('b' | '♭') => (tonic + 11, &rest[rest.chars().next()?.len_utf8()..]),
        _ => (tonic, rest),
    };
    let minor = match rest.trim().to_lowercase().as_str() {
        "" | "maj" | "major" | "dur" => false,
        "m" | "min" | "minor" | "moll" => true,
        _ => return None,
    };
    Some(MusicalKey { tonic: tonic % 12, minor })
}

fn camelot(text: &str) -> Option<MusicalKey> {
    let letter = text.chars().last()?;
    let number: u8 = text[..text.len() - letter.len_utf8()].parse().ok().filter(|n| (1..=12).contains(n))?;
    let minor = match letter.to_ascii_uppercase() {
        'A' => true,
        'B' => false,
        _ => return None,
    };
    // 8B is C major, and each number more is a fifth up.
    let major = (number + 4) % 12 * 7 % 12;
    Some(MusicalKey { tonic: if minor { (major + 9) % 12 } else { major }, minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> u8 {
        let key = read_key(text);
        assert!(key.is_some(), "{text} is a key");
        key_number(key)
    }

    #[test]
    fn keys_are_read_in_the_ways_that_tags_write_them() {
        assert_eq!(read_key("F# minor"), Some(MusicalKey { tonic: 6, minor: true }));
        assert_eq!(read_key("Bb"), Some(MusicalKey { tonic: 10, minor: false }));
        assert_eq!(read_key("Cb"), Some(MusicalKey { tonic: 11, minor: false }));
        for (camelot, name) in
            [("8B", "C"), ("8A", "Am"), ("9B", "G"), ("5A", "Cm"), ("1A", "Abm"), ("12B", "E")]
        {
            assert_eq!(read_key(camelot), read_key(name), "{camelot}");
        }
        for wrong in ["", "H", "A#x", "13A", "0B", "8C", "ü", "o"] {
            assert_eq!(read_key(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn neighbours_on_the_circle_are_near_and_the_tritone_is_far() {
        let between = |a, b| key_distance(key(a), key(b)).expect("both known") * FARTHEST;
        for (a, b, steps) in [
            ("C", "C", 0.0),
            ("C", "G", 1.0),
            ("C", "F", 1.0),
            ("C", "Am", 1.0),
            ("C", "F#", 6.0),
            ("Am", "Em", 1.0),
        ] {
            assert!((between(a, b) - steps).abs() < 1e-5, "{a} {b}");
            assert!((between(b, a) - steps).abs() < 1e-5, "{b} {a}");
        }
        assert_eq!(key_distance(key("C"), UNKNOWN_KEY), None);
    }
}
