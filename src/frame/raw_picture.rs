//! Uncompressed pictures of a device become RGB.

use super::error::PictureError;
use super::pixel_layout::{ChromaOrder, PixelLayout};
use super::yuv_matrix::{ValueRange, YuvLine, YuvMatrix, YuvStandard};

/// What a device says of its uncompressed pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Where the samples lie.
    pub layout: PixelLayout,
    /// Bytes from one line of the first plane to the next; less than a line needs, such as 0, means no gap.
    pub stride: u32,
    /// How colours were coded.
    pub standard: YuvStandard,
    /// Which values black and white have.
    pub range: ValueRange,
}

/// A plane of a picture: lines of bytes with a gap after each.
#[derive(Clone, Copy)]
struct Plane<'a> {
    bytes: &'a [u8],
    stride: usize,
}

impl<'a> Plane<'a> {
    /// `rows` lines of `line` bytes at the start of a buffer, and what comes after them. The last line needs no gap.
    fn split(
        buffer: &'a [u8],
        stride: usize,
        rows: usize,
        line: usize,
    ) -> Result<(Self, &'a [u8]), PictureError> {
        let least = rows.checked_sub(1).and_then(|gaps| gaps.checked_mul(stride)?.checked_add(line));
        let plane = least.and_then(|least| buffer.get(..least));
        let bytes = plane.ok_or(PictureError::TooFewBytes(buffer.len()))?;
        let after = buffer.get(rows.saturating_mul(stride)..).unwrap_or_default();
        Ok((Self { bytes, stride }, after))
    }

    /// From the start of a line on.
    fn line(&self, row: usize) -> &'a [u8] {
        &self.bytes[row * self.stride..]
    }
}

impl RawPicture {
    /// The picture in a buffer as `width × height × 3` bytes of RGB. The buffer may be longer, since drivers round up.
    ///
    /// # Errors
    /// [`PictureError::TooFewBytes`] if the buffer is too short, [`PictureError::NoPixels`] if a side is 0.
    pub fn convert(&self, buffer: &[u8]) -> Result<Vec<u8>, PictureError> {
        let (width, height) = (self.width as usize, self.height as usize);
        if width == 0 || height == 0 {
            return Err(PictureError::NoPixels);
        }
        // Before memory is taken: a size of nonsense has no such buffer.
        let line = self.layout.line_bytes(width);
        let stride = line.max(self.stride as usize);
        let (first, rest) = Plane::split(buffer, stride, height, line)?;
        let mut rgb = vec![0; width * height * 3];
        match self.layout {
            PixelLayout::Packed422(places) => self.packed(first, places, &mut rgb),
            PixelLayout::SemiPlanar { order, rows } => {
                self.semi_planar(first, rest, (order, rows), &mut rgb)?;
            }
            PixelLayout::Planar { order, rows } => self.planar(first, rest, (order, rows), &mut rgb)?,
            PixelLayout::Rgb { bytes, places } => self.channels(first, bytes, places, &mut rgb),
            PixelLayout::Grey => self.grey(first, 1, |bytes| bytes[0], &mut rgb),
            PixelLayout::DeepGrey { bits } => {
                let high = move |bytes: &[u8]| {
                    let value = u32::from(u16::from_le_bytes([bytes[0], bytes[1]]));
                    (value >> (bits.clamp(8, 16) - 8)).min(255) as u8
                };
                self.grey(first, 2, high, &mut rgb);
            }
        }
        Ok(rgb)
    }

