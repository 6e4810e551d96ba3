//! The graph of a journey: its waypoints, the steps that are allowed between them, and the shortest path from each to
//! the goal.

use super::connected_components::{ConnectedComponents, GraphEdge};
use super::route::{JourneyGap, Route, Waypoint};
use crate::emotion::Affect;
use crate::music::plane::{between, distance, neighbourhood, within};

/// Largest number of waypoints in the graph. Of more, those nearest to the straight line are kept, and those that keep
/// components connected.
const MOST_STOPS: usize = 256;
/// Sections of the straight line, each of which keeps the same number of waypoints.
const PARTS: usize = 12;
const OF_EACH_PART: usize = 9;
/// Costs in the search for the shortest path: per unit of distance from the straight line, and per unit of distance
/// between the last waypoint and the goal.
const BESIDE: f32 = 0.5;
const SHORT_OF_GOAL: f32 = 2.0;

/// A node of the graph: a waypoint, or `None` for the position before the first track.
pub(super) type PathNode = Option<usize>;

/// Waypoints by their numbers in this graph.
pub(super) struct TrackGraph {
    pub(super) stops: Vec<Waypoint>,
    bound: f32,
    now: Affect,
    /// The first step is not bounded, because the journey starts from the mood and not from a track.
    free: bool,
    /// Waypoints at which a path can begin.
    starts: Vec<bool>,
    /// Steps beyond the bound that cross a gap, each in one direction.
    bridges: Vec<(PathNode, usize)>,
    pub(super) gaps: Vec<JourneyGap>,
    /// Least seconds of music from the start of each waypoint until the neighbourhood of the goal.
    pub(super) seconds_left: Vec<f32>,
    /// The shortest path from the current position to the goal.
    pub(super) spine: ReferencePath,
}

impl TrackGraph {
    /// `None` if there is no stop.
    pub(super) fn new(
        route: &Route,
        now: Affect,
        on_the_way: bool,
        stops: &[Waypoint],
        bound: f32,
    ) -> Option<Self> {
        let map = ComponentMap::new(route, now, on_the_way, stops, bound)?;
        let kept = map.kept(stops, route, now);
        let number = |point: usize| kept.binary_search(&point).ok();
        let ends: Vec<usize> = map.ends.iter().filter_map(|point| number(*point)).collect();
        let mut starts = vec![false; kept.len()];
        for point in map.starts.iter().filter(|_| !on_the_way).filter_map(|point| number(*point)) {
            starts[point] = true;
        }
        let bridges =
            map.bridges.iter().filter_map(|step| Some((number(step.from), number(step.to)?))).collect();
        let mut ground = Self {
            stops: kept.iter().map(|point| stops[*point]).collect(),
            bound,
            now,
            free: !on_the_way,
            starts,
            bridges,
            gaps: map.gaps(stops, now),
            seconds_left: Vec::new(),
            spine: ReferencePath::default(),
        };
        ground.find_ways(route, &ends);
        Some(ground)
    }

    pub(super) fn at(&self, node: PathNode) -> Affect {
        node.map_or(self.now, |stop| self.stops[stop].at)
    }

    /// Whether this step may be taken.
    pub(super) fn allows(&self, from: PathNode, to: usize) -> bool {
        let near = || within(self.at(from), self.stops[to].at, self.bound);
        match from {
            None if self.free => self.starts[to] && self.seconds_left[to].is_finite(),
            Some(stop) if stop == to => false,
            // A component that does not lead to the goal is a dead end.
            _ if self.seconds_left[to].is_infinite() => false,
            _ => near() || self.bridges.contains(&(from, to)),
        }
    }

