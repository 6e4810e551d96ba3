//! What the networks say about one picture.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::Seen;
use crate::app::settings::Settings;
use crate::emotion::Probabilities;
use crate::frame::Frame;
use crate::network::{CropSpec, ModelError, Models, Task};
use crate::vision::expression::{Classifier, Ensemble};
use crate::vision::face::{Face, FaceBox};
use crate::vision::perception::{FaceReader, PerceptionSettings};

/// In a crop of a face there is nothing left to cut away.
const WHOLE: CropSpec = CropSpec { margin: 1.0, shift: 0.0, upright: false };

/// Judges pictures with the networks that the settings name.
pub struct Judge {
    way: Way,
    /// Whoever abstains by as much gives no answer, 0..=1.
    abstain_at: f32,
}

enum Way {
    /// The largest face that the detector finds.
    Detect(Box<FaceReader>),
    /// The picture is the face.
    Cropped(Ensemble),
}

impl Judge {
    /// Finds the largest face of each picture, then reads it as the app does.
    ///
    /// # Errors
    /// [`ModelError`] names the file, the place and what was expected.
    pub fn detecting(settings: &Settings, abstain_at: f32) -> Result<Self, ModelError> {
        let perception = PerceptionSettings { max_faces: 1, ..settings.perception.clone() };
        let reader = FaceReader::load(&settings.face, &settings.expression, &perception)?;
        Ok(Self { way: Way::Detect(Box::new(reader)), abstain_at })
    }

    /// Takes each picture for the crop of a face: the smallest square around the whole picture, with the same
    /// centre, is what each network sees, scaled to its input. The manifest's margin, shift and turning do not
    /// apply. Beyond the shorter side of a picture that is not square, its edge is repeated.
    ///
    /// # Errors
    /// [`ModelError`] names the file, the place and what was expected.
    pub fn cropped(settings: &Settings, abstain_at: f32) -> Result<Self, ModelError> {
        let models = settings.perception.models();
        let classifiers = settings
            .expression
            .networks
            .iter()
            .map(|name| whole_picture(&models, name))
            .collect::<Result<Vec<_>, _>>()?;
        let ensemble = Ensemble::of(classifiers, settings.expression.sharpness);
        Ok(Self { way: Way::Cropped(ensemble), abstain_at })
    }

    /// Judges one picture. Also gives the CPU time of this thread for finding and reading the face.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn see(&self, frame: &Frame) -> Result<(Seen, Duration), ModelError> {
        let (cpu, wall) = (ThreadTime::try_now().ok(), Instant::now());
        let seen = self.look(frame)?;
        let spent = cpu.and_then(|cpu| cpu.try_elapsed().ok()).unwrap_or_else(|| wall.elapsed());
        Ok((seen, spent))
    }

    fn look(&self, frame: &Frame) -> Result<Seen, ModelError> {
        Ok(match &self.way {
            Way::Detect(reader) => match reader.read(frame)?.first() {
                Some(face) => self.answer(&face.probabilities(), face.abstain),
                None => Seen::NoFace,
            },
            Way::Cropped(ensemble) => {
                let read = ensemble.read(frame, &fills(frame))?;
                self.answer(&read.probabilities(), read.abstain)
            }
        })
    }

    fn answer(&self, probabilities: &Probabilities, abstain: f32) -> Seen {
        let (top, confidence) = probabilities.top();
        Seen::Face { top, confidence, abstained: abstain >= self.abstain_at }
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
fn fills(frame: &Frame) -> Face {
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

    fn grey(width: u32, height: u32) -> Frame {
        Frame::new(width, height, vec![128; (width * height * 3) as usize], Duration::ZERO).expect("fits")
    }

    #[test]
    fn a_crop_always_has_a_face_and_a_grey_wall_has_none() {
        let settings = Settings::shipped().expect("valid");
        let cropped = Judge::cropped(&settings, 0.5).expect("loads");
        assert!(matches!(cropped.see(&grey(48, 48)).expect("runs").0, Seen::Face { .. }));
        let detecting = Judge::detecting(&settings, 0.5).expect("loads");
        assert_eq!(detecting.see(&grey(320, 240)).expect("runs").0, Seen::NoFace);
    }

    #[test]
    fn what_lies_beyond_an_oblong_crop_is_its_edge() {
        let mut settings = Settings::shipped().expect("valid");
        settings.expression.networks = vec!["fer_mini_xception".to_owned()];
        let judge = Judge::cropped(&settings, 0.5).expect("loads");
        assert_eq!(judge.look(&grey(48, 48)).expect("runs"), judge.look(&grey(24, 48)).expect("runs"));
    }

    #[test]
    fn whoever_abstains_enough_gives_no_answer() {
        let mut settings = Settings::shipped().expect("valid");
        settings.expression.networks = vec!["fer_mini_xception".to_owned()];
        let judge = Judge::cropped(&settings, 0.5).expect("loads");
        let happy = Probabilities::certain(Emotion::Happy);
        let seen = |abstained| Seen::Face { top: Emotion::Happy, confidence: 1.0, abstained };
        assert_eq!(judge.answer(&happy, 0.49), seen(false));
        assert_eq!(judge.answer(&happy, 0.5), seen(true));
    }

    #[test]
    fn a_detector_reads_no_expressions() {
        let mut settings = Settings::shipped().expect("valid");
        settings.expression.networks = vec![settings.face.detector.clone()];
        let words = Judge::cropped(&settings, 0.5).err().expect("refused").to_string();
        assert!(words.contains("a face detector"), "{words}");
    }
}
