//! From a face in a frame to probabilities.

use super::ExpressionSettings;
use super::crop::crop;
use super::labels::{OutputLabel, meanings};
use crate::emotion::{LogProbabilities, Probabilities};
use crate::foundation::FileError;
use crate::frame::Frame;
use crate::inference::{ExpressionSpec, Model, ModelError, Models, Network, OutputKind, Task};
use crate::vision::face::Face;

/// What one face looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expression {
    /// Calibrated log-probabilities of the seven emotions, given that it is one of them.
    pub scores: LogProbabilities,
    /// Probability that it is none of the seven, or no face; 0 if no network can tell.
    pub abstain: f32,
}

impl Expression {
    /// Over the seven emotions, given that it is one of them.
    #[must_use]
    pub fn probabilities(&self) -> Probabilities {
        self.scores.probabilities()
    }
}

/// One network with its calibration.
pub struct Classifier {
    network: Network,
    spec: ExpressionSpec,
    meanings: Vec<OutputLabel>,
}

impl Classifier {
    /// Prepares a network for running.
    ///
    /// # Errors
    /// [`ModelError`] for another kind of network, labels that make no sense, or wrong shapes.
    pub fn load(model: &Model) -> Result<Self, ModelError> {
        let Task::Expression(spec) = &model.manifest.task else {
            return Err(ModelError::Task {
                manifest: model.manifest_file.clone(),
                found: model.manifest.task.words(),
                wanted: "an expression network",
            });
        };
        let meanings = meanings(spec)
            .map_err(|(field, error)| FileError::invalid(&model.manifest_file, field, error))?;
        let network = Network::load(model)?;
        network.expect_output(0, meanings.len())?;
        Ok(Self { network, spec: spec.clone(), meanings })
    }

    /// Calibrated probabilities of one face.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when the network cannot be run.
    pub fn read(&self, frame: &Frame, face: &Face) -> Result<Expression, ModelError> {
        let input = crop(frame, face, &self.spec.crop, self.network.input());
        let outputs = self.network.run(&input)?;
        Ok(calibrate(outputs.first().map_or(&[][..], Vec::as_slice), &self.spec, &self.meanings))
    }

    fn knows_none(&self) -> bool {
        self.meanings.contains(&OutputLabel::NoneOfThese)
    }
}

/// Smallest probability whose logarithm is taken, where a network gives probabilities.
const LEAST: f32 = 1e-9;

/// `logit / temperature + bias` of each emotion, and the softmax mass on "none" apart.
fn calibrate(output: &[f32], spec: &ExpressionSpec, meanings: &[OutputLabel]) -> Expression {
    let logit = |value: f32| match spec.output {
        OutputKind::Logits => value,
        OutputKind::Probabilities => value.max(LEAST).ln(),
    };
    let scores: Vec<f32> = output
        .iter()
        .enumerate()
        .map(|(index, value)| logit(*value) / spec.temperature + spec.bias.get(index).copied().unwrap_or(0.0))
        .collect();
    let (mut of_emotions, mut none) = ([f32::NAN; 7], 0.0);
    for ((weight, score), meaning) in softmax(&scores).into_iter().zip(&scores).zip(meanings) {
        match meaning {
            OutputLabel::Emotion(emotion) => of_emotions[emotion.index()] = *score,
            OutputLabel::NoneOfThese => none += weight,
        }
    }
    Expression { scores: LogProbabilities::new(of_emotions).normalised(), abstain: none }
}

/// A score that is not a number gets nothing.
fn softmax(scores: &[f32]) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> =
        scores.iter().map(|score| (score - top).exp()).map(|w| if w.is_finite() { w } else { 0.0 }).collect();
    let sum = weights.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Several networks that are asked together.
pub struct Ensemble {
    classifiers: Vec<Classifier>,
    sharpness: f32,
}

impl Ensemble {
    /// Loads every network that the settings name.
    ///
    /// # Errors
    /// [`ModelError`] of the first one that cannot be used.
    pub fn load(models: &Models, settings: &ExpressionSettings) -> Result<Self, ModelError> {
        let classifiers = settings
            .networks
            .iter()
            .map(|name| Classifier::load(&models.get(name)?))
            .collect::<Result<Vec<_>, ModelError>>()?;
        Ok(Self::of(classifiers, settings.sharpness))
    }

    /// Networks that are loaded already; `sharpness` as in [`ExpressionSettings::sharpness`].
    #[must_use]
    pub fn of(classifiers: Vec<Classifier>, sharpness: f32) -> Self {
        Self { classifiers, sharpness }
    }

