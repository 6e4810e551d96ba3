//! What perception tells the rest of the house.

use std::time::Duration;

use bevy::prelude::Message;

use crate::emotion::Probabilities;
use crate::vision::face::{Face, ViewQuality};

/// What one frame said: who is in view and what their faces look like.
#[derive(Message, Debug, Clone)]
pub struct Reading {
    /// App time at which the frame was captured.
    pub at: Duration,
    /// Size of the frame in pixels, width then height.
    pub frame_size: [u32; 2],
    /// Nearest (largest) face first, at most [`super::PerceptionSettings::max_faces`];
    /// empty when nobody is in view.
    pub faces: Vec<ReadFace>,
    /// Where the time went.
    pub timing: ReadingTiming,
}

/// One face and the probabilities read from it.
#[derive(Debug, Clone)]
pub struct ReadFace {
    /// The same number for the same person as long as they are in view; never reused in a run.
    pub id: u32,
    pub face: Face,
    pub quality: ViewQuality,
    /// Over the seven emotions, given that it is one of them.
    pub probabilities: Probabilities,
    /// Probability that it is none of the seven, or no face: 0 ..= 1; 0 where no network can tell.
    pub abstain: f32,
}

/// Time spent on one frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReadingTiming {
    /// From the arrival of the frame to the end of its reading, wall clock.
    pub capture_to_reading: Duration,
    /// Face detection, wall clock.
    pub detect: Duration,
    /// Expression networks for all faces together, wall clock.
    pub classify: Duration,
    /// CPU time of the perception thread for this frame.
    pub cpu: Duration,
}
