//! What a model's manifest (`models/NAME.ron`) says.

use std::path::Path;

use serde::Deserialize;

use crate::foundation::FileError;

/// Everything that the code needs to know about a network.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The ONNX file beside the manifest.
    pub file: String,
    /// SHA-256 of that file, in lower-case hexadecimal.
    pub sha256: String,
    /// SPDX name of the licence.
    pub licence: String,
    /// Who made it and where it was taken from.
    pub origin: String,
    pub input: InputSpec,
    pub task: Task,
}

/// How a square picture becomes the input tensor: `value · scale + offset`, with values 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Width and height in pixels.
    pub size: usize,
    pub layout: TensorLayout,
    pub colour: ColourOrder,
    pub scale: f32,
    pub offset: f32,
}

impl InputSpec {
    /// Shape of the tensor, a batch of one.
    #[must_use]
    pub fn shape(&self) -> [usize; 4] {
        let channels = self.colour.channels();
        match self.layout {
            TensorLayout::Nchw => [1, channels, self.size, self.size],
            TensorLayout::Nhwc => [1, self.size, self.size, channels],
        }
    }
}

/// Order of the tensor's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TensorLayout {
    /// One plane after the other.
    Nchw,
    /// One pixel after the other.
    Nhwc,
}

/// Which channels, in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColourOrder {
    Rgb,
    Bgr,
    /// Luma after ITU-R BT.601.
    Grey,
}

impl ColourOrder {
    /// Channels of one pixel.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Rgb | Self::Bgr => 3,
            Self::Grey => 1,
        }
    }
}

/// What the network is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub enum Task {
    Detector(DetectorSpec),
    Expression(ExpressionSpec),
}

impl Task {
    /// In words, for errors.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Detector(_) => "a face detector",
            Self::Expression(_) => "an expression network",
        }
    }
}

/// A single-shot detector with fixed anchors (BlazeFace, arXiv 1907.05047).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSpec {
    /// Which output holds centre, size and key points, in pixels of the input.
    pub boxes_output: usize,
    /// Which output holds the scores, before the sigmoid.
    pub scores_output: usize,
    /// Numbers for each box: centre x, y, width, height, then x, y of each key point.
    pub values_per_box: usize,
    /// The grids of anchors, in the order of the outputs.
    pub anchors: Vec<AnchorGrid>,
    /// Which key points are the eyes.
    pub eyes: (usize, usize),
    /// Which key point is the tip of the nose; without one a turned head is not noticed.
    #[serde(default)]
    pub nose: Option<usize>,
    /// Which key point is the middle of the mouth.
    #[serde(default)]
    pub mouth: Option<usize>,
    /// Lowest score of a face, 0..=1.
    pub min_score: f32,
    /// Boxes that overlap by more than this (intersection over union) are one face.
    pub max_overlap: f32,
}

/// A grid of `cells × cells`, with `each` anchors in the middle of each cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorGrid {
    pub cells: usize,
    pub each: usize,
}

/// A classifier of expressions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpressionSpec {
    pub crop: CropSpec,
    /// What each output means: the seven emotions, each once, and any number of `none`.
    pub labels: Vec<String>,
    pub output: OutputKind,
    /// Logits are divided by this (Guo 2017, arXiv 1706.04599).
    pub temperature: f32,
    /// Added to each logit after that, in the order of `labels`; empty for none.
    #[serde(default)]
    pub bias: Vec<f32>,
}

/// Which square of the frame the network wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropSpec {
    /// Side of the square, as a multiple of the longer side of the face's box.
    pub margin: f32,
    /// How far its centre lies below the box's, as a share of the box's height.
    pub shift: f32,
    /// Whether the square is turned so that the eyes are level.
    pub upright: bool,
}

/// What the last layer gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    Logits,
    Probabilities,
}

