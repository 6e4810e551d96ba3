//! How far one cell of the picture may move: a token bucket for opposing changes of light.
//!
//! WCAG 2.3.1 and ITU-R BT.1702 count *transitions*: a change of relative luminance by 10 % or more, or of a saturated
//! red, against the direction of the one before. Two transitions make a flash. More than three flashes within a second,
//! over a quarter of any ten-degree field, are a danger.
//!
//! Each cell has a token bucket for luminance and one for red. A transition costs a token; tokens are refilled at a
//! constant rate up to the capacity. With none left, the value may go on in its direction but not reverse far enough to
//! count. So a cell makes at most `capacity + refill` transitions in any second: 4.5, where six are allowed. Changes
//! count from 8 % of luminance on (the standards: 10 %), since the cells of the guard and the field of an eye are not
//! the same squares.
//!
//! `assets/shaders/guard.wgsl` does the same on the graphics card, line for line.

use crate::foundation::easing::smoothstep;

/// Which changes count, and how many are allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlashLimits {
    /// A change of relative luminance that counts; the standards say 0.1.
    pub swing: f32,
    /// A change of redness that counts; the standards say 20/320.
    pub red_swing: f32,
    /// Most tokens in a bucket.
    pub capacity: f32,
    /// Tokens that are added in a second.
    pub refill: f32,
    /// With fewer tokens than this, luminance moves no faster than `slew`.
    pub free_above: f32,
    /// Luminance per second.
    pub slew: f32,
}

impl FlashLimits {
    /// Stricter than the standards, since cells of the guard and eyes do not see the same squares.
    pub const USUAL: Self =
        Self { swing: 0.08, red_swing: 0.05, capacity: 3.0, refill: 1.5, free_above: 2.0, slew: 1.0 };

    /// For people who want less motion: brightness never changes fast.
    pub const CALM: Self =
        Self { swing: 0.08, red_swing: 0.05, capacity: 2.0, refill: 1.0, free_above: f32::MAX, slew: 0.35 };

    /// The most transitions that one cell can make in any second.
    #[must_use]
    pub fn most_transitions_in_a_second(&self) -> f32 {
        self.capacity + self.refill
    }
}

/// With no token left, a value stays within this share of a swing of its furthest point.
const HELD: f32 = 0.85;

/// The token bucket of one quantity of a cell, and where the quantity stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransitionBucket {
    /// The furthest value since the last transition.
    pub furthest: f32,
    /// Whether the last transition went up.
    pub rising: bool,
    /// Tokens left, 0..=capacity.
    pub tokens: f32,
}

impl TransitionBucket {
    /// Of a black screen.
    #[must_use]
    pub fn new(limits: &FlashLimits) -> Self {
        Self { furthest: 0.0, rising: false, tokens: limits.capacity }
    }

    /// Takes the value that is on the screen after `dt` seconds; `true` if this was a transition.
    pub fn observe(&mut self, value: f32, swing: f32, dt: f32, limits: &FlashLimits) -> bool {
        self.tokens = (self.tokens + limits.refill * dt).min(limits.capacity);
        let way = if self.rising { value - self.furthest } else { self.furthest - value };
        if way >= 0.0 {
            self.furthest = value;
            return false;
        }
        if -way < swing {
            return false;
        }
        self.tokens -= 1.0;
        self.rising = !self.rising;
        self.furthest = value;
        true
    }

    /// Smallest and largest value that may come next.
    #[must_use]
    pub fn band(&self, swing: f32) -> (f32, f32) {
        if self.tokens >= 1.0 {
            return (f32::MIN, f32::MAX);
        }
        if self.rising {
            (self.furthest - HELD * swing, f32::MAX)
        } else {
            (f32::MIN, self.furthest + HELD * swing)
        }
    }
}

/// What a cell shows or is asked to show: means over its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CellLight {
    /// Relative luminance, 0..=1.
    pub luminance: f32,
    /// How much saturated red there is, see [`redness`].
    pub red: f32,
}

/// One cell of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardCell {
    /// Of luminance.
    pub luminance: TransitionBucket,
    /// Of saturated red.
    pub red: TransitionBucket,
}

impl GuardCell {
    /// Of a black screen.
    #[must_use]
    pub fn new(limits: &FlashLimits) -> Self {
        Self { luminance: TransitionBucket::new(limits), red: TransitionBucket::new(limits) }
    }

    /// Takes what is `shown` since the last step, and gives how much of the way to `wanted` the cell may go: 1 all of it,
    /// 0 none.
    pub fn step(&mut self, shown: CellLight, wanted: CellLight, dt: f32, limits: &FlashLimits) -> f32 {
        self.luminance.observe(shown.luminance, limits.swing, dt, limits);
        self.red.observe(shown.red, limits.red_swing, dt, limits);
        let (mut low, mut high) = self.luminance.band(limits.swing);
        if self.luminance.tokens < limits.free_above {
            low = low.max(shown.luminance - limits.slew * dt);
            high = high.min(shown.luminance + limits.slew * dt);
        }
        let (red_low, red_high) = self.red.band(limits.red_swing);
        // The mean luminance of a mixture lies on the way between; redness does not, so it stands still instead.
        let red_holds = wanted.red < red_low || wanted.red > red_high;
        if red_holds { 0.0 } else { share(shown.luminance, wanted.luminance, low, high) }
    }
}

/// How much of the way from `from` to `to` stays between `low` and `high`.
fn share(from: f32, to: f32, low: f32, high: f32) -> f32 {
    let way = to - from;
    if way.abs() < 1e-6 {
        return 1.0;
    }
    ((to.clamp(low.min(high), high) - from) / way).clamp(0.0, 1.0)
}

