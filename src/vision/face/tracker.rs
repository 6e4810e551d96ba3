//! Who is who over time: stable numbers for faces, from boxes and time alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::detected_face::{Face, FaceBox};
use super::search_schedule::elapsed;

/// Gives each person a number; clones share one count, so that a number never comes twice in a run.
#[derive(Debug, Clone, Default)]
pub struct FaceIds(Arc<AtomicU32>);

impl FaceIds {
    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// One person's face over time.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceTrack {
    pub id: u32,
    /// As it was seen last.
    pub face: Face,
    /// Whether it is in view now; else it was missed and its number is kept for a while.
    pub in_view: bool,
    /// When a detector saw it last, in app time.
    pub seen: Duration,
    /// Pixels a second.
    velocity: [f32; 2],
}

/// A face is not expected to go on moving for longer than this after it was seen.
const MOVES_ON_SECONDS: f32 = 0.4;
/// Share of a new movement in the velocity.
const NEW_MOVEMENT: f32 = 0.5;
/// Largest distance of a face from where it is expected, in sides of its box.
const REACH: f32 = 0.8;
/// Largest factor by which a face grows or shrinks from one look to the next.
const GROWTH: f32 = 2.0;
/// Boxes that share more than this (of both, or of the smaller one) are one face.
const SAME: f32 = 0.3;
const INSIDE: f32 = 0.7;

impl FaceTrack {
    /// Where it is expected: onward in the direction in which it moved.
    #[must_use]
    pub fn expected(&self, now: Duration) -> FaceBox {
        let onward = elapsed(now, Some(self.seen)).min(MOVES_ON_SECONDS);
        let bounds = self.face.bounds;
        FaceBox { x: bounds.x + self.velocity[0] * onward, y: bounds.y + self.velocity[1] * onward, ..bounds }
    }

    fn see(&mut self, face: Face, now: Duration) {
        let seconds = elapsed(now, Some(self.seen));
        // After a gap the way in between is not known, and a frame twice has no velocity.
        if (0.001..MOVES_ON_SECONDS).contains(&seconds) {
            let (from, to) = (self.face.bounds.centre(), face.bounds.centre());
            for axis in [0, 1] {
                let velocity = (to[axis] - from[axis]) / seconds;
                self.velocity[axis] += NEW_MOVEMENT * (velocity - self.velocity[axis]);
            }
        } else if seconds >= MOVES_ON_SECONDS {
            self.velocity = [0.0; 2];
        }
        (self.face, self.seen, self.in_view) = (face, now, true);
    }
}

/// How well a face fits where one is expected: 1 exactly, above 0 perhaps; `None` if it must be another.
fn fit(expected: &FaceBox, found: &FaceBox) -> Option<f32> {
    let side = f32::midpoint(expected.side(), found.side()).max(f32::MIN_POSITIVE);
    let [from, to] = [expected.centre(), found.centre()];
    let way = (from[0] - to[0]).hypot(from[1] - to[1]) / side;
    let growth = found.side() / expected.side().max(f32::MIN_POSITIVE);
    ((1.0 / GROWTH..=GROWTH).contains(&growth) && way <= REACH)
        .then(|| f32::midpoint(expected.overlap(found), 1.0 - way / REACH))
}

/// Follows faces.
#[derive(Debug, Default)]
pub struct FaceTracker {
    tracks: Vec<FaceTrack>,
    ids: FaceIds,
}

impl FaceTracker {
    /// Starts with nobody.
    #[must_use]
    pub fn new(ids: FaceIds) -> Self {
        Self { tracks: Vec::new(), ids }
    }

    /// Everybody who is in view or was a moment ago.
    #[must_use]
    pub fn tracks(&self) -> &[FaceTrack] {
        &self.tracks
    }

    /// Whether anybody is in view.
    #[must_use]
    pub fn anybody(&self) -> bool {
        self.tracks.iter().any(|track| track.in_view)
    }

