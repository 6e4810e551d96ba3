//! Counts flashes on finished pictures, as WCAG 2.3.1 and ITU-R BT.1702 define them. It shares nothing with the
//! guard, so that it can judge it.

/// Changes of relative luminance that count, where the darker picture is below [`DARK`].
const SWING: f32 = 0.1;
const DARK: f32 = 0.8;
/// `(R − G − B) · 320` changes by more than 20, where one of the two is a saturated red.
const RED_SWING: f32 = 20.0 / 320.0;
const RED_SHARE: f32 = 0.8;
/// A second, less the rounding of times.
const SECOND: f64 = 1.0 - 1e-6;
/// Three flashes are six transitions.
const MOST_TRANSITIONS: usize = 6;
/// A field of ten degrees is about a third of the width and height of a screen, and a quarter of it counts.
const FIELD: f32 = 1.0 / 3.0;
/// The share of a field from which flashes are a violation.
pub const AREA: f32 = 0.25;
/// Pictures are reduced to at most this many columns: what is finer is a balanced pattern to the eye.
const COLUMNS: u32 = 96;

/// What was found in a sequence of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlashReport {
    /// The most general flashes in any second at any place.
    pub flashes: f32,
    /// The largest share of a ten-degree field with more than three general flashes in a second.
    pub area: f32,
    /// The same for red flashes.
    pub red_flashes: f32,
    pub red_area: f32,
    /// Seconds from the start at which the worst second ended.
    pub worst_at: f64,
    /// How many pictures were seen.
    pub pictures: usize,
}

impl FlashReport {
    /// Whether the pictures are within WCAG 2.3.1.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.area < AREA && self.red_area < AREA
    }
}

/// Takes pictures one after the other.
#[derive(Debug, Clone, Default)]
pub struct FlashCounter {
    size: (usize, usize),
    general: Vec<TransitionCounter>,
    red: Vec<TransitionCounter>,
    verdict: FlashReport,
}

/// Opposing changes of one value at one place.
#[derive(Debug, Clone, Default)]
struct TransitionCounter {
    lowest: FlashSample,
    highest: FlashSample,
    up: Option<bool>,
    at: Vec<f64>,
    begun: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct FlashSample {
    value: f32,
    /// Whether a change from or to here can count.
    counts: bool,
}

impl TransitionCounter {
    /// `counts` says, from the two ends of a change (lower, higher), whether it counts.
    fn observe(
        &mut self,
        now: FlashSample,
        at: f64,
        swing: f32,
        counts: impl Fn(FlashSample, FlashSample) -> bool,
    ) {
        if !self.begun {
            (self.begun, self.lowest, self.highest) = (true, now, now);
        }
        if now.value < self.lowest.value {
            self.lowest = now;
        }
        if now.value > self.highest.value {
            self.highest = now;
        }
        let rose = now.value - self.lowest.value >= swing && counts(self.lowest, now);
        let fell = self.highest.value - now.value >= swing && counts(now, self.highest);
        let turned = match self.up {
            None => rose || fell,
            Some(true) => fell,
            Some(false) => rose,
        };
        if turned {
            self.up = Some(if self.up.is_none() { rose } else { self.up == Some(false) });
            self.at.push(at);
            (self.lowest, self.highest) = (now, now);
        }
        self.at.retain(|past| at - past < SECOND);
    }
}

impl FlashCounter {
    /// Takes the next picture: 8-bit sRGB, row by row. `at` is in seconds and grows.
    ///
    /// A picture of another size than the first begins anew.
    pub fn see(&mut self, rgb: &[u8], width: u32, height: u32, at: f64) {
        let (light, red, size) = shrink(rgb, width, height);
        if self.size != size {
            self.size = size;
            self.general = vec![TransitionCounter::default(); light.len()];
            self.red = vec![TransitionCounter::default(); light.len()];
        }
        for (turns, value) in self.general.iter_mut().zip(light) {
            turns.observe(FlashSample { value, counts: true }, at, SWING, |dark, _| dark.value < DARK);
        }
        for (turns, sample) in self.red.iter_mut().zip(red) {
            turns.observe(sample, at, RED_SWING * 1.000_1, |a, b| a.counts || b.counts);
        }
        self.verdict.pictures += 1;
        let (most, area) = worst(&self.general, self.size);
        let (red_most, red_area) = worst(&self.red, self.size);
        let v = &mut self.verdict;
        if area > v.area || (area >= v.area && most > v.flashes) {
            v.worst_at = at;
        }
        v.flashes = v.flashes.max(most);
        v.red_flashes = v.red_flashes.max(red_most);
        v.area = v.area.max(area);
        v.red_area = v.red_area.max(red_area);
    }

