//! Cutting a square out of a frame, scaled, turned and packed into a tensor.

use super::{ColourOrder, InputSpec, TensorLayout};
use crate::frame::Frame;

/// A square in a frame, in pixels; it may reach beyond the edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CropSquare {
    pub centre: [f32; 2],
    pub side: f32,
    /// Angle of its upper edge in radians, clockwise on the screen.
    pub roll: f32,
}

/// What lies beyond the edges of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeyondEdge {
    /// Middle grey, 128: a face that the edge cuts is found far more often than with black.
    Grey,
    /// The nearest pixel of the frame.
    Edge,
}

impl CropSquare {
    /// The smallest upright square around the whole frame, with the same centre.
    #[must_use]
    pub fn around(frame: &Frame) -> Self {
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        Self { centre: [width / 2.0, height / 2.0], side: width.max(height), roll: 0.0 }
    }

    /// The pixel of the frame at a place in the square; (0, 0) is its upper left corner, (1, 1) its lower right.
    #[must_use]
    pub fn at(&self, place: [f32; 2]) -> [f32; 2] {
        let (sin, cos) = self.roll.sin_cos();
        let [x, y] = place.map(|p| (p - 0.5) * self.side);
        [self.centre[0] + x * cos - y * sin, self.centre[1] + x * sin + y * cos]
    }
}

/// At most this many samples a side are averaged into one value: 16 a pixel.
const MAX_SAMPLES: usize = 4;

/// A square that leans by less (radians) is upright: over 10,000 pixels it is off by a hundredth of one.
const UPRIGHT: f32 = 1e-6;

/// Fills an input tensor with a square of the frame.
///
/// Where the square shrinks, each value is the mean of several samples; where
/// it grows, values are interpolated bilinearly. An upright square is separable:
/// its columns and rows are placed once, and rows are added up as whole numbers
/// before columns. A turned one places every sample by itself.
#[must_use]
pub fn sample(frame: &Frame, square: &CropSquare, input: &InputSpec, beyond: BeyondEdge) -> Vec<f32> {
    let shrink = square.side / input.size as f32;
    let samples = if shrink.is_finite() { (shrink.ceil() as usize).clamp(1, MAX_SAMPLES) } else { 1 };
    let grid = SampleGrid::new(square, input.size * samples);
    let mut tensor = TensorWriter::new(input);
    let upright = square.roll.abs() < UPRIGHT;
    match (upright, samples) {
        (true, 1) => enlarge_upright(frame, &grid, beyond, &mut tensor),
        (true, _) => shrink_upright(frame, &grid, samples, beyond, &mut tensor),
        (false, _) => sample_turned(&PixelSource::new(frame, beyond), &grid, samples, &mut tensor),
    }
    tensor.values
}

/// Packs pixels into a tensor as the network wants them.
struct TensorWriter<'a> {
    values: Vec<f32>,
    input: &'a InputSpec,
}

impl<'a> TensorWriter<'a> {
    fn new(input: &'a InputSpec) -> Self {
        Self { values: vec![0.0; input.size * input.size * input.colour.channels()], input }
    }

    /// Writes one pixel, in values of 0..=255.
    fn write(&mut self, [column, row]: [usize; 2], [r, g, b]: [f32; 3]) {
        match self.input.colour {
            ColourOrder::Rgb => self.write_channels(column, row, [r, g, b]),
            ColourOrder::Bgr => self.write_channels(column, row, [b, g, r]),
            ColourOrder::Grey => self.write_channels(column, row, [0.299 * r + 0.587 * g + 0.114 * b]),
        }
    }

    fn write_channels<const CHANNELS: usize>(&mut self, column: usize, row: usize, pixel: [f32; CHANNELS]) {
        let size = self.input.size;
        let (first, step) = match self.input.layout {
            TensorLayout::Nchw => (row * size + column, size * size),
            TensorLayout::Nhwc => ((row * size + column) * CHANNELS, 1),
        };
        for (channel, value) in pixel.into_iter().enumerate() {
            self.values[first + channel * step] = value * self.input.scale + self.input.offset;
        }
    }
}

