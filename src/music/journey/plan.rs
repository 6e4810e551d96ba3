//! The way through the plane: which tracks, in which order.

use super::ground::{Ground, Node};
use super::settings::JourneySettings;
use super::{between, distance, in_plane};
use crate::emotion::Affect;
use crate::music::Entry;
use crate::music::recommend::{key_distance, key_number};

/// Ways that are followed at once.
const BEAM: usize = 8;
/// Costs of a squared distance: along the way, which is being early or late, and beside the way, which leads
/// through moods that are neither here nor there.
const EARLY_OR_LATE: f32 = 2.0;
const ASIDE: f32 = 8.0;
/// What it costs each time that a track comes again. Small libraries repeat what suits, rather than lead through
/// what does not.
const AGAIN: f32 = 0.25;
/// What it costs beside that when only one other track came between.
const SOON: f32 = 0.75;
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
        between(self.from, self.to, self.share(elapsed, settings))
    }

    /// The share of the way that should be done so long after the start.
    fn share(&self, elapsed: f32, settings: &JourneySettings) -> f32 {
        let matching = (60.0 * settings.match_minutes).min(0.25 * self.seconds);
        let arrival = (settings.arrive * self.seconds).max(matching + 1.0);
        ((elapsed - matching) / (arrival - matching)).clamp(0.0, 1.0)
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

/// A place where the music has nothing within the longest step: the way crosses it once, by the shortest step that
/// there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    pub from: Affect,
    /// Position in the library of the track before it; `None` is where the music is when the way begins.
    pub after: Option<usize>,
    pub to: Affect,
    /// Position in the library of the track behind it.
    pub before: usize,
    /// The step across, in the plane.
    pub length: f32,
}

impl Gap {
    /// Where tracks would have to lie, evenly and as few as can be, so that no step across is longer than this.
    #[must_use]
    pub fn filled(&self, step: f32) -> Vec<Affect> {
        let steps = (self.length / step).ceil().max(1.0);
        (1..steps as u32).map(|number| between(self.from, self.to, number as f32 / steps)).collect()
    }
}

/// A way that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub legs: Vec<Leg>,
    /// The gaps on the way to the goal, in their order.
    pub gaps: Vec<Gap>,
}

impl Plan {
    /// The longest step from one track to the next.
    #[must_use]
    pub fn longest_step(&self) -> f32 {
        self.legs.iter().skip(1).map(|leg| leg.step).fold(0.0, f32::max)
    }
}

/// Finds the tracks for what is left of a route after `elapsed` seconds, from where the music is now.
///
/// No step is longer than the one of the settings. The first is free at the start of a route, because the mood is no
/// track. Where nothing near enough leads to the goal, gaps are crossed, see [`Gap`]. Within that, a beam search
/// stays near to where the music should be at each time, prefers tracks that did not come yet, and keeps in time for
/// the goal. `None` if there is no track.
#[must_use]
pub fn plan(
    route: &Route,
    now: Affect,
    elapsed: f32,
    stops: &[Stop],
    settings: &JourneySettings,
) -> Option<Plan> {
    let ground = Ground::new(route, now, elapsed > 0.0, stops, settings.step)?;
    let search = Search::new(&ground, route, elapsed, settings);
    let best = search.run()?;
    Some(Plan { legs: search.legs(&best, elapsed), gaps: ground.gaps })
}

/// A way as far as it is known, by the numbers of stops.
#[derive(Debug, Clone)]
struct Way {
    stops: Vec<usize>,
    /// How often each stop is on it.
    times: Vec<u16>,
    elapsed: f32,
    cost: f32,
}

impl Way {
    fn last(&self) -> Node {
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

struct Search<'a> {
    ground: &'a Ground,
    route: &'a Route,
    settings: &'a JourneySettings,
    elapsed: f32,
    /// For each stop, how much of the way lies before it, and how far it is beside it.
    places: Vec<(f32, f32)>,
}

impl<'a> Search<'a> {
    fn new(ground: &'a Ground, route: &'a Route, elapsed: f32, settings: &'a JourneySettings) -> Self {
        let places = ground.stops.iter().map(|stop| ground.spine.project(stop.at)).collect();
        Self { ground, route, settings, elapsed, places }
    }

    /// The cheapest way; `None` if not even one track can be reached.
    fn run(&self) -> Option<Way> {
        let count = self.ground.stops.len();
        let first = Way { stops: Vec::new(), times: vec![0; count], elapsed: self.elapsed, cost: 0.0 };
        let mut ways = vec![first];
        let mut whole: Vec<Way> = Vec::new();
        while !ways.is_empty() {
            let mut longer: Vec<(f32, usize, usize)> = Vec::new();
            for (number, way) in ways.iter().enumerate() {
                let before = longer.len();
                self.go_on(way, |stop, cost| longer.push((cost, number, stop)));
                if longer.len() == before && !way.stops.is_empty() {
                    // There is nothing else within reach: the way ends early.
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
        // Costs are for each leg: ways of fewer tracks must not win by being short.
        let mean = |way: &Way| way.cost / way.stops.len() as f32;
        whole.into_iter().min_by(|a, b| mean(a).total_cmp(&mean(b)))
    }

    /// All stops that can come next, each with what the way costs then. While there are some from which the goal can
    /// be reached in time, no others.
    fn go_on(&self, way: &Way, mut take: impl FnMut(usize, f32)) {
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

    fn cost(&self, way: &Way, stop: usize) -> f32 {
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

    /// How much of the way should be done then. The music may be ahead of the route or behind it when a way is
    /// planned: what is left is done evenly.
    fn wanted(&self, elapsed: f32) -> f32 {
        let done = self.route.share(self.elapsed, self.settings);
        let share = self.route.share(elapsed, self.settings);
        let left = if done < 1.0 { (share - done) / (1.0 - done) } else { 1.0 };
        left * self.ground.spine.length()
    }

    fn legs(&self, way: &Way, mut elapsed: f32) -> Vec<Leg> {
        let mut at = self.ground.at(None);
        let leg = |stop: &usize| {
            let stop = self.ground.stops[*stop];
            let wanted = self.ground.spine.point(self.wanted(elapsed + 0.5 * stop.seconds));
            let length = distance(at, stop.at);
            let leg = Leg { stop, begins: elapsed, wanted: wanted.unwrap_or(stop.at), step: length };
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
fn roughness(a: &Stop, b: &Stop) -> f32 {
    let key = key_distance(a.key, b.key).unwrap_or(UNKNOWN);
    let octaves = (a.octaves - b.octaves).abs();
    let tempo = if octaves.is_nan() { UNKNOWN } else { 2.0 * (octaves - octaves.round()).abs() };
    f32::midpoint(key, tempo)
}

#[cfg(test)]
mod tests;
