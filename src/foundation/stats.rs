//! Order statistics of a few values.

/// The value below which this share of the values lies, by linear interpolation between the two
/// nearest ranks (type 7 of Hyndman and Fan 1996, the default of R and `NumPy`). NaN sorts last.
///
/// `share` is 0..=1 and is clamped to it. `None` without values. Sorts the values.
#[must_use]
pub fn quantile<T: Copy + Into<f64>>(values: &mut [T], share: f64) -> Option<f64> {
    values.sort_by(|a, b| (*a).into().total_cmp(&(*b).into()));
    quantile_of_sorted(values, share)
}

/// [`quantile`] of values that are sorted already.
#[must_use]
pub fn quantile_of_sorted<T: Copy + Into<f64>>(sorted: &[T], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = share.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (rank.floor() as usize, rank.fract());
    let (low, high) = (sorted[below].into(), sorted[(below + 1).min(last)].into());
    Some(if part == 0.0 { low } else { low + (high - low) * part })
}

/// The value in the middle; the mean of the two in the middle if their number is even. `None`
/// without values. Sorts the values.
#[must_use]
pub fn median<T: Copy + Into<f64>>(values: &mut [T]) -> Option<f64> {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0_f32, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0_f64, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median::<f64>(&mut []), None);
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let mut values = [40.0_f64, 10.0, 30.0, 20.0];
        for (share, value) in [(0.0, 10.0), (0.25, 17.5), (0.5, 25.0), (0.9, 37.0), (1.0, 40.0), (7.0, 40.0)]
        {
            let found = quantile(&mut values, share).expect("values");
            assert!((found - value).abs() < 1e-9, "{share}: {found}");
        }
    }
}
