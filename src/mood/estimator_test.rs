//! The estimator as a whole: coming and going, poor views, several people.

use std::time::Duration;

use proptest::prelude::*;

use super::manual_mood::ManualMood;
use super::presence::Presence;
use super::{Mood, MoodEstimator, MoodSettings, blend};
use crate::emotion::{
    Circumplex, Emotion, Evidence, EvidenceSource, LogProbabilities, PersonEvidence, PersonId, Probabilities,
    UnreadableReason,
};
use crate::mood::ManualMoodSettings;

fn settings() -> MoodSettings {
    MoodSettings::default()
}

fn with(settings: &MoodSettings) -> MoodEstimator {
    MoodEstimator::new(settings, Circumplex::shipped().expect("valid"))
}

/// The mood at a time where nothing is set by hand.
fn mood_at(estimator: &MoodEstimator, now: Duration) -> Mood {
    let idle_after = Duration::from_secs_f32(settings().idle_seconds);
    let mut presence = Presence::default();
    presence.update(now, estimator.in_view(), false, idle_after);
    blend(&estimator.mood(), &presence, &ManualMood::new(&ManualMoodSettings::default()))
}

fn read(estimator: &mut MoodEstimator, at: Duration, people: &[PersonEvidence]) {
    estimator.read(&Evidence { source: EvidenceSource::Camera, at, people: people.to_vec() });
}

fn estimator() -> MoodEstimator {
    with(&settings())
}

fn scores(weights: [f32; 7]) -> LogProbabilities {
    LogProbabilities::from_probabilities(&Probabilities::from_weights(weights))
}

fn face(emotion: Emotion, p: f32) -> PersonEvidence {
    let mut weights = [(1.0 - p) / 6.0; 7];
    weights[emotion.index()] = p;
    PersonEvidence {
        person: Some(PersonId(1)),
        scores: scores(weights),
        abstain: 0.0,
        weight: 100.0,
        quality: 1.0,
        unreadable: None,
        place: None,
    }
}

fn poor(why: UnreadableReason) -> PersonEvidence {
    PersonEvidence { quality: 0.2, unreadable: Some(why), ..face(Emotion::Neutral, 0.9) }
}

/// Shows the same faces from one second to another, `rate` frames a second. Gives when the fast
/// mood changed first.
fn show(
    estimator: &mut MoodEstimator,
    from: f64,
    to: f64,
    rate: f64,
    faces: &[PersonEvidence],
) -> Option<f64> {
    let mut changed = None;
    let before = estimator.mood().fast.emotion;
    for frame in 0..((to - from) * rate).round() as u32 {
        let at = Duration::from_secs_f64(from + f64::from(frame) / rate);
        read(estimator, at, faces);
        estimator.advance(at);
        if changed.is_none() && estimator.mood().fast.emotion != before {
            changed = Some(at.as_secs_f64() - from);
        }
    }
    changed
}

#[test]
fn an_empty_room_has_no_emotion_and_no_people_and_becomes_idle() {
    let mut e = estimator();
    show(&mut e, 0.0, 5.0, 10.0, &[]);
    assert_eq!(mood_at(&e, Duration::from_secs(5)), Mood::default());
    show(&mut e, 5.0, 46.0, 10.0, &[]);
    assert_eq!(mood_at(&e, Duration::from_secs(46)), Mood { idle: true, ..Mood::default() });
    show(&mut e, 46.0, 48.0, 10.0, &[face(Emotion::Happy, 0.9)]);
    let mood = mood_at(&e, Duration::from_secs(48));
    assert!(!mood.idle && mood.people == 1);
}

#[test]
fn the_fast_mood_follows_within_two_and_a_half_seconds_and_the_slow_one_waits() {
    let mut e = estimator();
    show(&mut e, 0.0, 30.0, 10.0, &[face(Emotion::Neutral, 0.8)]);
    assert_eq!(e.mood().slow.emotion, Some(Emotion::Neutral));
    let changed = show(&mut e, 30.0, 33.0, 10.0, &[face(Emotion::Happy, 0.75)]);
    assert!(changed.expect("the mood changes") <= 2.5);
    assert_eq!(e.mood().fast.emotion, Some(Emotion::Happy));
    assert_eq!(e.mood().slow.emotion, Some(Emotion::Neutral));
    show(&mut e, 33.0, 55.0, 10.0, &[face(Emotion::Happy, 0.75)]);
    assert_eq!(e.mood().slow.emotion, Some(Emotion::Happy));
}

