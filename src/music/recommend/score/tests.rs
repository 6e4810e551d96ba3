//! Tests of the single parts of a score.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;
use crate::event::FeedbackKind;
use crate::foundation::LocalTime;
use crate::music::library::LibraryEntry;
use crate::music::recommend::choice::ChoiceHistory;
use crate::music::taste::{FEATURES, FeedbackEvent};
use crate::music::test_support::{described, entry, loaded, settings};
use crate::music::theory::read_key;
use crate::music::track::{FactSource, Sourced};

fn keyed_as(key: &str) -> Option<Sourced<crate::music::MusicalKey>> {
    read_key(key).map(|key| Sourced::new(key, FactSource::Tag))
}

fn around(hour: f32) -> ListeningContext {
    let moment = LocalTime { hour, ..LocalTime::stepped(0.0) };
    ListeningContext { moment, people: 1, stay: Duration::ZERO, mood: [0.0, 0.0] }
}

fn goal(valence: f32, energy: f32, tempo: f32) -> BlendedTarget {
    let tolerance = MusicTarget { valence: 0.25, energy: 0.25, danceability: 0.5, tempo: 30.0 };
    BlendedTarget { target: MusicTarget { valence, energy, danceability: 0.5, tempo }, tolerance }
}

/// The parts of every track.
struct TermValues(Vec<[f32; 6]>);

impl TermValues {
    fn of(entries: &[LibraryEntry], basis: &ScoreInputs) -> Self {
        let catalogue = Catalogue::of(entries, loaded());
        let (settings, mut remembered) = (settings().recommend, TrackMemories::default());
        let ScoreInputs { taste, around, .. } = *basis;
        remembered.take(&catalogue, &ChoiceHistory::default(), taste, around, settings.novelty_hours);
        let terms = Scorer::new(&catalogue, &remembered, basis, &settings);
        let parts: Vec<_> = (0..entries.len()).map(|place| terms.parts(place)).collect();
        let mut total = Vec::new();
        terms.add_up(&mut total);
        for (parts, total) in parts.iter().zip(&total) {
            let weighted = |(part, term): (&f32, ScoreTerm)| part * settings.weights.of(term);
            let sum: f32 = parts.iter().zip(ScoreTerm::ALL).map(weighted).sum();
            assert!((sum - total).abs() < 1e-4, "the pass over all tracks adds up the same: {sum} {total}");
        }
        Self(parts)
    }

    fn get(&self, term: ScoreTerm, place: usize) -> f32 {
        self.0[place][term as usize]
    }
}

fn parts(
    entries: &[LibraryEntry],
    current: Option<usize>,
    hour: f32,
    taste: &Taste,
    artists: &[u32],
) -> TermValues {
    let basis = ScoreInputs {
        goal: &goal(0.8, 0.8, 120.0),
        current,
        around: &around(hour),
        taste,
        weights: &taste.bandit().weights().0,
        artists,
    };
    TermValues::of(entries, &basis)
}

fn fresh() -> Taste {
    Taste::new(&settings().taste)
}

#[test]
fn fit_falls_with_distance_and_the_unknown_lies_between() {
    let entries = [
        described("on.ogg", "", 0.8, 0.8, 120.0),
        described("near.ogg", "", 0.7, 0.7, 110.0),
        entry("unknown.ogg", ""),
        described("far.ogg", "", 0.1, 0.1, 50.0),
    ];
    let parts = parts(&entries, None, 12.0, &fresh(), &[]);
    let fit: Vec<f32> = (0..4).map(|place| parts.get(ScoreTerm::Fit, place)).collect();
    assert!(fit.windows(2).all(|pair| pair[0] > pair[1]), "{fit:?}");
    assert!(fit[0] > 0.9 && fit[3] < 0.2, "{fit:?}");
}

#[test]
fn a_small_step_in_plane_key_and_tempo_is_better() {
    let keyed = |file, valence, bpm, key: &str| {
        let mut entry = described(file, "", valence, 0.5, bpm);
        entry.track.facts.key = keyed_as(key);
        entry
    };
    let entries = [
        keyed("now.ogg", 0.5, 100.0, "C"),
        keyed("same.ogg", 0.5, 100.0, "C"),
        keyed("octave.ogg", 0.5, 200.0, "C"),
        keyed("key.ogg", 0.5, 100.0, "F#"),
        keyed("tempo.ogg", 0.5, 140.0, "C"),
        keyed("plane.ogg", 1.0, 100.0, "C"),
    ];
    let parts = parts(&entries, Some(0), 12.0, &fresh(), &[]);
    let step = |place| parts.get(ScoreTerm::Step, place);
    assert!((step(1) - 1.0).abs() < 1e-5 && (step(2) - 1.0).abs() < 1e-5);
    for place in 3..6 {
        assert!(step(place) < 0.85, "{place}: {}", step(place));
    }
}

#[test]
fn what_was_heard_comes_back_in_time() {
    let features = [0.0; FEATURES];
    let event = |file: &str, ago: i64| {
        let now = LocalTime::stepped(0.0);
        let at = LocalTime { unix: now.unix - ago, steady: None, ..now };
        FeedbackEvent {
            at,
            kind: FeedbackKind::Heard,
            file: file.into(),
            title: String::new(),
            artist: None,
            features,
        }
    };
    let taste = Taste::from_events(&settings().taste, &[event("old.ogg", 100 * 3_600), event("new.ogg", 60)]);
    let entries = [entry("old.ogg", ""), entry("new.ogg", ""), entry("never.ogg", "")];
    let parts = parts(&entries, None, 12.0, &taste, &[]);
    assert!(parts.get(ScoreTerm::Novelty, 0) > 0.95);
    assert!(parts.get(ScoreTerm::Novelty, 1) < 0.05);
    assert!((parts.get(ScoreTerm::Novelty, 2) - 1.0).abs() < 1e-6);
}