/// Evenly spaced places in a square: their pixel coordinates, with whole numbers at pixel centres.
struct SampleGrid {
    first: [f32; 2],
    along: [f32; 2],
    down: [f32; 2],
    cells: usize,
}

impl SampleGrid {
    fn new(square: &CropSquare, cells: usize) -> Self {
        let step = square.side / cells as f32;
        let (sin, cos) = square.roll.sin_cos();
        let half = 0.5 / cells as f32;
        let [x, y] = square.at([half, half]);
        Self {
            first: [x - 0.5, y - 0.5],
            along: [cos * step, sin * step],
            down: [-sin * step, cos * step],
            cells,
        }
    }

    fn at(&self, column: usize, row: usize) -> [f32; 2] {
        let (column, row) = (column as f32, row as f32);
        [0, 1].map(|axis| self.first[axis] + column * self.along[axis] + row * self.down[axis])
    }

    /// The places of all columns of an upright grid.
    fn columns(&self) -> impl Iterator<Item = f32> + '_ {
        (0..self.cells).map(move |column| self.at(column, 0)[0])
    }

    /// The places of all rows of an upright grid.
    fn rows(&self) -> impl Iterator<Item = f32> + '_ {
        (0..self.cells).map(move |row| self.at(0, row)[1])
    }
}

/// The whole number below, without the call that `f32::floor` is on processors before SSE 4.1.
fn below(value: f32) -> i32 {
    let whole = value as i32;
    if whole as f32 > value { whole.saturating_sub(1) } else { whole }
}

/// The value of all channels beyond a grey edge.
const GREY: u8 = 128;

/// The pixel at a whole coordinate along one side of a frame; `None` is grey.
fn place(at: i32, length: u32, beyond: BeyondEdge) -> Option<usize> {
    let last = i32::try_from(length - 1).unwrap_or(i32::MAX);
    let inside = at.clamp(0, last);
    (inside == at || beyond == BeyondEdge::Edge).then_some(inside as usize)
}

/// Means of `samples × samples` nearest pixels. Sums stay whole numbers: 16 × 255 fits 16 bits.
fn shrink_upright(
    frame: &Frame,
    grid: &SampleGrid,
    samples: usize,
    beyond: BeyondEdge,
    tensor: &mut TensorWriter,
) {
    let nearest = |at: f32, length| place(below(at + 0.5), length, beyond);
    let columns: Vec<Option<usize>> = grid.columns().map(|at| nearest(at, frame.width())).collect();
    let rows: Vec<Option<usize>> = grid.rows().map(|at| nearest(at, frame.height())).collect();
    let used = || columns.iter().flatten().copied();
    let (Some(first), Some(last)) = (used().min(), used().max()) else {
        return write_grey(tensor);
    };
    let stride = frame.width() as usize * 3;
    // One more pixel, which is grey, for columns beyond the edge.
    let grey = (last + 1 - first) * 3;
    let offsets: Vec<usize> =
        columns.iter().map(|column| column.map_or(grey, |column| (column - first) * 3)).collect();
    let mut sums = vec![0_u16; grey + 3];
    let share = 1.0 / (samples * samples) as f32;
    for (row, of_row) in rows.chunks_exact(samples).enumerate() {
        let lines = || of_row.iter().flatten();
        // Lines beyond the edge are grey from end to end, and the one pixel more is grey in every line.
        sums.fill((samples - lines().count()) as u16 * u16::from(GREY));
        sums[grey..].fill(samples as u16 * u16::from(GREY));
        for line in lines() {
            let pixels = &frame.rgb()[line * stride + first * 3..][..grey];
            for (sum, value) in sums.iter_mut().zip(pixels) {
                *sum += u16::from(*value);
            }
        }
        for (column, of_column) in offsets.chunks_exact(samples).enumerate() {
            let mut total = [0_u16; 3];
            for offset in of_column {
                for (total, sum) in total.iter_mut().zip(&sums[*offset..*offset + 3]) {
                    *total += sum;
                }
            }
            tensor.write([column, row], total.map(|total| f32::from(total) * share));
        }
    }
}

fn write_grey(tensor: &mut TensorWriter) {
    let size = tensor.input.size;
    for row in 0..size {
        for column in 0..size {
            tensor.write([column, row], [f32::from(GREY); 3]);
        }
    }
}