    /// Shortest paths from every waypoint to the goal (Dijkstra), and the one from the current position.
    fn find_ways(&mut self, route: &Route, ends: &[usize]) {
        let count = self.stops.len();
        let beside: Vec<f32> =
            self.stops.iter().map(|stop| BESIDE * beside(self.now, route.to, stop.at)).collect();
        let mut cost = vec![f32::INFINITY; count];
        let mut next: Vec<PathNode> = vec![None; count];
        let mut open: Vec<usize> = (0..count).collect();
        self.seconds_left = vec![f32::INFINITY; count];
        for end in ends {
            cost[*end] = SHORT_OF_GOAL * distance(self.stops[*end].at, route.to);
            self.seconds_left[*end] = 0.0;
        }
        while let Some(place) = (0..open.len()).min_by(|a, b| cost[open[*a]].total_cmp(&cost[open[*b]])) {
            let nearest = open.swap_remove(place);
            if cost[nearest].is_infinite() {
                break;
            }
            let (at, so_far, left) = (self.stops[nearest].at, cost[nearest], self.seconds_left[nearest]);
            for other in &open {
                let other = *other;
                let length = distance(self.stops[other].at, at);
                if length <= self.bound || self.bridges.contains(&(Some(other), nearest)) {
                    let longer = so_far + length + beside[other];
                    if longer < cost[other] {
                        (cost[other], next[other]) = (longer, Some(nearest));
                        if self.seconds_left[other] > 0.0 {
                            self.seconds_left[other] = self.stops[other].seconds + left;
                        }
                    }
                }
            }
        }
        let whole = |stop: &usize| cost[*stop] + distance(self.now, self.stops[*stop].at);
        let firsts = (0..count).filter(|stop| self.allows(None, *stop));
        let first = firsts.min_by(|a, b| whole(a).total_cmp(&whole(b)));
        let stops = std::iter::successors(first, |stop| next[*stop]).map(|stop| self.stops[stop].at);
        self.spine =
            ReferencePath::through(std::iter::once(self.now).chain(stops).chain([route.to]).collect());
    }
}

/// All points and their connected components.
struct ComponentMap {
    /// Number of waypoints. The current position follows them as one more point, unless the journey starts freely.
    stops: usize,
    islands: ConnectedComponents,
    starts: Vec<usize>,
    ends: Vec<usize>,
    bridges: Vec<GraphEdge>,
    /// Components on a path to the goal, by number.
    open: Vec<usize>,
}

impl ComponentMap {
    fn new(route: &Route, now: Affect, on_the_way: bool, stops: &[Waypoint], bound: f32) -> Option<Self> {
        if stops.is_empty() {
            return None;
        }
        let mut points: Vec<Affect> = stops.iter().map(|stop| stop.at).collect();
        let starts = if on_the_way { vec![stops.len()] } else { neighbourhood(now, &points, bound) };
        let ends = neighbourhood(route.to, &points, bound);
        points.extend(on_the_way.then_some(now));
        let islands = ConnectedComponents::new(points, bound);
        let of_ends: Vec<usize> = ends.iter().map(|end| islands.of(*end)).collect();
        let mut open: Vec<usize> =
            starts.iter().map(|start| islands.of(*start)).filter(|island| of_ends.contains(island)).collect();
        let mut bridges = Vec::new();
        if open.is_empty() {
            bridges = islands.bridges(&starts, &ends);
            open = bridges.iter().flat_map(|step| [step.from, step.to]).map(|it| islands.of(it)).collect();
        }
        open.sort_unstable();
        open.dedup();
        Some(Self { stops: stops.len(), islands, starts, ends, bridges, open })
    }

    fn is_open(&self, point: usize) -> bool {
        point < self.stops && self.open.binary_search(&self.islands.of(point)).is_ok()
    }

