//! V4L2 without opening a device: which devices there are, which format suits best, and what an
//! error number means.

use std::fs;

use super::error::SourceError;
use super::settings::CameraSettings;

/// A video device of this machine. Not every one is a camera that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoDevice {
    /// N of `/dev/videoN`.
    pub index: u32,
    /// The name that the driver gives it.
    pub name: String,
}

/// The video devices of this machine by number.
#[must_use]
pub fn devices() -> Vec<VideoDevice> {
    let Ok(entries) = fs::read_dir("/dev") else {
        return Vec::new();
    };
    let mut indices: Vec<u32> =
        entries.filter_map(Result::ok).filter_map(|entry| index_of(entry.file_name().to_str()?)).collect();
    indices.sort_unstable();
    indices.into_iter().map(|index| VideoDevice { index, name: name_of(index) }).collect()
}

/// `video3` is 3; `video-dec0` is no camera.
fn index_of(file_name: &str) -> Option<u32> {
    let digits = file_name.strip_prefix("video")?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

fn name_of(index: u32) -> String {
    fs::read_to_string(format!("/sys/class/video4linux/video{index}/name"))
        .map_or_else(|_| "camera".into(), |name| name.trim().to_owned())
}

/// How a device encodes its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    Yuyv,
    Jpeg,
}

/// A size, rate and encoding in which a device can send pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoFormat {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub pixels: PixelFormat,
}

/// The best format: nearest in size, then enough pictures per second (but no more than needed),
/// then YUYV, which converts four times as fast as a JPEG.
#[must_use]
pub fn best_format(formats: &[VideoFormat], wanted: &CameraSettings) -> Option<VideoFormat> {
    formats.iter().copied().min_by_key(|format| {
        let size = u64::from(format.width.abs_diff(wanted.width)).pow(2)
            + u64::from(format.height.abs_diff(wanted.height)).pow(2);
        let missing = wanted.frames_per_second.saturating_sub(format.frames_per_second);
        let needless = format.frames_per_second.saturating_sub(wanted.frames_per_second);
        (size, missing, format.pixels == PixelFormat::Jpeg, needless, format.width)
    })
}

/// The error for a text of nokhwa, which ends in "(os error N)" if the driver failed.
pub(super) fn device_error(index: u32, text: &str) -> SourceError {
    const ENOENT: i32 = 2;
    const ENXIO: i32 = 6;
    const EACCES: i32 = 13;
    const EBUSY: i32 = 16;
    const ENODEV: i32 = 19;
    match os_error(text) {
        Some(ENOENT | ENXIO | ENODEV) => SourceError::Missing(index),
        Some(EACCES) => SourceError::Denied(index),
        Some(EBUSY) => SourceError::Busy(index),
        _ if text.contains("Failed to Fufill") => {
            SourceError::Unsuitable { index, reason: "it offers neither YUYV nor MJPEG".into() }
        }
        _ => SourceError::Unsuitable { index, reason: text.to_owned() },
    }
}

fn os_error(text: &str) -> Option<i32> {
    let (_, after) = text.rsplit_once("(os error ")?;
    after.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(width: u32, height: u32, frames_per_second: u32, pixels: PixelFormat) -> VideoFormat {
        VideoFormat { width, height, frames_per_second, pixels }
    }

    fn best(formats: &[VideoFormat]) -> Option<VideoFormat> {
        best_format(formats, &CameraSettings::default())
    }

    #[test]
    fn the_nearest_size_comes_first_then_the_rate_then_yuyv() {
        let large = format(1_920, 1_080, 30, PixelFormat::Jpeg);
        let slow = format(640, 480, 10, PixelFormat::Yuyv);
        let jpeg = format(640, 480, 30, PixelFormat::Jpeg);
        let yuyv = format(640, 480, 30, PixelFormat::Yuyv);
        let fast = format(640, 480, 60, PixelFormat::Yuyv);
        assert_eq!(best(&[large, slow]), Some(slow));
        assert_eq!(best(&[large, slow, jpeg]), Some(jpeg));
        assert_eq!(best(&[fast, jpeg, yuyv]), Some(yuyv));
        assert_eq!(best(&[fast, jpeg]), Some(fast));
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn only_numbered_video_nodes_are_devices() {
        assert_eq!(index_of("video12"), Some(12));
        for other in ["video", "video-dec0", "vide0", "video1a", "video99999999999"] {
            assert_eq!(index_of(other), None, "{other}");
        }
    }

    #[test]
    fn driver_errors_become_words_with_a_remedy() {
        let text = "Could not open device 0: V4L2 Error: Permission denied (os error 13)";
        assert_eq!(device_error(0, text), SourceError::Denied(0));
        assert_eq!(device_error(1, "x (os error 16)"), SourceError::Busy(1));
        assert_eq!(device_error(1, "x (os error 19)"), SourceError::Missing(1));
        assert!(matches!(device_error(1, "no idea"), SourceError::Unsuitable { .. }));
        assert!(SourceError::Denied(0).to_string().contains("usermod"));
    }
}
