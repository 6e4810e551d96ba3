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

/// The largest value of [`key_distance`].
pub const FARTHEST_KEYS: u8 = 7;
/// The number of an unknown key, see [`key_number`].
pub(super) const UNKNOWN_KEY: u8 = 24;
/// The distance of two keys or tempi where one is unknown, 0 equal ..= 1 as far as can be: a little less than the mean
/// over random pairs, so that a track without tags is neither preferred nor shut out.
pub(super) const UNKNOWN_DISTANCE: f32 = 0.45;
/// The tempo that people prefer to tap to, in beats per minute (Parncutt 1994; `McKinney` & Moelants 2006).
pub const PREFERRED_BPM: f32 = 112.0;

/// Steps from one key to the other, 0..=7: steps around the circle of fifths, and one more for a change of mode.
///
/// A relative key (C major and A minor) is one step away, like a change of letter on the Camelot wheel of disc jockeys:
/// both share all seven notes, but another note is the centre and the mood changes.
#[must_use]
pub fn key_distance(a: MusicalKey, b: MusicalKey) -> u8 {
    let steps = a.place().abs_diff(b.place());
    steps.min(12 - steps) + u8::from(a.minor != b.minor)
}

/// [`key_distance`] as a share of the largest one, 0..=1; [`UNKNOWN_DISTANCE`] if a key is unknown.
pub(super) fn key_distance_share(a: Option<MusicalKey>, b: Option<MusicalKey>) -> f32 {
    match (a, b) {
        (Some(a), Some(b)) => f32::from(key_distance(a, b)) / f32::from(FARTHEST_KEYS),
        _ => UNKNOWN_DISTANCE,
    }
}

impl MusicalKey {
    /// Place on the circle of fifths, 0..12 from C major; a minor key has the place of its relative major.
    fn place(self) -> u8 {
        // A relative minor lies three semitones below its major key.
        let major = self.tonic % 12 + if self.minor { 3 } else { 0 };
        // Seven semitones are one step on the circle.
        (u16::from(major) * 7 % 12) as u8
    }
}

/// A key as one number for the columns of the catalogue: 0..12 the major keys around the circle of fifths from C,
/// 12..24 their relative minors, [`UNKNOWN_KEY`].
pub(super) fn key_number(key: Option<MusicalKey>) -> u8 {
    key.map_or(UNKNOWN_KEY, |key| key.place() + if key.minor { 12 } else { 0 })
}

/// The key of a number of [`key_number`].
pub(super) fn key_of_number(number: u8) -> Option<MusicalKey> {
    let minor = number >= 12;
    let major = u16::from(number % 12) * 7 % 12;
    let tonic = if minor { (major + 9) % 12 } else { major };
    (number < UNKNOWN_KEY).then_some(MusicalKey { tonic: tonic as u8, minor })
}

/// 1 minor, −1 major, 0 unknown, by the number of the key.
pub(super) fn minor_sign(key: u8) -> f32 {
    match key {
        0..12 => -1.0,
        12..UNKNOWN_KEY => 1.0,
        _ => 0.0,
    }
}

/// Octaves from one tempo to another in beats per minute: 1 is twice as fast.
#[must_use]
pub fn octaves_between(from: f32, to: f32) -> f32 {
    (to / from).log2()
}

/// A tempo in beats per minute as octaves above 100 BPM; NaN if it is unknown or no tempo.
pub(super) fn tempo_octaves(bpm: Option<f32>) -> f32 {
    bpm.filter(|bpm| *bpm > 0.0).map_or(f32::NAN, |bpm| octaves_between(100.0, bpm))
}

/// The distance of two tempi of [`tempo_octaves`], 0..=1: half and double time are equal, half an octave between is 1.
/// [`UNKNOWN_DISTANCE`] if a tempo is unknown. Without a branch and a rounding, so that several tracks are compared at
/// once.
#[inline]
pub(super) fn tempo_distance(a: f32, b: f32) -> f32 {
    let octaves = (a - b).abs();
    // The distance to the next whole octave; tempi lie within four.
    let folded = octaves
        .min((octaves - 1.0).abs())
        .min((octaves - 2.0).abs())
        .min((octaves - 3.0).abs())
        .min((octaves - 4.0).abs());
    if octaves.is_nan() { UNKNOWN_DISTANCE } else { (2.0 * folded).min(1.0) }
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

    fn key(text: &str) -> MusicalKey {
        let key = read_key(text);
        assert!(key.is_some(), "{text} is a key");
        key.unwrap_or(MusicalKey { tonic: 0, minor: false })
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
        for (a, b, steps) in [
            ("C", "C", 0),
            ("C", "G", 1),
            ("C", "F", 1),
            ("C", "Am", 1),
            ("C", "Cm", 4),
            ("C", "F#", 6),
            ("C", "Ebm", 7),
            ("Am", "Em", 1),
        ] {
            assert_eq!(key_distance(key(a), key(b)), steps, "{a} {b}");
            assert_eq!(key_distance(key(b), key(a)), steps, "{b} {a}");
        }
        let unknown = key_distance_share(Some(key("C")), None);
        assert!((unknown - UNKNOWN_DISTANCE).abs() < f32::EPSILON);
    }

    /// The columns of the catalogue lose nothing: a number stands for one key.
    #[test]
    fn every_key_has_a_number_of_its_own() {
        for number in 0..UNKNOWN_KEY {
            assert_eq!(key_number(key_of_number(number)), number);
        }
        assert_eq!((key_of_number(UNKNOWN_KEY), key_number(None)), (None, UNKNOWN_KEY));
    }

    /// Half and double time are the same tempo for journeys and for the recommender.
    #[test]
    fn tempi_are_compared_with_octaves_folded() {
        let between = |a, b| tempo_distance(tempo_octaves(a), tempo_octaves(b));
        assert!(between(Some(64.0), Some(128.0)) < 1e-5);
        assert!((between(Some(100.0), Some(100.0 * std::f32::consts::SQRT_2)) - 1.0).abs() < 1e-4);
        assert!((between(Some(100.0), None) - UNKNOWN_DISTANCE).abs() < f32::EPSILON);
        assert!((between(Some(100.0), Some(0.0)) - UNKNOWN_DISTANCE).abs() < f32::EPSILON);
    }
}