/// Two neighbouring pixels and the share of the second.
struct Neighbours {
    pixels: [Option<usize>; 2],
    share: f32,
}

impl Neighbours {
    fn of(at: f32, length: u32, beyond: BeyondEdge) -> Self {
        let first = below(at);
        let pixels = [first, first.saturating_add(1)].map(|pixel| place(pixel, length, beyond));
        Self { pixels, share: at - first as f32 }
    }
}

/// Bilinear interpolation: between two lines first, then along the line that this gives.
fn enlarge_upright(frame: &Frame, grid: &SampleGrid, beyond: BeyondEdge, tensor: &mut TensorWriter) {
    let columns: Vec<Neighbours> =
        grid.columns().map(|at| Neighbours::of(at, frame.width(), beyond)).collect();
    let used = || columns.iter().flat_map(|column| column.pixels).flatten();
    let (Some(first), Some(last)) = (used().min(), used().max()) else {
        return write_grey(tensor);
    };
    let stride = frame.width() as usize * 3;
    let grey = (last + 1 - first) * 3;
    let offset = |pixel: Option<usize>| pixel.map_or(grey, |pixel| (pixel - first) * 3);
    let columns: Vec<([usize; 2], f32)> =
        columns.iter().map(|column| (column.pixels.map(offset), column.share)).collect();
    let mut line = vec![f32::from(GREY); grey + 3];
    for (row, at) in grid.rows().enumerate() {
        let lines = Neighbours::of(at, frame.height(), beyond);
        let shares = [1.0 - lines.share, lines.share];
        let beyond: f32 =
            lines.pixels.iter().zip(shares).filter(|(line, _)| line.is_none()).map(|(_, share)| share).sum();
        line[..grey].fill(beyond * f32::from(GREY));
        for (pixel, share) in lines.pixels.into_iter().zip(shares) {
            let Some(pixel) = pixel else { continue };
            let pixels = &frame.rgb()[pixel * stride + first * 3..][..grey];
            for (sum, value) in line.iter_mut().zip(pixels) {
                *sum += share * f32::from(*value);
            }
        }
        for (column, ([left, right], share)) in columns.iter().enumerate() {
            let (left, right) = (&line[*left..*left + 3], &line[*right..*right + 3]);
            let between = |channel: usize| left[channel] + share * (right[channel] - left[channel]);
            tensor.write([column, row], [between(0), between(1), between(2)]);
        }
    }
}

fn sample_turned(source: &PixelSource, grid: &SampleGrid, samples: usize, tensor: &mut TensorWriter) {
    let size = grid.cells / samples;
    for row in 0..size {
        for column in 0..size {
            let rgb = if samples == 1 {
                source.bilinear(grid.at(column, row))
            } else {
                source.mean(grid, [column * samples, row * samples], samples)
            };
            tensor.write([column, row], rgb);
        }
    }
}

struct PixelSource<'a> {
    rgb: &'a [u8],
    /// The last column and row.
    right: i32,
    bottom: i32,
    beyond: BeyondEdge,
}

impl<'a> PixelSource<'a> {
    fn new(frame: &'a Frame, beyond: BeyondEdge) -> Self {
        let last = |side: u32| i32::try_from(side - 1).unwrap_or(i32::MAX);
        Self { rgb: frame.rgb(), right: last(frame.width()), bottom: last(frame.height()), beyond }
    }

    /// The pixel at whole coordinates, or what lies beyond the edge.
    fn pixel(&self, x: i32, y: i32) -> [u8; 3] {
        let (right, bottom) = (self.right, self.bottom);
        if self.beyond == BeyondEdge::Grey && !((0..=right).contains(&x) && (0..=bottom).contains(&y)) {
            return [GREY; 3];
        }
        let place = (y.clamp(0, bottom) as usize * (right as usize + 1) + x.clamp(0, right) as usize) * 3;
        match self.rgb.get(place..place + 3) {
            Some(rgb) => [rgb[0], rgb[1], rgb[2]],
            None => [GREY; 3],
        }
    }

