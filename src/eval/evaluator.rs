//! What the networks predict for one picture.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::metrics::Prediction;
use crate::emotion::Probabilities;
use crate::frame::Frame;
use crate::inference::{CropSpec, ModelError, Models, Task};
use crate::mood::{RestSettings, relative_to_rest};
use crate::vision::expression::{Classifier, Ensemble, Expression, ExpressionSettings};
use crate::vision::face::{Face, FaceBox, FaceSettings};
use crate::vision::perception::{FaceReader, PerceptionSettings};

/// A picture that is a cropped face already: no margin is added, and it is not turned.
const WHOLE: CropSpec = CropSpec { margin: 1.0, shift: 0.0, upright: false };

/// The settings by which pictures are read.
#[derive(Debug, Clone, Copy)]
pub struct EvaluatorSettings<'a> {
    pub face: &'a FaceSettings,
    pub expression: &'a ExpressionSettings,
    pub perception: &'a PerceptionSettings,
    /// From this probability of "none of the seven" on, a face counts as not answered, 0..=1.
    pub abstain_at: f32,
}

/// Predicts the expression on pictures with the networks that the settings name.
pub struct Evaluator {
    search: FaceSearch,
    abstain_at: f32,
}

/// How the face of a picture is found.
enum FaceSearch {
    /// The largest face that the detector finds.
    Detect(Box<FaceReader>),
    /// The whole picture is the face.
    Cropped(Ensemble),
}

impl Evaluator {
    /// Finds the largest face of each picture, then reads it as the app does.
    ///
    /// # Errors
    /// [`ModelError`] names the file, the place and what was expected.
    pub fn detecting(settings: EvaluatorSettings<'_>) -> Result<Self, ModelError> {
        let perception = PerceptionSettings { max_faces: 1, ..settings.perception.clone() };
        let reader = FaceReader::load(settings.face, settings.expression, &perception)?;
        Ok(Self { search: FaceSearch::Detect(Box::new(reader)), abstain_at: settings.abstain_at })
    }

    /// Takes each picture as the crop of a face. Each network sees the smallest square around the picture, with
    /// the same centre, scaled to its input. Margin, shift and rotation of the manifest do not apply. A picture that
    /// is not square is extended by repeating the pixels at its edge.
    ///
    /// # Errors
    /// [`ModelError`] names the file, the place and what was expected.
    pub fn cropped(settings: EvaluatorSettings<'_>) -> Result<Self, ModelError> {
        let models = settings.perception.models();
        let classifiers = settings
            .expression
            .networks
            .iter()
            .map(|name| whole_picture(&models, name))
            .collect::<Result<Vec<_>, _>>()?;
        let ensemble = Ensemble::of(classifiers, settings.expression.sharpness);
        Ok(Self { search: FaceSearch::Cropped(ensemble), abstain_at: settings.abstain_at })
    }

    /// Reads one picture. Also returns the CPU time of this thread for finding and reading the face.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn predict(&self, frame: &Frame) -> Result<(Prediction, Duration), ModelError> {
        let (cpu, wall) = (ThreadTime::try_now().ok(), Instant::now());
        let prediction = self.read(frame)?;
        let spent = cpu.and_then(|cpu| cpu.try_elapsed().ok()).unwrap_or_else(|| wall.elapsed());
        Ok((prediction, spent))
    }

    fn read(&self, frame: &Frame) -> Result<Prediction, ModelError> {
        let read = self.expression(frame)?;
        Ok(read.map_or(Prediction::NoFace, |read| self.prediction(&read.probabilities(), read.abstain)))
    }

    /// Reads one picture relative to the same person's picture at rest.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn predict_relative(
        &self,
        frame: &Frame,
        rest: &Expression,
        settings: &RestSettings,
    ) -> Result<Prediction, ModelError> {
        let relative = |read: Expression| {
            self.prediction(&relative_to_rest(&read.scores, &rest.scores, settings), read.abstain)
        };
        Ok(self.expression(frame)?.map_or(Prediction::NoFace, relative))
    }

    /// What the networks read from a picture; `None` without a face.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn expression(&self, frame: &Frame) -> Result<Option<Expression>, ModelError> {
        Ok(match &self.search {
            FaceSearch::Detect(reader) => reader
                .read(frame)?
                .first()
                .map(|face| Expression { scores: face.scores, abstain: face.abstain }),
            FaceSearch::Cropped(ensemble) => Some(ensemble.read(frame, &face_of_picture(frame))?),
        })
    }

    fn prediction(&self, probabilities: &Probabilities, abstain: f32) -> Prediction {
        let (top, confidence) = probabilities.top();
        Prediction::Face { top, confidence, abstained: abstain >= self.abstain_at }
    }
}

fn whole_picture(models: &Models, name: &str) -> Result<Classifier, ModelError> {
    let mut model = models.get(name)?;
    if let Task::Expression(spec) = &mut model.manifest.task {
        spec.crop = WHOLE;
    }
    Classifier::load(&model)
}

/// A face as large as the picture, with level eyes.
fn face_of_picture(frame: &Frame) -> Face {
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    Face {
        bounds: FaceBox { x: 0.0, y: 0.0, width, height },
        left_eye: [width * 0.3, height * 0.4],
        right_eye: [width * 0.7, height * 0.4],
        nose: None,
        mouth: None,
        score: 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;

    type ReaderSections = (FaceSettings, ExpressionSettings, PerceptionSettings);

    fn parts((face, expression, perception): &ReaderSections) -> EvaluatorSettings<'_> {
        EvaluatorSettings { face, expression, perception, abstain_at: 0.5 }
    }

    fn grey(width: u32, height: u32) -> Frame {
        Frame::new(width, height, vec![128; (width * height * 3) as usize], Duration::ZERO).expect("fits")
    }

    #[test]
    fn a_crop_always_has_a_face_and_a_grey_wall_has_none() {
        let settings = ReaderSections::default();
        let cropped = Evaluator::cropped(parts(&settings)).expect("loads");
        assert!(matches!(cropped.predict(&grey(48, 48)).expect("runs").0, Prediction::Face { .. }));
        let detecting = Evaluator::detecting(parts(&settings)).expect("loads");
        assert_eq!(detecting.predict(&grey(320, 240)).expect("runs").0, Prediction::NoFace);
    }

    #[test]
    fn an_oblong_crop_is_extended_by_its_edge() {
        let mut settings = ReaderSections::default();
        settings.1.networks = vec!["fer_mini_xception".to_owned()];
        let evaluator = Evaluator::cropped(parts(&settings)).expect("loads");
        assert_eq!(
            evaluator.read(&grey(48, 48)).expect("runs"),
            evaluator.read(&grey(24, 48)).expect("runs")
        );
    }

    #[test]
    fn an_abstention_from_the_threshold_on_is_no_answer() {
        let mut settings = ReaderSections::default();
        settings.1.networks = vec!["fer_mini_xception".to_owned()];
        let evaluator = Evaluator::cropped(parts(&settings)).expect("loads");
        let happy = Probabilities::certain(Emotion::Happy);
        let expected = |abstained| Prediction::Face { top: Emotion::Happy, confidence: 1.0, abstained };
        assert_eq!(evaluator.prediction(&happy, 0.49), expected(false));
        assert_eq!(evaluator.prediction(&happy, 0.5), expected(true));
    }

    #[test]
    fn a_detector_reads_no_expressions() {
        let mut settings = ReaderSections::default();
        settings.1.networks = vec![settings.0.detector.clone()];
        let words = Evaluator::cropped(parts(&settings)).err().expect("refused").to_string();
        assert!(words.contains("a face detector"), "{words}");
    }
}
