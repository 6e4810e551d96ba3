//! Accuracy, precision, recall, F1, confusion and calibration over the seven emotions.

use serde::{Serialize, Serializer};

use crate::emotion::Emotion;

/// Number of equal bins of confidence for the calibration.
const BINS: usize = 15;

/// The prediction for one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prediction {
    /// No face was found.
    NoFace,
    Face {
        /// The likeliest of the seven emotions.
        top: Emotion,
        /// Its probability, 0..=1.
        confidence: f32,
        /// Whether the networks abstain.
        abstained: bool,
    },
}

/// One picture: its label and the prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelledPrediction {
    pub truth: Emotion,
    pub prediction: Prediction,
}

impl LabelledPrediction {
    fn is_right(&self) -> bool {
        matches!(self.prediction, Prediction::Face { top, .. } if top == self.truth)
    }
}

/// One value for each emotion, in the order of [`Emotion::ALL`]; in JSON, by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByEmotion<T>(pub [T; 7]);

impl<T> ByEmotion<T> {
    /// Each emotion with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Emotion, &T)> {
        Emotion::ALL.into_iter().zip(&self.0)
    }
}

impl<T: Serialize> Serialize for ByEmotion<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(emotion, value)| (emotion.name(), value)))
    }
}

/// How often one emotion was predicted as each of the seven, or no face was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ConfusionRow {
    #[serde(flatten)]
    pub read_as: ByEmotion<usize>,
    pub no_face: usize,
}

impl ConfusionRow {
    /// Pictures with this label.
    #[must_use]
    pub fn total(&self) -> usize {
        self.read_as.0.iter().sum::<usize>() + self.no_face
    }
}

/// How well one emotion is predicted. A fraction with denominator 0 is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ClassScore {
    /// Share of the predictions of this emotion that are right.
    pub precision: f64,
    /// Share of the pictures with this label that are predicted as it; without a face it is missed.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Pictures with this label.
    pub support: usize,
}

/// Predictions whose confidence lies in one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReliabilityBin {
    pub count: usize,
    /// Share that is right.
    pub accuracy: f64,
    /// Mean confidence.
    pub confidence: f64,
}

/// All measures. Shares are 0..=1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationScores {
    /// Number of pictures.
    pub n: usize,
    /// Share of pictures whose likeliest emotion is right, even if the networks abstain. Without a face it is wrong.
    pub accuracy: f64,
    /// The same among the pictures with a face for which the networks do not abstain.
    pub accuracy_answered: Option<f64>,
    /// Mean F1 of the emotions that have pictures.
    pub macro_f1: f64,
    pub per_class: ByEmotion<ClassScore>,
    /// Labels by predictions.
    pub confusion: ByEmotion<ConfusionRow>,
    /// Expected calibration error of the probability of the likeliest emotion, over the faces that were found
    /// (15 equal bins; Guo et al. 2017, arXiv 1706.04599).
    pub ece: Option<f64>,
    /// Share of pictures without a face.
    pub no_face: f64,
    /// Share of pictures for which the networks abstain.
    pub abstained: f64,
    /// Bins of confidence from 0 to 1, of equal width.
    #[serde(skip)]
    pub reliability: Vec<ReliabilityBin>,
}

impl EvaluationScores {
    /// Computes all measures.
    #[must_use]
    pub fn of(predictions: &[LabelledPrediction]) -> Self {
        let n = predictions.len();
        let count = |has: fn(&LabelledPrediction) -> bool| {
            predictions.iter().filter(|labelled| has(labelled)).count()
        };
        let answered = |labelled: &LabelledPrediction| {
            matches!(labelled.prediction, Prediction::Face { abstained: false, .. })
        };
        let (all_answered, right_answered) = predictions
            .iter()
            .filter(|labelled| answered(labelled))
            .fold((0, 0), |(all, right), labelled| (all + 1, right + usize::from(labelled.is_right())));
        let confusion = confusion(predictions);
        let per_class = per_class(&confusion);
        let reliability = reliability(predictions);
        Self {
            n,
            accuracy: share(count(LabelledPrediction::is_right), n),
            accuracy_answered: (all_answered > 0).then(|| share(right_answered, all_answered)),
            macro_f1: macro_f1(&per_class),
            per_class,
            confusion,
            ece: calibration_error(&reliability),
            no_face: share(count(|labelled| labelled.prediction == Prediction::NoFace), n),
            abstained: share(
                count(|labelled| matches!(labelled.prediction, Prediction::Face { abstained: true, .. })),
                n,
            ),
            reliability,
        }
    }
}