    /// The lines of the RGB picture with their numbers.
    fn lines<'a>(&self, rgb: &'a mut [u8]) -> impl Iterator<Item = (usize, &'a mut [u8])> {
        rgb.chunks_exact_mut(self.width as usize * 3).enumerate()
    }

    /// Converts line by line; `fill` puts the values of a row into the line.
    fn yuv(&self, rgb: &mut [u8], mut fill: impl FnMut(usize, &mut YuvLine)) {
        let matrix = YuvMatrix::new(self.standard, self.range);
        let mut line = YuvLine::of_width(self.width as usize);
        for (row, out) in self.lines(rgb) {
            fill(row, &mut line);
            matrix.convert(&line, out);
        }
    }

    fn packed(&self, plane: Plane, places: [usize; 4], rgb: &mut [u8]) {
        // A place is below 4, which the compiler learns from the mask.
        let [y0, cb, y1, cr] = places.map(|place| place & 3);
        self.yuv(rgb, |row, line| {
            let pairs = plane.line(row).as_chunks::<4>().0;
            line.set_luma_pairs(pairs.iter().map(|pair| [pair[y0], pair[y1]]));
            line.set_colours(pairs.iter().map(|pair| (pair[cb], pair[cr])));
        });
    }

    fn semi_planar(
        &self,
        luma: Plane,
        rest: &[u8],
        (order, rows): (ChromaOrder, u32),
        rgb: &mut [u8],
    ) -> Result<(), PictureError> {
        let pairs = self.width.div_ceil(2) as usize;
        let stride = luma.stride.next_multiple_of(2);
        let (chroma, _) = Plane::split(rest, stride, self.height.div_ceil(rows) as usize, 2 * pairs)?;
        let [cb, cr] = places(order);
        self.yuv(rgb, |row, line| {
            let colours = chroma.line(row / rows as usize).as_chunks::<2>().0;
            line.set_luma(luma.line(row));
            line.set_colours(colours.iter().map(|pair| (pair[cb], pair[cr])));
        });
        Ok(())
    }

    fn planar(
        &self,
        luma: Plane,
        rest: &[u8],
        (order, rows): (ChromaOrder, u32),
        rgb: &mut [u8],
    ) -> Result<(), PictureError> {
        let columns = self.width.div_ceil(2) as usize;
        let (stride, lines) = (luma.stride.div_ceil(2), self.height.div_ceil(rows) as usize);
        let (first, rest) = Plane::split(rest, stride, lines, columns)?;
        let (second, _) = Plane::split(rest, stride, lines, columns)?;
        let planes = [first, second];
        let [cb, cr] = places(order).map(|place| planes[place]);
        self.yuv(rgb, |row, line| {
            let of_colour = row / rows as usize;
            line.set_luma(luma.line(row));
            line.set_colours(cb.line(of_colour).iter().copied().zip(cr.line(of_colour).iter().copied()));
        });
        Ok(())
    }

    fn channels(&self, plane: Plane, bytes: usize, places: [usize; 3], rgb: &mut [u8]) {
        let levels = self.levels();
        for (row, out) in self.lines(rgb) {
            for (pixel, out) in plane.line(row).chunks_exact(bytes).zip(out.as_chunks_mut::<3>().0) {
                *out = places.map(|place| levels[usize::from(pixel[place])]);
            }
        }
    }

    fn grey(&self, plane: Plane, bytes: usize, value: impl Fn(&[u8]) -> u8, rgb: &mut [u8]) {
        let levels = self.levels();
        for (row, out) in self.lines(rgb) {
            for (pixel, out) in plane.line(row).chunks_exact(bytes).zip(out.as_chunks_mut::<3>().0) {
                *out = [levels[usize::from(value(pixel))]; 3];
            }
        }
    }

    /// What each value of grey or of a channel stands for.
    fn levels(&self) -> [u8; 256] {
        let stretched =
            |value: usize| ((value as f32 - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0) as u8;
        std::array::from_fn(|value| match self.range {
            ValueRange::Limited => stretched(value),
            ValueRange::Full => value as u8,
        })
    }
}

/// Which of two samples is Cb, and which Cr.
fn places(order: ChromaOrder) -> [usize; 2] {
    match order {
        ChromaOrder::CbCr => [0, 1],
        ChromaOrder::CrCb => [1, 0],
    }
}