    /// What a face looks like to all of them together.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn read(&self, frame: &Frame, face: &Face) -> Result<Expression, ModelError> {
        let mut readings = Vec::with_capacity(self.classifiers.len());
        let (mut abstain, mut judges) = (0.0, 0.0_f32);
        for classifier in &self.classifiers {
            let reading = classifier.read(frame, face)?;
            if classifier.knows_none() {
                abstain += reading.abstain;
                judges += 1.0;
            }
            readings.push(reading.scores);
        }
        let scores = pool(&readings, self.sharpness);
        Ok(Expression { scores, abstain: abstain / judges.max(1.0) })
    }
}

/// Mean of log-probabilities times `sharpness` (logarithmic opinion pool: Genest & Zidek 1986).
///
/// The mean of calibrated opinions is too timid; sharpness makes up for it.
fn pool(readings: &[LogProbabilities], sharpness: f32) -> LogProbabilities {
    let share = sharpness / readings.len().max(1) as f32;
    let mut sum = [0.0; 7];
    for reading in readings {
        for (sum, value) in sum.iter_mut().zip(reading.normalised().values()) {
            *sum += share * value;
        }
    }
    LogProbabilities::new(sum).normalised()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::emotion::Emotion;

    fn spec(output: OutputKind, temperature: f32) -> (ExpressionSpec, Vec<OutputLabel>) {
        let Task::Expression(mut spec) =
            Models::embedded().get("fer_mini_xception").expect("embedded").manifest.task
        else {
            panic!("an expression network")
        };
        spec.output = output;
        spec.temperature = temperature;
        spec.bias.clear();
        spec.labels.push("none".into());
        let meanings = meanings(&spec).expect("valid");
        (spec, meanings)
    }

    #[test]
    fn mass_on_none_is_reported_apart() {
        let (spec, meanings) = spec(OutputKind::Probabilities, 1.0);
        let read = calibrate(&[0.0, 0.0, 0.0, 0.3, 0.1, 0.0, 0.0, 0.6], &spec, &meanings);
        assert!((read.abstain - 0.6).abs() < 1e-3);
        assert!((read.probabilities().of(Emotion::Happy) - 0.75).abs() < 1e-3);
    }

    #[test]
    fn logits_and_their_probabilities_read_the_same() {
        let logits = [0.3, -1.0, 2.0, 1.0, 0.0, -0.5, 0.7, -2.0];
        let (as_logits, meanings) = spec(OutputKind::Logits, 2.0);
        let (as_probabilities, _) = spec(OutputKind::Probabilities, 2.0);
        let one = calibrate(&logits, &as_logits, &meanings);
        let other = calibrate(&softmax(&logits), &as_probabilities, &meanings);
        for emotion in Emotion::ALL {
            assert!((one.probabilities().of(emotion) - other.probabilities().of(emotion)).abs() < 1e-4);
        }
    }

    #[test]
    fn a_bias_moves_its_own_label() {
        let (mut spec, meanings) = spec(OutputKind::Logits, 1.0);
        spec.bias = vec![0.0; 8];
        spec.bias[3] = 2.0;
        assert_eq!(calibrate(&[0.0; 8], &spec, &meanings).probabilities().top().0, Emotion::Happy);
    }

    #[test]
    fn heat_flattens() {
        let logits = [4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let top = |temperature| {
            let (spec, meanings) = spec(OutputKind::Logits, temperature);
            calibrate(&logits, &spec, &meanings).probabilities().top().1
        };
        assert!(top(4.0) < top(1.0));
    }

    #[test]
    fn opinions_that_agree_stay_and_one_veto_counts() {
        let scores = |weights| LogProbabilities::from_probabilities(&Probabilities::from_weights(weights));
        let pooled = |readings: &[LogProbabilities]| pool(readings, 1.0).probabilities();
        let happy = scores([0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1]);
        for emotion in Emotion::ALL {
            let difference = pooled(&[happy, happy]).of(emotion) - happy.probabilities().of(emotion);
            assert!(difference.abs() < 1e-4);
        }
        let never_happy = scores([1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
        assert!(pooled(&[happy, never_happy]).of(Emotion::Happy) < 0.05);
        assert_eq!(pooled(&[]), Probabilities::UNIFORM);
    }

    proptest! {
        #[test]
        fn whatever_a_network_says_is_a_distribution(
            output in proptest::array::uniform8(proptest::num::f32::ANY), logits in any::<bool>()
        ) {
            let (spec, meanings) = spec(if logits { OutputKind::Logits } else { OutputKind::Probabilities }, 1.3);
            let read = calibrate(&output, &spec, &meanings);
            let sum: f32 = read.probabilities().values().iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-3 && (0.0..=1.001).contains(&read.abstain));
        }
    }
}