/// `part / whole`, and 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn confusion(predictions: &[LabelledPrediction]) -> ByEmotion<ConfusionRow> {
    let mut confusion = ByEmotion::<ConfusionRow>::default();
    for labelled in predictions {
        let row = &mut confusion.0[labelled.truth.index()];
        match labelled.prediction {
            Prediction::NoFace => row.no_face += 1,
            Prediction::Face { top, .. } => row.read_as.0[top.index()] += 1,
        }
    }
    confusion
}

fn per_class(confusion: &ByEmotion<ConfusionRow>) -> ByEmotion<ClassScore> {
    ByEmotion(Emotion::ALL.map(|emotion| {
        let at = emotion.index();
        let right = confusion.0[at].read_as.0[at];
        let support = confusion.0[at].total();
        let read: usize = confusion.0.iter().map(|row| row.read_as.0[at]).sum();
        // 2PR / (P + R), without its undefined cases.
        let f1 = share(2 * right, read + support);
        ClassScore { precision: share(right, read), recall: share(right, support), f1, support }
    }))
}

fn macro_f1(per_class: &ByEmotion<ClassScore>) -> f64 {
    let present = || per_class.0.iter().filter(|class| class.support > 0);
    present().map(|class| class.f1).sum::<f64>() / present().count().max(1) as f64
}

fn reliability(predictions: &[LabelledPrediction]) -> Vec<ReliabilityBin> {
    let mut bins = vec![(0_usize, 0_usize, 0.0); BINS];
    for labelled in predictions {
        let Prediction::Face { confidence, .. } = labelled.prediction else { continue };
        let step = ((confidence * BINS as f32) as usize).min(BINS - 1);
        let (count, right, sum) = &mut bins[step];
        *count += 1;
        *right += usize::from(labelled.is_right());
        *sum += f64::from(confidence);
    }
    let finish = |(count, right, sum): (usize, usize, f64)| ReliabilityBin {
        count,
        accuracy: share(right, count),
        confidence: sum / count.max(1) as f64,
    };
    bins.into_iter().map(finish).collect()
}

