//! Composes the chords of the pad: which chord comes next, how long it stays, and the notes of the chimes.
//!
//! The same seed and the same moods give the same music.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::harmony::{Triad, VOICES, VoiceLeading, Voicing, in_key, lead, relative, weights};
use crate::emotion::Affect;
use crate::music::MusicalKey;

/// The mode changes when the valence is this far on the other side of 0.
const MODE_HYSTERESIS: f32 = 0.15;
/// Range of the chimes, as notes: above the chord.
const CHIME_RANGE: (u8, u8) = (72, 91);

/// Composes one chord after another.
#[derive(Debug)]
pub(super) struct ChordComposer {
    random: StdRng,
    key: MusicalKey,
    chord: Option<Triad>,
    voices: Voicing,
}

impl ChordComposer {
    /// Begins in a major key that the seed decides.
    pub(super) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let key = MusicalKey { tonic: random.random_range(0..12), minor: false };
        Self { random, key, chord: None, voices: [None; VOICES] }
    }

    pub(super) fn key(&self) -> MusicalKey {
        self.key
    }

    /// Changes the key. Notes that are foreign to it rest; the others continue.
    pub(super) fn change_key(&mut self, key: MusicalKey) -> Voicing {
        self.key = key;
        self.chord = None;
        for voice in &mut self.voices {
            *voice = voice.filter(|note| in_key(key, *note));
        }
        self.voices
    }

    /// Changes between a key and its relative key, so that the mode follows the mood.
    pub(super) fn follow_mode(&mut self, valence: f32) {
        let wanted = if self.key.minor { valence > MODE_HYSTERESIS } else { valence < -MODE_HYSTERESIS };
        if wanted {
            self.key = relative(self.key);
            // The same chord has another degree in the other key.
            self.chord = None;
        }
    }

    /// Forgets the chord and the voices.
    pub(super) fn rest(&mut self) {
        self.chord = None;
        self.voices = [None; VOICES];
    }

    /// The next chord: its notes, from the bass up.
    pub(super) fn next(&mut self, mood: Affect) -> Voicing {
        let weights = weights(self.key, self.chord.map(|chord| chord.degree), mood.valence);
        let chord = Triad::on(self.key, self.draw(&weights));
        let excitement = excitement(mood);
        let leading = VoiceLeading {
            centre: 58.0 + 8.0 * excitement + 1.5 * mood.valence.clamp(-1.0, 1.0),
            count: 3 + (excitement * 1.6 + self.random.random_range(0.0..0.8)).round() as usize,
            ninth: self.random.random_bool(0.35),
        };
        self.voices = lead(&self.voices, &chord, &leading);
        self.chord = Some(chord);
        self.voices
    }

    fn draw(&mut self, weights: &[f32; 7]) -> usize {
        let mut left = self.random.random_range(0.0..weights.iter().sum::<f32>());
        weights
            .iter()
            .position(|weight| {
                left -= weight;
                left < 0.0
            })
            .unwrap_or(0)
    }

    /// Length of a chord in seconds: from about 18 in a calm mood to 7 in an excited one.
    pub(super) fn chord_seconds(&mut self, mood: Affect) -> f64 {
        let usual = 18.0 - 11.0 * f64::from(excitement(mood));
        usual * self.random.random_range(0.8..1.25)
    }

    /// Time until the next chime in seconds.
    pub(super) fn chime_seconds(&mut self, mood: Affect) -> f64 {
        let usual = 20.0 - 14.0 * f64::from(excitement(mood));
        usual * self.random.random_range(0.4..1.8)
    }

    /// The note of a chime: a tone of the chord, above it; `None` if no chord sounds.
    pub(super) fn chime(&mut self) -> Option<u8> {
        let tones: Vec<u8> = (CHIME_RANGE.0..=CHIME_RANGE.1)
            .filter(|note| self.voices.iter().flatten().any(|voice| voice % 12 == note % 12))
            .collect();
        (!tones.is_empty()).then(|| tones[self.random.random_range(0..tones.len())])
    }

    /// A random number in a range, from the same seed.
    pub(super) fn random_between(&mut self, from: f32, to: f32) -> f32 {
        self.random.random_range(from..to)
    }
}

