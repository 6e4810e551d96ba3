//! What perception reads from one frame.

use std::time::Duration;

use bevy::prelude::Message;

use crate::emotion::{
    Evidence, EvidenceSource, FacePlace, LogProbabilities, PersonEvidence, PersonId, Probabilities,
};
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
    pub scores: LogProbabilities,
    /// Probability that it is none of the seven, or no face: 0 ..= 1; 0 where no network can tell.
    pub abstain: f32,
}

impl ReadFace {
    /// Over the seven emotions, given that it is one of them.
    #[must_use]
    pub fn probabilities(&self) -> Probabilities {
        self.scores.probabilities()
    }

    /// The face as evidence for the mood, in a frame of this size.
    #[must_use]
    pub fn evidence(&self, [width, height]: [u32; 2]) -> PersonEvidence {
        let [x, y] = self.face.bounds.centre();
        let (width, height) = (width.max(1) as f32, height.max(1) as f32);
        PersonEvidence {
            person: Some(PersonId(self.id)),
            scores: self.scores,
            abstain: self.abstain,
            weight: self.face.bounds.area(),
            quality: self.quality.score,
            unreadable: self.quality.unreadable,
            place: Some(FacePlace { x: x / width, y: y / height, height: self.face.bounds.height / height }),
        }
    }
}

impl Reading {
    /// All faces as evidence for the mood.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence {
            source: EvidenceSource::Camera,
            at: self.at,
            people: self.faces.iter().map(|face| face.evidence(self.frame_size)).collect(),
        }
    }
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
