//! Curves that several rooms use to move a value smoothly.

/// The cubic smoothstep `3t² − 2t³`: from 0 to 1 with no slope at both ends. `t` is clamped to 0..=1.
///
/// `bevy_math` has it as a curve; this is a plain function since the mixer calls it for each sample.
#[must_use]
#[inline]
pub fn smoothstep(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothstep_begins_and_ends_flat_and_is_half_way_in_the_middle() {
        for (t, value) in [(-1.0, 0.0), (0.0, 0.0), (0.25, 0.156_25), (0.5, 0.5), (1.0, 1.0), (2.0, 1.0)] {
            assert!((smoothstep(t) - value).abs() < 1e-6, "{t}");
        }
    }
}
