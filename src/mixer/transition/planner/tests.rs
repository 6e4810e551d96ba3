use proptest::prelude::*;

use super::*;
use crate::music::{Dbfs, Lufs, MusicalKey, Sourced, TrackEdges};

const RULES: TransitionRules = TransitionRules {
    usual: 6.0,
    longest: 14.0,
    asked: 1.5,
    stretch: 0.05,
    trust: 0.6,
    curve: FadeCurveSetting::Auto,
};

fn facts(intro_end: f32, outro_start: f32, sound_end: f32) -> TrackFacts {
    TrackFacts::of_scan(Lufs(-16.0), Dbfs(-1.0), TrackEdges { intro_end, outro_start, sound_end })
}

fn side(position: f64, duration: f64, facts: Option<TrackFacts>) -> TransitionSide {
    TransitionSide { position, duration: Some(duration), rate: 1.0, facts: facts.unwrap_or_default() }
}

fn grid(first: f32, bpm: f32) -> BeatGrid {
    BeatGrid { first, bpm, metre: 4, confidence: 0.9 }
}

#[test]
fn the_shorter_one_of_outro_and_intro_wins() {
    let out = side(80.0, 120.0, Some(facts(4.0, 108.0, 118.0)));
    let short = plan(&out, &side(0.0, 100.0, Some(facts(5.0, 90.0, 100.0))), Urgency::AtEnd, false, &RULES);
    assert_eq!((short.begin, short.seconds, short.from), (108.0, 5.0, FadeLengthSource::Intro));
    let long = plan(&out, &side(0.0, 100.0, Some(facts(30.0, 90.0, 100.0))), Urgency::AtEnd, false, &RULES);
    assert_eq!((long.begin, long.seconds, long.from), (108.0, 10.0, FadeLengthSource::Outro));
}

#[test]
fn a_fade_is_never_longer_than_the_longest() {
    let out = side(80.0, 200.0, Some(facts(4.0, 100.0, 198.0)));
    let made = plan(&out, &side(0.0, 100.0, Some(facts(60.0, 90.0, 100.0))), Urgency::AtEnd, false, &RULES);
    assert_eq!(made.seconds, RULES.longest);
}

/// A track that is shorter than the usual fade is at full level for a third of its length, incoming and outgoing.
#[test]
fn a_track_shorter_than_the_fade_is_heard_at_full_level() {
    for urgency in [Urgency::AtEnd, Urgency::Mood, Urgency::Asked] {
        let arrives = plan(&side(30.0, 60.0, None), &side(0.0, 1.5, None), urgency, false, &RULES);
        let leaves = plan(&side(0.2, 1.5, None), &side(0.0, 60.0, None), urgency, false, &RULES);
        assert!(arrives.seconds <= 0.5 && leaves.seconds <= 0.5, "{urgency:?}: {arrives:?}, {leaves:?}");
    }
    let leaves = plan(&side(0.2, 1.5, None), &side(0.0, 60.0, None), Urgency::AtEnd, false, &RULES);
    assert!((leaves.begin - 1.0).abs() < 1e-9, "{leaves:?}");
}

#[test]
fn without_outro_or_intro_the_length_is_the_usual_one_and_ends_with_the_sound() {
    let made = plan(&side(10.0, 60.0, None), &side(0.0, 60.0, None), Urgency::AtEnd, false, &RULES);
    assert_eq!((made.begin, made.seconds, made.from), (54.0, 6.0, FadeLengthSource::Usual));
    // One of them is known and shorter.
    let abrupt = side(10.0, 60.0, Some(facts(0.0, 57.0, 60.0)));
    let made = plan(&abrupt, &side(0.0, 60.0, None), Urgency::AtEnd, false, &RULES);
    assert_eq!((made.begin, made.seconds, made.from), (57.0, 3.0, FadeLengthSource::Outro));
}

#[test]
fn silence_at_the_end_is_not_faded_but_left_out() {
    let out = side(10.0, 60.0, Some(facts(0.0, 50.0, 50.0)));
    let made = plan(&out, &side(0.0, 60.0, None), Urgency::AtEnd, false, &RULES);
    assert_eq!(made.begin + made.seconds, 50.0);
}

#[test]
fn a_mood_does_not_wait_for_the_end_and_a_person_waits_least() {
    let out = side(20.0, 120.0, Some(facts(4.0, 100.0, 118.0)));
    let next = side(0.0, 90.0, Some(facts(16.0, 80.0, 88.0)));
    let mood = plan(&out, &next, Urgency::Mood, false, &RULES);
    assert_eq!((mood.begin, mood.seconds, mood.entry), (20.0, 6.0, 10.0));
    let asked = plan(&out, &next, Urgency::Asked, false, &RULES);
    assert_eq!((asked.begin, asked.seconds, asked.entry), (20.0, 1.5, 14.5));
}

