//! Tests of planned journeys: they keep the bound, arrive, and cross gaps once.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::music::plane::{between, in_plane};
use crate::music::test_support::settings;
use crate::music::theory::key_of_number;

const SAD: Affect = Affect { valence: -0.65, arousal: -0.27 };
const CALM: Affect = Affect { valence: 0.56, arousal: -0.31 };

fn library(count: usize, seed: u64) -> Vec<Waypoint> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count)
        .map(|index| Waypoint {
            index,
            at: in_plane(random.random(), random.random()),
            seconds: random.random_range(120.0..300.0),
            key: key_of_number(random.random_range(0..25)),
            octaves: random.random_range(-0.6..0.9),
        })
        .collect()
}

fn route(minutes: f32) -> Route {
    Route { from: SAD, to: CALM, seconds: 60.0 * minutes }
}

fn found(route: &Route, stops: &[Waypoint]) -> JourneyPlan {
    plan(route, route.from, 0.0, stops, &settings().journey).expect("a way")
}

#[test]
fn it_begins_with_the_mood_and_ends_at_the_goal_in_bounded_steps() {
    let settings = settings().journey;
    for seed in 0..8 {
        let plan = found(&route(30.0), &library(2_000, seed));
        let (first, last) = (plan.legs.first().expect("some"), plan.legs.last().expect("some"));
        assert!(distance(first.stop.at, SAD) < 0.25, "{first:?}");
        assert!(distance(last.stop.at, CALM) < 0.25, "{last:?}");
        assert!(plan.longest_step() <= settings.step + 1e-4, "{}", plan.longest_step());
        let mut seen: Vec<usize> = plan.legs.iter().map(|leg| leg.stop.index).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), plan.legs.len(), "no track comes twice where there are many");
        assert!(last.begins < 1_800.0 && last.begins + last.stop.seconds >= 1_800.0);
    }
}

#[test]
fn the_way_goes_on_from_where_the_music_is() {
    let settings = settings().journey;
    let route = route(30.0);
    let stops = library(500, 3);
    let late = plan(&route, between(SAD, CALM, 0.5), 900.0, &stops, &settings).expect("a way");
    assert!(distance(late.legs[0].stop.at, SAD) > 0.3);
    assert!(late.legs.len() < found(&route, &stops).legs.len());
}

#[test]
fn a_few_tracks_lead_as_far_as_they_can() {
    assert_eq!(plan(&route(30.0), SAD, 0.0, &[], &settings().journey), None);
    let near = |index, valence| Waypoint { index, at: Affect { valence, arousal: -0.3 }, ..library(1, 1)[0] };
    assert_eq!(found(&route(600.0), &[near(0, 0.4)]).legs.len(), 1);
    let last = *found(&route(600.0), &[near(0, 0.4), near(1, 0.6)]).legs.last().expect("some");
    assert!(last.begins + last.stop.seconds >= 36_000.0, "two take turns");
}

#[test]
fn a_small_library_repeats_what_suits_rather_than_lead_through_anger() {
    let at = [(-0.6, -0.4), (-0.66, -0.3), (0.0, 0.0), (0.1, -0.1), (0.5, -0.4), (0.6, -0.3), (0.5, -0.5)];
    let angry = [(-0.5, 0.6), (-0.5, 0.7), (-0.4, 0.6), (-0.6, 0.3)];
    let stop = |(index, (valence, arousal))| Waypoint {
        index,
        at: Affect { valence, arousal },
        seconds: 95.0,
        key: None,
        octaves: f32::NAN,
    };
    let stops: Vec<Waypoint> = at.into_iter().chain(angry).enumerate().map(stop).collect();
    let plan = found(&route(30.0), &stops);
    assert!(plan.legs.iter().filter(|leg| leg.stop.index >= at.len()).count() <= 1, "{plan:?}");
}

#[test]
fn first_the_mood_is_matched_then_the_goal_is_approached_evenly() {
    let settings = settings().journey;
    let route = route(30.0);
    assert_eq!(route.wanted(0.0, &settings), SAD);
    assert!(distance(route.wanted(1_799.0, &settings), CALM) < 1e-5);
    let mut before = 0.0;
    for second in 0..1_800_u16 {
        let way = distance(route.wanted(f32::from(second), &settings), SAD);
        assert!(way >= before - 1e-6 && way - before < 0.01);
        before = way;
    }
}

/// Brightness and energy of the pieces of the starter album that stand between all moods.
const ALBUM: [(f32, f32); 21] = [
    (0.23, 0.79),
    (0.26, 0.84),
    (0.78, 0.34),
    (0.75, 0.26),
    (0.80, 0.20),
    (0.20, 0.68),
    (0.22, 0.62),
    (0.62, 0.18),
    (0.60, 0.14),
    (0.30, 0.82),
    (0.33, 0.76),
    (0.92, 0.77),
    (0.88, 0.72),
    (0.50, 0.50),
    (0.54, 0.46),
    (0.17, 0.36),
    (0.20, 0.28),
    (0.60, 0.94),
    (0.56, 0.90),
    (0.74, 0.52),
    (0.80, 0.60),
];
/// Points that bridge its gaps.
const BETWEEN: [(f32, f32); 4] = [(-0.22, 0.26), (-0.38, -0.20), (-0.12, -0.14), (0.27, -0.20)];

