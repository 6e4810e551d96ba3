//! The guard over a whole picture, in plain Rust: what `guard.wgsl` does on the graphics card.

use super::token_bucket::{CellLight, FlashLimits, GuardCell, luminance, redness};

/// Cells of the picture across, and down.
pub const CELLS: usize = 48;

/// Keeps what was shown, and lets the next picture in as far as it may.
#[derive(Debug, Clone)]
pub struct CpuFlashGuard {
    limits: FlashLimits,
    size: [usize; 2],
    cells: Vec<GuardCell>,
    shown: Vec<[f32; 3]>,
}

impl CpuFlashGuard {
    /// Of a black screen of this size in pixels, at least one each way.
    #[must_use]
    pub fn new(width: usize, height: usize, limits: FlashLimits) -> Self {
        let size = [width.max(1), height.max(1)];
        Self {
            limits,
            size,
            cells: vec![GuardCell::new(&limits); CELLS * CELLS],
            shown: vec![[0.0; 3]; size[0] * size[1]],
        }
    }

    /// Takes the picture that is wanted after `dt` seconds (linear RGB 0..=1, row by row; missing pixels are black)
    /// and gives what may be shown.
    pub fn step(&mut self, wanted: &[[f32; 3]], dt: f32) -> &[[f32; 3]] {
        let means = [self.means(wanted), self.means(&self.shown)];
        let shares: Vec<f32> = (0..self.cells.len())
            .map(|i| self.cells[i].step(means[1][i], means[0][i], dt, &self.limits))
            .collect();
        let least = spread(&shares);
        let [width, height] = self.size;
        for y in 0..height {
            for x in 0..width {
                let uv = [(x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32];
                let share = smooth(&least, uv);
                let pixel = y * width + x;
                let want = wanted.get(pixel).copied().unwrap_or_default();
                for (shown, want) in self.shown[pixel].iter_mut().zip(want) {
                    *shown += (want - *shown) * share;
                }
            }
        }
        &self.shown
    }

    /// From now on this is what was shown last.
    #[cfg(test)]
    pub(super) fn put_back(&mut self, shown: Vec<[f32; 3]>) {
        self.shown = shown;
    }

    fn means(&self, picture: &[[f32; 3]]) -> Vec<CellLight> {
        let [width, height] = self.size;
        let mut sums = vec![(CellLight::default(), 0.0f32); CELLS * CELLS];
        // A picture with fewer pixels than cells has cells that share a pixel.
        let (across, down) = (width.max(CELLS), height.max(CELLS));
        for y in 0..down {
            for x in 0..across {
                let pixel = y * height / down * width + x * width / across;
                let color = picture.get(pixel).copied().unwrap_or_default();
                let (light, count) = &mut sums[y * CELLS / down * CELLS + x * CELLS / across];
                light.luminance += luminance(color);
                light.red += redness(color);
                *count += 1.0;
            }
        }
        let mean =
            |(light, n): (CellLight, f32)| CellLight { luminance: light.luminance / n, red: light.red / n };
        sums.into_iter().map(mean).collect()
    }
}

/// The smallest share of each cell and its neighbours.
fn spread(shares: &[f32]) -> Vec<f32> {
    let around = |at: usize| at.saturating_sub(1)..(at + 2).min(CELLS);
    (0..shares.len())
        .map(|i| {
            around(i / CELLS)
                .flat_map(|y| around(i % CELLS).map(move |x| y * CELLS + x))
                .map(|j| shares[j])
                .fold(1.0, f32::min)
        })
        .collect()
}

/// Between the middles of four cells.
fn smooth(cells: &[f32], uv: [f32; 2]) -> f32 {
    let last = CELLS - 1;
    let [x, y] = uv.map(|at| (at * CELLS as f32 - 0.5).clamp(0.0, last as f32));
    let [(x0, fx), (y0, fy)] = [x, y].map(|at| (at as usize, at.fract()));
    let at = |x: usize, y: usize| cells[y.min(last) * CELLS + x.min(last)];
    let row = |y: usize| at(x0, y) + (at(x0 + 1, y) - at(x0, y)) * fx;
    row(y0) + (row(y0 + 1) - row(y0)) * fy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visuals::guard::FlashCounter;
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    const W: usize = 48;
    const H: usize = 48;
    const RATE: f32 = 30.0;

    fn byte(linear: f32) -> u8 {
        let v = linear.clamp(0.0, 1.0);
        let s = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (s * 255.0).round() as u8
    }

    /// Counts flashes of a sequence with and without the guard.
    fn judge(pictures: impl Iterator<Item = Vec<[f32; 3]>>) -> [crate::visuals::guard::FlashReport; 2] {
        let mut guard = CpuFlashGuard::new(W, H, FlashLimits::USUAL);
        let mut counters = [FlashCounter::default(), FlashCounter::default()];
        for (frame, picture) in pictures.enumerate() {
            let at = frame as f64 / f64::from(RATE);
            let shown = guard.step(&picture, 1.0 / RATE).to_vec();
            for (counter, picture) in counters.iter_mut().zip([&picture, &shown]) {
                let bytes: Vec<u8> = picture.iter().flatten().map(|v| byte(*v)).collect();
                counter.see(&bytes, W as u32, H as u32, at);
            }
        }
        counters.map(|counter| counter.verdict())
    }

    fn random_color(random: &mut StdRng) -> [f32; 3] {
        match random.random_range(0..4u8) {
            0 => [random.random(), 0.0, 0.0],
            1 => [0.0; 3],
            2 => [1.0; 3],
            _ => [random.random(), random.random(), random.random()],
        }
    }

    #[test]
    fn a_strobe_is_unsafe_and_the_guard_makes_it_safe() {
        let strobe = (0..120).map(|frame| vec![[f32::from(u8::from(frame % 4 < 2)); 3]; W * H]);
        let [free, guarded] = judge(strobe);
        assert!(!free.is_safe() && guarded.is_safe(), "{free:?} {guarded:?}");
        assert!(guarded.flashes <= 3.0, "{guarded:?}");
    }

    #[test]
    fn red_and_black_is_unsafe_and_the_guard_makes_it_safe() {
        let strobe = (0..120).map(|frame| {
            let red = if frame % 6 < 3 { [0.4, 0.0, 0.0] } else { [0.0, 0.0, 0.1] };
            vec![red; W * H]
        });
        let [free, guarded] = judge(strobe);
        assert!(free.red_area > 0.9 && guarded.red_flashes <= 3.0, "{free:?} {guarded:?}");
    }

    #[test]
    fn a_small_thing_that_moves_is_left_alone() {
        let mut guard = CpuFlashGuard::new(W * 4, H * 4, FlashLimits::USUAL);
        for frame in 0..120 {
            let mut picture = vec![[0.1f32; 3]; W * 4 * H * 4];
            // One dot of a pixel, a sixteenth of a cell, on its way.
            picture[(frame + 20) * W * 4 + frame] = [1.0; 3];
            let shown = guard.step(&picture, 1.0 / RATE);
            let far = shown.iter().zip(&picture).map(|(a, b)| (a[0] - b[0]).abs()).fold(0.0, f32::max);
            assert!(far < 1e-6, "frame {frame}: {far}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5))]
        #[test]
        fn wild_pictures_are_safe_behind_the_guard(seed in 0u64..1_000_000, hold in 1usize..6, bars in 1usize..6) {
            let mut random = StdRng::seed_from_u64(seed);
            let mut colors = vec![[0.0; 3]; bars];
            let pictures: Vec<_> = (0..120)
                .map(|frame| {
                    for (bar, color) in colors.iter_mut().enumerate() {
                        if (frame + bar) % hold == 0 {
                            *color = random_color(&mut random);
                        }
                    }
                    (0..W * H).map(|pixel| colors[(pixel % W) * bars / W]).collect()
                })
                .collect();
            let [_, guarded] = judge(pictures.into_iter());
            prop_assert!(guarded.is_safe(), "{guarded:?}");
        }
    }
}
