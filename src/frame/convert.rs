//! Conversion of camera buffers and image files to 8-bit RGB. No input panics, whatever its length.

use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

/// Why a buffer or a file did not become a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it is not an image: {0}")]
    NotAnImage(String),
    #[error("it does not start like a JPEG")]
    NotJpeg,
    #[error("it is cut off")]
    CutOff,
    #[error("{0}")]
    Decoder(String),
    #[error("it has no pixels")]
    NoPixels,
    #[error("{width}×{height} is more than {limit} megapixels (camera.megapixels)")]
    TooLarge { width: u32, height: u32, limit: u64 },
    #[error("{0} bytes are too few")]
    TooFewBytes(usize),
}

/// Converts packed YUYV (4:2:2, two bytes a pixel, BT.601 limited range) to RGB.
///
/// `source` may be longer than the picture, since drivers round buffers up. Returns `None` if it
/// is shorter than `width × height × 2`, if the width is odd, or if a side is zero.
///
/// Fixed-point form of ITU-R BT.601: `R = 1.164(Y−16) + 1.596(V−128)`,
/// `G = 1.164(Y−16) − 0.392(U−128) − 0.813(V−128)`, `B = 1.164(Y−16) + 2.017(U−128)`.
#[must_use]
pub fn yuyv_to_rgb(source: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    if width == 0 || height == 0 || width % 2 == 1 {
        return None;
    }
    let pixels = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
    let source = source.get(..pixels.checked_mul(2)?)?;
    let mut rgb = vec![0; pixels.checked_mul(3)?];
    for (pair, out) in source.as_chunks::<4>().0.iter().zip(rgb.as_chunks_mut::<6>().0) {
        let [y0, u, y1, v] = pair.map(i32::from);
        let (u, v) = (u - 128, v - 128);
        let (red, green, blue) = (409 * v + 128, -100 * u - 208 * v + 128, 516 * u + 128);
        let (first, second) = (298 * (y0 - 16), 298 * (y1 - 16));
        *out = [
            byte(first + red),
            byte(first + green),
            byte(first + blue),
            byte(second + red),
            byte(second + green),
            byte(second + blue),
        ];
    }
    Some(rgb)
}

fn byte(fixed: i32) -> u8 {
    (fixed >> 8).clamp(0, 255) as u8
}

/// Decodes one JPEG of a camera. Returns width, height and RGB.
///
/// The buffer may be longer than the picture. A truncated picture has no end marker and is refused,
/// since the decoder would fill the rest with grey.
///
/// # Errors
/// What is wrong with the picture, or that it has more than `most_pixels`.
pub fn jpeg_to_rgb(source: &[u8], most_pixels: u64) -> Result<(u32, u32, Vec<u8>), PictureError> {
    if !source.starts_with(&[0xFF, 0xD8]) {
        return Err(PictureError::NotJpeg);
    }
    if !source.windows(2).any(|marker| marker == [0xFF, 0xD9]) {
        return Err(PictureError::CutOff);
    }
    let decoder = JpegDecoder::new(Cursor::new(source)).map_err(decoder_error)?;
    let rgb = decode(decoder, most_pixels)?.into_rgb8();
    Ok((rgb.width(), rgb.height(), rgb.into_raw()))
}

/// Reads a PNG, JPEG or WebP file, applies its orientation, and shrinks it to `longest_side` pixels.
///
/// # Errors
/// What is wrong with the file, or that it has more than `most_pixels`.
pub fn read_image(file: &Path, most_pixels: u64, longest_side: u32) -> Result<RgbImage, PictureError> {
    let reader = ImageReader::open(file)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| PictureError::Unreadable(error.to_string()))?;
    let mut decoder = reader.into_decoder().map_err(|error| PictureError::NotAnImage(error.to_string()))?;
    let orientation = decoder.orientation().map_err(decoder_error)?;
    let mut image = decode(decoder, most_pixels)?;
    image.apply_orientation(orientation);
    Ok(shrink(image.into_rgb8(), longest_side))
}

fn decode(mut decoder: impl ImageDecoder, most_pixels: u64) -> Result<DynamicImage, PictureError> {
    let (width, height) = decoder.dimensions();
    check_pixels(width, height, most_pixels)?;
    let mut limits = Limits::no_limits();
    // Sixteen bytes a pixel are enough for the deepest format and its conversion.
    limits.max_alloc = Some(most_pixels.saturating_mul(16));
    decoder.set_limits(limits).map_err(decoder_error)?;
    DynamicImage::from_decoder(decoder).map_err(decoder_error)
}

#[expect(clippy::needless_pass_by_value, reason = "it is used with map_err")]
fn decoder_error(error: image::ImageError) -> PictureError {
    PictureError::Decoder(error.to_string())
}

