//! Protection against burn-in: what stands still on a screen for months leaves a permanent trace of itself.
//!
//! Text, the small manual mood control and the stars drift by a few pixels over minutes; everything else moves anyway.

/// Periods of the drift across, and down, in seconds. The two have no small common multiple, so the path fills its square
/// over the hours.
const PERIODS: [f64; 2] = [661.0, 1_009.0];

/// The offset of text after `seconds`, across and down in whole pixels, each within ±`reach`.
#[must_use]
pub fn drift(seconds: f64, reach: f32) -> [f32; 2] {
    PERIODS.map(|period| {
        // A triangle wave spends equally long at every place; a sine would not.
        let phase = (seconds / period).rem_euclid(1.0);
        let triangle = 1.0 - 4.0 * (phase - 0.5).abs();
        (triangle * f64::from(reach)).round() as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The offset stays within its reach and changes by at most one pixel in a second.
    #[test]
    fn words_stay_near_and_move_by_single_pixels() {
        let path: Vec<[f32; 2]> = (0..20_000).map(|second| drift(f64::from(second), 4.0)).collect();
        assert!(path.iter().flatten().all(|at| at.abs() <= 4.0));
        for pair in path.windows(2) {
            assert!((pair[0][0] - pair[1][0]).abs() <= 1.0 && (pair[0][1] - pair[1][1]).abs() <= 1.0);
        }
    }

    /// All offsets are taken about equally long, so that no pixel is lit much longer than its neighbours.
    #[test]
    fn over_a_day_no_place_is_held_much_longer_than_another() {
        let mut counts = std::collections::BTreeMap::new();
        for second in 0..86_400 {
            *counts.entry(drift(f64::from(second), 4.0).map(|at| at as i32)).or_insert(0u32) += 1;
        }
        assert!(counts.len() >= 81, "{}", counts.len());
        assert!(counts.values().all(|count| *count < 86_400 / 40), "{counts:?}");
    }

    /// With a reach of 0 text stands still.
    #[test]
    fn no_reach_is_no_drift() {
        assert!(drift(1_234.5, 0.0).into_iter().all(|at| at.abs() < 1e-6));
    }
}
