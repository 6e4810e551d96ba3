//! The way through the plane: which tracks, in which order.

use super::settings::JourneySettings;
use super::{between, distance, in_plane};
use crate::mood::Affect;
use crate::music::Entry;
use crate::music::recommend::{key_distance, key_number};

/// Ways that are followed at once.
const BEAM: usize = 8;
/// Tracks that are looked at; of more, those nearest to the way.
const MOST_STOPS: usize = 144;
/// Parts of the way, from each of which equally many tracks are looked at.
const PARTS: usize = 12;
/// Costs of a squared distance: along the way, which is being early or late, and beside the way, which leads
/// through moods that are neither here nor there.
const EARLY_OR_LATE: f32 = 2.0;
const ASIDE: f32 = 8.0;
/// Cost of what a step is beyond the longest one.
const STRICT: f32 = 4.0;
/// A track does not come again before so many others.
const NOT_AGAIN: usize = 2;
/// What it costs each time that a track comes again. Small libraries repeat what suits, rather than lead through
/// what does not.
const AGAIN: f32 = 0.25;
/// What a key or tempo that is not known counts as.
const UNKNOWN: f32 = 0.45;

/// A track that can be on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Position in the library.
    pub index: usize,
    pub at: Affect,
    pub seconds: f32,
    /// Number of the key, see [`key_number`].
    pub key: u8,
    /// Tempo in octaves; NaN if unknown.
    pub octaves: f32,
}

impl Stop {
    /// A track whose brightness and energy are known.
    #[must_use]
    pub fn of(index: usize, entry: &Entry) -> Option<Self> {
        Some(Self {
            index,
            at: in_plane(entry.valence?, entry.energy?),
            seconds: entry.track.duration.as_secs_f32().max(1.0),
            key: key_number(entry),
            octaves: entry.track.bpm.map_or(f32::NAN, f32::log2),
        })
    }
}

/// From where to where, and in which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Route {
    pub from: Affect,
    pub to: Affect,
    pub seconds: f32,
}

impl Route {
    /// Where the music should be so long after the start: first with the mood, then on the way, then there.
    #[must_use]
    pub fn wanted(&self, elapsed: f32, settings: &JourneySettings) -> Affect {
        let matching = (60.0 * settings.match_minutes).min(0.25 * self.seconds);
        let arrival = (settings.arrive * self.seconds).max(matching + 1.0);
        between(self.from, self.to, ((elapsed - matching) / (arrival - matching)).clamp(0.0, 1.0))
    }
}

/// A track on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    pub stop: Stop,
    /// Seconds from the start of the journey.
    pub begins: f32,
    /// Where the music should be in the middle of this track.
    pub wanted: Affect,
    /// Length of the step from what was before, in the plane.
    pub step: f32,
}

/// A way that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub legs: Vec<Leg>,
}

impl Plan {
    /// The longest step from one track to the next.
    #[must_use]
    pub fn longest_step(&self) -> f32 {
        self.legs.iter().skip(1).map(|leg| leg.step).fold(0.0, f32::max)
    }
}

/// A way as far as it is known.
#[derive(Clone)]
struct Way {
    legs: Vec<Leg>,
    at: Affect,
    elapsed: f32,
    cost: f32,
}

/// Finds the tracks for what is left of a route after `elapsed` seconds, from where the music is now, by a beam
/// search: near to where the music should be at each time, no step longer than need be, no track again if there
/// are others.
/// `None` if there is no track.
#[must_use]
pub fn plan(
    route: &Route,
    now: Affect,
    elapsed: f32,
    stops: &[Stop],
    settings: &JourneySettings,
) -> Option<Plan> {
    let stops = along(route, stops);
    let mut ways = vec![Way { legs: Vec::new(), at: now, elapsed, cost: 0.0 }];
    let mut whole: Vec<Way> = Vec::new();
    while !ways.is_empty() {
        let mut longer: Vec<(f32, usize, Leg)> = Vec::new();
        for (number, way) in ways.iter().enumerate() {
            let before = longer.len();
            let last = &way.legs[way.legs.len().saturating_sub(NOT_AGAIN)..];
            let free = stops.iter().filter(|stop| last.iter().all(|leg| leg.stop.index != stop.index));
            longer.extend(free.map(|stop| {
                let (cost, next) = leg(way, *stop, route, settings);
                (way.cost + cost, number, next)
            }));
            if longer.len() == before && !way.legs.is_empty() {
                // There are too few tracks: the way ends early.
                whole.push(way.clone());
            }
        }
        longer.sort_by(|a, b| a.0.total_cmp(&b.0));
        longer.truncate(BEAM);
        let next = longer.into_iter().map(|(cost, number, leg)| ways[number].with(cost, leg)).collect();
        ways = next;
        whole.extend(ways.extract_if(.., |way| way.elapsed >= route.seconds));
    }
    // Costs are for each leg: ways of fewer tracks must not win by being short.
    let mean = |way: &Way| way.cost / way.legs.len() as f32;
    let best = whole.into_iter().min_by(|a, b| mean(a).total_cmp(&mean(b)))?;
    Some(Plan { legs: best.legs })
}

impl Way {
    fn with(&self, cost: f32, leg: Leg) -> Self {
        let legs = self.legs.iter().copied().chain([leg]).collect();
        Self { legs, at: leg.stop.at, elapsed: self.elapsed + leg.stop.seconds, cost }
    }
}

