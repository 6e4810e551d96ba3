//! Pictures in memory, and how the pixels of devices and files become them. No input panics, whatever its length.

mod error;
mod image_file;
mod jpeg;
mod jpeg_header;
mod pixel_layout;
mod raw_picture;
#[cfg(test)]
mod raw_picture_test;
mod rgb_frame;
mod yuv_matrix;

pub use error::PictureError;
pub use image_file::{check_pixels, read_image, shrink};
pub use jpeg::jpeg_to_rgb;
pub use pixel_layout::{ChromaOrder, PixelLayout};
pub use raw_picture::RawPicture;
pub use rgb_frame::{Frame, Turn};
pub use yuv_matrix::{ValueRange, YuvStandard};
