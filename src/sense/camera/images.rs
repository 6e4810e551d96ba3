//! Still images, shown one after the other in a loop.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::SourceError;
use super::settings::CameraSettings;
use super::source::{FrameSource, Pacing};
use crate::frame::{Frame, PictureError, read_image};

/// Images in a loop. Each is delivered repeatedly while it is shown, as if a camera looked at a
/// photograph. One image is in memory at a time.
pub struct ImageSource {
    path: PathBuf,
    files: Vec<PathBuf>,
    /// Which file comes next.
    next: usize,
    shown: Option<Frame>,
    /// How often the current image is still delivered.
    left: u32,
    deliveries: u32,
    interval: Duration,
    at: Duration,
    most_pixels: u64,
    longest_side: u32,
    /// Files that could not be read, and why.
    broken: BTreeMap<PathBuf, String>,
    failed_in_a_row: usize,
}

impl ImageSource {
    /// Lists the images of a folder, or takes one file, or several separated by commas. A file is
    /// read when it is shown.
    ///
    /// # Errors
    /// [`SourceError::Unreadable`] if the path does not exist,
    /// [`SourceError::NothingReadable`] for a folder without images.
    pub fn open(path: &Path, settings: &CameraSettings) -> Result<Self, SourceError> {
        let files = list(path)?;
        if files.is_empty() {
            return Err(SourceError::NothingReadable(path.to_owned()));
        }
        let per_second = settings.image_frames_per_second.max(0.1);
        Ok(Self {
            path: path.to_owned(),
            files,
            next: 0,
            shown: None,
            left: 0,
            deliveries: (settings.image_seconds * per_second).round().max(1.0) as u32,
            interval: Duration::from_secs_f64(1.0 / f64::from(per_second)),
            at: Duration::ZERO,
            most_pixels: u64::from(settings.megapixels) * 1_000_000,
            longest_side: settings.longest_side,
            broken: BTreeMap::new(),
            failed_in_a_row: 0,
        })
    }

    /// Reads the next file. If that fails, the one after it follows.
    fn read_next(&mut self) -> Result<Frame, SourceError> {
        let file = self.files[self.next].clone();
        self.next = (self.next + 1) % self.files.len();
        let read = read_image(&file, self.most_pixels, self.longest_side).and_then(|image| {
            Frame::new(image.width(), image.height(), image.into_raw(), self.at).ok_or(PictureError::NoPixels)
        });
        match read {
            Ok(frame) => {
                self.broken.remove(&file);
                self.failed_in_a_row = 0;
                Ok(frame)
            }
            Err(error) => {
                let reason = error.to_string();
                self.failed_in_a_row += 1;
                self.broken.insert(file.clone(), reason.clone());
                Err(SourceError::BrokenFile { file, reason })
            }
        }
    }

    fn none_is_readable(&self) -> SourceError {
        match self.broken.first_key_value() {
            Some((file, reason)) if self.files.len() == 1 => SourceError::unreadable(file, reason),
            _ => SourceError::NothingReadable(self.path.clone()),
        }
    }
}

impl FrameSource for ImageSource {
    fn next_frame(&mut self) -> Result<Frame, SourceError> {
        if self.left == 0 {
            match self.read_next() {
                Ok(frame) => self.shown = Some(frame),
                Err(_) if self.failed_in_a_row >= self.files.len() => return Err(self.none_is_readable()),
                Err(error) => return Err(error),
            }
            self.left = self.deliveries;
        }
        // There is always one: `left` is above zero only after an image was read.
        let mut frame = self.shown.clone().ok_or_else(|| self.none_is_readable())?;
        frame.at = self.at;
        frame.captured = Instant::now();
        self.at += self.interval;
        self.left -= 1;
        Ok(frame)
    }

    fn description(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        match self.files.len() {
            1 => format!("image {name}"),
            several => format!("{several} images from {name}"),
        }
    }

    fn pacing(&self) -> Pacing {
        Pacing::Timed
    }

    fn length(&self) -> Option<Duration> {
        let readable = self.files.len().saturating_sub(self.broken.len());
        Some(self.interval * self.deliveries * readable as u32)
    }

    fn complaint(&self) -> Option<String> {
        let (file, reason) = self.broken.first_key_value()?;
        let others = match self.broken.len() - 1 {
            0 => String::new(),
            1 => ", and one more".into(),
            more => format!(", and {more} more"),
        };
        Some(format!("{}: {reason}; it is skipped{others}", file.display()))
    }
}