#[test]
fn somebody_who_leaves_is_missed_at_once_while_the_mood_holds_and_then_fades() {
    let mut e = estimator();
    show(&mut e, 0.0, 10.0, 10.0, &[face(Emotion::Happy, 0.9)]);
    let there = e.mood().fast;
    show(&mut e, 10.0, 10.5, 10.0, &[]);
    assert_eq!(e.people_in_view().len(), 0);
    show(&mut e, 10.5, 12.8, 10.0, &[]);
    assert_eq!(e.mood().fast, there, "it holds");
    let mut last = there;
    for second in 13..40 {
        show(&mut e, f64::from(second), f64::from(second) + 1.0, 10.0, &[]);
        let now = e.mood().fast;
        assert!(now.valence < last.valence && now.arousal < last.arousal && now.confidence < last.confidence);
        assert!(last.valence - now.valence < 0.25 * there.valence, "no cut");
        last = now;
    }
    assert_eq!((last.emotion, e.mood().slow.emotion), (None, None));
    assert!(last.valence < 0.01);
}

#[test]
fn without_readings_the_room_empties() {
    let mut e = estimator();
    show(&mut e, 0.0, 10.0, 10.0, &[face(Emotion::Happy, 0.9)]);
    for tenth in 100..250 {
        e.advance(Duration::from_millis(tenth * 100));
    }
    assert_eq!(e.people_in_view().len(), 0);
    assert_eq!(e.mood().fast.emotion, None);
}

#[test]
fn a_poor_view_is_unknown_with_advice_and_never_neutral() {
    let mut e = estimator();
    show(&mut e, 0.0, 10.0, 10.0, &[face(Emotion::Happy, 0.9)]);
    show(&mut e, 10.0, 14.0, 10.0, &[poor(UnreadableReason::TurnedAway)]);
    let mood = e.mood();
    assert_eq!((e.people_in_view().len(), mood.unknown), (1, Some(UnreadableReason::TurnedAway)));
    assert_eq!(mood.fast.emotion, Some(Emotion::Happy));
    assert!(mood.fast.confidence < 0.05);
    assert!(mood.fast.probabilities.of(Emotion::Neutral) < 0.2);
    show(&mut e, 14.0, 30.0, 10.0, &[poor(UnreadableReason::TurnedAway)]);
    assert_eq!((e.mood().fast.emotion, e.people_in_view().len()), (None, 1));
    show(&mut e, 30.0, 33.0, 10.0, &[face(Emotion::Happy, 0.9)]);
    assert_eq!((e.mood().fast.emotion, e.mood().unknown), (Some(Emotion::Happy), None));
}

#[test]
fn a_resting_face_is_forgotten_when_its_person_leaves() {
    let mut weights = [0.02; 7];
    weights[Emotion::Sad.index()] = 0.48;
    weights[Emotion::Neutral.index()] = 0.42;
    let rest = PersonEvidence { scores: scores(weights), ..face(Emotion::Sad, 0.5) };
    let mut e = estimator();
    let person = |e: &MoodEstimator, ms| e.people(Duration::from_millis(ms)).0[0];
    show(&mut e, 0.0, 8.0, 10.0, &[rest]);
    let before = person(&e, 7_900);
    assert!(before.rest_known > 0.9 && before.current.of(Emotion::Sad) < 0.1, "{before:?}");
    assert!(e.mood().fast.probabilities.of(Emotion::Sad) < 0.35);
    show(&mut e, 8.0, 10.0, 10.0, &[]);
    show(&mut e, 10.0, 10.4, 10.0, &[rest]);
    let after = person(&e, 10_300);
    assert!(after.rest_known < 0.5 && after.current.of(Emotion::Sad) > 0.25, "{after:?}");
}

