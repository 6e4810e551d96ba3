//! One trait for everything that gives frames, and the words for what goes wrong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::faults;
use crate::foundation::FaultKey;
use crate::frame::Frame;

/// When the frames of a source come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// The source blocks until the next frame exists: a camera.
    Live,
    /// The source has a frame at any time, and `Frame::at` says when it is due: a clip.
    Timed,
}

/// Something that gives frames, one after the other, without an end.
pub trait FrameSource {
    /// The next frame. A live source blocks until there is one, which may be for ever.
    ///
    /// # Errors
    /// An error that [`SourceError::is_skippable`] concerns one frame, and the
    /// next call goes on after it. After any other the source is to be dropped.
    fn next_frame(&mut self) -> Result<Frame, SourceError>;

    /// For people: "camera 0 (HD Webcam, 640×480)", "visitor clip", …
    fn description(&self) -> String;

    /// When frames come.
    fn pacing(&self) -> Pacing;

    /// How long one round of a finite source takes.
    fn length(&self) -> Option<Duration> {
        None
    }

    /// What is wrong with single frames at present, although others are fine.
    fn complaint(&self) -> Option<String> {
        None
    }
}

/// Why a source gives no frame: a plain sentence each, with what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("no camera was found; plug one in and it is used by itself")]
    NoCamera,
    #[error("camera {0} is not there; plug it in and it is used by itself")]
    Missing(u32),
    #[error("camera {0} is used by another program; close that program and the camera is used by itself")]
    Busy(u32),
    #[error(
        "camera {0} may not be used by this account; add the account to the group \"video\" (sudo usermod -aG video $USER), then log in again"
    )]
    Denied(u32),
    #[error("camera {index} went away ({reason}); plug it in again and it goes on by itself")]
    Lost { index: u32, reason: String },
    #[error(
        "{0} stopped sending pictures; if it does not come back by itself, unplug it and plug it in again"
    )]
    Stalled(String),
    #[error("{0} sends only broken pictures; try another cable or another USB port")]
    Garbled(String),
    #[error("camera {index} cannot be used: {reason}; try another camera with --source camera:N")]
    Unsuitable { index: u32, reason: String },
    /// One frame of a camera.
    #[error("a picture from camera {index} is broken: {reason}")]
    BrokenFrame { index: u32, reason: String },
    /// One file of several, or one part of a clip.
    #[error("{}: {reason}; it is skipped", file.display())]
    BrokenFile { file: PathBuf, reason: String },
    #[error("{}: {reason}", file.display())]
    Unreadable { file: PathBuf, reason: String },
    #[error("{}: no image in it can be read; PNG, JPEG and WebP files are expected", .0.display())]
    NothingReadable(PathBuf),
    #[error("{0} needs the wall clock, so it cannot be rendered; use --source clip or --source images:PATH")]
    NeedsWallClock(String),
    #[error("the source of pictures failed inside ({0}); it is started again")]
    Inside(String),
    /// The source was told to stop before it had opened.
    #[error("the source was stopped")]
    Stopped,
}

impl SourceError {
    /// Whether only one frame is lost, and the source goes on.
    #[must_use]
    pub fn is_skippable(&self) -> bool {
        matches!(self, Self::BrokenFrame { .. } | Self::BrokenFile { .. })
    }

    /// Whether this only says that a device is not there, or not free yet.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoCamera | Self::Missing(_))
    }

    /// The fault that this error raises. Each kind of error has one of its own.
    #[must_use]
    pub fn fault_key(&self) -> FaultKey {
        match self {
            Self::NoCamera | Self::Missing(_) => faults::MISSING,
            Self::Busy(_) => faults::BUSY,
            Self::Denied(_) => faults::DENIED,
            Self::Lost { .. } => faults::LOST,
            Self::Stalled(_) => faults::STALLED,
            Self::Garbled(_) | Self::BrokenFrame { .. } | Self::BrokenFile { .. } => faults::BROKEN,
            Self::Unsuitable { .. } | Self::NeedsWallClock(_) => faults::UNSUITABLE,
            Self::Unreadable { .. } | Self::NothingReadable(_) => faults::UNREADABLE,
            Self::Inside(_) | Self::Stopped => faults::INTERNAL,
        }
    }

    pub(super) fn unreadable(file: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { file: file.to_owned(), reason: reason.to_string() }
    }
}
