//! The trait of everything that gives frames.

use std::time::Duration;

use super::error::SourceError;
use crate::frame::Frame;

/// What sets the times of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// The source blocks until the next frame exists: a camera.
    Live,
    /// The source has a frame at any time, and `Frame::at` says when it is due: a clip.
    Timed,
}

/// An endless source of frames.
pub trait FrameSource {
    /// The next frame. A live source blocks until there is one, possibly for ever.
    ///
    /// # Errors
    /// If the error [is skippable](SourceError::is_skippable), it concerns one frame, and the next
    /// call returns the frame after it. After any other error the source must be dropped.
    fn next_frame(&mut self) -> Result<Frame, SourceError>;

    /// A name for people: "camera 0 (HD Webcam, 640×480)", "visitor clip", …
    fn description(&self) -> String;

    /// What sets the times of the frames.
    fn pacing(&self) -> Pacing;

    /// How long one loop of a finite source takes.
    fn length(&self) -> Option<Duration> {
        None
    }

    /// What is wrong with single frames at present, while others arrive.
    fn complaint(&self) -> Option<String> {
        None
    }
}