    /// Forgets those who have been out of view for longer than a hold time.
    pub fn expire(&mut self, now: Duration, hold_seconds: f32) {
        self.tracks.retain(|track| track.in_view || elapsed(now, Some(track.seen)) <= hold_seconds);
    }

    /// Forgets everybody: the picture is another one.
    pub fn clear(&mut self) {
        self.tracks.clear();
    }

    /// Which faces are which known people: pairs of a place in [`Self::tracks`] and a place in `found`, each at
    /// most once, the best fit first.
    #[must_use]
    pub fn matching(&self, now: Duration, found: &[Face]) -> Vec<(usize, usize)> {
        let mut fits: Vec<(f32, usize, usize)> = Vec::new();
        for (index, track) in self.tracks.iter().enumerate() {
            let expected = track.expected(now);
            let fitting = found.iter().enumerate().filter_map(|(place, face)| {
                // Where two fit alike, the one who is in view now is not given up for one who left.
                let bonus = if track.in_view { 0.1 } else { 0.0 };
                Some((fit(&expected, &face.bounds)? + bonus, index, place))
            });
            fits.extend(fitting);
        }
        fits.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (_, index, place) in fits {
            if pairs.iter().all(|(i, p)| *i != index && *p != place) {
                pairs.push((index, place));
            }
        }
        pairs
    }

    /// Takes what was found in a frame. Those in `kept` (numbers) were not looked for and stay where they are;
    /// all others that were not found are out of view.
    pub fn update(&mut self, now: Duration, found: &[Face], kept: &[u32]) {
        let pairs = self.matching(now, found);
        for (index, track) in self.tracks.iter_mut().enumerate() {
            match pairs.iter().find(|(i, _)| *i == index) {
                Some((_, place)) => track.see(found[*place].clone(), now),
                None => track.in_view &= kept.contains(&track.id),
            }
        }
        for (place, face) in found.iter().enumerate() {
            let known = |track: &FaceTrack| track.in_view && same(&track.face.bounds, &face.bounds);
            if pairs.iter().any(|(_, p)| *p == place) || self.tracks.iter().any(known) {
                continue;
            }
            let id = self.ids.next();
            let velocity = [0.0; 2];
            self.tracks.push(FaceTrack { id, face: face.clone(), in_view: true, seen: now, velocity });
        }
    }
}

fn same(one: &FaceBox, other: &FaceBox) -> bool {
    let smaller = one.area().min(other.area()).max(f32::MIN_POSITIVE);
    one.overlap(other) > SAME || one.shared(other) / smaller > INSIDE
}