#[test]
fn the_group_and_its_dispersion_are_as_computed_by_hand() {
    let near = PersonEvidence { person: Some(PersonId(1)), weight: 900.0, ..face(Emotion::Happy, 1.0) };
    let far =
        PersonEvidence { person: Some(PersonId(2)), weight: 600.0, quality: 0.5, ..face(Emotion::Sad, 1.0) };
    let mut e = estimator();
    show(&mut e, 0.0, 10.0, 10.0, &[near, far]);
    let mood = e.mood();
    // Both are certain, so the shares are 900 and 600 · 0.5: three quarters and one quarter.
    assert_eq!(e.people_in_view().len(), 2);
    assert!((mood.fast.probabilities.of(Emotion::Happy) - 0.75).abs() < 1e-3);
    assert!((mood.fast.valence - (0.75 * 0.83 - 0.25 * 0.65)).abs() < 1e-3);
    assert!((mood.fast.arousal - (0.75 * 0.53 - 0.25 * 0.27)).abs() < 1e-3);
    // √(¾ · ¼) · √(1.48² + 0.80²)
    assert!((mood.dispersion - 0.7285).abs() < 1e-3, "{}", mood.dispersion);
    show(
        &mut e,
        10.0,
        20.0,
        10.0,
        &[near, PersonEvidence { person: Some(PersonId(2)), weight: 600.0, ..face(Emotion::Happy, 1.0) }],
    );
    assert!(e.mood().dispersion < 0.01, "{}", e.mood().dispersion);
}

#[test]
fn somebody_who_cannot_be_read_does_not_silence_the_others() {
    let turned =
        PersonEvidence { person: Some(PersonId(2)), weight: 5_000.0, ..poor(UnreadableReason::TurnedAway) };
    let mut e = estimator();
    show(&mut e, 0.0, 6.0, 10.0, &[turned, face(Emotion::Happy, 0.9)]);
    assert_eq!((e.mood().fast.emotion, e.mood().unknown), (Some(Emotion::Happy), None));
}

#[test]
fn alone_the_nearest_counts_and_a_little_nearer_is_not_enough_to_take_over() {
    let mut e = with(&MoodSettings { only_nearest: true, ..settings() });
    let happy = |weight| PersonEvidence { person: Some(PersonId(1)), weight, ..face(Emotion::Happy, 0.9) };
    let sad = |weight| PersonEvidence { person: Some(PersonId(2)), weight, ..face(Emotion::Sad, 0.9) };
    show(&mut e, 0.0, 5.0, 10.0, &[happy(400.0), sad(300.0)]);
    assert_eq!(e.mood().fast.emotion, Some(Emotion::Happy));
    assert!(e.mood().dispersion < 1e-3);
    show(&mut e, 5.0, 10.0, 10.0, &[sad(480.0), happy(400.0)]);
    assert_eq!(e.mood().fast.emotion, Some(Emotion::Happy));
    show(&mut e, 10.0, 15.0, 10.0, &[sad(900.0), happy(400.0)]);
    assert_eq!(e.mood().fast.emotion, Some(Emotion::Sad));
}

/// Evidence that belongs to nobody in particular counts for the mood, and is nobody's presence.
#[test]
fn evidence_of_nobody_in_particular_moves_the_mood_of_an_empty_room() {
    let mut e = estimator();
    show(&mut e, 0.0, 5.0, 10.0, &[PersonEvidence { person: None, ..face(Emotion::Happy, 0.9) }]);
    assert_eq!((e.mood().fast.emotion, e.people_in_view().len()), (Some(Emotion::Happy), 0));
}

proptest! {
    #[test]
    fn wild_readings_keep_the_mood_in_range(
        steps in proptest::collection::vec(
            (
                0_u64..3_000,
                0_u32..4,
                proptest::array::uniform7(proptest::num::f32::ANY),
                proptest::array::uniform3(proptest::num::f32::ANY),
            ),
            1..60,
        ),
    ) {
        let mut e = estimator();
        let mut now = 0;
        for (wait, id, values, [weight, quality, abstain]) in steps {
            now += wait;
            let at = Duration::from_millis(now);
            let (person, scores) = (Some(PersonId(id)), LogProbabilities::new(values));
            let wild = PersonEvidence {
                person, scores, abstain, weight, quality, ..face(Emotion::Neutral, 0.9)
            };
            read(&mut e, at, &[wild]);
            e.advance(at);
            let mood = e.mood();
            prop_assert!((0.0..=2.0).contains(&mood.dispersion), "{}", mood.dispersion);
            for state in [mood.fast, mood.slow] {
                prop_assert!((-1.0..=1.0).contains(&state.valence));
                prop_assert!((-1.0..=1.0).contains(&state.arousal));
                prop_assert!((0.0..=1.0).contains(&state.confidence));
            }
        }
    }
}