/// The next leg of a way, and what it costs.
fn leg(way: &Way, stop: Stop, route: &Route, settings: &JourneySettings) -> (f32, Leg) {
    let wanted = route.wanted(way.elapsed + 0.5 * stop.seconds, settings);
    let length = distance(way.at, stop.at);
    let again = way.legs.iter().filter(|leg| leg.stop.index == stop.index).count();
    let mut cost = astray(route, wanted, stop.at) + AGAIN * again as f32;
    // The mood is no track: the first step from it may be as long as need be.
    if way.elapsed > 0.0 {
        cost += STRICT * (length - settings.step).max(0.0);
    }
    if let Some(before) = way.legs.last() {
        cost += settings.smoothness * roughness(&before.stop, &stop);
    }
    (cost, Leg { stop, begins: way.elapsed, wanted, step: length })
}

/// What it costs to be here instead of there.
fn astray(route: &Route, wanted: Affect, at: Affect) -> f32 {
    let length = distance(route.from, route.to);
    let all = distance(wanted, at).powi(2);
    if length <= f32::EPSILON {
        return ASIDE * all;
    }
    let (dv, da) = (route.to.valence - route.from.valence, route.to.arousal - route.from.arousal);
    let along = ((at.valence - wanted.valence) * dv + (at.arousal - wanted.arousal) * da) / length;
    let along = along * along;
    EARLY_OR_LATE * along + ASIDE * (all - along).max(0.0)
}

/// 0 the same key and tempo ..= 1 as far apart as can be.
fn roughness(a: &Stop, b: &Stop) -> f32 {
    let key = key_distance(a.key, b.key).unwrap_or(UNKNOWN);
    let octaves = (a.octaves - b.octaves).abs();
    let tempo = if octaves.is_nan() { UNKNOWN } else { 2.0 * (octaves - octaves.round()).abs() };
    f32::midpoint(key, tempo)
}

/// The tracks nearest to the line from start to goal, equally many from each part of it, so that a large
/// library costs no more than a small one.
fn along(route: &Route, stops: &[Stop]) -> Vec<Stop> {
    if stops.len() <= MOST_STOPS {
        return stops.to_vec();
    }
    let (dv, da) = (route.to.valence - route.from.valence, route.to.arousal - route.from.arousal);
    let length = dv * dv + da * da;
    let mut parts: [Vec<(f32, Stop)>; PARTS] = Default::default();
    for stop in stops {
        let (v, a) = (stop.at.valence - route.from.valence, stop.at.arousal - route.from.arousal);
        let share = if length > 0.0 { ((v * dv + a * da) / length).clamp(0.0, 1.0) } else { 0.0 };
        let part = ((share * PARTS as f32) as usize).min(PARTS - 1);
        parts[part].push((distance(stop.at, between(route.from, route.to, share)), *stop));
    }
    let share = MOST_STOPS / PARTS;
    parts
        .into_iter()
        .flat_map(|mut part| {
            if part.len() > share {
                part.select_nth_unstable_by(share, |a, b| {
                    a.0.total_cmp(&b.0).then(a.1.index.cmp(&b.1.index))
                });
                part.truncate(share);
            }
            part.into_iter().map(|(_, stop)| stop)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::music::testing::settings;

    const SAD: Affect = Affect { valence: -0.65, arousal: -0.27 };
    const CALM: Affect = Affect { valence: 0.56, arousal: -0.31 };

    fn library(count: usize, seed: u64) -> Vec<Stop> {
        let mut random = StdRng::seed_from_u64(seed);
        (0..count)
            .map(|index| Stop {
                index,
                at: in_plane(random.random(), random.random()),
                seconds: random.random_range(120.0..300.0),
                key: random.random_range(0..25),
                octaves: random.random_range(6.0..7.5),
            })
            .collect()
    }

    fn route(minutes: f32) -> Route {
        Route { from: SAD, to: CALM, seconds: 60.0 * minutes }
    }

    fn found(route: &Route, stops: &[Stop]) -> Plan {
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
        assert_eq!(found(&route(600.0), &library(2, 1)).legs.len(), 2);
        let last = *found(&route(600.0), &library(3, 1)).legs.last().expect("some");
        assert!(last.begins + last.stop.seconds >= 36_000.0, "three take turns");
    }

    #[test]
    fn a_small_library_repeats_what_suits_rather_than_lead_through_anger() {
        let at =
            [(-0.6, -0.4), (-0.66, -0.3), (0.0, 0.0), (0.1, -0.1), (0.5, -0.4), (0.6, -0.3), (0.5, -0.5)];
        let angry = [(-0.5, 0.6), (-0.5, 0.7), (-0.4, 0.6), (-0.6, 0.3)];
        let stop = |(index, (valence, arousal))| Stop {
            index,
            at: Affect { valence, arousal },
            seconds: 95.0,
            key: 24,
            octaves: f32::NAN,
        };
        let stops: Vec<Stop> = at.into_iter().chain(angry).enumerate().map(stop).collect();
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

    proptest! {
        #[test]
        fn no_track_comes_again_soon_and_times_add_up(seed in 0_u64..1_000, count in 1_usize..60, minutes in 2.0_f32..40.0) {
            let plan = found(&route(minutes), &library(count, seed));
            for (number, leg) in plan.legs.iter().enumerate() {
                let last = &plan.legs[number.saturating_sub(NOT_AGAIN)..number];
                prop_assert!(last.iter().all(|other| other.stop.index != leg.stop.index));
            }
            for pair in plan.legs.windows(2) {
                prop_assert!((pair[0].begins + pair[0].stop.seconds - pair[1].begins).abs() < 0.1);
            }
        }
    }
}