    fn bilinear(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let (left, top) = (below(x), below(y));
        let (right_share, bottom_share) = (x - left as f32, y - top as f32);
        let [upper_left, upper_right, lower_left, lower_right] = [(0, 0), (1, 0), (0, 1), (1, 1)]
            .map(|(dx, dy)| self.pixel(left.saturating_add(dx), top.saturating_add(dy)).map(f32::from));
        std::array::from_fn(|c| {
            let upper = upper_left[c] + right_share * (upper_right[c] - upper_left[c]);
            let lower = lower_left[c] + right_share * (lower_right[c] - lower_left[c]);
            upper + bottom_share * (lower - upper)
        })
    }

    /// Mean of `samples × samples` nearest pixels from a place in the grid on.
    fn mean(&self, grid: &SampleGrid, [column, row]: [usize; 2], samples: usize) -> [f32; 3] {
        let mut sum = [0_u32; 3];
        let [along, down] = [grid.along, grid.down].map(|step| step.map(fixed_point));
        let mut line = grid.at(column, row).map(|at| fixed_point(at + 0.5));
        for _ in 0..samples {
            let [mut x, mut y] = line;
            for _ in 0..samples {
                let rgb = self.pixel((x >> FRACTION_BITS) as i32, (y >> FRACTION_BITS) as i32);
                for (total, value) in sum.iter_mut().zip(rgb) {
                    *total += u32::from(value);
                }
                (x, y) = (x.wrapping_add(along[0]), y.wrapping_add(along[1]));
            }
            line = [line[0].wrapping_add(down[0]), line[1].wrapping_add(down[1])];
        }
        sum.map(|total| total as f32 / (samples * samples) as f32)
    }
}

/// Places are added up as whole numbers with this many bits behind the point: cheaper than rounding each.
const FRACTION_BITS: u32 = 24;

