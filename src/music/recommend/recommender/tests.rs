//! Tests of the choice as a whole.

use std::time::Duration;

use rand::SeedableRng as _;

use super::*;
use crate::emotion::{Emotion, Probabilities};
use crate::foundation::LocalTime;
use crate::music::library::LibraryEntry;
use crate::music::taste::ListeningContext;
use crate::music::test_support::{described, entry, loaded, playlists, settings};
use crate::music::track::track_id;

const HAPPY: PlaylistName = PlaylistName(Some(Emotion::Happy));
const SURPRISE: PlaylistName = PlaylistName(Some(Emotion::Surprise));

struct TestRequest {
    entries: Vec<LibraryEntry>,
    memory: ChoiceHistory,
    probabilities: Probabilities,
    current: Option<usize>,
}

impl TestRequest {
    fn of(entries: Vec<LibraryEntry>) -> Self {
        Self {
            entries,
            memory: ChoiceHistory::default(),
            probabilities: Probabilities::certain(Emotion::Happy),
            current: None,
        }
    }

    fn answer(&self, name: PlaylistName, seed: u64) -> Option<Choice> {
        let tracks = Catalogue::of(&self.entries, loaded());
        let taste = Taste::new(&settings().taste);
        let question = ChoiceRequest {
            named: None,
            tracks: &tracks,
            name,
            goal: &BlendedTarget::blend(&playlists(), &self.probabilities, name, None),
            current: self.current,
            point: None,
            reach: None,
            leads: false,
            around: &ListeningContext {
                moment: LocalTime::stepped(0.0),
                people: 1,
                stay: Duration::ZERO,
                mood: [0.0, 0.0],
            },
            taste: &taste,
            memory: &self.memory,
        };
        Recommender::new(settings().recommend).choose(&question, &mut StdRng::seed_from_u64(seed))
    }

    fn title(&self, name: PlaylistName) -> String {
        let answer = self.answer(name, 1).expect("a choice");
        self.entries[answer.place].track.title.clone()
    }

    fn recent(mut self, places: &[usize]) -> Self {
        self.memory.recent = places.iter().map(|place| track_id(&self.entries[*place].below)).collect();
        self
    }
}

#[test]
fn the_track_nearest_to_the_target_is_chosen() {
    let asking = TestRequest::of(vec![
        described("slow.ogg", "happy", 0.3, 0.2, 60.0),
        described("fast.ogg", "happy", 0.9, 0.8, 125.0),
    ]);
    assert_eq!(asking.title(HAPPY), "fast");
}

#[test]
fn the_second_likeliest_emotion_pulls_the_choice_towards_it() {
    let mut asking = TestRequest::of(vec![
        described("wild.ogg", "happy", 0.9, 0.95, 135.0),
        described("mild.ogg", "happy", 0.7, 0.55, 105.0),
    ]);
    assert_eq!(asking.title(HAPPY), "wild");
    let mut weights = [0.0; 7];
    (weights[Emotion::Happy.index()], weights[Emotion::Neutral.index()]) = (0.5, 0.5);
    asking.probabilities = Probabilities::from_weights(weights);
    assert_eq!(asking.title(HAPPY), "mild");
}

#[test]
fn an_unknown_descriptor_neither_helps_nor_hurts_much() {
    let (good, bad) =
        (described("good.ogg", "happy", 0.85, 0.8, 124.0), described("bad.ogg", "happy", 0.1, 0.1, 50.0));
    assert_eq!(TestRequest::of(vec![bad, entry("unknown.ogg", "happy")]).title(HAPPY), "unknown");
    assert_eq!(TestRequest::of(vec![good, entry("unknown.ogg", "happy")]).title(HAPPY), "good");
}

#[test]
fn an_empty_playlist_takes_what_is_near_then_borrows_then_takes_any() {
    let source =
        |entry: LibraryEntry| TestRequest::of(vec![entry]).answer(SURPRISE, 1).expect("a choice").source;
    assert_eq!(source(entry("a.ogg", "surprise")), CandidateSource::Own);
    let target = playlists().surprise.target;
    let near = described("a.ogg", "polka", target.valence, target.energy, target.tempo);
    let mut asking = TestRequest::of(vec![near, entry("b.ogg", "happy")]);
    asking.probabilities = Probabilities::certain(Emotion::Surprise);
    assert_eq!(asking.answer(SURPRISE, 1).expect("a choice").source, CandidateSource::Near);
    assert_eq!(source(entry("a.ogg", "happy")), CandidateSource::Borrowed(HAPPY));
    assert!(matches!(source(entry("a.ogg", "calm")), CandidateSource::Borrowed(_)));
    assert_eq!(source(entry("a.ogg", "polka")), CandidateSource::Anywhere);
}

#[test]
fn what_played_last_waits_unless_nothing_else_is_there() {
    let three = || ["a.ogg", "b.ogg", "c.ogg"].map(|file| entry(file, "happy")).to_vec();
    // All three played; the one that has waited longest comes again.
    assert_eq!(TestRequest::of(three()).recent(&[1, 0, 2]).title(HAPPY), "b");
    assert_eq!(TestRequest::of(three()).recent(&[0, 1]).title(HAPPY), "c");
    assert_eq!(TestRequest::of(three()[..1].to_vec()).recent(&[0]).title(HAPPY), "a");
}

#[test]
fn there_is_no_choice_without_a_playable_track() {
    assert_eq!(TestRequest::of(vec![]).answer(HAPPY, 1), None);
    let mut asking = TestRequest::of(vec![entry("a.ogg", "happy")]);
    asking.memory.unplayable = vec![track_id("a.ogg".as_ref())];
    assert_eq!(asking.answer(HAPPY, 1), None);
}

#[test]
fn equally_good_tracks_take_turns_and_a_much_worse_one_does_not_come() {
    let mut entries: Vec<LibraryEntry> =
        (0..4).map(|n| described(&format!("{n}.ogg"), "happy", 0.85, 0.8, 124.0)).collect();
    entries.push(described("bad.ogg", "happy", 0.2, 0.2, 60.0));
    let asking = TestRequest::of(entries);
    let mut counts = [0; 5];
    for seed in 0..200 {
        counts[asking.answer(HAPPY, seed).expect("a choice").place] += 1;
    }
    assert!(counts[..4].iter().all(|count| *count > 20), "{counts:?}");
    assert_eq!(counts[4], 0);
}

#[test]
fn a_small_step_decides_between_tracks_that_fit_alike() {
    let mut asking = TestRequest::of(vec![
        described("brighter.ogg", "happy", 0.95, 0.8, 124.0),
        described("darker.ogg", "happy", 0.75, 0.8, 124.0),
        described("now.ogg", "happy", 0.6, 0.8, 124.0),
    ])
    .recent(&[2]);
    asking.current = Some(2);
    // Of so few tracks the other one has a chance, too.
    let darker = (0..20).filter(|seed| asking.answer(HAPPY, *seed).expect("a choice").place == 1).count();
    assert!((12..=20).contains(&darker), "{darker} of 20");
}

#[test]
fn contributions_add_up_to_the_score() {
    let asking = TestRequest::of(vec![described("a.ogg", "happy", 0.8, 0.8, 120.0), entry("b.ogg", "happy")]);
    let why = asking.answer(HAPPY, 1).expect("a choice").why;
    assert_eq!(why.iter().map(|part| part.term).collect::<Vec<_>>(), ScoreTerm::ALL);
    let fit = &why[0];
    assert!(fit.value > fit.usual && (fit.weight - settings().recommend.weights.fit).abs() < 1e-6);
}
