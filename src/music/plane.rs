//! The plane of valence and arousal: positions of music, and distances.

use crate::emotion::Affect;

/// Position of music with this valence and energy, each 0..=1.
#[must_use]
pub fn in_plane(valence: f32, energy: f32) -> Affect {
    Affect { valence: 2.0 * valence - 1.0, arousal: 2.0 * energy - 1.0 }
}

/// Valence and energy, each 0..=1, of music at a point of the plane.
#[must_use]
pub fn of_plane(point: Affect) -> (f32, f32) {
    (f32::midpoint(point.valence, 1.0).clamp(0.0, 1.0), f32::midpoint(point.arousal, 1.0).clamp(0.0, 1.0))
}

/// The distance of two points.
#[must_use]
pub fn distance(a: Affect, b: Affect) -> f32 {
    // Both differences are at most 2, so that nothing overflows as `hypot` is made for.
    let (dv, da) = (a.valence - b.valence, a.arousal - b.arousal);
    (dv * dv + da * da).sqrt()
}

/// Whether two points are no farther apart than this. By the same arithmetic as [`distance`], so that both always agree.
pub(super) fn within(a: Affect, b: Affect, bound: f32) -> bool {
    distance(a, b) <= bound
}

/// Positions are measured and rounded: a point that lies outside of a neighbourhood by less than this lies in it.
const POSITION_ROUNDING: f32 = 1e-5;

/// The points in the neighbourhood of a place, by number: those within the bound, and never fewer than the nearest.
///
/// A neighbourhood decides what counts as the beginning and the end of a journey. Unlike the bound of a step, which is
/// kept exactly, its edge is soft by [`POSITION_ROUNDING`], so that the last digits of a position do not decide between
/// a chain of small steps and a jump over a gap.
pub(super) fn neighbourhood(place: Affect, points: &[Affect], bound: f32) -> Vec<usize> {
    let nearest = points.iter().map(|point| distance(place, *point)).fold(f32::INFINITY, f32::min);
    let edge = bound.max(nearest) + POSITION_ROUNDING;
    (0..points.len()).filter(|number| within(place, points[*number], edge)).collect()
}

/// The point a share of the way from one to the other.
pub(super) fn between(from: Affect, to: Affect, share: f32) -> Affect {
    Affect {
        valence: from.valence + share * (to.valence - from.valence),
        arousal: from.arousal + share * (to.arousal - from.arousal),
    }
}