fn fixed_point(value: f32) -> i64 {
    (value * (1 << FRACTION_BITS) as f32) as i64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn frame(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
        let rgb: Vec<u8> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| pixel(x, y))
            .collect();
        Frame::new(width, height, rgb, Duration::ZERO).expect("fits")
    }

    fn input(size: usize, layout: TensorLayout, colour: ColourOrder) -> InputSpec {
        InputSpec { size, layout, colour, scale: 1.0, offset: 0.0 }
    }

    #[test]
    fn layouts_and_colours_are_packed_as_they_say() {
        let picture = frame(8, 8, |_, _| [10, 20, 30]);
        let square = CropSquare::around(&picture);
        let take = |layout, colour| sample(&picture, &square, &input(8, layout, colour), BeyondEdge::Edge);
        let planes = take(TensorLayout::Nchw, ColourOrder::Rgb);
        assert_eq!((planes[0], planes[64], planes[128]), (10.0, 20.0, 30.0));
        assert_eq!(take(TensorLayout::Nhwc, ColourOrder::Bgr)[..3], [30.0, 20.0, 10.0]);
        let grey = take(TensorLayout::Nchw, ColourOrder::Grey);
        assert_eq!(grey.len(), 64);
        assert!((grey[0] - 18.15).abs() < 1e-3);
    }

    #[test]
    fn the_same_size_gives_the_same_pixels() {
        let picture = frame(8, 8, |x, y| [(x * 8 + y) as u8, 0, 0]);
        let tensor = sample(
            &picture,
            &CropSquare::around(&picture),
            &input(8, TensorLayout::Nhwc, ColourOrder::Rgb),
            BeyondEdge::Edge,
        );
        for (values, pixel) in tensor.chunks(3).zip(picture.rgb().chunks(3)) {
            assert!((values[0] - f32::from(pixel[0])).abs() < 1e-3);
        }
    }

    #[test]
    fn shrinking_averages() {
        let picture = frame(16, 16, |x, y| [if (x + y) % 2 == 0 { 200 } else { 0 }, 0, 0]);
        let tensor = sample(
            &picture,
            &CropSquare::around(&picture),
            &input(8, TensorLayout::Nchw, ColourOrder::Rgb),
            BeyondEdge::Edge,
        );
        assert!(tensor[..64].iter().all(|value| (value - 100.0).abs() < 1e-3));
    }

    #[test]
    fn a_wide_frame_is_letterboxed_in_grey() {
        let picture = frame(16, 8, |_, _| [255; 3]);
        let tensor = sample(
            &picture,
            &CropSquare::around(&picture),
            &input(16, TensorLayout::Nchw, ColourOrder::Grey),
            BeyondEdge::Grey,
        );
        let row = |y: usize| tensor[y * 16 + 8];
        let grey = |y: usize| (row(y) - 128.0).abs() < 0.01;
        assert!(grey(0) && grey(3) && row(4) > 254.0 && row(11) > 254.0 && grey(12));
    }

    #[test]
    fn a_quarter_turn_turns_the_picture() {
        let picture = frame(8, 8, |x, _| [if x < 4 { 0 } else { 200 }, 0, 0]);
        let square = CropSquare { roll: std::f32::consts::FRAC_PI_2, ..CropSquare::around(&picture) };
        let tensor =
            sample(&picture, &square, &input(8, TensorLayout::Nchw, ColourOrder::Rgb), BeyondEdge::Edge);
        // What was on the right is now above, because the square's upper edge points down the frame.
        assert!(tensor[4] > 199.0 && tensor[7 * 8 + 4] < 1.0, "{} {}", tensor[4], tensor[60]);
    }

    /// The short ways of upright squares give what the way for turned ones gives, at every scale and beyond every edge.
    #[test]
    fn an_upright_square_is_sampled_like_a_turned_one() {
        let picture = frame(61, 47, |x, y| [(x * 4) as u8, (y * 5) as u8, (x * y % 251) as u8]);
        for beyond in [BeyondEdge::Grey, BeyondEdge::Edge] {
            for (centre, side) in [
                ([30.0, 23.0], 20.0),
                ([30.3, 22.7], 40.1),
                ([2.0, 45.0], 33.3),
                ([30.0, 23.0], 160.0),
                ([-90.0, 23.0], 25.0),
                ([30.0, 23.0], 7.5),
                ([60.9, 0.1], 9.0),
            ] {
                let square = CropSquare { centre, side, roll: 0.0 };
                let spec = input(16, TensorLayout::Nhwc, ColourOrder::Rgb);
                let short = sample(&picture, &square, &spec, beyond);
                let samples = ((side / 16.0).ceil() as usize).clamp(1, MAX_SAMPLES);
                let mut long = TensorWriter::new(&spec);
                let grid = SampleGrid::new(&square, 16 * samples);
                sample_turned(&PixelSource::new(&picture, beyond), &grid, samples, &mut long);
                let differing =
                    short.iter().zip(&long.values).filter(|(a, b)| (*a - *b).abs() > 0.01).count();
                // Where a sample falls on the border of two pixels, rounding decides which of them counts.
                assert!(differing * 100 <= short.len(), "{centre:?} {side} {beyond:?}: {differing}");
            }
        }
    }

    #[test]
    fn places_in_a_square_are_places_in_the_frame() {
        let square = CropSquare { centre: [10.0, 20.0], side: 4.0, roll: 0.0 };
        let [x, y] = square.at([0.0, 1.0]);
        assert!((x - 8.0).abs() < 1e-5 && (y - 22.0).abs() < 1e-5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_frame_and_any_square_can_be_sampled(
            (width, height) in prop_oneof![Just((1_u32, 1_u32)), Just((1, 4_000)), Just((4_000, 1)), (1_u32..40, 1_u32..40)],
            centre in proptest::array::uniform2(proptest::num::f32::ANY),
            side in proptest::num::f32::ANY,
            roll in proptest::num::f32::ANY,
            grey in any::<bool>(),
        ) {
            let picture = frame(width, height, |x, y| [x as u8, y as u8, 7]);
            let beyond = if grey { BeyondEdge::Grey } else { BeyondEdge::Edge };
            for square in [CropSquare { centre, side, roll }, CropSquare::around(&picture)] {
                let tensor = sample(&picture, &square, &input(9, TensorLayout::Nchw, ColourOrder::Rgb), beyond);
                prop_assert_eq!(tensor.len(), 9 * 9 * 3);
            }
        }
    }
}
