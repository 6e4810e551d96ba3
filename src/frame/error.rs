//! Why there is no picture.

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
    /// Byte of the buffer at which a marker of a JPEG was expected.
    #[error("its JPEG header is damaged at byte {0}")]
    DamagedHeader(usize),
    #[error("the device marked it as damaged")]
    MarkedDamaged,
    #[error("{0}")]
    Decoder(String),
    #[error("it has no pixels")]
    NoPixels,
    #[error("{width}×{height} is more than {limit} megapixels (camera.megapixels)")]
    TooLarge { width: u32, height: u32, limit: u64 },
    #[error("{0} bytes are too few")]
    TooFewBytes(usize),
}