fn list(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    if path.is_dir() {
        return folder(path);
    }
    if path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    // A name may contain commas, so they separate only if no such file exists.
    let parts: Vec<PathBuf> = path.to_string_lossy().split(',').map(|part| part.trim().into()).collect();
    match parts.iter().find(|part| !part.exists()) {
        Some(_) if parts.len() == 1 => Err(SourceError::unreadable(path, "there is no such file or folder")),
        Some(missing) => Err(SourceError::unreadable(missing, "there is no such file")),
        None => Ok(parts),
    }
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let entries = fs::read_dir(path)
        .map_err(|error| SourceError::unreadable(path, format!("the folder cannot be read: {error}")))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|file| is_image(file)).collect();
    files.sort();
    Ok(files)
}

fn is_image(file: &Path) -> bool {
    let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let known = file.extension().is_some_and(|extension| {
        ["png", "jpg", "jpeg", "webp"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    known && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn settings() -> CameraSettings {
        CameraSettings { image_seconds: 0.5, image_frames_per_second: 4.0, ..CameraSettings::default() }
    }

    fn colour(dir: &Path, name: &str, level: u8) -> PathBuf {
        let file = dir.join(name);
        RgbImage::from_pixel(8, 6, Rgb([level; 3])).save(&file).expect("written");
        file
    }

    fn level(frame: &Frame) -> u8 {
        frame.rgb()[0]
    }

    #[test]
    fn images_are_shown_in_order_in_a_loop_each_for_its_time() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        colour(dir.path(), "b.png", 200);
        colour(dir.path(), "a.webp", 100);
        fs::write(dir.path().join("notes.txt"), "no image").expect("written");
        let mut source = ImageSource::open(dir.path(), &settings()).expect("two images");
        let seen: Vec<_> = (0..5)
            .map(|_| source.next_frame().expect("a frame"))
            .map(|frame| (level(&frame), frame.at.as_millis()))
            .collect();
        assert_eq!(seen, [(100, 0), (100, 250), (200, 500), (200, 750), (100, 1000)]);
        assert_eq!(source.length(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_broken_file_is_named_and_skipped_and_forgiven_once_it_is_whole() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        colour(dir.path(), "a.png", 100);
        fs::write(dir.path().join("b.png"), "this is text").expect("written");
        let mut source = ImageSource::open(dir.path(), &settings()).expect("opens");
        source.next_frame().expect("a.png");
        source.next_frame().expect("a.png");
        let error = source.next_frame().unwrap_err();
        assert!(error.is_skippable() && error.to_string().contains("b.png"), "{error}");
        assert!(source.complaint().is_some_and(|words| words.contains("b.png")));
        assert_eq!(level(&source.next_frame().expect("a.png again")), 100);
        colour(dir.path(), "b.png", 200);
        source.next_frame().expect("a.png");
        assert_eq!(level(&source.next_frame().expect("b.png is whole now")), 200);
        assert_eq!(source.complaint(), None);
    }

    #[test]
    fn where_nothing_is_readable_there_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        assert!(matches!(ImageSource::open(dir.path(), &settings()), Err(SourceError::NothingReadable(_))));
        fs::write(dir.path().join("a.png"), "text").expect("written");
        fs::write(dir.path().join("b.jpg"), "text").expect("written");
        let mut source = ImageSource::open(dir.path(), &settings()).expect("opens");
        assert!(source.next_frame().unwrap_err().is_skippable());
        assert!(matches!(source.next_frame(), Err(SourceError::NothingReadable(_))));
        let missing = ImageSource::open(Path::new("nowhere"), &settings()).err();
        assert!(missing.expect("refused").to_string().contains("nowhere"));
    }

    #[test]
    fn several_files_are_separated_by_commas_and_keep_their_order() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (a, b) = (colour(dir.path(), "a.png", 100), colour(dir.path(), "b.png", 200));
        let both = PathBuf::from(format!("{},{}", b.display(), a.display()));
        let mut source = ImageSource::open(&both, &settings()).expect("two images");
        assert_eq!(level(&source.next_frame().expect("b")), 200);
        let odd = colour(dir.path(), "c,d.png", 50);
        let mut source = ImageSource::open(&odd, &settings()).expect("one image");
        assert_eq!(level(&source.next_frame().expect("c,d")), 50);
    }

    #[test]
    fn a_large_image_is_shrunk_and_a_giant_one_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("wide.png");
        RgbImage::new(3_000, 1_000).save(&file).expect("written");
        let mut source = ImageSource::open(&file, &settings()).expect("opens");
        let frame = source.next_frame().expect("a frame");
        assert_eq!((frame.width(), frame.height()), (1_280, 426));
        let small = CameraSettings { megapixels: 1, ..settings() };
        let error = ImageSource::open(&file, &small).expect("opens").next_frame().unwrap_err();
        assert!(error.to_string().contains("3000×1000"), "{error}");
    }
}
