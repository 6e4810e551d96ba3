//! The starter album without its tags: what its pieces were written for is in the sound.

use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use super::analyse::analyse;
use super::sound_analysis::SoundAnalysis;
use crate::music::LibrarySettings;
use crate::music::library::LibraryEntry;
use crate::music::library::{LibraryPercentiles, RawScores, ScannedFolder};

/// Every piece with what is heard in it; measured once for all tests.
static ALBUM: LazyLock<Vec<(LibraryEntry, SoundAnalysis)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/music");
    let entries = ScannedFolder::scan(&folder).expect("the album is in the repository").entries;
    let listeners = thread::available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(listeners);
    thread::scope(|scope| {
        let shares: Vec<_> = entries
            .chunks(share)
            .map(|entries| {
                scope.spawn(|| {
                    let hear =
                        |entry: &LibraryEntry| analyse(&entry.track.path, || true).expect("decodes").sound;
                    entries.iter().map(|entry| (entry.clone(), hear(entry))).collect::<Vec<_>>()
                })
            })
            .collect();
        shares.into_iter().flat_map(|share| share.join().expect("no panic")).collect()
    })
});

/// The mood a piece was written for.
fn mood(entry: &LibraryEntry) -> &str {
    entry.moods.first().map_or("", String::as_str)
}

/// What is heard of valence and energy: percentiles, as a library would have them.
fn heard() -> Vec<(&'static LibraryEntry, RawScores)> {
    let settings = LibrarySettings::default();
    let scores: Vec<RawScores> =
        ALBUM.iter().map(|(_, measured)| RawScores::of(measured, None, &settings)).collect();
    let scale = LibraryPercentiles::of(&scores, settings.reference_tracks);
    ALBUM.iter().zip(&scores).map(|((entry, _), scores)| (entry, scale.rank(scores))).collect()
}

#[test]
fn the_pieces_land_in_the_quadrant_they_were_written_for() {
    let mut wrong = Vec::new();
    for (entry, ranks) in heard() {
        let pairs = [("valence", entry.valence, ranks.valence), ("energy", entry.energy, ranks.energy)];
        for (what, written, found) in pairs {
            let written = written.expect("the tag is there");
            // What was written for the middle has no side.
            if (written - 0.5).abs() > 0.05 && (written > 0.5) != (found > 0.5) {
                wrong.push(format!("{}: {what} {found:.2} for {written:.2}", entry.track.title));
            }
        }
    }
    assert!(ALBUM.len() >= 20 && wrong.is_empty(), "{wrong:#?}");
}