fn album(bridged: bool) -> Vec<Waypoint> {
    let pieces = ALBUM.iter().map(|(brightness, energy)| in_plane(*brightness, *energy));
    let between = BETWEEN.iter().map(|(valence, arousal)| Affect { valence: *valence, arousal: *arousal });
    let stop = |(index, at)| Waypoint { index, at, seconds: 95.0, key: None, octaves: f32::NAN };
    pieces.chain(between.filter(|_| bridged)).enumerate().map(stop).collect()
}

#[test]
fn the_starter_album_leads_everybody_on_in_bounded_steps_once_its_gaps_are_bridged() {
    let settings = settings().journey;
    let at = |valence, arousal| Affect { valence, arousal };
    let bright = at(0.70, 0.20);
    for (name, from, to) in [
        ("sad", SAD, CALM),
        ("angry", at(-0.55, 0.60), CALM),
        ("fear", at(-0.46, 0.65), CALM),
        ("disgust", at(-0.60, 0.35), bright),
    ] {
        for minutes in [15.0, 20.0, 30.0, 45.0] {
            let route = Route { from, to, seconds: 60.0 * minutes };
            let whole = found(&route, &album(true));
            assert!(whole.longest_step() <= settings.step + 1e-4, "{name}: {whole:?}");
            assert!(whole.gaps.is_empty(), "{name}");
            let last = whole.legs.last().expect("some");
            assert!(distance(last.stop.at, to) <= settings.step, "{name}: {last:?}");
            let gappy = found(&route, &album(false));
            assert!(gappy.longest_step() > settings.step && !gappy.gaps.is_empty(), "{name}");
            for gap in &gappy.gaps {
                let filled: Vec<Affect> =
                    std::iter::once(gap.from).chain(gap.filled(settings.step)).chain([gap.to]).collect();
                let steps = filled.windows(2).map(|pair| distance(pair[0], pair[1]));
                assert!(filled.len() > 2 && steps.fold(0.0, f32::max) <= settings.step + 1e-4, "{filled:?}");
            }
        }
    }
}

/// Which stops can be reached in steps of this length, worked out the slow way.
fn reached(from: &[usize], stops: &[Waypoint], bound: f32) -> Vec<bool> {
    let mut seen = vec![false; stops.len()];
    let mut open = from.to_vec();
    while let Some(one) = open.pop() {
        if !std::mem::replace(&mut seen[one], true) {
            let near = |other: &usize| distance(stops[one].at, stops[*other].at) <= bound;
            open.extend((0..stops.len()).filter(near));
        }
    }
    seen
}

fn reaches(from: &[usize], to: &[usize], stops: &[Waypoint], bound: f32) -> bool {
    let seen = reached(from, stops, bound);
    to.iter().any(|stop| seen[*stop])
}

/// The shortest step from one set of stops to another.
fn shortest(from: &[bool], to: &[bool], stops: &[Waypoint]) -> f32 {
    let of = |set: &[bool]| {
        stops.iter().zip(set.to_vec()).filter(|(_, is)| *is).map(|(stop, _)| stop.at).collect()
    };
    let (from, to): (Vec<Affect>, Vec<Affect>) = (of(from), of(to));
    from.iter().flat_map(|a| to.iter().map(|b| distance(*a, *b))).fold(f32::INFINITY, f32::min)
}

fn neighbourhood(place: Affect, stops: &[Waypoint], bound: f32) -> Vec<usize> {
    let far = |stop: &usize| distance(place, stops[*stop].at);
    let nearest = (0..stops.len()).map(|stop| far(&stop)).fold(f32::INFINITY, f32::min);
    (0..stops.len()).filter(|stop| far(stop) <= bound.max(nearest) + 1e-5).collect()
}

fn arrives(plan: &JourneyPlan, ends: &[usize]) -> bool {
    let ends_at = |leg: &JourneyLeg| ends.contains(&leg.stop.index);
    plan.legs.iter().rev().take(2).any(ends_at)
}

