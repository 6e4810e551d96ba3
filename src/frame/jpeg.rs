//! JPEGs of cameras become RGB.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;

use super::error::PictureError;
use super::image_file::{decode, decoder_error};
use super::jpeg_header::{read_header, with_standard_tables};

/// The tallest row of blocks that a JPEG has.
const BLOCK_ROW: usize = 16;

/// Decodes one JPEG of a camera. Returns width, height and RGB.
///
/// The buffer may be longer than the picture. A picture without Huffman tables is decoded with the standard ones. A
/// truncated picture is refused, since the decoder would make up the rest.
///
/// # Errors
/// What is wrong with the picture, or that it has more than `most_pixels`.
pub fn jpeg_to_rgb(source: &[u8], most_pixels: u64) -> Result<(u32, u32, Vec<u8>), PictureError> {
    let header = read_header(source)?;
    let whole = if header.has_tables {
        Cow::Borrowed(&source[..header.end])
    } else {
        Cow::Owned(with_standard_tables(source, &header))
    };
    let decoder = JpegDecoder::new(Cursor::new(&*whole)).map_err(decoder_error)?;
    let rgb = decode(decoder, most_pixels)?.into_rgb8();
    let (width, height) = rgb.dimensions();
    let rgb = rgb.into_raw();
    if repeats_its_end(&rgb, width) { Err(PictureError::CutOff) } else { Ok((width, height, rgb)) }
}

/// Whether the scan of a picture ended before its last rows of blocks: the decoder repeats the row at which it ended.
/// Pictures that repeat from the top on, and those of which all lines are alike at the end, were drawn so.
fn repeats_its_end(rgb: &[u8], width: u32) -> bool {
    let length = (width as usize * 3).max(1);
    let height = rgb.len() / length;
    if height < 4 * BLOCK_ROW {
        return false;
    }
    let line = |y: usize| &rgb[y * length..][..length];
    let repeats = |y: usize| line(y) == line(y - BLOCK_ROW);
    // The last lines are smoothed in another way.
    let last = || height - BLOCK_ROW - 4..height - 4;
    last().all(repeats) && last().any(|y| line(y) != line(y - 1)) && !(BLOCK_ROW..2 * BLOCK_ROW).all(repeats)
}

