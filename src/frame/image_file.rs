//! Image files become RGB.

use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use super::error::PictureError;

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

/// Decodes at most `most_pixels`, with a limit on memory.
pub(super) fn decode(mut decoder: impl ImageDecoder, most_pixels: u64) -> Result<DynamicImage, PictureError> {
    let (width, height) = decoder.dimensions();
    check_pixels(width, height, most_pixels)?;
    let mut limits = Limits::no_limits();
    // Sixteen bytes a pixel are enough for the deepest format and its conversion.
    limits.max_alloc = Some(most_pixels.saturating_mul(16));
    decoder.set_limits(limits).map_err(decoder_error)?;
    DynamicImage::from_decoder(decoder).map_err(decoder_error)
}

#[expect(clippy::needless_pass_by_value, reason = "it is used with map_err")]
pub(super) fn decoder_error(error: image::ImageError) -> PictureError {
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

    #[test]
    fn shrinking_keeps_the_shape() {
        let small = shrink(RgbImage::new(400, 200), 100);
        assert_eq!(small.dimensions(), (100, 50));
        assert_eq!(shrink(RgbImage::new(40, 20), 100).dimensions(), (40, 20));
    }
}
