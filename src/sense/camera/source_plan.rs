//! Which source is opened for what a person asked for.

use std::path::PathBuf;

use super::camera_choice::CameraChoice;
use super::clip::ClipSource;
use super::error::SourceError;
use super::images::ImageSource;
use super::settings::CameraSettings;
use super::source::FrameSource;
use super::source_spec::SourceSpec;
use super::v4l2::{CameraSource, open_first};
use crate::foundation::{ClockMode, StopSignal};

/// A source that can be opened, on whichever thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePlan {
    /// The first camera that sends a picture.
    AnyCamera,
    /// This camera.
    Camera(CameraChoice),
    /// This clip, or the visitor clip.
    Clip(Option<PathBuf>),
    /// These images.
    Images(PathBuf),
}

impl SourcePlan {
    /// Opens the source on this thread.
    ///
    /// # Errors
    /// [`SourceError`] says what is wrong and what helps.
    pub fn open(
        &self,
        settings: &CameraSettings,
        stop: &StopSignal,
    ) -> Result<Box<dyn FrameSource>, SourceError> {
        match self {
            Self::AnyCamera => open_first(settings, stop),
            Self::Camera(choice) => Ok(Box::new(CameraSource::open_choice(choice, settings)?)),
            Self::Clip(_) | Self::Images(_) => Ok(self.open_timed(settings)?),
        }
    }

    /// Opens a source that needs no wall clock.
    ///
    /// # Errors
    /// [`SourceError::NeedsWallClock`] for a camera, else as [`SourcePlan::open`].
    pub fn open_timed(&self, settings: &CameraSettings) -> Result<Box<dyn FrameSource + Send>, SourceError> {
        match self {
            Self::AnyCamera | Self::Camera(_) => Err(SourceError::NeedsWallClock(self.to_string())),
            Self::Clip(file) => Ok(Box::new(ClipSource::open(file.as_deref(), settings)?)),
            Self::Images(path) => Ok(Box::new(ImageSource::open(path, settings)?)),
        }
    }

    /// Whether missing frames mean that something is wrong. They do not on a slow disk.
    #[must_use]
    pub fn is_camera(&self) -> bool {
        matches!(self, Self::AnyCamera | Self::Camera(_))
    }
}

impl std::fmt::Display for SourcePlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AnyCamera => f.write_str("a camera"),
            Self::Camera(choice) => choice.fmt(f),
            Self::Clip(None) => f.write_str("visitor clip"),
            Self::Clip(Some(file)) => write!(f, "clip {}", file.display()),
            Self::Images(path) => write!(f, "images from {}", path.display()),
        }
    }
}

impl SourceSpec {
    /// Checks before the app starts whether this source can work: files are opened and one image is
    /// decoded, and a camera is refused on a virtual clock. A camera need not be plugged in yet.
    ///
    /// # Errors
    /// [`SourceError`] with file and reason.
    pub fn check(&self, clock_mode: ClockMode, settings: &CameraSettings) -> Result<(), SourceError> {
        let plan = self.plan(clock_mode);
        if plan.is_camera() && !clock_mode.is_stepped() {
            return Ok(());
        }
        let mut source = plan.open_timed(settings)?;
        loop {
            match source.next_frame() {
                Ok(_) => return Ok(()),
                Err(error) if error.is_skippable() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The source to open first. On a virtual clock `auto` is the visitor clip.
    pub(super) fn plan(&self, clock_mode: ClockMode) -> SourcePlan {
        match self {
            Self::Auto if clock_mode.is_stepped() => SourcePlan::Clip(None),
            Self::Auto => SourcePlan::AnyCamera,
            Self::Camera(choice) => SourcePlan::Camera(choice.clone()),
            Self::Clip(file) => SourcePlan::Clip(file.clone()),
            Self::Images(path) => SourcePlan::Images(path.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const STEPPED: ClockMode = ClockMode::Stepped { step: Duration::from_millis(33) };

    fn check(spec: &str, clock_mode: ClockMode) -> Result<(), SourceError> {
        spec.parse::<SourceSpec>().expect("understood").check(clock_mode, &CameraSettings::default())
    }

    #[test]
    fn a_camera_is_refused_on_a_virtual_clock_only() {
        assert!(matches!(check("camera:0", STEPPED), Err(SourceError::NeedsWallClock(_))));
        assert_eq!(check("camera:0", ClockMode::Live), Ok(()));
        assert_eq!(check("camera:somewhere else", ClockMode::Live), Ok(()), "it may be plugged in later");
        assert_eq!(check("auto", STEPPED), Ok(()));
    }

    #[test]
    fn missing_and_unreadable_files_are_known_before_the_start() {
        for spec in ["clip:nowhere.webp", "images:nowhere", "clip:Cargo.toml", "images:Cargo.toml"] {
            let words = check(spec, ClockMode::Live).unwrap_err().to_string();
            assert!(words.contains("nowhere") || words.contains("Cargo.toml"), "{words}");
        }
        assert_eq!(check("clip", STEPPED), Ok(()));
    }
}
