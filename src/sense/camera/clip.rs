//! A clip in a loop: an animated WebP, decoded one picture at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::RgbImage;
use image_webp::{DecodingError, WebPDecoder};

use super::error::SourceError;
use super::settings::CameraSettings;
use super::source::{FrameSource, Pacing};
use crate::frame::{Frame, check_pixels, shrink};

/// The clip that plays without a camera: four synthetic people who show all seven expressions. The
/// timeline is in `assets/demo/visitor.ron`.
const VISITOR: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/visitor.webp"));
const VISITOR_NAME: &str = "visitor clip";

/// Pictures without a duration get this one, so that no two are due at the same time.
const SHORTEST: Duration = Duration::from_millis(10);

trait ClipReader: BufRead + Seek + Send {}
impl<T: BufRead + Seek + Send> ClipReader for T {}

/// An animated WebP in a loop. Holds one picture at a time, not the clip.
pub struct ClipSource {
    decoder: WebPDecoder<Box<dyn ClipReader>>,
    file: PathBuf,
    name: String,
    /// One picture as the decoder writes it: RGB, or RGBA where the clip has alpha.
    canvas: Vec<u8>,
    longest_side: u32,
    /// When the next picture is due.
    at: Duration,
    /// Pictures of this loop so far.
    shown: u32,
    complaint: Option<String>,
}

impl ClipSource {
    /// Opens a file, or without one the visitor clip.
    ///
    /// # Errors
    /// [`SourceError::Unreadable`] with the file and what is wrong with it.
    pub fn open(file: Option<&Path>, settings: &CameraSettings) -> Result<Self, SourceError> {
        let Some(file) = file else {
            return Self::read(
                Path::new(VISITOR_NAME),
                VISITOR_NAME.into(),
                Box::new(Cursor::new(VISITOR)),
                settings,
            );
        };
        let bytes = File::open(file)
            .map_err(|error| SourceError::unreadable(file, format!("it cannot be read: {error}")))?;
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        Self::read(file, format!("clip {name}"), Box::new(BufReader::new(bytes)), settings)
    }

    fn read(
        file: &Path,
        name: String,
        bytes: Box<dyn ClipReader>,
        settings: &CameraSettings,
    ) -> Result<Self, SourceError> {
        let refused = |reason: String| SourceError::unreadable(file, reason);
        let decoder =
            WebPDecoder::new(bytes).map_err(|error| refused(format!("it is not a WebP clip: {error}")))?;
        if !decoder.is_animated() {
            return Err(refused("it is a single image; use --source images: for it".into()));
        }
        let (width, height) = decoder.dimensions();
        check_pixels(width, height, u64::from(settings.megapixels) * 1_000_000)
            .map_err(|error| SourceError::unreadable(file, error))?;
        let size = decoder.output_buffer_size().ok_or_else(|| refused("it is too large".into()))?;
        Ok(Self {
            decoder,
            file: file.to_owned(),
            name,
            canvas: vec![0; size],
            longest_side: settings.longest_side,
            at: Duration::ZERO,
            shown: 0,
            complaint: None,
        })
    }

    /// Pictures in one loop.
    #[must_use]
    pub fn pictures(&self) -> u32 {
        self.decoder.num_frames()
    }

    fn start_over(&mut self) {
        self.decoder.reset_animation();
        self.shown = 0;
    }

    fn frame(&self) -> Option<Frame> {
        let (width, height) = self.decoder.dimensions();
        let rgb = if self.decoder.has_alpha() {
            self.canvas.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect()
        } else {
            self.canvas.clone()
        };
        let image = shrink(RgbImage::from_raw(width, height, rgb)?, self.longest_side);
        Frame::new(image.width(), image.height(), image.into_raw(), self.at)
    }
}

