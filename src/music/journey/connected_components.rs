//! Connected components of points in the plane, where points within a step bound are connected, and the shortest bridges
//! between components.
//!
//! The plane is divided into grid cells whose diagonal is the bound, so all points of a cell are connected. Cells are
//! connected if any pair of their points is within the bound. This is exact, and fast for many points, because the first
//! pair that is compared is usually near enough.

use std::collections::HashMap;

use crate::emotion::Affect;
use crate::music::plane::{distance, within};

/// A step from one point to another, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GraphEdge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) length: f32,
}

impl GraphEdge {
    fn back(self) -> Self {
        Self { from: self.to, to: self.from, length: self.length }
    }
}

struct GridCell {
    column: i32,
    row: i32,
    points: Vec<usize>,
}

/// A union-find structure.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn of(&self, mut one: usize) -> usize {
        while self.0[one] != one {
            one = self.0[one];
        }
        one
    }

    /// Joins two sets. Returns whether they were separate.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
        a != b
    }
}

/// Points and their connected components.
pub(super) struct ConnectedComponents {
    points: Vec<Affect>,
    /// Side of a cell.
    side: f32,
    squares: Vec<GridCell>,
    /// The cell of each point, and the component of each cell.
    square_of: Vec<usize>,
    island_of: Vec<usize>,
    /// Steps within the bound that connect the cells of components.
    pub(super) links: Vec<GraphEdge>,
}

impl ConnectedComponents {
    pub(super) fn new(points: Vec<Affect>, bound: f32) -> Self {
        // Slightly less than 1/√2, so that rounding cannot make the diagonal longer than the bound.
        let side = bound / 1.415;
        let mut squares: Vec<GridCell> = Vec::new();
        let mut places: HashMap<(i32, i32), usize> = HashMap::new();
        let mut square_of = Vec::with_capacity(points.len());
        for (number, point) in points.iter().enumerate() {
            let (column, row) =
                ((point.valence / side).floor() as i32, (point.arousal / side).floor() as i32);
            let square = *places.entry((column, row)).or_insert_with(|| {
                squares.push(GridCell { column, row, points: Vec::new() });
                squares.len() - 1
            });
            squares[square].points.push(number);
            square_of.push(square);
        }
        let mut sets = DisjointSets((0..squares.len()).collect());
        let mut links = Vec::new();
        for (number, square) in squares.iter().enumerate() {
            // Half of the neighbouring cells: the other half find this one.
            for (right, up) in (0..=2).flat_map(|right| (-2..=2).map(move |up| (right, up))) {
                let ahead = right > 0 || up > 0;
                let other = places.get(&(square.column + right, square.row + up)).filter(|_| ahead);
                let Some(other) = other.copied().filter(|other| sets.of(*other) != sets.of(number)) else {
                    continue;
                };
                let there = &squares[other].points;
                let pairs = square.points.iter().flat_map(|from| there.iter().map(move |to| (*from, *to)));
                if let Some(link) =
                    pairs.into_iter().find(|(from, to)| within(points[*from], points[*to], bound))
                {
                    sets.join(number, other);
                    links.push(step(&points, link.0, link.1));
                }
            }
        }
        let island_of = (0..squares.len()).map(|square| sets.of(square)).collect();
        Self { points, side, squares, square_of, island_of, links }
    }

    /// The component of a point, as a number.
    pub(super) fn of(&self, point: usize) -> usize {
        self.island_of[self.square_of[point]]
    }

    /// One point of each cell.
    pub(super) fn one_of_each(&self) -> impl Iterator<Item = usize> {
        self.squares.iter().filter_map(|square| square.points.first().copied())
    }

    /// The steps beyond the bound on the way from one of these points to one of those, in their order; none if no such
    /// step is needed. Each is the shortest one between two islands. The cubes of their lengths are as little as can be
    /// in sum: two small steps over an island rather than one large one, but not many over islands that lie far off,
    /// and no path through anger because a step there is a little shorter.
    pub(super) fn bridges(&self, from: &[usize], to: &[usize]) -> Vec<GraphEdge> {
        let count = self.squares.len();
        let mut cost = vec![f32::INFINITY; count];
        let mut before: Vec<Option<GraphEdge>> = vec![None; count];
        for point in from {
            cost[self.of(*point)] = 0.0;
        }
        let ends: Vec<usize> = to.iter().map(|point| self.of(*point)).collect();
        let steps = self.shortest_between_islands();
        let mut done = vec![false; count];
        let nearest = |cost: &[f32], done: &[bool]| {
            let open = (0..count).filter(|island| !done[*island] && cost[*island].is_finite());
            open.min_by(|a, b| cost[*a].total_cmp(&cost[*b]))
        };
        while let Some(island) = nearest(&cost, &done) {
            if ends.contains(&island) {
                return self.path(&before, island);
            }
            done[island] = true;
            for step in steps.iter().flat_map(|step| [*step, step.back()]) {
                let (there, longer) = (self.of(step.to), cost[island] + step.length.powi(3));
                if self.of(step.from) == island && longer < cost[there] {
                    (cost[there], before[there]) = (longer, Some(step));
                }
            }
        }
        Vec::new()
    }