/// Arousal mapped to 0 calm ..= 1 excited.
fn excitement(mood: Affect) -> f32 {
    (0.5 + 0.5 * mood.arousal).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mood(valence: f32, arousal: f32) -> Affect {
        Affect { valence, arousal }
    }

    /// Shares of major chords, mean note, voices and seconds over many chords.
    fn played(mood: Affect) -> [f32; 4] {
        let mut composer = ChordComposer::new(3);
        let mut sums = [0.0; 4];
        let chords = 3_000;
        for _ in 0..chords {
            let voices: Vec<u8> = composer.next(mood).into_iter().flatten().collect();
            let upper: f32 = voices[1..].iter().map(|note| f32::from(*note)).sum();
            sums[0] += composer.chord.expect("one was written").brightness();
            sums[1] += upper / (voices.len() - 1) as f32;
            sums[2] += voices.len() as f32;
            sums[3] += composer.chord_seconds(mood) as f32;
        }
        sums.map(|sum| sum / chords as f32)
    }

    #[test]
    fn what_is_played_follows_the_mood() {
        let moods = [-1.0, -0.5, 0.0, 0.5, 1.0];
        let by_valence = moods.map(|valence| played(mood(valence, 0.0)));
        assert!(by_valence.windows(2).all(|pair| pair[1][0] > pair[0][0]), "{by_valence:?}");
        let by_arousal = moods.map(|arousal| played(mood(0.0, arousal)));
        for (what, rising) in [(1, true), (2, true), (3, false)] {
            assert!(
                by_arousal.windows(2).all(|pair| (pair[1][what] > pair[0][what]) == rising),
                "{what}: {by_arousal:?}"
            );
        }
    }

    #[test]
    fn voices_move_little_on_the_whole() {
        let mut composer = ChordComposer::new(11);
        let (mut far, mut count) = (0.0, 0.0);
        let mut before = composer.next(mood(0.2, 0.1));
        for _ in 0..500 {
            let next = composer.next(mood(0.2, 0.1));
            for (a, b) in before[1..].iter().zip(&next[1..]) {
                if let (Some(a), Some(b)) = (a, b) {
                    far += f32::from(a.abs_diff(*b));
                    count += 1.0;
                }
            }
            before = next;
        }
        assert!(far / count < 2.5, "{} semitones on the mean", far / count);
    }

    #[test]
    fn the_mode_follows_the_mood_and_keeps_the_notes() {
        let mut composer = ChordComposer::new(1);
        let major = composer.key();
        for (valence, minor) in [(0.0, false), (-0.1, false), (-0.3, true), (0.1, true), (0.3, false)] {
            composer.follow_mode(valence);
            assert_eq!(composer.key().minor, minor, "{valence}");
        }
        assert_eq!(composer.key(), major);
    }

    #[test]
    fn the_same_seed_writes_the_same_music() {
        let write = |seed| {
            let mut composer = ChordComposer::new(seed);
            (0..50).map(|n| composer.next(mood(n as f32 / 50.0, 0.0))).collect::<Vec<_>>()
        };
        assert_eq!(write(5), write(5));
        assert_ne!(write(5), write(6));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_note_lies_in_the_key_also_on_the_way_to_another(
            seed in any::<u64>(),
            keys in proptest::collection::vec((0_u8..12, any::<bool>(), -1.0_f32..1.0, -1.0_f32..1.0), 1..8),
        ) {
            let mut composer = ChordComposer::new(seed);
            let mut before = composer.key();
            composer.next(Affect::default());
            for (tonic, minor, valence, arousal) in keys {
                let key = MusicalKey { tonic, minor };
                let kept = composer.change_key(key);
                prop_assert!(kept.iter().flatten().all(|note| in_key(key, *note) && in_key(before, *note)));
                for _ in 0..6 {
                    let voices = composer.next(mood(valence, arousal));
                    prop_assert!(voices.iter().flatten().all(|note| in_key(key, *note)));
                    let chime = composer.chime().expect("a chord sounds");
                    prop_assert!(in_key(key, chime) && chime >= 72);
                }
                before = key;
            }
        }
    }
}