    /// What was found so far.
    #[must_use]
    pub fn verdict(&self) -> FlashReport {
        self.verdict
    }
}

/// Most flashes at any place in the last second, and the largest share of a field with more than three.
fn worst(places: &[TransitionCounter], (columns, rows): (usize, usize)) -> (f32, f32) {
    let most = places.iter().map(|turns| turns.at.len()).max().unwrap_or(0);
    if most <= MOST_TRANSITIONS {
        return (most as f32 / 2.0, 0.0);
    }
    // Sums over all rectangles from the corner give the sum over any field in four looks.
    let mut sums = vec![0u32; (columns + 1) * (rows + 1)];
    for y in 0..rows {
        for x in 0..columns {
            let over = u32::from(places[y * columns + x].at.len() > MOST_TRANSITIONS);
            sums[(y + 1) * (columns + 1) + x + 1] =
                over + sums[y * (columns + 1) + x + 1] + sums[(y + 1) * (columns + 1) + x]
                    - sums[y * (columns + 1) + x];
        }
    }
    let (w, h) = (field(columns), field(rows));
    let at = |x: usize, y: usize| sums[y * (columns + 1) + x];
    let mut largest = 0;
    for y in 0..=rows - h {
        for x in 0..=columns - w {
            largest = largest.max(at(x + w, y + h) + at(x, y) - at(x + w, y) - at(x, y + h));
        }
    }
    (most as f32 / 2.0, largest as f32 / (w * h) as f32)
}

fn field(side: usize) -> usize {
    ((side as f32 * FIELD).round() as usize).clamp(1, side)
}

/// Means over squares of pixels: luminance, redness, and how many squares there are across and down.
fn shrink(rgb: &[u8], width: u32, height: u32) -> (Vec<f32>, Vec<FlashSample>, (usize, usize)) {
    let step = width.div_ceil(COLUMNS).max(1) as usize;
    let (width, height) = (width as usize, height as usize);
    let (columns, rows) = ((width / step).max(1), (height / step).max(1));
    let mut light = Vec::with_capacity(columns * rows);
    let mut red = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let mut sum = [0.0f32; 3];
            let mut count = 0.0f32;
            for y in row * step..((row + 1) * step).min(height) {
                for x in column * step..((column + 1) * step).min(width) {
                    let pixel = (y * width + x) * 3;
                    let Some(bytes) = rgb.get(pixel..pixel + 3) else { continue };
                    for (sum, byte) in sum.iter_mut().zip(bytes) {
                        *sum += linear(*byte);
                    }
                    count += 1.0;
                }
            }
            let [r, g, b] = sum.map(|channel| channel / count.max(1.0));
            light.push(0.2126 * r + 0.7152 * g + 0.0722 * b);
            let total = r + g + b;
            red.push(FlashSample {
                value: (r - g - b).max(0.0),
                counts: total > 0.0 && r / total >= RED_SHARE,
            });
        }
    }
    (light, red, (columns, rows))
}

/// sRGB to linear light, 0..=1.
fn linear(byte: u8) -> f32 {
    let v = f32::from(byte) / 255.0;
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: u32 = 96;
    const H: u32 = 54;

    /// A picture whose `share` of the width from the left has a colour; the rest is grey.
    fn picture(color: [u8; 3], share: f32) -> Vec<u8> {
        (0..H)
            .flat_map(|_| {
                (0..W).flat_map(move |x| if (x as f32) < W as f32 * share { color } else { [90; 3] })
            })
            .collect()
    }

    fn flashing(a: [u8; 3], b: [u8; 3], share: f32, hertz: f64) -> FlashReport {
        let mut counter = FlashCounter::default();
        for frame in 0..180 {
            let at = f64::from(frame) / 60.0;
            let first = ((at * hertz * 2.0) as u32).is_multiple_of(2);
            counter.see(&picture(if first { a } else { b }, share), W, H, at);
        }
        counter.verdict()
    }

    #[test]
    fn ten_flashes_a_second_are_counted_and_refused() {
        let verdict = flashing([0; 3], [255; 3], 1.0, 10.0);
        assert!(!verdict.is_safe());
        assert!((9.5..=10.5).contains(&verdict.flashes), "{verdict:?}");
        assert!((verdict.area - 1.0).abs() < 1e-6);
    }

    #[test]
    fn three_flashes_a_second_are_allowed_and_four_are_not() {
        assert!(flashing([0; 3], [255; 3], 1.0, 3.0).is_safe());
        assert!(!flashing([0; 3], [255; 3], 1.0, 4.0).is_safe());
    }

    #[test]
    fn a_small_place_may_flash() {
        assert!(flashing([0; 3], [255; 3], 0.05, 10.0).is_safe());
        assert!(!flashing([0; 3], [255; 3], 0.10, 10.0).is_safe());
    }

    #[test]
    fn faint_and_bright_changes_do_not_count() {
        // Relative luminance 0.21 and 0.27; 0.81 and 1.
        assert!(flashing([128; 3], [143; 3], 1.0, 10.0).flashes < 0.1);
        assert!(flashing([232; 3], [255; 3], 1.0, 10.0).flashes < 0.1);
    }

    #[test]
    fn saturated_red_counts_where_luminance_does_not() {
        // Red of luminance 0.055 against a dark blue: no general flash.
        let verdict = flashing([140, 0, 0], [0, 0, 90], 1.0, 8.0);
        assert!(verdict.flashes < 0.1 && verdict.red_flashes > 7.0, "{verdict:?}");
        assert!(!verdict.is_safe());
        let brown = flashing([140, 110, 90], [0, 0, 90], 1.0, 8.0);
        assert!(brown.red_flashes < 0.1, "{brown:?}");
    }
}
