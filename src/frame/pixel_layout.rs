//! How uncompressed pictures of a device lie in memory, and where V4L2 names it.
//!
//! The names are the four characters of `linux/videodev2.h`; the layouts follow the chapters "YUV Formats" and
//! "RGB Formats" of the kernel's documentation of V4L2.

/// Which of two colour samples comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChromaOrder {
    /// Cb (U) before Cr (V).
    CbCr,
    /// Cr (V) before Cb (U).
    CrCb,
}

/// Where the samples of a picture lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelLayout {
    /// Two pixels in four bytes (4:2:2): the places of Y₀, Cb, Y₁ and Cr.
    Packed422([usize; 4]),
    /// A plane of Y, then one of pairs of Cb and Cr with half the columns and a row for each `rows` rows of Y.
    SemiPlanar { order: ChromaOrder, rows: u32 },
    /// A plane of Y, then one of Cb and one of Cr, both with half the columns, and a row for each `rows` rows of Y.
    Planar { order: ChromaOrder, rows: u32 },
    /// Pixels of `bytes` bytes: the places of red, green and blue.
    Rgb { bytes: usize, places: [usize; 3] },
    /// One byte of grey a pixel.
    Grey,
    /// Two bytes a pixel, little endian, of which `bits` count: 8 to 16.
    DeepGrey { bits: u32 },
}

use ChromaOrder::{CbCr, CrCb};
use PixelLayout::{DeepGrey, Grey, Packed422, Planar, Rgb, SemiPlanar};

/// The layouts that are understood, by their V4L2 names.
const LAYOUTS: [(&[u8; 4], PixelLayout); 27] = [
    (b"YUYV", Packed422([0, 1, 2, 3])),
    (b"UYVY", Packed422([1, 0, 3, 2])),
    (b"YVYU", Packed422([0, 3, 2, 1])),
    (b"VYUY", Packed422([1, 2, 3, 0])),
    (b"NV12", SemiPlanar { order: CbCr, rows: 2 }),
    (b"NV21", SemiPlanar { order: CrCb, rows: 2 }),
    (b"NV16", SemiPlanar { order: CbCr, rows: 1 }),
    (b"NV61", SemiPlanar { order: CrCb, rows: 1 }),
    (b"YU12", Planar { order: CbCr, rows: 2 }),
    (b"YV12", Planar { order: CrCb, rows: 2 }),
    (b"422P", Planar { order: CbCr, rows: 1 }),
    (b"RGB3", Rgb { bytes: 3, places: [0, 1, 2] }),
    (b"BGR3", Rgb { bytes: 3, places: [2, 1, 0] }),
    (b"BGR4", Rgb { bytes: 4, places: [2, 1, 0] }),
    (b"XR24", Rgb { bytes: 4, places: [2, 1, 0] }),
    (b"AR24", Rgb { bytes: 4, places: [2, 1, 0] }),
    (b"RGB4", Rgb { bytes: 4, places: [1, 2, 3] }),
    (b"BX24", Rgb { bytes: 4, places: [1, 2, 3] }),
    (b"BA24", Rgb { bytes: 4, places: [1, 2, 3] }),
    (b"XB24", Rgb { bytes: 4, places: [0, 1, 2] }),
    (b"AB24", Rgb { bytes: 4, places: [0, 1, 2] }),
    (b"RX24", Rgb { bytes: 4, places: [3, 2, 1] }),
    (b"GREY", Grey),
    (b"Y10 ", DeepGrey { bits: 10 }),
    (b"Y12 ", DeepGrey { bits: 12 }),
    (b"Y14 ", DeepGrey { bits: 14 }),
    (b"Y16 ", DeepGrey { bits: 16 }),
];

impl PixelLayout {
    /// The layout of a V4L2 pixel format; `None` if it is not understood.
    #[must_use]
    pub fn of_fourcc(fourcc: [u8; 4]) -> Option<Self> {
        LAYOUTS.iter().find(|(name, _)| **name == fourcc).map(|(_, layout)| *layout)
    }

    /// Whether it has no colours.
    #[must_use]
    pub fn is_grey(self) -> bool {
        matches!(self, Grey | DeepGrey { .. })
    }

    /// Least bytes of a line of the first plane.
    pub(super) fn line_bytes(self, width: usize) -> usize {
        match self {
            Packed422(_) => width.div_ceil(2) * 4,
            SemiPlanar { .. } | Planar { .. } | Grey => width,
            Rgb { bytes, .. } => width * bytes,
            DeepGrey { .. } => width * 2,
        }
    }
}