/// Relative luminance of linear RGB (Rec. 709), 0..=1.
#[must_use]
pub fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// max(0, R − G − B) of linear RGB, faded in as R/(R+G+B) comes near the 0.8 from which the standards speak of a
/// saturated red. The fade makes the guard a little stricter, and continuous.
#[must_use]
pub fn redness([r, g, b]: [f32; 3]) -> f32 {
    let sum = r + g + b;
    if sum < 1e-4 {
        return 0.0;
    }
    smoothstep((r / sum - 0.6) / 0.2) * (r - g - b).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Runs wanted luminances through one cell and gives what is shown.
    fn shown(wanted: &[f32], dt: f32, limits: &FlashLimits) -> Vec<f32> {
        let mut cell = GuardCell::new(limits);
        let mut now = 0.0;
        wanted
            .iter()
            .map(|&luminance| {
                let share = cell.step(
                    CellLight { luminance: now, red: 0.0 },
                    CellLight { luminance, red: 0.0 },
                    dt,
                    limits,
                );
                now += (luminance - now) * share;
                now
            })
            .collect()
    }

    /// Transitions of at least 10 % by a plain look at every turning point, with their index.
    fn transitions(values: &[f32]) -> Vec<usize> {
        let (mut low, mut high) = ((0, values[0]), (0, values[0]));
        let mut direction = 0;
        let mut found = Vec::new();
        for (i, &v) in values.iter().enumerate() {
            if v < low.1 {
                low = (i, v);
            }
            if v > high.1 {
                high = (i, v);
            }
            if direction <= 0 && v - low.1 >= 0.1 {
                found.push(i);
                (direction, high, low) = (1, (i, v), (i, v));
            } else if direction >= 0 && high.1 - v >= 0.1 {
                found.push(i);
                (direction, high, low) = (-1, (i, v), (i, v));
            }
            if direction > 0 {
                low = high;
            }
            if direction < 0 {
                high = low;
            }
        }
        found
    }

    fn most_in_a_second(found: &[usize], rate: usize) -> usize {
        found.iter().map(|&i| found.iter().filter(|&&j| j >= i && j < i + rate).count()).max().unwrap_or(0)
    }

    #[test]
    fn the_limits_are_below_three_flashes_in_a_second() {
        for limits in [FlashLimits::USUAL, FlashLimits::CALM] {
            assert!(limits.most_transitions_in_a_second() < 6.0 && limits.swing < 0.1);
            assert!(limits.red_swing < 20.0 / 320.0);
        }
    }

    #[test]
    fn a_single_change_passes_at_once() {
        let values = shown(&[0.0, 0.8, 0.8, 0.2], 1.0 / 60.0, &FlashLimits::USUAL);
        for (value, wanted) in values.into_iter().zip([0.0, 0.8, 0.8, 0.2]) {
            assert!((value - wanted).abs() < 1e-6, "{value} {wanted}");
        }
    }

    #[test]
    fn small_waves_pass_untouched() {
        let wanted: Vec<f32> = (0..600).map(|i| 0.4 + 0.03 * (i as f32 * 0.6).sin()).collect();
        let values = shown(&wanted, 1.0 / 60.0, &FlashLimits::USUAL);
        assert!(wanted.iter().zip(&values).all(|(wanted, value)| (wanted - value).abs() < 1e-6));
    }

    #[test]
    fn a_strobe_flashes_without_the_guard_and_not_with_it() {
        let strobe: Vec<f32> = (0..600).map(|i| f32::from(u8::from(i % 6 < 3))).collect();
        assert!(most_in_a_second(&transitions(&strobe), 60) > 15);
        let guarded = shown(&strobe, 1.0 / 60.0, &FlashLimits::USUAL);
        assert!(most_in_a_second(&transitions(&guarded), 60) <= 4, "{guarded:?}");
    }

    #[test]
    fn with_less_motion_light_never_changes_fast() {
        let strobe: Vec<f32> = (0..600).map(|i| f32::from(u8::from(i % 40 < 20))).collect();
        let guarded = shown(&strobe, 1.0 / 60.0, &FlashLimits::CALM);
        for pair in guarded.windows(2) {
            assert!((pair[1] - pair[0]).abs() <= 0.35 / 60.0 + 1e-5);
        }
    }

    #[test]
    fn only_saturated_red_is_red() {
        assert!(redness([0.8, 0.05, 0.05]) > 0.6);
        assert!(redness([0.8, 0.6, 0.5]) == 0.0 && redness([0.0, 0.0, 0.9]) == 0.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_sequence_makes_more_than_three_flashes_in_a_second(
            wild in proptest::collection::vec(0.0f32..=1.0, 2..500),
            hold in 1usize..8,
            rate in prop_oneof![Just(24usize), Just(60), Just(144)],
        ) {
            let wanted: Vec<f32> = wild.iter().flat_map(|v| std::iter::repeat_n(*v, hold)).collect();
            let guarded = shown(&wanted, 1.0 / rate as f32, &FlashLimits::USUAL);
            let most = most_in_a_second(&transitions(&guarded), rate);
            prop_assert!(most <= 6, "{most} transitions in a second");
        }

        #[test]
        fn what_is_shown_arrives_at_what_stays(start in 0.0f32..=1.0, end in 0.0f32..=1.0) {
            let mut wanted: Vec<f32> = (0..60).map(|i| if i % 2 == 0 { start } else { 1.0 - start }).collect();
            wanted.extend(std::iter::repeat_n(end, 240));
            let guarded = shown(&wanted, 1.0 / 60.0, &FlashLimits::USUAL);
            prop_assert!((guarded.last().copied().unwrap_or(0.0) - end).abs() < 1e-3);
        }
    }
}
