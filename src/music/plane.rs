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
    (a.valence - b.valence).hypot(a.arousal - b.arousal)
}

/// Whether two points are no farther apart than this.
pub(super) fn within(a: Affect, b: Affect, bound: f32) -> bool {
    let (dv, da) = (a.valence - b.valence, a.arousal - b.arousal);
    dv * dv + da * da <= bound * bound
}

/// The point a share of the way from one to the other.
pub(super) fn between(from: Affect, to: Affect, share: f32) -> Affect {
    Affect {
        valence: from.valence + share * (to.valence - from.valence),
        arousal: from.arousal + share * (to.arousal - from.arousal),
    }
}
