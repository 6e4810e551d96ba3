//! The whole way of one frame, without threads: find the faces, read each.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::face_pipeline::{FacePipeline, TimedFrame};
use super::reading::{ReadFace, Reading, ReadingTiming};
use super::settings::PerceptionSettings;
use crate::frame::Frame;
use crate::inference::ModelError;
use crate::sense::camera::IgnoredArea;
use crate::vision::expression::{Ensemble, ExpressionSettings};
use crate::vision::face::{
    CpuThrottle, Detector, Face, FaceIds, FaceSettings, FaceView, ViewQuality, search_picture,
};

/// Finds and reads faces, on the thread that asks.
pub struct FaceReader {
    detector: Detector,
    ensemble: Ensemble,
    face: FaceSettings,
    expression: ExpressionSettings,
    max_faces: usize,
    ignored: Vec<IgnoredArea>,
    pipeline: FacePipeline,
    throttle: CpuThrottle,
    /// Whether the effort follows measured time.
    adapts: bool,
}

impl FaceReader {
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
            face: face.clone(),
            expression: expression.clone(),
            max_faces: perception.max_faces,
            ignored: Vec::new(),
            pipeline: FacePipeline::new(FaceIds::default()),
            throttle: CpuThrottle::default(),
            adapts: false,
        })
    }

    /// Goes on with the numbers that an earlier reader gave, so that none comes twice.
    #[must_use]
    pub fn numbering(mut self, ids: FaceIds) -> Self {
        self.pipeline = FacePipeline::new(ids);
        self
    }

    /// Leaves out faces whose middle lies in one of these parts of a camera's picture.
    #[must_use]
    pub fn ignoring(mut self, areas: Vec<IgnoredArea>) -> Self {
        self.ignored = areas;
        self
    }

    /// Forgets everybody, as if the reader had just begun; numbers are not given again.
    pub fn forget_faces(&mut self) {
        self.pipeline.forget();
    }

    /// Lets measured time decide how often it looks. Without this, the same frames at the same times give the
    /// same readings.
    #[must_use]
    pub fn adapting(mut self, adapts: bool) -> Self {
        self.adapts = adapts;
        self
    }

    /// The faces in a frame, largest first, by one look at the whole of it.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when the detector cannot be run.
    pub fn detect(&self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        self.detector.detect(frame)
    }

    /// The faces in a picture that is seen only once, largest first: as thoroughly as a live run looks over time.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when the detector cannot be run.
    pub fn search(&self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        search_picture(&self.detector, frame, &self.face.search)
    }

    /// Reads the first faces of a list, as many as the settings allow, whatever their quality. Their numbers are
    /// their places in the list.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn classify(&self, frame: &Frame, faces: Vec<Face>) -> Result<Vec<ReadFace>, ModelError> {
        let read = |(id, face): (u32, Face)| {
            let expression = self.ensemble.read(frame, &face)?;
            let quality =
                ViewQuality::judge(&FaceView::of(frame, &face), expression.abstain, &self.face.quality);
            Ok(ReadFace { id, face, quality, scores: expression.scores, abstain: expression.abstain })
        };
        (0..).zip(faces).take(self.max_faces).map(read).collect()
    }

    /// Finds and reads the faces of a picture that is seen only once.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn read(&self, frame: &Frame) -> Result<Vec<ReadFace>, ModelError> {
        self.classify(frame, self.search(frame)?)
    }

    /// Follows faces from frame to frame: the next frame at its app time, and what it cost. Looks and reads only
    /// as often as needed; nearest face first.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn watch(&mut self, frame: &Frame, at: Duration) -> Result<Reading, ModelError> {
        let cpu = ThreadTime::try_now().ok();
        let begin = Instant::now();
        let timed = TimedFrame { frame, at, effort: self.throttle.factor() };
        let found = self.pipeline.find(timed, &self.detector, &self.face, &self.ignored)?;
        let detect = begin.elapsed();
        let mut faces = Vec::with_capacity(found.len());
        for tracked in found.into_iter().take(self.max_faces) {
            let network = |frame: &Frame, face: &Face| self.ensemble.read(frame, face);
            let settings = (&self.face, &self.expression);
            let (quality, expression) = self.pipeline.read(timed, &tracked, settings, network)?;
            faces.push(ReadFace {
                id: tracked.id,
                face: tracked.face,
                quality,
                scores: expression.scores,
                abstain: expression.abstain,
            });
        }
        let timing = ReadingTiming {
            capture_to_reading: frame.captured.elapsed(),
            detect,
            classify: begin.elapsed().saturating_sub(detect),
            cpu: cpu.and_then(|cpu| cpu.try_elapsed().ok()).unwrap_or(Duration::ZERO),
        };
        if self.adapts {
            self.throttle.spent(timing.cpu, self.face.search.budget_ms);
        }
        Ok(Reading { at, frame_size: [frame.width(), frame.height()], faces, timing })
    }
}
