//! Plans a journey: which tracks, in which order (beam search).

use super::route::{JourneyLeg, JourneyPlan, Route, Waypoint};
use super::settings::JourneySettings;
use super::track_graph::{PathNode, TrackGraph};
use crate::emotion::Affect;
use crate::music::plane::distance;
use crate::music::theory::{key_distance_share, tempo_distance};

/// Width of the beam.
const BEAM: usize = 8;
/// Costs of a squared distance along the reference path (being early or late) and from it (a mood off the route).
const EARLY_OR_LATE: f32 = 2.0;
const ASIDE: f32 = 8.0;
/// Cost of repeating a track. Small enough that a small library repeats suitable tracks rather than play unsuitable
/// ones.
const AGAIN: f32 = 0.25;
/// Additional cost if only one other track was played in between.
const SOON: f32 = 0.75;

/// Finds the tracks for what is left of a route after `elapsed` seconds, from where the music is now.
///
/// No step is longer than the one of the settings. The first is free at the start of a route, because the mood is no
/// track. Where nothing near enough leads to the goal, gaps are crossed, see [`JourneyGap`](super::JourneyGap). Within that, a beam search
/// stays near to where the music should be at each time, prefers tracks that did not come yet, and keeps in time for
/// the goal. `None` if there is no track.
#[must_use]
pub fn plan(
    route: &Route,
    now: Affect,
    elapsed: f32,
    stops: &[Waypoint],
    settings: &JourneySettings,
) -> Option<JourneyPlan> {
    let ground = TrackGraph::new(route, now, elapsed > 0.0, stops, settings.step)?;
    let search = BeamSearch::new(&ground, route, elapsed, settings);
    let best = search.run()?;
    Some(JourneyPlan { legs: search.legs(&best, elapsed), gaps: ground.gaps })
}

/// A partial plan: waypoints by number.
#[derive(Debug, Clone)]
struct PartialPath {
    stops: Vec<usize>,
    /// How often each waypoint is on it.
    times: Vec<u16>,
    elapsed: f32,
    cost: f32,
}

impl PartialPath {
    fn last(&self) -> PathNode {
        self.stops.last().copied()
    }

    fn with(&self, stop: usize, seconds: f32, cost: f32) -> Self {
        let mut longer = self.clone();
        longer.stops.push(stop);
        longer.times[stop] += 1;
        (longer.elapsed, longer.cost) = (self.elapsed + seconds, cost);
        longer
    }
}

struct BeamSearch<'a> {
    ground: &'a TrackGraph,
    route: &'a Route,
    settings: &'a JourneySettings,
    elapsed: f32,
    /// Projection of each waypoint on the reference path: length up to it, and distance from it.
    places: Vec<(f32, f32)>,
}

impl<'a> BeamSearch<'a> {
    fn new(ground: &'a TrackGraph, route: &'a Route, elapsed: f32, settings: &'a JourneySettings) -> Self {
        let places = ground.stops.iter().map(|stop| ground.spine.project(stop.at)).collect();
        Self { ground, route, settings, elapsed, places }
    }

    /// The cheapest plan; `None` if no track can be reached.
    fn run(&self) -> Option<PartialPath> {
        let count = self.ground.stops.len();
        let first =
            PartialPath { stops: Vec::new(), times: vec![0; count], elapsed: self.elapsed, cost: 0.0 };
        let mut ways = vec![first];
        let mut whole: Vec<PartialPath> = Vec::new();
        while !ways.is_empty() {
            let mut longer: Vec<(f32, usize, usize)> = Vec::new();
            for (number, way) in ways.iter().enumerate() {
                let before = longer.len();
                self.go_on(way, |stop, cost| longer.push((cost, number, stop)));
                if longer.len() == before && !way.stops.is_empty() {
                    // Nothing else is within reach: the plan ends early.
                    whole.push(way.clone());
                }
            }
            if longer.len() > BEAM {
                longer.select_nth_unstable_by(BEAM, cheaper);
                longer.truncate(BEAM);
            }
            longer.sort_by(cheaper);
            let seconds = |stop: usize| self.ground.stops[stop].seconds;
            ways = longer
                .into_iter()
                .map(|(cost, number, stop)| ways[number].with(stop, seconds(stop), cost))
                .collect();
            whole.extend(ways.extract_if(.., |way| way.elapsed >= self.route.seconds));
        }
        // Mean cost per track: plans must not win by having fewer tracks.
        let mean = |way: &PartialPath| way.cost / way.stops.len() as f32;
        whole.into_iter().min_by(|a, b| mean(a).total_cmp(&mean(b)))
    }

    /// All waypoints that can come next, each with the cost of the plan then. Those from which the goal can be reached in
    /// time exclude all others.
    fn go_on(&self, way: &PartialPath, mut take: impl FnMut(usize, f32)) {
        let last = way.last();
        let mut near: Vec<usize> =
            (0..self.ground.stops.len()).filter(|stop| self.ground.allows(last, *stop)).collect();
        let in_time = |stop: &usize| way.elapsed + self.ground.seconds_left[*stop] < self.route.seconds;
        if near.iter().any(in_time) {
            near.retain(in_time);
        }
        for stop in near {
            take(stop, way.cost + self.cost(way, stop));
        }
    }

    fn cost(&self, way: &PartialPath, stop: usize) -> f32 {
        let stops = &self.ground.stops;
        let (along, aside) = self.places[stop];
        let late = along - self.wanted(way.elapsed + 0.5 * stops[stop].seconds);
        let mut cost =
            EARLY_OR_LATE * late * late + ASIDE * aside * aside + AGAIN * f32::from(way.times[stop]);
        if let [.., before, last] = way.stops[..] {
            debug_assert_ne!(last, stop);
            cost += if before == stop { SOON } else { 0.0 };
        }
        if let Some(last) = way.last() {
            cost += self.settings.smoothness * roughness(&stops[last], &stops[stop]);
        }
        cost
    }

    /// Length of the reference path that should be covered at a time. If the music is ahead or behind when a plan is made,
    /// the rest is covered evenly.
    fn wanted(&self, elapsed: f32) -> f32 {
        let done = self.route.share(self.elapsed, self.settings);
        let share = self.route.share(elapsed, self.settings);
        let left = if done < 1.0 { (share - done) / (1.0 - done) } else { 1.0 };
        left * self.ground.spine.length()
    }

    fn legs(&self, way: &PartialPath, mut elapsed: f32) -> Vec<JourneyLeg> {
        let mut at = self.ground.at(None);
        let leg = |stop: &usize| {
            let stop = self.ground.stops[*stop];
            let wanted = self.ground.spine.point(self.wanted(elapsed + 0.5 * stop.seconds));
            let length = distance(at, stop.at);
            let leg = JourneyLeg { stop, begins: elapsed, wanted: wanted.unwrap_or(stop.at), step: length };
            (at, elapsed) = (stop.at, elapsed + stop.seconds);
            leg
        };
        way.stops.iter().map(leg).collect()
    }
}

fn cheaper(a: &(f32, usize, usize), b: &(f32, usize, usize)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2)))
}

/// 0 the same key and tempo ..= 1 as far apart as can be.
fn roughness(a: &Waypoint, b: &Waypoint) -> f32 {
    f32::midpoint(key_distance_share(a.key, b.key), tempo_distance(a.octaves, b.octaves))
}

#[cfg(test)]
mod tests;
