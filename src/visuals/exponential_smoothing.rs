//! Following a value without jumping, the same at every frame rate.

/// Share of the way that is covered in `dt` seconds with the time constant `tau`: 1 − exp(−dt/τ).
/// A time constant of 0 or less covers the whole way.
#[must_use]
pub fn share(dt: f32, tau: f32) -> f32 {
    if tau <= 0.0 { 1.0 } else { -(-dt.max(0.0) / tau).exp_m1() }
}

/// `from` moved towards `to` for `dt` seconds.
#[must_use]
pub fn toward(from: f32, to: f32, dt: f32, tau: f32) -> f32 {
    from + (to - from) * share(dt, tau)
}

/// An angle in degrees moved towards another the short way round; the result is in 0..360.
#[must_use]
pub fn angle_toward(from: f32, to: f32, dt: f32, tau: f32) -> f32 {
    let difference = (to - from + 540.0).rem_euclid(360.0) - 180.0;
    (from + difference * share(dt, tau)).rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn after_one_time_constant_63_percent_of_the_way_is_covered() {
        assert!((toward(0.0, 1.0, 2.0, 2.0) - 0.632).abs() < 1e-3);
    }

    #[test]
    fn an_angle_goes_the_short_way() {
        let next = angle_toward(350.0, 20.0, 1.0, 1.0);
        assert!(!(20.0..=350.0).contains(&next), "{next}");
    }

    proptest! {
        #[test]
        fn many_small_steps_arrive_where_one_large_step_does(
            from in -2.0f32..2.0, to in -2.0f32..2.0, tau in 0.05f32..5.0, parts in 1u32..200,
        ) {
            let whole = toward(from, to, 1.0, tau);
            let mut value = from;
            for _ in 0..parts {
                value = toward(value, to, 1.0 / parts as f32, tau);
            }
            prop_assert!((value - whole).abs() < 2e-3, "{value} {whole}");
        }

        #[test]
        fn easing_never_overshoots(from in -2.0f32..2.0, to in -2.0f32..2.0, dt in 0.0f32..10.0, tau in 0.0f32..5.0) {
            let value = toward(from, to, dt, tau);
            prop_assert!(value >= from.min(to) - 1e-5 && value <= from.max(to) + 1e-5);
        }
    }
}