/// What is wrong with a value of a manifest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
enum ManifestProblem {
    #[error("{0:?} is not the name of a file beside the manifest")]
    NotBeside(String),
    #[error("64 hexadecimal digits are expected")]
    NoHash,
    #[error("{value} is not between {least} and {greatest}{unit}")]
    OutOfRange { value: f32, least: f32, greatest: f32, unit: &'static str },
    #[error("scale must be finite and not 0, offset finite")]
    Scale,
    #[error("boxes and scores cannot be the same output")]
    SameOutput,
    #[error("grids of 1 to 256 cells with 1 to 64 anchors each are expected")]
    Anchors,
    #[error("two different key points among the {values} values are expected")]
    Eyes { values: usize },
    #[error("{biases} values for {labels} labels")]
    BiasCount { biases: usize, labels: usize },
    #[error("each value must be between -20 and 20")]
    Bias,
}

/// The field of a manifest and what is wrong with it.
type InvalidField = (String, ManifestProblem);

fn wrong(field: &str, problem: ManifestProblem) -> Result<(), InvalidField> {
    Err((field.to_owned(), problem))
}

fn within(field: &str, value: f32, (least, greatest): (f32, f32)) -> Result<(), InvalidField> {
    if (least..=greatest).contains(&value) {
        return Ok(());
    }
    wrong(field, ManifestProblem::OutOfRange { value, least, greatest, unit: "" })
}

impl Manifest {
    /// Checks what the types cannot: sizes, ranges, labels.
    ///
    /// # Errors
    /// [`FileError::Invalid`] with the field and what is expected.
    pub fn validate(&self, manifest: &Path) -> Result<(), FileError> {
        let result = self.check_input().and_then(|()| match &self.task {
            Task::Detector(spec) => spec.validate().map_err(in_task),
            Task::Expression(spec) => spec.validate().map_err(in_task),
        });
        result.map_err(|(field, problem)| FileError::invalid(manifest, field, problem))
    }

    fn check_input(&self) -> Result<(), InvalidField> {
        if self.file.is_empty() || Path::new(&self.file).components().count() != 1 {
            return wrong("file", ManifestProblem::NotBeside(self.file.clone()));
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return wrong("sha256", ManifestProblem::NoHash);
        }
        if !(8..=1024).contains(&self.input.size) {
            let value = self.input.size as f32;
            let range = ManifestProblem::OutOfRange { value, least: 8.0, greatest: 1024.0, unit: " pixels" };
            return wrong("input.size", range);
        }
        if !self.input.scale.is_finite() || self.input.scale == 0.0 || !self.input.offset.is_finite() {
            return wrong("input.scale", ManifestProblem::Scale);
        }
        Ok(())
    }
}

fn in_task((field, problem): InvalidField) -> InvalidField {
    (format!("task.{field}"), problem)
}

impl DetectorSpec {
    fn validate(&self) -> Result<(), InvalidField> {
        if self.boxes_output == self.scores_output {
            return wrong("scores_output", ManifestProblem::SameOutput);
        }
        if self.anchors.is_empty()
            || self.anchors.iter().any(|g| !(1..=256).contains(&g.cells) || !(1..=64).contains(&g.each))
        {
            return wrong("anchors", ManifestProblem::Anchors);
        }
        let last_eye = self.eyes.0.max(self.eyes.1);
        if self.eyes.0 == self.eyes.1 || last_eye >= 1_000 || self.values_per_box < 4 + 2 * (last_eye + 1) {
            return wrong("eyes", ManifestProblem::Eyes { values: self.values_per_box });
        }
        within("min_score", self.min_score, (0.0, 1.0))?;
        within("max_overlap", self.max_overlap, (0.0, 1.0))
    }
}

impl ExpressionSpec {
    fn validate(&self) -> Result<(), InvalidField> {
        within("crop.margin", self.crop.margin, (0.1, 10.0))?;
        within("crop.shift", self.crop.shift, (-2.0, 2.0))?;
        within("temperature", self.temperature, (0.01, 100.0))?;
        let (biases, labels) = (self.bias.len(), self.labels.len());
        if biases != 0 && biases != labels {
            return wrong("bias", ManifestProblem::BiasCount { biases, labels });
        }
        if self.bias.iter().any(|b| !(-20.0..=20.0).contains(b)) {
            return wrong("bias", ManifestProblem::Bias);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::parse_ron;

    const MINI: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/packaged/fer_mini_xception.ron"));

    fn complaint(text: &str) -> String {
        let file = Path::new("models/x.ron");
        let result = parse_ron::<Manifest>(file, text).and_then(|manifest| manifest.validate(file));
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let words = complaint(&MINI.replace("licence:", "license:"));
        assert!(words.starts_with("models/x.ron:5:") && words.contains("license"), "{words}");
    }

    #[test]
    fn each_bias_belongs_to_a_label() {
        let words = complaint(&MINI.replace("-0.20, 0.69]", "0.69]"));
        assert!(words.contains("task.bias: 6 values for 7 labels"), "{words}");
    }

    #[test]
    fn a_file_outside_the_folder_is_refused() {
        let words = complaint(&MINI.replace("\"fer_mini_xception.onnx\"", "\"../secret.onnx\""));
        assert!(words.contains("models/x.ron: file:"), "{words}");
    }
}