#[test]
fn a_trusted_grid_moves_the_beginning_to_a_downbeat_and_a_guess_does_not() {
    let mut facts = facts(4.0, 100.0, 118.0);
    // Bars of two seconds from 0.5 s on.
    facts.beats = Some(Sourced::measured(grid(0.5, 120.0)));
    let next = side(0.0, 90.0, None);
    let made = plan(&side(20.0, 120.0, Some(facts)), &next, Urgency::Mood, false, &RULES);
    assert!(made.on_downbeat && (made.begin - 20.5).abs() < 1e-6, "{made:?}");
    let asked = plan(&side(20.1, 120.0, Some(facts)), &next, Urgency::Asked, false, &RULES);
    assert!((asked.begin - 20.5).abs() < 1e-6, "the next beat: {asked:?}");
    facts.beats = Some(Sourced::measured(BeatGrid { confidence: 0.3, ..grid(0.5, 120.0) }));
    let made = plan(&side(20.0, 120.0, Some(facts)), &next, Urgency::Mood, false, &RULES);
    assert!(!made.on_downbeat && made.begin == 20.0);
}

#[test]
fn tempo_is_matched_within_five_percent_or_not_at_all() {
    let with = |bpm| {
        let mut facts = facts(4.0, 100.0, 118.0);
        facts.beats = Some(Sourced::measured(grid(0.25, bpm)));
        facts
    };
    for (bpm, rate) in
        [(118.0, Some(120.0 / 118.0)), (62.0, Some(60.0 / 62.0)), (236.0, Some(240.0 / 236.0)), (100.0, None)]
    {
        let next = side(0.0, 90.0, Some(with(bpm)));
        let made = plan(&side(20.0, 120.0, Some(with(120.0))), &next, Urgency::Mood, false, &RULES);
        match rate {
            Some(rate) => {
                assert!(made.beats_match && (made.rate - rate).abs() < 1e-6, "{bpm}: {made:?}");
                let bars = (made.entry - 0.25) / (240.0 / f64::from(bpm));
                assert!((bars - bars.round()).abs() < 1e-6, "the new track begins on a downbeat: {made:?}");
            }
            None => assert!(!made.beats_match && made.rate == 1.0, "{bpm}: {made:?}"),
        }
    }
}

#[test]
fn far_keys_share_less_time() {
    let with = |tonic| {
        let mut facts = facts(8.0, 110.0, 120.0);
        facts.key = Some(Sourced::measured(MusicalKey { tonic, minor: false }));
        facts
    };
    let out = side(90.0, 120.0, Some(with(0)));
    let near = plan(&out, &side(0.0, 90.0, Some(with(7))), Urgency::AtEnd, false, &RULES);
    let far = plan(&out, &side(0.0, 90.0, Some(with(6))), Urgency::AtEnd, false, &RULES);
    assert!(far.seconds < near.seconds);
    assert_eq!(far.key_distance, Some(6));
}

#[test]
fn a_track_that_meets_itself_at_the_same_place_keeps_its_gain() {
    let out = side(30.0, 60.0, None);
    let there = TransitionSide { position: 30.0, ..out };
    assert_eq!(plan(&out, &there, Urgency::Asked, true, &RULES).curve, FadeCurve::EqualGain);
    assert_eq!(plan(&out, &side(0.0, 60.0, None), Urgency::Asked, true, &RULES).curve, FadeCurve::EqualPower);
    let wanted = TransitionRules { curve: FadeCurveSetting::EqualGain, ..RULES };
    assert_eq!(plan(&out, &side(0.0, 60.0, None), Urgency::Mood, false, &wanted).curve, FadeCurve::EqualGain);
}

fn any_side() -> impl Strategy<Value = TransitionSide> {
    let grid = (0.0_f32..3.0, 40.0_f32..220.0, 2_u8..6, 0.0_f32..=1.0)
        .prop_map(|(first, bpm, metre, confidence)| BeatGrid { first, bpm, metre, confidence });
    let times = (0.0_f32..40.0, 0.0_f32..1.0, 0.0_f32..1.0, proptest::option::of(grid));
    (0.0_f64..1.0, 1.0_f64..300.0, proptest::option::of(times), 0.95_f64..1.05).prop_map(
        |(share, duration, times, rate)| {
            let facts = times.map(|(intro, outro, end, beats)| {
                let end = duration as f32 * (0.5 + end / 2.0);
                TrackFacts { beats: beats.map(Sourced::measured), ..facts(intro, end * outro, end) }
            });
            TransitionSide { rate, ..side(share * duration, duration, facts) }
        },
    )
}

proptest! {
    #[test]
    fn every_plan_can_be_played(
        out in any_side(), next in any_side(), kind in 0_u8..3, same in any::<bool>()
    ) {
        let urgency = [Urgency::AtEnd, Urgency::Mood, Urgency::Asked][kind as usize];
        let made = plan(&out, &TransitionSide { position: 0.0, rate: 1.0, ..next }, urgency, same, &RULES);
        prop_assert!(made.begin >= out.position - 1e-9, "{made:?}");
        prop_assert!((SHORTEST..=RULES.longest).contains(&made.seconds), "{made:?}");
        prop_assert!((made.rate - 1.0).abs() <= RULES.stretch + 1e-9, "{made:?}");
        prop_assert!(made.entry >= 0.0, "{made:?}");
        let end = sound_end(&out).expect("known");
        let over = made.begin + made.seconds * out.rate - end;
        prop_assert!(over <= SHORTEST * 1.1 || out.position > end, "ends {over} s after the sound: {made:?}");
    }
}
