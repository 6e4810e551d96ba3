//! Pictures in memory, and how the pixels of devices and files become them.

mod convert;
mod rgb_frame;

pub use convert::{PictureError, check_pixels, jpeg_to_rgb, read_image, shrink, yuyv_to_rgb};
pub use rgb_frame::Frame;
