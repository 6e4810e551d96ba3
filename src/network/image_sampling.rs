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
    Black,
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

/// Fills an input tensor with a square of the frame.
///
/// Where the square shrinks, each value is the mean of several samples; where
/// it grows, values are interpolated bilinearly.
#[must_use]
pub fn sample(frame: &Frame, square: &CropSquare, input: &InputSpec, beyond: BeyondEdge) -> Vec<f32> {
    let size = input.size;
    let channels = input.colour.channels();
    let shrink = square.side / size as f32;
    let samples = if shrink.is_finite() { (shrink.ceil() as usize).clamp(1, MAX_SAMPLES) } else { 1 };
    let source = PixelSource::new(frame, beyond);
    let grid = SampleGrid::new(square, size * samples);
    let mut tensor = vec![0.0; size * size * channels];
    for row in 0..size {
        for column in 0..size {
            let rgb = if samples == 1 {
                source.bilinear(grid.at(column, row))
            } else {
                source.mean(&grid, [column * samples, row * samples], samples)
            };
            write(&mut tensor, input, [column, row], rgb);
        }
    }
    tensor
}

fn write(tensor: &mut [f32], input: &InputSpec, [column, row]: [usize; 2], [r, g, b]: [f32; 3]) {
    let pixel = row * input.size + column;
    let mut put = |channel: usize, value: f32| {
        let place = match input.layout {
            TensorLayout::Nchw => channel * input.size * input.size + pixel,
            TensorLayout::Nhwc => pixel * input.colour.channels() + channel,
        };
        tensor[place] = value * input.scale + input.offset;
    };
    match input.colour {
        ColourOrder::Rgb => {
            for (channel, value) in [r, g, b].into_iter().enumerate() {
                put(channel, value);
            }
        }
        ColourOrder::Bgr => {
            for (channel, value) in [b, g, r].into_iter().enumerate() {
                put(channel, value);
            }
        }
        ColourOrder::Grey => put(0, 0.299 * r + 0.587 * g + 0.114 * b),
    }
}

/// Evenly spaced places in a square: their pixel coordinates, with whole numbers at pixel centres.
struct SampleGrid {
    first: [f32; 2],
    along: [f32; 2],
    down: [f32; 2],
}

impl SampleGrid {
    fn new(square: &CropSquare, cells: usize) -> Self {
        let step = square.side / cells as f32;
        let (sin, cos) = square.roll.sin_cos();
        let half = 0.5 / cells as f32;
        let [x, y] = square.at([half, half]);
        Self { first: [x - 0.5, y - 0.5], along: [cos * step, sin * step], down: [-sin * step, cos * step] }
    }

    fn at(&self, column: usize, row: usize) -> [f32; 2] {
        let (column, row) = (column as f32, row as f32);
        [0, 1].map(|axis| self.first[axis] + column * self.along[axis] + row * self.down[axis])
    }
}

struct PixelSource<'a> {
    rgb: &'a [u8],
    /// The last column and row.
    right: i32,
    bottom: i32,
    beyond: BeyondEdge,
}

/// The whole number below, without the call that `f32::floor` is on processors before SSE 4.1.
fn below(value: f32) -> i32 {
    let whole = value as i32;
    if whole as f32 > value { whole.saturating_sub(1) } else { whole }
}

impl<'a> PixelSource<'a> {
    fn new(frame: &'a Frame, beyond: BeyondEdge) -> Self {
        let last = |side: u32| i32::try_from(side - 1).unwrap_or(i32::MAX);
        Self { rgb: frame.rgb(), right: last(frame.width()), bottom: last(frame.height()), beyond }
    }

    /// The pixel at whole coordinates, or what lies beyond the edge.
    fn pixel(&self, x: i32, y: i32) -> [f32; 3] {
        let (right, bottom) = (self.right, self.bottom);
        if self.beyond == BeyondEdge::Black && !((0..=right).contains(&x) && (0..=bottom).contains(&y)) {
            return [0.0; 3];
        }
        let place = (y.clamp(0, bottom) as usize * (right as usize + 1) + x.clamp(0, right) as usize) * 3;
        match self.rgb.get(place..place + 3) {
            Some(rgb) => std::array::from_fn(|channel| f32::from(rgb[channel])),
            None => [0.0; 3],
        }
    }

    fn bilinear(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let (left, top) = (below(x), below(y));
        let (right_share, bottom_share) = (x - left as f32, y - top as f32);
        let [upper_left, upper_right, lower_left, lower_right] = [(0, 0), (1, 0), (0, 1), (1, 1)]
            .map(|(dx, dy)| self.pixel(left.saturating_add(dx), top.saturating_add(dy)));
        std::array::from_fn(|c| {
            let upper = upper_left[c] + right_share * (upper_right[c] - upper_left[c]);
            let lower = lower_left[c] + right_share * (lower_right[c] - lower_left[c]);
            upper + bottom_share * (lower - upper)
        })
    }

    /// Mean of `samples × samples` nearest pixels from a place in the grid on.
    fn mean(&self, grid: &SampleGrid, [column, row]: [usize; 2], samples: usize) -> [f32; 3] {
        let mut sum = [0.0; 3];
        for y in row..row + samples {
            for x in column..column + samples {
                let [px, py] = grid.at(x, y);
                let rgb = self.pixel(below(px + 0.5), below(py + 0.5));
                for (total, value) in sum.iter_mut().zip(rgb) {
                    *total += value;
                }
            }
        }
        sum.map(|total| total / (samples * samples) as f32)
    }
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
    fn a_wide_frame_is_letterboxed_in_black() {
        let picture = frame(16, 8, |_, _| [255; 3]);
        let tensor = sample(
            &picture,
            &CropSquare::around(&picture),
            &input(16, TensorLayout::Nchw, ColourOrder::Grey),
            BeyondEdge::Black,
        );
        let row = |y: usize| tensor[y * 16 + 8];
        assert!(row(0) < 1.0 && row(3) < 1.0 && row(4) > 254.0 && row(11) > 254.0 && row(12) < 1.0);
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
            black in any::<bool>(),
        ) {
            let picture = frame(width, height, |x, y| [x as u8, y as u8, 7]);
            let beyond = if black { BeyondEdge::Black } else { BeyondEdge::Edge };
            for square in [CropSquare { centre, side, roll }, CropSquare::around(&picture)] {
                let tensor = sample(&picture, &square, &input(9, TensorLayout::Nchw, ColourOrder::Rgb), beyond);
                prop_assert_eq!(tensor.len(), 9 * 9 * 3);
            }
        }
    }
}
