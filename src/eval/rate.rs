//! Shares with their confidence interval.

use serde::Serialize;

/// How often something was so, with the 95 % interval of Wilson (J. Am. Stat. Assoc. 22, 1927), which also holds
/// for few observations and for shares near 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    pub count: usize,
    pub total: usize,
    /// `count / total`, 0 without observations.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Standard normal quantile of 97.5 %.
const Z: f64 = 1.959_964;

impl Rate {
    /// `count` of `total`.
    #[must_use]
    pub fn of(count: usize, total: usize) -> Self {
        if total == 0 {
            return Self { count, total, share: 0.0, low: 0.0, high: 1.0 };
        }
        let (n, share) = (total as f64, count as f64 / total as f64);
        let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { count, total, share, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }

    /// How many of the items are so.
    pub fn among<T>(items: impl IntoIterator<Item = T>, is_so: impl Fn(&T) -> bool) -> Self {
        let (count, total) = items
            .into_iter()
            .fold((0, 0), |(count, total), item| (count + usize::from(is_so(&item)), total + 1));
        Self::of(count, total)
    }
}

impl std::fmt::Display for Rate {
    /// "98 % (100 of 102, 93–99 %)"
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.total == 0 {
            return f.write_str("–");
        }
        let [share, low, high] = [self.share, self.low, self.high].map(|share| share * 100.0);
        write!(f, "{share:.1} % ({} of {}, {low:.0}–{high:.0} %)", self.count, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of R's `binom::binom.confint(method = "wilson")`.
    #[test]
    fn the_interval_is_that_of_wilson() {
        for (count, total, low, high) in [
            (62, 100, 0.522_1, 0.709_0),
            (0, 10, 0.0, 0.277_5),
            (10, 10, 0.722_5, 1.0),
            (1, 2, 0.094_5, 0.905_5),
        ] {
            let rate = Rate::of(count, total);
            assert!((rate.low - low).abs() < 1e-3 && (rate.high - high).abs() < 1e-3, "{rate:?}");
        }
    }

    #[test]
    fn nothing_observed_is_a_dash() {
        assert_eq!(Rate::of(0, 0).to_string(), "–");
        assert_eq!(Rate::among([1, 2, 3, 4], |n| *n > 1).to_string(), "75.0 % (3 of 4, 30–95 %)");
    }
}