/// `None` if no face was found.
fn calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let all: usize = bins.iter().map(|bin| bin.count).sum();
    let error = bins.iter().map(|bin| share(bin.count, all) * (bin.accuracy - bin.confidence).abs()).sum();
    (all > 0).then_some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(truth: Emotion, top: Emotion, confidence: f32) -> LabelledPrediction {
        LabelledPrediction { truth, prediction: Prediction::Face { top, confidence, abstained: false } }
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    /// Four happy (three predicted as happy, one as sad), two sad (one right, one without a face), one neutral predicted
    /// as happy.
    fn example() -> Vec<LabelledPrediction> {
        use Emotion::{Happy, Neutral, Sad};
        vec![
            face(Happy, Happy, 0.95),
            face(Happy, Happy, 0.95),
            face(Happy, Happy, 0.50),
            face(Happy, Sad, 0.50),
            face(Sad, Sad, 1.0),
            LabelledPrediction { truth: Sad, prediction: Prediction::NoFace },
            LabelledPrediction {
                truth: Neutral,
                prediction: Prediction::Face { top: Happy, confidence: 0.3, abstained: true },
            },
        ]
    }

    #[test]
    fn shares_are_counted_as_by_hand() {
        let scores = EvaluationScores::of(&example());
        assert_eq!(scores.n, 7);
        close(scores.accuracy, 4.0 / 7.0);
        close(scores.accuracy_answered.expect("answers"), 4.0 / 5.0);
        close(scores.no_face, 1.0 / 7.0);
        close(scores.abstained, 1.0 / 7.0);
    }

    #[test]
    fn precision_recall_and_f1_are_as_by_hand() {
        let scores = EvaluationScores::of(&example());
        let happy = scores.per_class.0[Emotion::Happy.index()];
        close(happy.precision, 3.0 / 4.0);
        close(happy.recall, 3.0 / 4.0);
        close(happy.f1, 3.0 / 4.0);
        let sad = scores.per_class.0[Emotion::Sad.index()];
        close(sad.precision, 0.5);
        close(sad.recall, 0.5);
        assert_eq!((happy.support, sad.support), (4, 2));
        let neutral = scores.per_class.0[Emotion::Neutral.index()];
        assert_eq!(neutral, ClassScore { support: 1, ..ClassScore::default() });
        close(scores.macro_f1, (0.75 + 0.5 + 0.0) / 3.0);
    }

    #[test]
    fn f1_is_the_harmonic_mean() {
        use Emotion::{Fear, Sad};
        let scores =
            EvaluationScores::of(&[face(Fear, Fear, 0.9), face(Fear, Sad, 0.9), face(Fear, Sad, 0.9)]);
        let fear = scores.per_class.0[Fear.index()];
        close(fear.precision, 1.0);
        close(fear.recall, 1.0 / 3.0);
        close(fear.f1, 0.5);
    }

    #[test]
    fn an_emotion_without_pictures_does_not_weigh_on_the_mean() {
        let scores = EvaluationScores::of(&[face(Emotion::Happy, Emotion::Happy, 0.9)]);
        close(scores.macro_f1, 1.0);
        assert_eq!(scores.per_class.0[Emotion::Fear.index()], ClassScore::default());
    }

    #[test]
    fn the_matrix_has_a_column_for_no_face() {
        let scores = EvaluationScores::of(&example());
        let sad = scores.confusion.0[Emotion::Sad.index()];
        assert_eq!((sad.no_face, sad.read_as.0[Emotion::Sad.index()], sad.total()), (1, 1, 2));
        let happy = scores.confusion.0[Emotion::Happy.index()];
        assert_eq!((happy.read_as.0[Emotion::Sad.index()], happy.total()), (1, 4));
    }

    #[test]
    fn calibration_is_as_by_hand() {
        // Bins: 0.3 has one, wrong; 0.5 has two, half of them right; 0.95 and 1.0 share the last bin: three, all right.
        let scores = EvaluationScores::of(&example());
        let last = (2.0 * 0.95 + 1.0) / 3.0;
        let expected = (1.0 * 0.3 + 2.0 * 0.0 + 3.0 * (1.0 - last)) / 6.0;
        close(scores.ece.expect("faces"), expected);
        let counts: Vec<usize> = scores.reliability.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3]);
    }

    #[test]
    fn without_a_face_nothing_is_answered_or_calibrated() {
        let scores = EvaluationScores::of(&[LabelledPrediction {
            truth: Emotion::Sad,
            prediction: Prediction::NoFace,
        }]);
        assert_eq!((scores.accuracy_answered, scores.ece), (None, None));
        close(scores.accuracy, 0.0);
        close(scores.no_face, 1.0);
    }

    #[test]
    fn json_is_by_name() {
        let json = serde_json::to_value(EvaluationScores::of(&example())).expect("JSON");
        assert_eq!(json["confusion"]["sad"]["no_face"], 1);
        assert_eq!(json["confusion"]["happy"]["sad"], 1);
        assert_eq!(json["per_class"]["happy"]["support"], 4);
        assert!(json.get("reliability").is_none());
    }
}