#[test]
fn nights_are_quiet() {
    let entries = [described("quiet.ogg", "", 0.5, 0.1, 80.0), described("loud.ogg", "", 0.5, 0.9, 80.0)];
    let night = parts(&entries, None, 2.0, &fresh(), &[]);
    assert!(night.get(ScoreTerm::Context, 0) > night.get(ScoreTerm::Context, 1) + 0.2);
    let noon = parts(&entries, None, 12.0, &fresh(), &[]);
    assert!((noon.get(ScoreTerm::Context, 0) - noon.get(ScoreTerm::Context, 1)).abs() < 0.05);
}

#[test]
fn artists_take_turns_and_the_unknown_one_is_nobody() {
    let by = |file: &str, artist: Option<&str>| {
        let mut entry = entry(file, "");
        entry.track.artist = artist.map(str::to_owned);
        entry
    };
    let entries = [by("a.ogg", Some("A")), by("b.ogg", Some("B")), by("c.ogg", Some("C")), by("d.ogg", None)];
    let parts = parts(&entries, None, 12.0, &fresh(), &[1, 2, 0]);
    let variety: Vec<f32> = (0..4).map(|place| parts.get(ScoreTerm::Variety, place)).collect();
    assert!(variety[1] < variety[0] && variety[0] < variety[2], "{variety:?}");
    assert!((variety[3] - 1.0).abs() < 1e-6);
}

#[test]
fn the_part_of_taste_is_what_the_lens_says() {
    let mut known = described("a.ogg", "", 0.9, 0.3, 150.0);
    (known.track.facts.key, known.danceability) = (keyed_as("Am"), Some(0.7));
    let entries = [known, entry("unknown.ogg", "")];
    let catalogue = Catalogue::of(&entries, loaded());
    let weights: Features = std::array::from_fn(|index| 0.1 * index as f64 - 0.7);
    let (taste, goal, around) = (fresh(), goal(0.8, 0.8, 120.0), around(22.0));
    let basis = ScoreInputs {
        goal: &goal,
        current: None,
        around: &around,
        taste: &taste,
        weights: &weights,
        artists: &[],
    };
    let parts = TermValues::of(&entries, &basis);
    for place in 0..2 {
        let traits = traits(&catalogue, place, parts.get(ScoreTerm::Fit, place));
        let wanted = ContextualWeights::new(&weights, &around).score(&traits);
        assert!((parts.get(ScoreTerm::Taste, place) - wanted).abs() < 1e-5);
    }
}

#[test]
fn a_liked_track_is_expected_to_be_liked_and_so_is_its_artist() {
    let by = |file: &str, artist: &str| {
        let mut entry = entry(file, "");
        entry.track.artist = Some(artist.to_owned());
        entry
    };
    let entries = [by("liked.ogg", "A"), by("other.ogg", "A"), by("third.ogg", "B")];
    let event = FeedbackEvent {
        at: LocalTime::stepped(0.0),
        kind: FeedbackKind::Liked,
        file: "liked.ogg".into(),
        title: String::new(),
        artist: Some("A".into()),
        features: [0.0; FEATURES],
    };
    let taste = Taste::from_events(&settings().taste, [&event]);
    let parts = parts(&entries, None, 12.0, &taste, &[]);
    let liked = |place| parts.get(ScoreTerm::Taste, place);
    assert!(liked(0) > liked(1) && liked(1) > liked(2));
}

#[test]
fn the_pass_over_many_tracks_adds_up_what_the_single_parts_say() {
    let mut random = StdRng::seed_from_u64(11);
    let keys = ["C", "Am", "F#", "8A"];
    let entries: Vec<LibraryEntry> = (0..1_300)
        .map(|n| {
            let mut entry = entry(&format!("{n}.ogg"), "");
            let mut share = || (random.random::<f32>() < 0.8).then(|| random.random::<f32>());
            (entry.valence, entry.energy, entry.danceability) = (share(), share(), share());
            entry.track.facts.tempo = share().map(|share| Sourced::measured(40.0 + 160.0 * share));
            entry.track.facts.key = share().and_then(|share| keyed_as(keys[(share * 3.99) as usize]));
            entry.track.artist = share().map(|share| format!("{share:.1}"));
            entry
        })
        .collect();
    let sign = |n: usize, sign| FeedbackEvent {
        at: LocalTime::stepped(-60.0 * n as f64),
        kind: sign,
        file: format!("{n}.ogg"),
        title: String::new(),
        artist: entries[n].track.artist.clone(),
        features: [0.1; FEATURES],
    };
    let events: Vec<FeedbackEvent> =
        (0..200).map(|n| sign(n * 6, FeedbackKind::ALL[n % FeedbackKind::ALL.len()])).collect();
    let taste = Taste::from_events(&settings().taste, &events);
    // `TermValues::of` compares both.
    for current in [None, Some(0), Some(7), Some(600)] {
        parts(&entries, current, 23.0, &taste, &[3, 0, 5]);
    }
}