/// Where a chain of steps within the bound exists, it is kept; else each gap is crossed once, and none is wider than it
/// must be. `ends`: valence and arousal of the start and of the goal.
fn keeps_chains_and_reaches_the_goal(seed: u64, count: usize, ends: [f32; 4]) -> Result<(), TestCaseError> {
    let settings = settings().journey;
    let stops = library(count, seed);
    let [valence, arousal, to_valence, to_arousal] = ends;
    let (from, to) = (Affect { valence, arousal }, Affect { valence: to_valence, arousal: to_arousal });
    // Time enough for the longest chain.
    let route = Route { from, to, seconds: 300.0 * count as f32 + 300.0 };
    let plan = found(&route, &stops);
    let starts = neighbourhood(from, &stops, settings.step);
    let goals = neighbourhood(to, &stops, settings.step);
    prop_assert!(starts.contains(&plan.legs[0].stop.index));
    prop_assert!(arrives(&plan, &goals), "{plan:?}");
    let lengths = plan.legs.iter().skip(1).map(|leg| leg.step);
    let long: Vec<f32> = lengths.filter(|step| *step > settings.step).collect();
    if reaches(&starts, &goals, &stops, settings.step) {
        prop_assert!(long.is_empty() && plan.gaps.is_empty(), "{plan:?}");
        return Ok(());
    }
    let gaps: Vec<f32> = plan.gaps.iter().map(|gap| gap.length).collect();
    prop_assert_eq!(&long, &gaps);
    if let [only] = gaps[..] {
        let behind = reached(&goals, &stops, settings.step);
        let direct = shortest(&reached(&starts, &stops, settings.step), &behind, &stops);
        prop_assert!((only - direct).abs() < 1e-4, "{only} {direct}");
    }
    Ok(())
}

/// A track lies outside of the neighbourhood of the goal by 9 millionths: the chain that ends there is kept, and no gap is
/// crossed to come nearer.
#[test]
fn the_last_digits_of_a_position_do_not_decide_between_a_chain_and_a_gap() {
    let ends = [0.0, 0.914_958_5, 0.447_530_15, -0.499_537_23];
    keeps_chains_and_reaches_the_goal(19_379, 38, ends).expect("the chain is kept");
}

/// The same for every place around the goal and the start: what lies on the edge of a neighbourhood by the digits of its
/// position belongs to it, on whichever side of the edge rounding has put it.
#[test]
fn a_track_on_the_edge_of_a_neighbourhood_belongs_to_it() {
    let step = settings().journey.step;
    for degrees in 0..360_u16 {
        let (down, along) = f32::from(degrees).to_radians().sin_cos();
        let on_edge = |place: Affect| Affect {
            valence: place.valence + step * along,
            arousal: place.arousal + step * down,
        };
        let waypoint = |index, at| Waypoint { index, at, seconds: 95.0, key: None, octaves: f32::NAN };
        for (from, to) in [(SAD, CALM), (CALM, SAD)] {
            // The nearest track is another one, and no chain leads to it.
            let stops = [waypoint(0, on_edge(to)), waypoint(1, between(to, on_edge(to), -0.9))];
            let route = Route { from: between(on_edge(to), from, 0.01), to, seconds: 600.0 };
            let plan = found(&route, &stops);
            assert!(plan.gaps.is_empty(), "{degrees}: {plan:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_track_comes_twice_in_a_row_and_times_add_up(
        seed in 0_u64..1_000,
        count in 1_usize..60,
        minutes in 2.0_f32..40.0,
    ) {
        let plan = found(&route(minutes), &library(count, seed));
        for pair in plan.legs.windows(2) {
            prop_assert_ne!(pair[0].stop.index, pair[1].stop.index);
            prop_assert!((pair[0].begins + pair[0].stop.seconds - pair[1].begins).abs() < 0.1);
            prop_assert!((pair[1].step - distance(pair[0].stop.at, pair[1].stop.at)).abs() < 1e-6);
        }
    }

    #[test]
    fn where_a_chain_within_the_bound_exists_it_is_kept_and_the_goal_is_reached(
        seed in 0_u64..100_000,
        count in 1_usize..70,
        ends in proptest::array::uniform4(-1.0_f32..1.0),
    ) {
        keeps_chains_and_reaches_the_goal(seed, count, ends)?;
    }

    #[test]
    fn from_a_track_that_plays_the_first_step_is_bounded_too(
        seed in 0_u64..100_000,
        count in 2_usize..70,
        playing in 0_usize..70,
    ) {
        let settings = settings().journey;
        let mut stops = library(count, seed);
        let now = stops.remove(playing % count).at;
        for (number, stop) in stops.iter_mut().enumerate() {
            stop.index = number;
        }
        let route = Route { from: SAD, to: CALM, seconds: 300.0 * count as f32 + 900.0 };
        let plan = plan(&route, now, 300.0, &stops, &settings).expect("a way");
        let goals = neighbourhood(CALM, &stops, settings.step);
        prop_assert!(arrives(&plan, &goals), "{:?}", plan);
        let long = plan.legs.iter().filter(|leg| leg.step > settings.step).count();
        prop_assert_eq!(long, plan.gaps.len());
        let starts = neighbourhood(now, &stops, 0.0);
        let near = distance(now, stops[starts[0]].at) <= settings.step;
        if near && reaches(&starts, &goals, &stops, settings.step) {
            prop_assert_eq!(long, 0);
        }
    }
}
