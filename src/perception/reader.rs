//! The whole way of one frame, without threads: find the faces, read each.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::{PerceptionSettings, ReadFace, Timing};
use crate::camera::Frame;
use crate::expression::{Ensemble, ExpressionSettings};
use crate::face::{Detector, Face, FaceSettings, Quality};
use crate::network::ModelError;

/// Finds and reads faces, on the thread that asks.
pub struct Reader {
    detector: Detector,
    ensemble: Ensemble,
    max_faces: usize,
}

impl Reader {
    /// Loads the networks that the settings name (about 0.2 s in release).
    ///
    /// # Errors
    /// [`ModelError`] names the file, the place and what was expected.
    pub fn load(
        face: &FaceSettings,
        expression: &ExpressionSettings,
        perception: &PerceptionSettings,
    ) -> Result<Self, ModelError> {
        let models = perception.models();
        Ok(Self {
            detector: Detector::load(&models.get(&face.detector)?)?,
            ensemble: Ensemble::load(&models, expression)?,
            max_faces: perception.max_faces,
        })
    }

    /// The faces in a frame, largest first.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when the detector cannot be run.
    pub fn detect(&self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        self.detector.detect(frame)
    }

    /// Reads the first faces of a list, as many as the settings allow.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn classify(&self, frame: &Frame, faces: Vec<Face>) -> Result<Vec<ReadFace>, ModelError> {
        let read = |(id, face): (u32, Face)| {
            let expression = self.ensemble.read(frame, &face)?;
            Ok(ReadFace {
                id,
                face,
                quality: Quality::GOOD,
                probabilities: expression.probabilities,
                abstain: expression.abstain,
            })
        };
        (0..).zip(faces).take(self.max_faces).map(read).collect()
    }

    /// Detects and reads.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn read(&self, frame: &Frame) -> Result<Vec<ReadFace>, ModelError> {
        self.classify(frame, self.detect(frame)?)
    }

    /// Detects and reads, and measures both.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn read_timed(&self, frame: &Frame) -> Result<(Vec<ReadFace>, Timing), ModelError> {
        let cpu = ThreadTime::try_now().ok();
        let begin = Instant::now();
        let found = self.detect(frame)?;
        let detect = begin.elapsed();
        let faces = self.classify(frame, found)?;
        let timing = Timing {
            capture_to_reading: frame.captured.elapsed(),
            detect,
            classify: begin.elapsed().saturating_sub(detect),
            cpu: cpu.and_then(|cpu| cpu.try_elapsed().ok()).unwrap_or(Duration::ZERO),
        };
        Ok((faces, timing))
    }
}
