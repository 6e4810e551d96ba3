//! The source as it is named on the command line: `--source auto|camera[:N|FILE|NAME]|clip[:FILE]|images:PATH`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::camera_choice::CameraChoice;

/// Where frames come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum SourceSpec {
    /// The first camera that sends a picture, else the visitor clip.
    #[default]
    Auto,
    /// One camera: by its number, a link to its device, or a part of its name.
    Camera(CameraChoice),
    /// An animated WebP in a loop; without a file the visitor clip.
    Clip(Option<PathBuf>),
    /// A folder of images, one image, or several separated by commas.
    Images(PathBuf),
}

/// Text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\": {reason}; use auto, camera, camera:N, camera:/dev/v4l/by-id/…, camera:PART-OF-A-NAME, clip, clip:FILE or images:PATH"
)]
pub struct SourceSpecError {
    text: String,
    reason: &'static str,
}

impl FromStr for SourceSpec {
    type Err = SourceSpecError;

    fn from_str(text: &str) -> Result<Self, SourceSpecError> {
        let refused = |reason| SourceSpecError { text: text.to_owned(), reason };
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) => (kind, Some(rest)),
            None => (text, None),
        };
        match (kind, rest) {
            ("auto", None) => Ok(Self::Auto),
            ("auto", Some(_)) => Err(refused("auto takes nothing after it")),
            ("camera", None) => Ok(Self::Camera(CameraChoice::Number(0))),
            ("camera", Some(text)) => {
                let wrong = "camera: needs a number such as 0, a file of /dev/v4l/by-id, or a part of a name";
                CameraChoice::parse(text).map(Self::Camera).ok_or_else(|| refused(wrong))
            }
            ("clip", None) => Ok(Self::Clip(None)),
            ("clip", Some("")) => Err(refused("clip: needs a file")),
            ("clip", Some(file)) => Ok(Self::Clip(Some(file.into()))),
            ("images", None | Some("")) => Err(refused("images: needs a folder or a file")),
            ("images", Some(path)) => Ok(Self::Images(path.into())),
            _ => Err(refused("this source is not known")),
        }
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Camera(CameraChoice::Number(index)) => write!(f, "camera:{index}"),
            Self::Camera(CameraChoice::File(file)) => write!(f, "camera:{}", file.display()),
            Self::Camera(CameraChoice::Name(name)) => write!(f, "camera:{name}"),
            Self::Clip(None) => f.write_str("clip"),
            Self::Clip(Some(file)) => write!(f, "clip:{}", file.display()),
            Self::Images(path) => write!(f, "images:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_understood() {
        let number = |index| SourceSpec::Camera(CameraChoice::Number(index));
        let forms = [
            ("auto", SourceSpec::Auto),
            ("camera", number(0)),
            ("camera:2", number(2)),
            ("camera:/dev/video3", number(3)),
            (
                "camera:/dev/v4l/by-id/usb-a:b",
                SourceSpec::Camera(CameraChoice::File("/dev/v4l/by-id/usb-a:b".into())),
            ),
            ("camera:HD Webcam: C270", SourceSpec::Camera(CameraChoice::Name("HD Webcam: C270".into()))),
            ("clip", SourceSpec::Clip(None)),
            ("clip:a:b.webp", SourceSpec::Clip(Some("a:b.webp".into()))),
            ("images:faces/", SourceSpec::Images("faces/".into())),
        ];
        for (text, spec) in forms {
            assert_eq!(text.parse(), Ok(spec), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_right() {
        for text in [
            "",
            "webcam",
            "camera:",
            "camera: ",
            "camera:-1",
            "camera:99999999999",
            "clip:",
            "images",
            "images:",
            "auto:1",
        ] {
            let words = text.parse::<SourceSpec>().unwrap_err().to_string();
            assert!(words.starts_with(&format!("\"{text}\": ")) && words.contains("images:PATH"), "{words}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_the_same(text in "(auto|camera|clip|images)(:[ -~]{0,12})?") {
            if let Ok(spec) = text.parse::<SourceSpec>() {
                prop_assert_eq!(spec.to_string().parse(), Ok(spec));
            }
        }
    }
}