impl FrameSource for ClipSource {
    fn next_frame(&mut self) -> Result<Frame, SourceError> {
        if self.shown > 0 && self.shown == self.pictures() {
            self.complaint = None;
            self.start_over();
        }
        match self.decoder.read_frame(&mut self.canvas) {
            Ok(milliseconds) => {
                let frame =
                    self.frame().ok_or_else(|| SourceError::unreadable(&self.file, "it has no pixels"))?;
                self.at += Duration::from_millis(milliseconds.into()).max(SHORTEST);
                self.shown += 1;
                Ok(frame)
            }
            Err(error) if self.shown == 0 => Err(SourceError::unreadable(&self.file, decoder_text(&error))),
            Err(error) => {
                let reason =
                    format!("picture {}: {}; the clip starts over", self.shown + 1, decoder_text(&error));
                self.start_over();
                let error = SourceError::BrokenFile { file: self.file.clone(), reason };
                self.complaint = Some(error.to_string());
                Err(error)
            }
        }
    }

    fn description(&self) -> String {
        self.name.clone()
    }

    fn pacing(&self) -> Pacing {
        Pacing::Timed
    }

    fn length(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.decoder.loop_duration()))
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }
}

fn decoder_text(error: &DecodingError) -> String {
    format!("it cannot be decoded: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::parse_ron;
    use serde::Deserialize;

    fn settings() -> CameraSettings {
        CameraSettings::default()
    }

    #[derive(Deserialize)]
    struct Truth {
        frames_per_second: f64,
        duration: f64,
    }

    #[test]
    fn the_visitor_clip_is_as_long_as_its_ground_truth_says() {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/visitor.ron"));
        let truth: Truth = parse_ron(Path::new("visitor.ron"), text).expect("valid");
        let clip = ClipSource::open(None, &settings()).expect("embedded");
        assert_eq!(clip.length().map(|length| length.as_secs_f64()), Some(truth.duration));
        assert!((f64::from(clip.pictures()) - truth.duration * truth.frames_per_second).abs() < 1e-9);
    }

    #[test]
    fn frames_come_at_their_own_times_and_the_loop_begins_with_the_same_picture() {
        let mut clip = ClipSource::open(None, &settings()).expect("embedded");
        let first = clip.next_frame().expect("a frame");
        assert_eq!((first.width(), first.height(), first.at), (320, 240, Duration::ZERO));
        for number in 1..clip.pictures() {
            let frame = clip.next_frame().expect("a frame");
            assert_eq!(frame.at, Duration::from_millis(u64::from(number) * 100));
        }
        let again = clip.next_frame().expect("the loop");
        assert_eq!(Some(again.at), clip.length());
        assert_eq!(again.rgb(), first.rgb());
    }

    fn opened(name: &str, bytes: &[u8]) -> Result<ClipSource, SourceError> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join(name);
        std::fs::write(&file, bytes).expect("written");
        ClipSource::open(Some(&file), &settings())
    }

    #[test]
    fn a_clip_from_a_file_is_named_after_it() {
        assert_eq!(opened("party.webp", VISITOR).expect("opens").description(), "clip party.webp");
    }

    #[test]
    fn files_that_are_no_clip_are_refused_with_their_name() {
        let missing = ClipSource::open(Some(Path::new("nowhere/a.webp")), &settings()).err();
        assert!(missing.expect("refused").to_string().contains("nowhere/a.webp"));
        let text = opened("text.webp", b"hello").err().expect("refused").to_string();
        assert!(text.contains("text.webp"), "{text}");
    }

    #[test]
    fn a_damaged_picture_starts_the_clip_over_and_is_reported() {
        let mut bytes = VISITOR.to_vec();
        // The fourth ANMF chunk: its picture data begins 24 bytes after the chunk header.
        let chunk = bytes.windows(4).enumerate().filter(|(_, tag)| tag == b"ANMF").map(|(at, _)| at).nth(3);
        let data = chunk.expect("four pictures") + 8 + 16;
        bytes[data..data + 4].copy_from_slice(b"XXXX");
        let mut clip = opened("torn.webp", &bytes).expect("opens");
        for _ in 0..3 {
            clip.next_frame().expect("whole");
        }
        let error = clip.next_frame().unwrap_err();
        assert!(error.is_skippable() && error.to_string().contains("torn.webp"), "{error}");
        assert!(clip.complaint().is_some());
        assert_eq!(clip.next_frame().expect("starts over").at, Duration::from_millis(300));
    }
}