    fn path(&self, before: &[Option<GraphEdge>], end: usize) -> Vec<GraphEdge> {
        let last = before[end];
        let mut steps: Vec<GraphEdge> =
            std::iter::successors(last, |step| before[self.of(step.from)]).collect();
        steps.reverse();
        steps
    }

    /// The shortest step between each pair of components.
    fn shortest_between_islands(&self) -> Vec<GraphEdge> {
        let mut shortest: HashMap<(usize, usize), GraphEdge> = HashMap::new();
        for (number, square) in self.squares.iter().enumerate() {
            for (other, there) in self.squares.iter().enumerate().skip(number + 1) {
                let (a, b) = (self.island_of[number], self.island_of[other]);
                let least = self.apart(square, there);
                let pair = (a.min(b), a.max(b));
                if a == b || shortest.get(&pair).is_some_and(|step| step.length <= least) {
                    continue;
                }
                let pairs = square
                    .points
                    .iter()
                    .flat_map(|from| there.points.iter().map(|to| step(&self.points, *from, *to)));
                for step in pairs {
                    let known = shortest.entry(pair).or_insert(step);
                    if step.length < known.length {
                        *known = step;
                    }
                }
            }
        }
        let mut shortest: Vec<GraphEdge> = shortest.into_values().collect();
        shortest.sort_by_key(|step| (step.from, step.to));
        shortest
    }

    /// Lower bound of the distance between points of two cells.
    fn apart(&self, a: &GridCell, b: &GridCell) -> f32 {
        let gap = |a: i32, b: i32| (a.abs_diff(b).saturating_sub(1)) as f32 * self.side;
        gap(a.column, b.column).hypot(gap(a.row, b.row))
    }
}

fn step(points: &[Affect], from: usize, to: usize) -> GraphEdge {
    GraphEdge { from, to, length: distance(points[from], points[to]) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(places: &[(f32, f32)]) -> Vec<Affect> {
        places.iter().map(|(valence, arousal)| Affect { valence: *valence, arousal: *arousal }).collect()
    }

    /// The island of each point, worked out the slow way.
    fn slowly(points: &[Affect], bound: f32) -> DisjointSets {
        let mut sets = DisjointSets((0..points.len()).collect());
        for a in 0..points.len() {
            for b in 0..a {
                if within(points[a], points[b], bound) {
                    sets.join(a, b);
                }
            }
        }
        sets
    }

    #[test]
    fn a_way_over_several_islands_takes_the_shortest_bridges() {
        let points =
            points(&[(-0.9, 0.0), (-0.7, 0.0), (0.0, 0.3), (0.1, 0.3), (0.0, -0.9), (0.8, 0.0), (0.7, 0.1)]);
        let islands = ConnectedComponents::new(points, 0.3);
        let bridges = islands.bridges(&[0], &[5]);
        let ends: Vec<(usize, usize)> = bridges.iter().map(|step| (step.from, step.to)).collect();
        assert_eq!(ends, [(1, 2), (3, 6)]);
        assert_eq!(islands.bridges(&[0], &[1]), []);
    }

    proptest! {
        #[test]
        fn islands_are_those_that_every_pair_of_points_makes(
            places in proptest::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 1..60),
            bound in 0.05_f32..0.8,
        ) {
            let points = points(&places);
            let (quick, slow) = (ConnectedComponents::new(points.clone(), bound), slowly(&points, bound));
            for a in 0..points.len() {
                for b in 0..a {
                    prop_assert_eq!(quick.of(a) == quick.of(b), slow.of(a) == slow.of(b));
                }
            }
        }

        #[test]
        fn bridges_are_as_short_as_can_be(
            places in proptest::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 2..30),
            bound in 0.05_f32..0.4,
        ) {
            let points = points(&places);
            let bridges = ConnectedComponents::new(points.clone(), bound).bridges(&[0], &[points.len() - 1]);
            let cubes = |length: f32| if length <= bound { 0.0 } else { length.powi(3) };
            // The way from the first point to each, over all others (Bellman and Ford).
            let mut least = vec![f32::INFINITY; points.len()];
            least[0] = 0.0;
            for _ in 0..points.len() {
                for (from, to) in (0..points.len()).flat_map(|a| (0..points.len()).map(move |b| (a, b))) {
                    least[to] = least[to].min(least[from] + cubes(distance(points[from], points[to])));
                }
            }
            let sum: f32 = bridges.iter().map(|step| step.length.powi(3)).sum();
            prop_assert!((sum - least[points.len() - 1]).abs() < 1e-4, "{:?} {:?}", bridges, least);
        }
    }
}
