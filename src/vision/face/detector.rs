//! Running the detector on a frame.

use super::blazeface_decode::{FaceCandidate, anchors, candidates, merge};
use super::detected_face::{Face, FaceBox};
use super::search_schedule::{around, bordered, tiles, turned};
use super::settings::SearchSettings;
use super::tracker::distinct;
use crate::frame::Frame;
use crate::inference::{BeyondEdge, CropSquare, DetectorSpec, Model, ModelError, Network, Task, sample};

/// Finds faces.
pub struct Detector {
    network: Network,
    spec: DetectorSpec,
    anchors: Vec<[f32; 2]>,
}

impl Detector {
    /// Prepares a detector for running.
    ///
    /// # Errors
    /// [`ModelError`] for another kind of network or wrong shapes.
    pub fn load(model: &Model) -> Result<Self, ModelError> {
        let Task::Detector(spec) = &model.manifest.task else {
            return Err(ModelError::Task {
                manifest: model.manifest_file.clone(),
                found: model.manifest.task.words(),
                wanted: "a face detector",
            });
        };
        let network = Network::load(model)?;
        let anchors = anchors(&spec.anchors);
        network.expect_output(spec.boxes_output, anchors.len() * spec.values_per_box)?;
        network.expect_output(spec.scores_output, anchors.len())?;
        Ok(Self { network, spec: spec.clone(), anchors })
    }

    /// The faces in a frame, largest first.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when the network cannot be run.
    pub fn detect(&self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        self.detect_in(frame, &CropSquare::around(frame))
    }

    /// The faces in a square of a frame, largest first. A small square is enlarged for the network, so that it finds
    /// smaller faces; a turned one finds heads that lean.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when the network cannot be run.
    pub fn detect_in(&self, frame: &Frame, square: &CropSquare) -> Result<Vec<Face>, ModelError> {
        let input = self.network.input();
        let outputs = self.network.run(&sample(frame, square, input, BeyondEdge::Grey))?;
        let output = |index: usize| outputs.get(index).map_or(&[][..], Vec::as_slice);
        let (boxes, scores) = (output(self.spec.boxes_output), output(self.spec.scores_output));
        let found = candidates(boxes, scores, &self.anchors, &self.spec, input.size);
        let mut faces: Vec<Face> =
            merge(found, self.spec.max_overlap).iter().map(|found| face(found, square)).collect();
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        Ok(faces)
    }
}

/// All faces of a picture that is seen only once, largest first: in the whole picture, else with a border, turned
/// and in tiles, as a live run does in turns.
///
/// # Errors
/// [`ModelError::Broken`] when the network cannot be run.
pub fn search_picture(
    detector: &Detector,
    frame: &Frame,
    settings: &SearchSettings,
) -> Result<Vec<Face>, ModelError> {
    let mut faces = detector.detect(frame)?;
    if faces.is_empty() {
        let size = [frame.width(), frame.height()];
        let whole = [bordered(size, settings)].into_iter().chain(turned(size, settings));
        for square in whole.chain(tiles(size, settings)) {
            for face in detector.detect_in(frame, &square)? {
                faces.extend(confirm(detector, frame, &face, settings)?);
            }
        }
        faces = distinct(faces);
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
    }
    Ok(faces)
}

/// Looks at a face that was found in a tile, with a border or turned once more from near and along its own axis:
/// a tile shows some faces cut, and finds more that is no face.
///
/// # Errors
/// [`ModelError::Broken`] when the network cannot be run.
pub fn confirm(
    detector: &Detector,
    frame: &Frame,
    face: &Face,
    settings: &SearchSettings,
) -> Result<Vec<Face>, ModelError> {
    detector.detect_in(frame, &around(&face.bounds, face.roll(), settings.crop_margin))
}

/// Brings a candidate into pixels of the frame. The box stays upright, around the same middle, when the square is
/// turned.
fn face(found: &FaceCandidate, square: &CropSquare) -> Face {
    let [width, height] = found.size.map(|side| side * square.side);
    let [x, y] = square.at(found.centre);
    let [mut left_eye, mut right_eye] = found.eyes.map(|eye| square.at(eye));
    if left_eye[0] > right_eye[0] {
        std::mem::swap(&mut left_eye, &mut right_eye);
    }
    let bounds = FaceBox { x: x - width / 2.0, y: y - height / 2.0, width, height };
    let [nose, mouth] = [found.nose, found.mouth].map(|point| point.map(|point| square.at(point)));
    Face { bounds, left_eye, right_eye, nose, mouth, score: found.score }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::Models;

    #[test]
    fn an_expression_network_is_no_detector() {
        let model = Models::embedded().get("fer_mini_xception").expect("embedded");
        let words = Detector::load(&model).err().expect("refused").to_string();
        assert!(words.contains("task: this is an expression network"), "{words}");
    }

    #[test]
    fn anchors_that_do_not_fit_the_network_are_refused() {
        let mut model = Models::embedded().get("face_detection_short_range").expect("embedded");
        let Task::Detector(spec) = &mut model.manifest.task else { panic!("a detector") };
        spec.anchors.pop();
        let words = Detector::load(&model).err().expect("refused").to_string();
        assert!(words.contains("output 0 is [1, 896, 16]"), "{words}");
    }

    #[test]
    fn places_in_the_letterbox_become_pixels() {
        let square = CropSquare { centre: [160.0, 120.0], side: 320.0, roll: 0.0 };
        let found = FaceCandidate {
            centre: [0.5, 0.5],
            size: [0.25, 0.5],
            eyes: [[0.6, 0.4], [0.4, 0.4]],
            nose: Some([0.5, 0.5]),
            mouth: None,
            score: 0.9,
        };
        let face = face(&found, &square);
        assert_eq!(face.bounds, FaceBox { x: 120.0, y: 40.0, width: 80.0, height: 160.0 });
        assert!(face.left_eye[0] < face.right_eye[0]);
        assert_eq!((face.nose, face.mouth), (Some([160.0, 120.0]), None));
    }
}
