//! What can go wrong with a source of frames, in sentences for people.

use std::path::{Path, PathBuf};

use super::faults;
use crate::foundation::FaultKey;

/// Why a source gives no frame: one sentence each, with a remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("no camera was found; it starts when one is plugged in")]
    NoCamera,
    #[error("camera {0} was not found; it starts when it is plugged in")]
    Missing(u32),
    /// What was asked for, and which cameras there are.
    #[error("{wanted} was not found; it starts when it is plugged in; {cameras}")]
    NotFound { wanted: String, cameras: String },
    #[error(
        "\"{wanted}\" fits several cameras: {cameras}; use more of the name, or --source camera: with a file of /dev/v4l/by-id"
    )]
    Ambiguous { wanted: String, cameras: String },
    #[error("camera {0} is used by another program; it starts when that program is closed")]
    Busy(u32),
    #[error(
        "this account has no permission for camera {0}; add it to the group \"video\" (sudo usermod -aG video $USER), then log in again"
    )]
    Denied(u32),
    #[error("camera {index} was disconnected ({reason}); it starts again when it is plugged in")]
    Lost { index: u32, reason: String },
    #[error("{0} stopped sending pictures; if it does not recover, unplug it and plug it in again")]
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
    #[error("the source of pictures failed ({0}); it is started again")]
    Internal(String),
    /// The source was told to stop before it had opened.
    #[error("the source was stopped")]
    Stopped,
}

impl SourceError {
    /// Whether only one frame is lost and the source continues.
    #[must_use]
    pub fn is_skippable(&self) -> bool {
        matches!(self, Self::BrokenFrame { .. } | Self::BrokenFile { .. })
    }

    /// Whether no device is there.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoCamera | Self::Missing(_) | Self::NotFound { .. })
    }

    /// The fault that this error raises. Each kind of error has one of its own.
    #[must_use]
    pub fn fault_key(&self) -> FaultKey {
        match self {
            Self::NoCamera | Self::Missing(_) | Self::NotFound { .. } => faults::MISSING,
            Self::Ambiguous { .. } => faults::AMBIGUOUS,
            Self::Busy(_) => faults::BUSY,
            Self::Denied(_) => faults::DENIED,
            Self::Lost { .. } => faults::LOST,
            Self::Stalled(_) => faults::STALLED,
            Self::Garbled(_) | Self::BrokenFrame { .. } | Self::BrokenFile { .. } => faults::BROKEN,
            Self::Unsuitable { .. } | Self::NeedsWallClock(_) => faults::UNSUITABLE,
            Self::Unreadable { .. } | Self::NothingReadable(_) => faults::UNREADABLE,
            Self::Internal(_) | Self::Stopped => faults::INTERNAL,
        }
    }

    pub(super) fn unreadable(file: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { file: file.to_owned(), reason: reason.to_string() }
    }
}
