//! One picture of a camera, a clip or a file.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A picture in memory: 8-bit sRGB, rows from the top, three bytes per pixel.
///
/// Faces stay in memory: the type cannot be serialised, and its `Debug` output shows no pixel.
#[derive(Clone)]
pub struct Frame {
    width: u32,
    height: u32,
    rgb: Arc<[u8]>,
    /// Time since the start of the source. It never runs backwards; in a looped clip, the position is
    /// this time modulo the length.
    pub at: Duration,
    /// When the picture arrived in the app.
    pub captured: Instant,
}

impl Frame {
    /// A picture of `width × height × 3` bytes of RGB; `None` if the length differs or a side is zero.
    #[must_use]
    pub fn new(width: u32, height: u32, rgb: impl Into<Arc<[u8]>>, at: Duration) -> Option<Self> {
        let rgb = rgb.into();
        let bytes = usize::try_from(u64::from(width) * u64::from(height) * 3).ok()?;
        (bytes > 0 && rgb.len() == bytes).then(|| Self { width, height, rgb, at, captured: Instant::now() })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, `width × height × 3` bytes.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}×{} at {:?})", self.width, self.height, self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_needs_as_many_bytes_as_its_size_says() {
        assert!(Frame::new(2, 1, vec![0; 6], Duration::ZERO).is_some());
        assert!(Frame::new(2, 1, vec![0; 5], Duration::ZERO).is_none());
        assert!(Frame::new(0, 1, vec![], Duration::ZERO).is_none());
    }

    #[test]
    fn debug_shows_no_pixel() {
        let frame = Frame::new(1, 1, vec![201, 202, 203], Duration::ZERO).expect("fits");
        assert!(!format!("{frame:?}").contains("20"));
    }
}