/// Refuses pictures whose decoding would take too much memory.
///
/// # Errors
/// [`PictureError::NoPixels`] or [`PictureError::TooLarge`].
pub fn check_pixels(width: u32, height: u32, most: u64) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(PictureError::NoPixels);
    }
    if pixels > most {
        return Err(PictureError::TooLarge { width, height, limit: most / 1_000_000 });
    }
    Ok(())
}

/// Shrinks an image so that its longer side has at most `longest` pixels.
#[must_use]
pub fn shrink(image: RgbImage, longest: u32) -> RgbImage {
    let side = image.width().max(image.height());
    if side <= longest {
        return image;
    }
    let scaled = |length: u32| (u64::from(length) * u64::from(longest) / u64::from(side)).max(1) as u32;
    image::imageops::thumbnail(&image, scaled(image.width()), scaled(image.height()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One pair of pixels of a colour: Y, U, Y, V by the inverse of the same standard.
    fn yuyv_of([red, green, blue]: [f32; 3]) -> [u8; 4] {
        let luma = 16.0 + 0.257 * red + 0.504 * green + 0.098 * blue;
        let cb = 128.0 - 0.148 * red - 0.291 * green + 0.439 * blue;
        let cr = 128.0 + 0.439 * red - 0.368 * green - 0.071 * blue;
        [luma, cb, luma, cr].map(|value| value.round() as u8)
    }

    #[test]
    fn known_colours_come_back_from_yuyv() {
        let colours = [
            [0.0, 0.0, 0.0],
            [255.0, 255.0, 255.0],
            [255.0, 0.0, 0.0],
            [0.0, 255.0, 0.0],
            [0.0, 0.0, 255.0],
            [200.0, 150.0, 120.0],
        ];
        for colour in colours {
            let rgb = yuyv_to_rgb(&yuyv_of(colour), 2, 1).expect("one pair");
            for (got, wanted) in rgb.iter().zip(colour.iter().cycle()) {
                assert!((f32::from(*got) - wanted).abs() <= 3.0, "{colour:?} became {rgb:?}");
            }
        }
    }

    #[test]
    fn two_pixels_share_their_colour_but_not_their_light() {
        let rgb = yuyv_to_rgb(&[16, 128, 235, 128], 2, 1).expect("one pair");
        assert_eq!(rgb, [0, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn a_longer_buffer_is_fine_and_a_shorter_one_gives_nothing() {
        assert_eq!(yuyv_to_rgb(&[128; 40], 4, 4).map(|rgb| rgb.len()), Some(48));
        assert_eq!(yuyv_to_rgb(&[128; 31], 4, 4), None);
        assert_eq!(yuyv_to_rgb(&[128; 31], u32::MAX - 1, u32::MAX), None);
    }

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8 * 3, y as u8 * 3, 90]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("encoded");
        bytes.into_inner()
    }

    #[test]
    fn a_jpeg_in_a_longer_buffer_decodes() {
        let mut buffer = jpeg(32, 16);
        buffer.resize(buffer.len() + 5_000, 0);
        let (width, height, rgb) = jpeg_to_rgb(&buffer, 1_000_000).expect("decoded");
        assert_eq!((width, height, rgb.len()), (32, 16, 32 * 16 * 3));
    }

    #[test]
    fn a_jpeg_that_is_cut_off_or_too_large_or_none_is_refused() {
        let whole = jpeg(32, 16);
        let mut cut = whole[..whole.len() / 2].to_vec();
        cut.resize(whole.len(), 0);
        assert!(jpeg_to_rgb(&cut, 1_000_000).is_err());
        assert!(jpeg_to_rgb(&whole, 100).unwrap_err().to_string().contains("32×16"));
        assert!(jpeg_to_rgb(&[0; 100], 1_000_000).is_err());
    }

    #[test]
    fn shrinking_keeps_the_shape() {
        let small = shrink(RgbImage::new(400, 200), 100);
        assert_eq!(small.dimensions(), (100, 50));
        assert_eq!(shrink(RgbImage::new(40, 20), 100).dimensions(), (40, 20));
    }

    proptest! {
        #[test]
        fn yuyv_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), w in 0u32..20, h in 0u32..20) {
            if let Some(rgb) = yuyv_to_rgb(&bytes, w, h) {
                prop_assert_eq!(rgb.len(), (w * h * 3) as usize);
            }
        }

        #[test]
        fn a_damaged_jpeg_never_panics(place in 0usize..600, value in any::<u8>(), cut in 0usize..600) {
            let mut bytes = jpeg(24, 24);
            let place = place % bytes.len();
            bytes[place] = value;
            bytes.truncate(bytes.len() - cut % bytes.len());
            if let Ok((width, height, rgb)) = jpeg_to_rgb(&bytes, 100_000) {
                prop_assert_eq!(rgb.len(), (width * height * 3) as usize);
            }
        }
    }
}