/// Pearson's correlation.
fn correlation(pairs: &[(f32, f32)]) -> f32 {
    let count = pairs.len() as f32;
    let mean = |value: fn(&(f32, f32)) -> f32| pairs.iter().map(value).sum::<f32>() / count;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum =
        |value: &dyn Fn(f32, f32) -> f32| pairs.iter().map(|pair| value(pair.0 - a, pair.1 - b)).sum::<f32>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn what_is_heard_goes_with_what_was_written() {
    let pieces = heard();
    let with = |written: fn(&LibraryEntry) -> Option<f32>, found: fn(&RawScores) -> f32| {
        let pairs: Vec<(f32, f32)> = pieces
            .iter()
            .map(|(entry, ranks)| (written(entry).expect("the tag is there"), found(ranks)))
            .collect();
        correlation(&pairs)
    };
    let valence = with(|entry| entry.valence, |ranks| ranks.valence);
    let energy = with(|entry| entry.energy, |ranks| ranks.energy);
    eprintln!("correlation of written and heard: valence {valence:.2}, energy {energy:.2}");
    assert!(valence >= 0.8 && energy >= 0.8, "{valence:.2} {energy:.2}");
}

#[test]
fn the_tempo_of_every_piece_is_heard_in_its_own_octave() {
    let mut wrong = Vec::new();
    for (entry, measured) in ALBUM.iter() {
        let (written, found) =
            (entry.track.facts.bpm().expect("the tag is there"), measured.beat.map_or(0.0, |beat| beat.bpm));
        if (found / written - 1.0).abs() > 0.02 {
            wrong.push(format!("{}: {found:.0} for {written:.0}", entry.track.title));
        }
    }
    // In the empty room there is hardly a pulse to find.
    assert!(wrong.len() <= 1, "{wrong:#?}");
}

/// What a listener takes a mood by.
struct Signs {
    mood: &'static str,
    /// Beats per minute.
    tempo: (f32, f32),
    /// −1 surely minor ..= 1 surely major.
    mode: (f32, f32),
    /// Spectral centroid in Hz.
    brightness: (f32, f32),
    /// Change of the spectrum: how much happens.
    density: (f32, f32),
}

const fn signs(
    mood: &'static str,
    tempo: (f32, f32),
    mode: (f32, f32),
    brightness: (f32, f32),
    density: (f32, f32),
) -> Signs {
    Signs { mood, tempo, mode, brightness, density }
}

/// The whole range of modes.
const ANY: (f32, f32) = (-1.0, 1.0);

/// Fast and major is glad, fast and minor is fierce, slow and minor sad, slow and major calm (Juslin & Lindström
/// 2010); brightness and density rise with arousal.
const SIGNS: [Signs; 13] = [
    signs("happy", (115.0, 150.0), (0.4, 1.0), (1_600.0, 4_000.0), (0.05, 0.15)),
    signs("sad", (50.0, 80.0), (-1.0, -0.4), (400.0, 1_000.0), (0.0, 0.05)),
    signs("angry", (120.0, 150.0), (-1.0, -0.4), (1_000.0, 1_600.0), (0.055, 0.15)),
    signs("fear", (120.0, 150.0), (-1.0, -0.4), (1_200.0, 2_400.0), (0.045, 0.15)),
    signs("disgust", (110.0, 130.0), (-1.0, 0.4), (900.0, 1_700.0), (0.07, 0.15)),
    signs("surprise", (130.0, 160.0), (0.4, 1.0), (1_700.0, 4_000.0), (0.07, 0.15)),
    signs("neutral", (95.0, 110.0), (-0.6, 0.8), (850.0, 1_700.0), (0.045, 0.1)),
    signs("calm", (70.0, 95.0), (0.4, 1.0), (900.0, 1_500.0), (0.0, 0.06)),
    signs("uplift", (100.0, 120.0), (0.4, 1.0), (1_200.0, 2_300.0), (0.035, 0.1)),
    signs("empty", (45.0, 100.0), (0.4, 1.0), (700.0, 1_300.0), (0.0, 0.035)),
    signs("settling", (110.0, 130.0), (-1.0, 0.0), (900.0, 1_600.0), (0.05, 0.1)),
    signs("consoling", (80.0, 95.0), ANY, (800.0, 1_400.0), (0.03, 0.075)),
    signs("easing", (90.0, 100.0), (0.2, 1.0), (900.0, 1_500.0), (0.035, 0.075)),
];

#[test]
fn each_mood_has_the_tempo_the_mode_the_brightness_and_the_density_that_tell_it() {
    let mut wrong = Vec::new();
    eprintln!("| Piece | Mood | BPM | Key | Mode | Centroid Hz | Density | Onsets/s |");
    for (entry, measured) in ALBUM.iter() {
        let signs = SIGNS.iter().find(|signs| signs.mood == mood(entry)).expect("every mood has its signs");
        let (beat, key) = (measured.beat.expect("a pulse"), measured.key.expect("a key"));
        eprintln!(
            "| {} | {} | {:.0} | {}{} | {:+.2} | {:.0} | {:.3} | {:.1} |",
            entry.track.title,
            signs.mood,
            beat.bpm,
            key.tonic,
            if key.minor { "m" } else { "" },
            key.mode,
            measured.centroid,
            measured.flux,
            measured.onsets,
        );
        // A tempo taken for its double or half is no other tempo to a foot.
        let octaves = (beat.bpm / entry.track.facts.bpm().expect("the tag is there")).log2().round();
        let tempo = beat.bpm / octaves.exp2();
        let found = [
            ("tempo", tempo, signs.tempo),
            ("mode", key.mode, signs.mode),
            ("brightness", measured.centroid, signs.brightness),
            ("density", measured.flux, signs.density),
        ];
        for (what, value, (least, most)) in found {
            if !(least..=most).contains(&value) {
                wrong.push(format!("{}: {what} {value:.3} outside {least} to {most}", entry.track.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the sound of a piece says, each in spreads of the album.
fn descriptors() -> Vec<[f32; 6]> {
    let raw: Vec<[f32; 6]> = ALBUM
        .iter()
        .map(|(_, heard)| {
            let (beat, key) = (heard.beat.unwrap_or_default(), heard.key.unwrap_or_default());
            let tempo = beat.bpm.max(1.0).log2();
            [
                tempo,
                key.mode,
                heard.centroid.max(1.0).log2(),
                heard.onsets,
                heard.flux,
                60.0 * heard.roughness,
            ]
        })
        .collect();
    let count = raw.len() as f32;
    let mean = |n: usize| raw.iter().map(|row| row[n]).sum::<f32>() / count;
    let spread =
        |n: usize| (raw.iter().map(|row| (row[n] - mean(n)).powi(2)).sum::<f32>() / count).sqrt().max(1e-6);
    raw.iter().map(|row| std::array::from_fn(|n| (row[n] - mean(n)) / spread(n))).collect()
}

/// Mean of some points.
fn middle(points: &[[f32; 6]]) -> [f32; 6] {
    std::array::from_fn(|n| points.iter().map(|point| point[n]).sum::<f32>() / points.len() as f32)
}

fn apart<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// Where a mood was written for, in the plane of valence and arousal.
fn place(name: &str) -> [f32; 2] {
    let own: Vec<&LibraryEntry> =
        ALBUM.iter().map(|(entry, _)| entry).filter(|entry| mood(entry) == name).collect();
    let mean = |value: fn(&LibraryEntry) -> Option<f32>| {
        own.iter().filter_map(|entry| value(entry)).sum::<f32>() / own.len() as f32
    };
    [2.0 * mean(|entry| entry.valence) - 1.0, 2.0 * mean(|entry| entry.energy) - 1.0]
}

#[test]
fn a_piece_is_taken_for_its_own_mood_or_one_beside_it() {
    let points = descriptors();
    let (mut own, mut beside, mut astray) = (0, 0, Vec::new());
    for (n, (entry, _)) in ALBUM.iter().enumerate() {
        let guess = SIGNS
            .iter()
            .filter_map(|signs| {
                let others: Vec<[f32; 6]> = (0..points.len())
                    .filter(|other| *other != n && mood(&ALBUM[*other].0) == signs.mood)
                    .map(|other| points[other])
                    .collect();
                (!others.is_empty()).then(|| (signs.mood, apart(&middle(&others), &points[n])))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or("", |(mood, _)| mood);
        let far = apart(&place(guess), &place(mood(entry)));
        own += usize::from(guess == mood(entry));
        beside += usize::from(far <= BESIDE);
        if far > BESIDE {
            astray.push(format!("{} is taken for {guess}, {far:.2} away", entry.track.title));
        }
    }
    eprintln!("{own} of {} in their own mood, {beside} there or beside it; {astray:#?}", points.len());
    assert!(10 * beside >= 9 * points.len(), "{astray:#?}");
}

/// How far apart moods are that may be taken for each other, in a plane two units wide.
const BESIDE: f32 = 0.75;
