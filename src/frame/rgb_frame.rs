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
    // A vector is taken over without a copy, unlike by `Arc<[u8]>`.
    rgb: Arc<Vec<u8>>,
    /// Time since the start of the source. It never runs backwards; in a looped clip, the position is
    /// this time modulo the length.
    pub at: Duration,
    /// When the picture arrived in the app.
    pub captured: Instant,
    /// Whether a camera took it. Clips and images may stand still for long; what a camera sees does not.
    pub live: bool,
}

/// By how much a picture is turned, clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// Not at all.
    #[default]
    None,
    /// Its left side becomes the top.
    Quarter,
    /// Upside down.
    Half,
    /// Its right side becomes the top.
    ThreeQuarters,
}

impl Frame {
    /// A picture of `width × height × 3` bytes of RGB; `None` if the length differs or a side is zero.
    #[must_use]
    pub fn new(width: u32, height: u32, rgb: Vec<u8>, at: Duration) -> Option<Self> {
        let bytes = usize::try_from(u64::from(width) * u64::from(height) * 3).ok()?;
        (bytes > 0 && rgb.len() == bytes).then(|| Self {
            width,
            height,
            rgb: Arc::new(rgb),
            at,
            captured: Instant::now(),
            live: false,
        })
    }

    /// The same as a picture that a camera takes now.
    #[must_use]
    pub fn into_live(self) -> Self {
        Self { live: true, ..self }
    }

    /// The picture turned, then mirrored from left to right if asked for.
    #[must_use]
    pub fn oriented(self, turn: Turn, mirror: bool) -> Self {
        if turn == Turn::None && !mirror {
            return self;
        }
        let [width, height] = [self.width as usize, self.height as usize];
        let [new_width, new_height] = match turn {
            Turn::None | Turn::Half => [width, height],
            Turn::Quarter | Turn::ThreeQuarters => [height, width],
        };
        let mut rgb = vec![0; self.rgb.len()];
        let pixels = self.rgb.as_chunks::<3>().0;
        for (y, line) in rgb.chunks_exact_mut(3 * new_width).enumerate() {
            for (x, pixel) in line.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let x = if mirror { new_width - 1 - x } else { x };
                let [from_x, from_y] = match turn {
                    Turn::None => [x, y],
                    Turn::Quarter => [y, height - 1 - x],
                    Turn::Half => [width - 1 - x, height - 1 - y],
                    Turn::ThreeQuarters => [width - 1 - y, x],
                };
                *pixel = pixels[from_y * width + from_x];
            }
        }
        Self { width: new_width as u32, height: new_height as u32, rgb: Arc::new(rgb), ..self }
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

    /// The letters are pixels: each turn is clockwise, and the mirror comes after it.
    #[test]
    fn pictures_are_turned_clockwise_and_then_mirrored() {
        let oriented = |turn, mirror| {
            let pixels = "abcdef".bytes().flat_map(|letter| [letter; 3]).collect();
            let frame = Frame::new(3, 2, pixels, Duration::ZERO).expect("fits").oriented(turn, mirror);
            let letters: String =
                frame.rgb().as_chunks::<3>().0.iter().map(|pixel| char::from(pixel[0])).collect();
            (frame.width(), letters)
        };
        // abc
        // def
        assert_eq!(oriented(Turn::None, false), (3, "abcdef".into()));
        assert_eq!(oriented(Turn::None, true), (3, "cbafed".into()));
        assert_eq!(oriented(Turn::Quarter, false), (2, "daebfc".into()));
        assert_eq!(oriented(Turn::Quarter, true), (2, "adbecf".into()));
        assert_eq!(oriented(Turn::Half, false), (3, "fedcba".into()));
        assert_eq!(oriented(Turn::ThreeQuarters, false), (2, "cfbead".into()));
        assert_eq!(oriented(Turn::ThreeQuarters, true), (2, "fcebda".into()));
    }
}