/// The faces of several looks, each once: of those that overlap the surest stays.
#[must_use]
pub fn distinct(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::with_capacity(faces.len());
    for face in faces {
        if !kept.iter().any(|other| same(&other.bounds, &face.bounds)) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    const HOLD: f32 = 0.7;

    fn face(x: f32, y: f32, side: f32) -> Face {
        let bounds = FaceBox { x: x - side / 2.0, y: y - side / 2.0, width: side, height: side };
        let eye = |share: f32| [x + share * side, y - 0.1 * side];
        Face { bounds, left_eye: eye(-0.2), right_eye: eye(0.2), nose: None, mouth: None, score: 0.9 }
    }

    /// One frame with what was found in it; returns the numbers of the faces in view, from left to right.
    fn see(tracker: &mut FaceTracker, ms: u64, found: &[Face]) -> Vec<u32> {
        let now = Duration::from_millis(ms);
        tracker.expire(now, HOLD);
        tracker.update(now, found, &[]);
        let mut in_view: Vec<&FaceTrack> = tracker.tracks().iter().filter(|track| track.in_view).collect();
        in_view.sort_by(|a, b| a.face.bounds.x.total_cmp(&b.face.bounds.x));
        in_view.iter().map(|track| track.id).collect()
    }

    #[test]
    fn a_short_miss_keeps_the_number_and_a_long_one_does_not() {
        let mut tracker = FaceTracker::default();
        let here = [face(100.0, 100.0, 80.0)];
        assert_eq!(see(&mut tracker, 0, &here), [0]);
        assert!(see(&mut tracker, 100, &[]).is_empty());
        assert!(see(&mut tracker, 600, &[]).is_empty());
        assert_eq!(see(&mut tracker, 700, &here), [0]);
        assert!(see(&mut tracker, 800, &[]).is_empty());
        assert_eq!(see(&mut tracker, 1_500, &here), [1], "a number does not come back");
    }

    #[test]
    fn numbers_stay_with_those_who_cross_even_while_one_hides_the_other() {
        let mut tracker = FaceTracker::default();
        let mut last = Vec::new();
        for i in 0..40_u16 {
            let (right, left) = (100.0 + 10.0 * f32::from(i), 490.0 - 10.0 * f32::from(i));
            let hidden = (right - left).abs() < 45.0;
            let mut found = vec![face(right, 200.0, 80.0)];
            if !hidden {
                found.push(face(left, 215.0, 80.0));
            }
            let seen = see(&mut tracker, u64::from(i) * 67, &found);
            assert_eq!(seen.len(), found.len(), "frame {i}");
            last = seen;
        }
        assert_eq!(last, [1, 0], "they have changed places");
    }

    #[test]
    fn noise_and_dropouts_do_not_change_numbers() {
        for seed in 0..20 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut tracker = FaceTracker::default();
            for i in 0..600_u64 {
                let t = i as f32 / 30.0;
                let mut found = Vec::new();
                for (x, y, side) in
                    [(150.0 + 60.0 * t.sin(), 200.0, 90.0), (420.0, 240.0 + 40.0 * t.cos(), 60.0)]
                {
                    let mut shake = || random.random_range(-0.06..0.06) * side;
                    let shaken = face(x + shake(), y + shake(), side + shake());
                    if random.random_bool(0.8) {
                        found.push(shaken);
                    }
                }
                see(&mut tracker, i * 33, &found);
                assert!(tracker.tracks().iter().all(|track| track.id < 2), "seed {seed}, frame {i}");
            }
        }
    }

    #[test]
    fn kept_faces_stay_without_a_look() {
        let mut tracker = FaceTracker::default();
        see(&mut tracker, 0, &[face(100.0, 100.0, 80.0), face(300.0, 100.0, 80.0)]);
        tracker.update(Duration::from_millis(100), &[], &[1]);
        let in_view: Vec<u32> = tracker.tracks().iter().filter(|t| t.in_view).map(|t| t.id).collect();
        assert_eq!(in_view, [1]);
    }

    #[test]
    fn looks_that_overlap_give_each_face_once() {
        let mut cut = face(105.0, 100.0, 70.0);
        cut.score = 0.7;
        let faces = distinct(vec![cut, face(100.0, 100.0, 80.0), face(190.0, 100.0, 80.0)]);
        assert_eq!(faces.len(), 2);
        assert!(faces.iter().all(|face| face.score > 0.8), "the surest stays");
    }

    proptest! {
        #[test]
        fn no_number_is_given_twice(frames in proptest::collection::vec(
            proptest::collection::vec((0.0..640.0_f32, 0.0..480.0_f32, 1.0..200.0_f32), 0..5), 0..30,
        )) {
            let ids = FaceIds::default();
            let mut ever = std::collections::BTreeSet::new();
            let mut tracker = FaceTracker::new(ids.clone());
            for (index, frame) in frames.iter().enumerate() {
                // A reader that dies and starts again has a new tracker.
                if index == 15 {
                    tracker = FaceTracker::new(ids.clone());
                }
                let before: Vec<u32> = tracker.tracks().iter().map(|track| track.id).collect();
                let found: Vec<Face> = frame.iter().map(|(x, y, side)| face(*x, *y, *side)).collect();
                let found = distinct(found);
                let seen = see(&mut tracker, index as u64 * 100, &found);
                prop_assert!(seen.len() <= found.len());
                for id in seen {
                    prop_assert!(before.contains(&id) || ever.insert(id), "{id} came back");
                }
            }
        }
    }
}
