//! Which camera a person means: by number, by a device file, or by a part of its name.
//!
//! Numbers change with the order in which devices are found; the links of `/dev/v4l/by-id` and names do not.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::SourceError;
use super::v4l2_devices::VideoDevice;

/// A camera as it is named after `camera:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CameraChoice {
    /// N of `/dev/videoN`.
    Number(u32),
    /// A link to a device, such as `/dev/v4l/by-id/…` or `/dev/v4l/by-path/…`.
    File(PathBuf),
    /// A part of the name that the driver gives, or of the name of a link in `/dev/v4l/by-id`; upper and lower case are
    /// the same.
    Name(String),
}

impl fmt::Display for CameraChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(index) => write!(f, "camera {index}"),
            Self::File(file) => write!(f, "camera {}", file.display()),
            Self::Name(name) => write!(f, "camera \"{name}\""),
        }
    }
}

impl CameraChoice {
    /// The choice that a text names; `None` for an empty text and for a number that no device has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix("/dev/video").unwrap_or(text);
        let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return number.parse().ok().filter(|_| digits == number).map(Self::Number);
        }
        if text.starts_with('/') {
            return Some(Self::File(text.into()));
        }
        (!text.trim().is_empty()).then(|| Self::Name(text.to_owned()))
    }

    /// The number of the camera among those of this machine. `sends_pictures` says of a device whether it is more than
    /// another node of a camera, such as the one for its metadata; it is asked only where several fit.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] and [`SourceError::Ambiguous`], both with the cameras of this machine.
    pub(super) fn find(
        &self,
        devices: &[VideoDevice],
        target: impl Fn(&Path) -> Option<u32>,
        sends_pictures: impl Fn(u32) -> bool,
    ) -> Result<u32, SourceError> {
        let not_found = || SourceError::NotFound { wanted: self.to_string(), cameras: listed(devices) };
        let is_here = |index: &u32| devices.iter().any(|device| device.index == *index);
        match self {
            Self::Number(index) => Some(*index).filter(is_here).ok_or_else(not_found),
            Self::File(file) => target(file).filter(is_here).ok_or_else(not_found),
            Self::Name(name) => {
                let fitting = named(name.trim(), devices);
                match &fitting[..] {
                    [] => return Err(not_found()),
                    [one] => return Ok(one.index),
                    _ => {}
                }
                let cameras: Vec<&VideoDevice> =
                    fitting.iter().copied().filter(|device| sends_pictures(device.index)).collect();
                match &cameras[..] {
                    [one] => Ok(one.index),
                    [] => Ok(fitting[0].index),
                    several => Err(SourceError::Ambiguous {
                        wanted: name.trim().to_owned(),
                        cameras: list(several.iter().copied()),
                    }),
                }
            }
        }
    }
}

/// The devices that a part of a name fits; if it is the whole name of some, only those.
fn named<'a>(name: &str, devices: &'a [VideoDevice]) -> Vec<&'a VideoDevice> {
    let name = name.to_lowercase();
    let fits = |device: &&VideoDevice| {
        let of_links = device.links.iter().filter_map(|link| link.file_name());
        let names = std::iter::once(device.name.clone())
            .chain(of_links.map(|link| link.to_string_lossy().into_owned()));
        names.into_iter().any(|other| other.to_lowercase().contains(&name))
    };
    let whole = |device: &&VideoDevice| device.name.to_lowercase() == name;
    let exact: Vec<&VideoDevice> = devices.iter().filter(whole).collect();
    if exact.is_empty() { devices.iter().filter(fits).collect() } else { exact }
}

fn listed(devices: &[VideoDevice]) -> String {
    if devices.is_empty() {
        "no camera is here now".into()
    } else {
        format!("here now: {}", list(devices.iter()))
    }
}

/// "0 HD Webcam (/dev/v4l/by-id/…), 2 Capture Card".
fn list<'a>(devices: impl Iterator<Item = &'a VideoDevice>) -> String {
    devices.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(index: u32, name: &str, link: &str) -> VideoDevice {
        let links = if link.is_empty() { vec![] } else { vec![Path::new("/dev/v4l/by-id").join(link)] };
        VideoDevice { index, name: name.into(), links }
    }

    /// A webcam with a node for metadata, its twin with another serial number, and a capture card.
    fn machine() -> Vec<VideoDevice> {
        vec![
            device(0, "HD Webcam: HD Webcam", "usb-Logi_HD_Webcam_A1-video-index0"),
            device(1, "HD Webcam: HD Webcam", "usb-Logi_HD_Webcam_A1-video-index1"),
            device(2, "HD Webcam: HD Webcam", "usb-Logi_HD_Webcam_B2-video-index0"),
            device(4, "Capture Card", ""),
        ]
    }

    fn find(text: &str) -> Result<u32, SourceError> {
        let target = |file: &Path| (file == Path::new("/dev/v4l/by-id/b2")).then_some(2);
        CameraChoice::parse(text).expect("a choice").find(&machine(), target, |index| index != 1)
    }

    /// A part of a name in any case, a serial number, a link and a number each find their camera.
    #[test]
    fn a_camera_is_found_by_number_link_and_part_of_its_name() {
        assert_eq!(find("4"), Ok(4));
        assert_eq!(find("/dev/video2"), Ok(2));
        assert_eq!(find("capture"), Ok(4));
        assert_eq!(find(" Capture Card "), Ok(4));
        assert_eq!(find("webcam_b2"), Ok(2));
        assert_eq!(find("Webcam_A1"), Ok(0), "the node of metadata is no camera");
        assert_eq!(find("/dev/v4l/by-id/b2"), Ok(2));
    }

    /// What is missing or fits several is answered with the cameras of this machine.
    #[test]
    fn missing_and_ambiguous_names_are_told_with_the_cameras_that_are_here() {
        for text in ["Elgato", "7", "/dev/v4l/by-id/gone"] {
            let words = find(text).unwrap_err().to_string();
            assert!(words.contains(text) && words.contains("4 Capture Card"), "{words}");
            assert!(words.contains("/dev/v4l/by-id/usb-Logi_HD_Webcam_B2-video-index0"), "{words}");
        }
        let words = find("hd webcam").unwrap_err().to_string();
        assert!(
            words.contains("\"hd webcam\"") && words.contains("_A1-") && words.contains("_B2-"),
            "{words}"
        );
        assert!(!words.contains("Capture"), "{words}");
        let alone = CameraChoice::Number(0).find(&[], |_| None, |_| true).unwrap_err().to_string();
        assert!(alone.contains("no camera is here"), "{alone}");
    }

    /// A whole name wins over longer names with the same beginning.
    #[test]
    fn a_whole_name_is_not_ambiguous() {
        let devices = [device(0, "Cam", ""), device(1, "Cam Pro", "")];
        let found = CameraChoice::Name("cam".into()).find(&devices, |_| None, |_| true);
        assert_eq!(found, Ok(0));
    }
}