    /// The waypoints that are kept, by number, sorted.
    fn kept(&self, stops: &[Waypoint], route: &Route, now: Affect) -> Vec<usize> {
        let open: Vec<usize> = (0..self.stops).filter(|point| self.is_open(*point)).collect();
        if open.len() <= MOST_STOPS {
            return open;
        }
        let mut kept = along(now, route.to, &open, stops);
        // Every grid cell and every link, so that components stay connected.
        kept.extend(self.islands.one_of_each());
        kept.extend(self.islands.links.iter().chain(&self.bridges).flat_map(|step| [step.from, step.to]));
        for island in &self.open {
            for (points, at) in [(&self.starts, now), (&self.ends, route.to)] {
                let here =
                    points.iter().filter(|point| **point < self.stops && self.islands.of(**point) == *island);
                let far = |point: &usize| distance(stops[*point].at, at);
                kept.extend(here.copied().min_by(|a, b| far(a).total_cmp(&far(b))));
            }
        }
        kept.retain(|point| self.is_open(*point));
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    fn gaps(&self, stops: &[Waypoint], now: Affect) -> Vec<JourneyGap> {
        let gap = |step: &GraphEdge| JourneyGap {
            from: stops.get(step.from).map_or(now, |stop| stop.at),
            after: stops.get(step.from).map(|stop| stop.index),
            to: stops[step.to].at,
            before: stops[step.to].index,
            length: step.length,
        };
        self.bridges.iter().map(gap).collect()
    }
}

/// The waypoints nearest to the straight line, equally many from each section of it, so that a large library costs no
/// more than a small one.
fn along(from: Affect, to: Affect, open: &[usize], stops: &[Waypoint]) -> Vec<usize> {
    let mut parts: [Vec<(f32, usize)>; PARTS] = Default::default();
    for number in open {
        let at = stops[*number].at;
        let share = share(from, to, at);
        let part = ((share * PARTS as f32) as usize).min(PARTS - 1);
        parts[part].push((distance(at, between(from, to, share)), *number));
    }
    let nearest = |mut part: Vec<(f32, usize)>| {
        if part.len() > OF_EACH_PART {
            part.select_nth_unstable_by(OF_EACH_PART, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            part.truncate(OF_EACH_PART);
        }
        part.into_iter().map(|(_, number)| number)
    };
    parts.into_iter().flat_map(nearest).collect()
}

/// Position (0..=1) on the segment between two points that is nearest to a third point.
fn share(from: Affect, to: Affect, at: Affect) -> f32 {
    let (dv, da) = (to.valence - from.valence, to.arousal - from.arousal);
    let squared = dv * dv + da * da;
    if squared <= f32::EPSILON {
        return 0.0;
    }
    (((at.valence - from.valence) * dv + (at.arousal - from.arousal) * da) / squared).clamp(0.0, 1.0)
}

/// Distance of a point from the straight line.
fn beside(from: Affect, to: Affect, at: Affect) -> f32 {
    distance(at, between(from, to, share(from, to, at)))
}

/// A polyline from the start to the goal.
#[derive(Debug, Clone, Default)]
pub(super) struct ReferencePath {
    /// Points, each with the length of the path up to it.
    points: Vec<(Affect, f32)>,
}

impl ReferencePath {
    fn through(points: Vec<Affect>) -> Self {
        let mut length = 0.0;
        let mut before = None;
        let measured = points.into_iter().map(|point| {
            length += before.replace(point).map_or(0.0, |before| distance(before, point));
            (point, length)
        });
        Self { points: measured.collect() }
    }

    pub(super) fn length(&self) -> f32 {
        self.points.last().map_or(0.0, |(_, length)| *length)
    }

    /// The point at this length of the path.
    pub(super) fn point(&self, length: f32) -> Option<Affect> {
        let next = self.points.iter().position(|(_, there)| *there >= length);
        let next = next.unwrap_or(self.points.len().saturating_sub(1));
        let (to, there) = *self.points.get(next)?;
        let Some((from, here)) = next.checked_sub(1).map(|before| self.points[before]) else {
            return Some(to);
        };
        let share = if there > here { ((length - here) / (there - here)).clamp(0.0, 1.0) } else { 1.0 };
        Some(between(from, to, share))
    }

    /// Projects a point on the path: length up to the nearest point of the path, and the distance to it.
    pub(super) fn project(&self, at: Affect) -> (f32, f32) {
        let piece = |pair: &[(Affect, f32)]| {
            let ((from, here), (to, there)) = (pair[0], pair[1]);
            let share = share(from, to, at);
            (here + share * (there - here), distance(at, between(from, to, share)))
        };
        let pieces = self.points.windows(2).map(piece);
        pieces.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spine_is_measured_along_its_pieces() {
        let at = |valence, arousal| Affect { valence, arousal };
        let spine = ReferencePath::through(vec![at(0.0, 0.0), at(0.5, 0.0), at(0.5, 0.5)]);
        assert!((spine.length() - 1.0).abs() < 1e-6);
        assert_eq!(spine.point(0.25), Some(at(0.25, 0.0)));
        assert_eq!(spine.point(0.75), Some(at(0.5, 0.25)));
        assert_eq!(spine.point(9.0), Some(at(0.5, 0.5)));
        let (along, aside) = spine.project(at(0.6, 0.3));
        assert!((along - 0.8).abs() < 1e-6 && (aside - 0.1).abs() < 1e-6);
    }
}