#[cfg(test)]
mod tests {
    use image::RgbImage;
    use proptest::prelude::*;

    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 3) as u8, (y * 3) as u8, 90]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("encoded");
        bytes.into_inner()
    }

    /// The segments between the start and the first scan: marker and where it lies.
    fn segments(jpeg: &[u8]) -> Vec<(u8, std::ops::Range<usize>)> {
        let (mut at, mut found) = (2, Vec::new());
        loop {
            let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]])) + 2;
            found.push((jpeg[at + 1], at..at + length));
            if jpeg[at + 1] == 0xDA {
                return found;
            }
            at += length;
        }
    }

    /// As AVI files and many cameras have it: the encoder used the standard tables, and they are left out.
    fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut bare = jpeg.to_vec();
        for (marker, place) in segments(jpeg).into_iter().rev() {
            if marker == 0xC4 {
                bare.drain(place);
            }
        }
        bare
    }

    /// The tables of annex K are put in where a picture has none, and the pixels are the same.
    #[test]
    fn a_jpeg_without_huffman_tables_decodes_to_the_same_pixels() {
        let whole = jpeg(80, 48);
        let bare = without_tables(&whole);
        assert!(bare.len() < whole.len() && segments(&bare).iter().all(|(marker, _)| *marker != 0xC4));
        assert!(jpeg_to_rgb(&whole, 1_000_000).is_ok());
        assert_eq!(jpeg_to_rgb(&bare, 1_000_000), jpeg_to_rgb(&whole, 1_000_000));
    }

    /// The mark of an AVI file changes nothing.
    #[test]
    fn a_jpeg_with_the_mark_of_an_avi_decodes_to_the_same_pixels() {
        let whole = jpeg(48, 48);
        let mut bare = without_tables(&whole);
        let mark = [0xFF, 0xE0, 0, 16, b'A', b'V', b'I', b'1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bare.splice(2..2, mark);
        assert_eq!(jpeg_to_rgb(&bare, 1_000_000), jpeg_to_rgb(&whole, 1_000_000));
    }

    /// Drivers round buffers up.
    #[test]
    fn a_jpeg_in_a_longer_buffer_decodes() {
        let mut buffer = jpeg(32, 16);
        buffer.resize(buffer.len() + 5_000, 0);
        let (width, height, rgb) = jpeg_to_rgb(&buffer, 1_000_000).expect("decoded");
        assert_eq!((width, height, rgb.len()), (32, 16, 32 * 16 * 3));
    }

    /// Each is refused with its reason.
    #[test]
    fn a_jpeg_that_is_cut_off_or_too_large_or_none_is_refused() {
        let whole = jpeg(32, 16);
        let mut cut = whole[..whole.len() / 2].to_vec();
        assert_eq!(jpeg_to_rgb(&cut, 1_000_000), Err(PictureError::CutOff));
        cut.resize(whole.len(), 0);
        assert!(jpeg_to_rgb(&cut, 1_000_000).is_err());
        assert!(jpeg_to_rgb(&whole, 100).unwrap_err().to_string().contains("32×16"));
        assert_eq!(jpeg_to_rgb(&[0; 100], 1_000_000), Err(PictureError::NotJpeg));
        assert!(jpeg_to_rgb(&[0xFF, 0xD8, 0xFF, 0xD9], 1_000_000).is_err());
    }

    /// An end marker of a small picture within the header is not the end of the picture.
    #[test]
    fn a_thumbnail_does_not_hide_that_the_picture_is_cut_off() {
        let whole = jpeg(32, 16);
        let thumbnail = jpeg(8, 8);
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
        bytes.extend_from_slice(&(thumbnail.len() as u16 + 2).to_be_bytes());
        bytes.extend_from_slice(&thumbnail);
        bytes.extend_from_slice(&whole[2..]);
        assert_eq!(jpeg_to_rgb(&bytes, 1_000_000), jpeg_to_rgb(&whole, 1_000_000));
        bytes.truncate(bytes.len() - 2);
        assert_eq!(jpeg_to_rgb(&bytes, 1_000_000), Err(PictureError::CutOff));
    }

    /// A picture whose scan ends in the middle, with an end marker, is refused; one that is drawn with equal lines is not.
    #[test]
    fn a_jpeg_that_ends_too_early_is_refused() {
        let whole = jpeg(64, 256);
        assert!(jpeg_to_rgb(&whole, 1_000_000).is_ok());
        let scan = segments(&whole).last().expect("a scan").1.end;
        for quarter in 1..4 {
            let mut torn = whole[..scan + (whole.len() - scan) * quarter / 4].to_vec();
            torn.extend_from_slice(&[0xFF, 0xD9]);
            assert_eq!(jpeg_to_rgb(&torn, 1_000_000), Err(PictureError::CutOff), "{quarter} quarters");
        }
        let drawn: [fn(u32, u32) -> [u8; 3]; 3] = [
            |_, _| [90, 120, 128],
            |x, _| [(x * 3) as u8, 40, 200],
            |x, y| if y < 100 { [x as u8, y as u8, 9] } else { [0; 3] },
        ];
        for pixel in drawn {
            let image = RgbImage::from_fn(64, 256, |x, y| image::Rgb(pixel(x, y)));
            let mut bytes = Cursor::new(Vec::new());
            image.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("encoded");
            assert!(jpeg_to_rgb(&bytes.into_inner(), 1_000_000).is_ok());
        }
    }

    proptest! {
        /// One wrong byte and a cut at any place never panic.
        #[test]
        fn a_damaged_jpeg_never_panics(
            bare in any::<bool>(), place in 0usize..2_000, value in any::<u8>(), cut in 0usize..2_000,
        ) {
            let mut bytes = if bare { without_tables(&jpeg(24, 24)) } else { jpeg(24, 24) };
            let place = place % bytes.len();
            bytes[place] = value;
            bytes.truncate(bytes.len() - cut % bytes.len());
            if let Ok((width, height, rgb)) = jpeg_to_rgb(&bytes, 100_000) {
                prop_assert_eq!(rgb.len(), (width * height * 3) as usize);
            }
        }

        /// Segments of nonsense in any order never panic, and what is found lies within the buffer.
        #[test]
        fn headers_of_nonsense_never_panic(
            segments in proptest::collection::vec(
                (any::<u8>(), any::<u16>(), proptest::collection::vec(any::<u8>(), 0..40), any::<bool>()), 0..12,
            ),
            end in any::<bool>(),
        ) {
            let mut bytes = vec![0xFF, 0xD8];
            for (marker, length, body, honest) in segments {
                let length = if honest { body.len() as u16 + 2 } else { length };
                bytes.extend_from_slice(&[0xFF, marker]);
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(&body);
            }
            if end {
                bytes.extend_from_slice(&[0xFF, 0xD9]);
            }
            if let Ok(header) = read_header(&bytes) {
                prop_assert!(header.first_scan < header.end && header.end <= bytes.len());
            }
            let _ = jpeg_to_rgb(&bytes, 100_000);
        }
    }
}
