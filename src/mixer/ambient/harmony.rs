//! Scales, triads, and voice leading from one chord to the next.
//!
//! Notes are MIDI note numbers: 69 is the A of 440 Hz, and 12 are an octave. Voice leading searches all voicings
//! in range for the one with the least motion, because common tones and small steps make a chord change soft.

use crate::music::MusicalKey;

/// A bass and four voices over it.
pub(super) const VOICES: usize = 5;
/// Fewest voices, with the bass.
const FEWEST: usize = 3;
/// Range of the bass. Below the A of 110 Hz chords become indistinct.
const BASS: (u8, u8) = (45, 55);
/// Range of the other voices.
const UPPER: (u8, u8) = (55, 83);
/// Smallest and largest interval between neighbouring upper voices, in semitones.
const SPACING: (u8, u8) = (2, 13);
/// Largest motion of a voice in one change of chord, in semitones.
pub(super) const LARGEST_MOTION: u8 = 7;
/// Cost of the distance from the place in the register, for each semitone squared. A semitone of motion
/// costs 1.
const REGISTER_COST: f32 = 0.12;
/// Additional cost of motion, for each semitone squared.
const LEAP_COST: f32 = 0.2;

const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [u8; 7] = [0, 2, 3, 5, 7, 8, 10];
/// Weight of the triad on each degree, major and minor: the tonic most, and a diminished triad nothing.
const DEGREE_WEIGHTS: [[f32; 7]; 2] =
    [[3.0, 1.5, 1.0, 2.5, 1.5, 2.5, 0.0], [3.0, 0.0, 2.0, 2.2, 1.0, 2.5, 1.5]];

/// The notes of all voices, from the bass up; `None` rests.
pub(super) type Voicing = [Option<u8>; VOICES];

/// Pitch class of a degree of the scale; degrees count from 0 and wrap around.
fn pitch_class(key: MusicalKey, degree: usize) -> u8 {
    let steps = if key.minor { &MINOR } else { &MAJOR };
    (key.tonic + steps[degree % 7]) % 12
}

/// Whether a note lies in the scale of a key (natural minor).
pub(super) fn in_key(key: MusicalKey, note: u8) -> bool {
    (0..7).any(|degree| pitch_class(key, degree) == note % 12)
}

/// The relative key: the other mode with the same seven notes.
pub(super) fn relative(key: MusicalKey) -> MusicalKey {
    let away = if key.minor { 3 } else { 9 };
    MusicalKey { tonic: (key.tonic + away) % 12, minor: !key.minor }
}

/// A triad on a degree of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Triad {
    pub(super) degree: usize,
    /// Pitch classes of root, third and fifth.
    tones: [u8; 3],
    /// The ninth as a pitch class, unless it is a semitone above the root.
    ninth: Option<u8>,
}

impl Triad {
    pub(super) fn on(key: MusicalKey, degree: usize) -> Self {
        let tones = [0, 2, 4].map(|third| pitch_class(key, degree + third));
        let ninth = pitch_class(key, degree + 1);
        let clashes = (ninth + 12 - tones[0]) % 12 == 1;
        Self { degree: degree % 7, tones, ninth: (!clashes).then_some(ninth) }
    }

    /// 1 major, 0 minor.
    pub(super) fn brightness(&self) -> f32 {
        if (self.tones[1] + 12 - self.tones[0]) % 12 == 4 { 1.0 } else { 0.0 }
    }
}

/// Weight of each degree as the next chord: by its function, by the root motion and common tones, and by the
/// mood: high valence prefers major triads, low valence minor ones. `valence` is −1..=1.
pub(super) fn weights(key: MusicalKey, before: Option<usize>, valence: f32) -> [f32; 7] {
    std::array::from_fn(|degree| {
        let home = DEGREE_WEIGHTS[usize::from(key.minor)][degree];
        let step = before.map_or(0, |before| (degree + 7 - before) % 7);
        let motion = match step {
            0 => f32::from(u8::from(before.is_none())),
            2 | 5 => 1.5,
            3 | 4 => 1.2,
            _ => 0.6,
        };
        let colour = 2.0 * Triad::on(key, degree).brightness() - 1.0;
        home * motion * (1.3 * valence.clamp(-1.0, 1.0) * colour).exp()
    })
}

/// How the voices are led into a chord.
#[derive(Debug, Clone, Copy)]
pub(super) struct VoiceLeading {
    /// Centre of the upper voices, as a note.
    pub(super) centre: f32,
    /// How many voices sound, the bass among them.
    pub(super) count: usize,
    /// Whether the highest voice may take the ninth.
    pub(super) ninth: bool,
}

/// Leads the voices into a chord with as little motion as possible: all tones of the triad sound, voices do not
/// cross, and none moves by more than [`LARGEST_MOTION`]. Voices that rest may enter on any note.
pub(super) fn lead(from: &Voicing, chord: &Triad, leading: &VoiceLeading) -> Voicing {
    let mut to = [None; VOICES];
    let bass = bass(from[0], chord);
    to[0] = Some(bass);
    for count in (FEWEST..=leading.count.clamp(FEWEST, VOICES)).rev() {
        let mut search = VoicingSearch { from, chord, leading, bass, count, best: None };
        search.voice(1, [bass; VOICES], 0.0);
        if let Some((_, notes)) = search.best {
            for voice in 1..count {
                to[voice] = Some(notes[voice]);
            }
            return to;
        }
    }
    // No motion is small enough: all enter anew.
    lead(&[Some(bass), None, None, None, None], chord, leading)
}

