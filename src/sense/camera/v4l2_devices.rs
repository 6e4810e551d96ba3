//! V4L2 without streaming: which devices there are, and what an error number means.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nokhwa::utils::{ApiBackend, CameraIndex};
use v4l::Device;
use v4l::context::Node;
use v4l::video::Capture as _;

use super::error::SourceError;

/// Where udev keeps links that last: names with serial numbers.
const LINKS: &str = "/dev/v4l/by-id";

/// A video device of this machine. Not every one is a camera that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoDevice {
    /// N of `/dev/videoN`.
    pub index: u32,
    /// The name that the driver gives it.
    pub name: String,
    /// Its links in `/dev/v4l/by-id`, which stay the same when numbers change.
    pub links: Vec<PathBuf>,
}

impl fmt::Display for VideoDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.index, self.name)?;
        self.links.first().map_or(Ok(()), |link| write!(f, " ({})", link.display()))
    }
}

/// The video devices of this machine by number.
#[must_use]
pub fn devices() -> Vec<VideoDevice> {
    let files: Vec<PathBuf> = names_in("/dev").into_iter().filter(|file| is_video(file)).collect();
    let mut found = if files.iter().all(|file| has_digit(file)) { by_nokhwa() } else { by_file(&files) };
    found.sort_unstable();
    found.dedup_by_key(|(index, _)| *index);
    let links: Vec<(u32, PathBuf)> =
        names_in(LINKS).into_iter().filter_map(|link| Some((device_number(&link)?, link))).collect();
    let links_of = |index: u32| {
        let mut own: Vec<PathBuf> =
            links.iter().filter(|(of, _)| *of == index).map(|(_, link)| link.clone()).collect();
        own.sort_unstable();
        own
    };
    found.into_iter().map(|(index, name)| VideoDevice { index, name, links: links_of(index) }).collect()
}

/// Numbers and names as nokhwa lists them. It takes the digits out of any name that begins with "video", so that
/// `/dev/video-dec0` would be camera 0; the file that it names as well tells them apart.
fn by_nokhwa() -> Vec<(u32, String)> {
    let listed = nokhwa::query(ApiBackend::Video4Linux).unwrap_or_default();
    let device = |info: &nokhwa::utils::CameraInfo| {
        let file = info.description().rsplit_once('/').map_or(info.description(), |(_, name)| name);
        let index = index_of(file)?;
        (*info.index() == CameraIndex::Index(index)).then(|| (index, info.human_name().trim().to_owned()))
    };
    listed.iter().filter_map(device).collect()
}

/// The same where nokhwa would panic: at a name without a digit, such as a link `/dev/video-front` of a rule of udev.
fn by_file(files: &[PathBuf]) -> Vec<(u32, String)> {
    let device = |file: &PathBuf| {
        let index = index_of(file.file_name()?.to_str()?)?;
        Some((index, Node::new(file).name().unwrap_or_else(|| file.display().to_string())))
    };
    files.iter().filter_map(device).collect()
}

fn names_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

fn is_video(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("video"))
}

fn has_digit(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `video3` is 3; `video-dec0` is no camera.
fn index_of(file_name: &str) -> Option<u32> {
    let digits = file_name.strip_prefix("video")?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// The device to which a link leads, if it is a `videoN`. Links are followed by name: an unplugged device may have left
/// one behind.
pub(super) fn device_number(file: &Path) -> Option<u32> {
    /// As many links in a row as the kernel follows.
    const MOST_LINKS: usize = 40;
    let mut file = file.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&file) {
            // A target that is not absolute is meant from the folder of the link.
            Ok(target) => file = file.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => return index_of(file.file_name()?.to_str()?),
        }
    }
    None
}

/// Whether a device offers pictures at all. A camera has other nodes as well, such as one for metadata. One that cannot
/// be opened now may.
pub(super) fn sends_pictures(index: u32) -> bool {
    let Ok(device) = Device::new(index as usize) else { return true };
    device.enum_formats().is_ok_and(|formats| !formats.is_empty())
}

/// The error for what the driver answered.
pub(super) fn device_error(index: u32, error: &io::Error) -> SourceError {
    const ENOENT: i32 = 2;
    const ENXIO: i32 = 6;
    const EACCES: i32 = 13;
    const EBUSY: i32 = 16;
    const ENODEV: i32 = 19;
    const ENOSPC: i32 = 28;
    match error.raw_os_error() {
        Some(ENOENT | ENXIO | ENODEV) => SourceError::Missing(index),
        Some(EACCES) => SourceError::Denied(index),
        Some(EBUSY) => SourceError::Busy(index),
        // What the USB controller answers when other devices have taken its bandwidth.
        Some(ENOSPC) => {
            let reason =
                "the USB bus has no bandwidth left; use a port of another bus, or a smaller camera.width";
            SourceError::Unsuitable { index, reason: reason.into() }
        }
        _ => SourceError::Unsuitable { index, reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Decoders and links with names are not numbered nodes.
    #[test]
    fn only_numbered_video_nodes_are_devices() {
        assert_eq!(index_of("video12"), Some(12));
        for other in ["video", "video-dec0", "vide0", "video1a", "video99999999999"] {
            assert_eq!(index_of(other), None, "{other}");
        }
    }

    /// A link of udev, a link to it, and one whose device is unplugged lead to a number; other files do not.
    #[test]
    fn links_lead_to_their_device() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (link, second, round) =
            (dir.path().join("usb-cam"), dir.path().join("front"), dir.path().join("round"));
        symlink("../../video7", &link).expect("a link");
        symlink("usb-cam", &second).expect("a link");
        symlink("round", &round).expect("a link");
        assert_eq!(device_number(&link), Some(7));
        assert_eq!(device_number(&second), Some(7));
        assert_eq!(device_number(Path::new("/dev/video3")), Some(3));
        for other in [&round, &dir.path().join("nowhere"), Path::new("/dev/null")] {
            assert_eq!(device_number(other), None, "{}", other.display());
        }
    }

    /// Each error number has its sentence with a remedy.
    #[test]
    fn driver_errors_become_words_with_a_remedy() {
        let error = |number| device_error(1, &io::Error::from_raw_os_error(number));
        assert_eq!(error(13), SourceError::Denied(1));
        assert_eq!(error(16), SourceError::Busy(1));
        assert_eq!(error(19), SourceError::Missing(1));
        assert!(error(28).to_string().contains("bandwidth"));
        assert!(matches!(error(5), SourceError::Unsuitable { .. }));
        assert!(SourceError::Denied(0).to_string().contains("usermod"));
    }
}