/// The root nearest to the current bass, or another tone of the triad if that is much nearer.
fn bass(before: Option<u8>, chord: &Triad) -> u8 {
    let cost = |note: u8| {
        let inverted = match chord.tones.iter().position(|tone| *tone == note % 12) {
            Some(0) => 0.0,
            Some(1) => 3.0,
            _ => 5.0,
        };
        let far = before.map_or(0, |before| before.abs_diff(note));
        inverted + f32::from(far) + if far > LARGEST_MOTION { 100.0 } else { 0.0 }
    };
    let tones = (BASS.0..=BASS.1).filter(|note| chord.tones.contains(&(note % 12)));
    tones.min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(BASS.0)
}

/// Depth-first search over all voicings in range, voice by voice.
struct VoicingSearch<'a> {
    from: &'a Voicing,
    chord: &'a Triad,
    leading: &'a VoiceLeading,
    bass: u8,
    count: usize,
    best: Option<(f32, [u8; VOICES])>,
}

impl VoicingSearch<'_> {
    fn voice(&mut self, voice: usize, notes: [u8; VOICES], cost: f32) {
        if self.best.is_some_and(|(best, _)| cost >= best) {
            return;
        }
        if voice == self.count {
            let whole = self.chord.tones.iter().all(|tone| notes.iter().any(|note| note % 12 == *tone));
            if whole {
                self.best = Some((cost, notes));
            }
            return;
        }
        let (lowest, highest) = self.range(voice, notes[voice - 1]);
        for note in lowest..=highest {
            if self.belongs(voice, note) {
                let mut notes = notes;
                notes[voice] = note;
                self.voice(voice + 1, notes, cost + self.cost(voice, note));
            }
        }
    }

    fn range(&self, voice: usize, below: u8) -> (u8, u8) {
        let (mut lowest, mut highest) = UPPER;
        lowest = lowest.max(below + SPACING.0);
        if voice > 1 {
            highest = highest.min(below + SPACING.1);
        }
        match self.from[voice] {
            Some(before) => (lowest.max(before - LARGEST_MOTION), highest.min(before + LARGEST_MOTION)),
            None => (lowest, highest),
        }
    }

    fn belongs(&self, voice: usize, note: u8) -> bool {
        let ninth = self.leading.ninth && voice + 1 == self.count && self.count > FEWEST;
        self.chord.tones.contains(&(note % 12)) || (ninth && self.chord.ninth == Some(note % 12))
    }

    /// Cost of motion and of the distance from the place of this voice in the register.
    fn cost(&self, voice: usize, note: u8) -> f32 {
        let moved = f32::from(self.from[voice].map_or(0, |before| before.abs_diff(note)));
        let middle = (self.count - 1) as f32 / 2.0;
        let place = self.leading.centre + (voice as f32 - 0.5 - middle) * 4.5;
        // Doubling the bass in another octave adds little.
        let doubled = if note % 12 == self.bass % 12 { 0.6 } else { 0.0 };
        moved + LEAP_COST * moved * moved + REGISTER_COST * (f32::from(note) - place).powi(2) + doubled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const C: MusicalKey = MusicalKey { tonic: 0, minor: false };

    #[test]
    fn relatives_share_their_notes() {
        for tonic in 0..12 {
            for minor in [false, true] {
                let key = MusicalKey { tonic, minor };
                assert!((0..12).all(|note| in_key(key, note) == in_key(relative(key), note)), "{key:?}");
                assert_eq!(relative(relative(key)), key);
            }
        }
        assert_eq!(relative(C), MusicalKey { tonic: 9, minor: true });
    }

    #[test]
    fn the_more_pleasant_the_mood_the_more_major_chords() {
        for key in [C, relative(C)] {
            for before in (0..7).map(Some).chain([None]) {
                let share = |valence| {
                    let weights = weights(key, before, valence);
                    let bright = |degree: usize| Triad::on(key, degree).brightness();
                    let major: f32 = (0..7).map(|degree| weights[degree] * bright(degree)).sum();
                    major / weights.iter().sum::<f32>()
                };
                let shares: Vec<f32> = (-10..=10).map(|tenth| share(tenth as f32 / 10.0)).collect();
                assert!(shares.windows(2).all(|pair| pair[1] > pair[0]), "{key:?} {before:?} {shares:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn voices_stay_in_key_do_not_cross_and_move_little(
            tonic in 0_u8..12,
            minor in any::<bool>(),
            ways in proptest::collection::vec((0_usize..7, 54.0_f32..70.0, 3_usize..6, any::<bool>()), 2..24),
        ) {
            let key = MusicalKey { tonic, minor };
            let mut voices: Voicing = [None; VOICES];
            for (degree, centre, count, ninth) in ways {
                let chord = Triad::on(key, degree);
                let next = lead(&voices, &chord, &VoiceLeading { centre, count, ninth });
                let sounding: Vec<u8> = next.iter().flatten().copied().collect();
                prop_assert!((3..=count).contains(&sounding.len()));
                prop_assert!(sounding.iter().all(|note| in_key(key, *note)));
                prop_assert!(sounding.windows(2).all(|pair| pair[1] > pair[0]), "{:?}", sounding);
                prop_assert!(sounding.iter().all(|note| (45..=83).contains(note)));
                prop_assert!(chord.tones.iter().all(|tone| sounding.iter().any(|note| note % 12 == *tone)));
                let moves = voices.iter().zip(next).filter_map(|(a, b)| Some(a.as_ref()?.abs_diff(b?)));
                let moves: Vec<u8> = moves.collect();
                prop_assert!(moves.iter().all(|far| *far <= LARGEST_MOTION), "{:?} to {:?}", voices, next);
                voices = next;
            }
        }
    }
}
