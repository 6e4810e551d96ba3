//! What the outputs of a network stand for.

use crate::emotion::Emotion;
use crate::inference::ExpressionSpec;

/// What one output of an expression network stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputLabel {
    Emotion(Emotion),
    /// None of the seven, or no face at all.
    NoneOfThese,
}

/// What is wrong with the labels of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LabelError {
    #[error("{0:?} is none of {names}", names = known())]
    Unknown(String),
    #[error("{0:?} appears twice")]
    Doubled(String),
    #[error("\"{0}\" is missing")]
    Missing(Emotion),
}

const NONE: &str = "none";

/// The meaning of each output, in order.
///
/// # Errors
/// The manifest's field and what is wrong: an unknown, doubled or missing label.
pub(super) fn meanings(spec: &ExpressionSpec) -> Result<Vec<OutputLabel>, (String, LabelError)> {
    let mut meanings = Vec::with_capacity(spec.labels.len());
    for (position, name) in spec.labels.iter().enumerate() {
        let place = || format!("task.labels[{position}]");
        let label = label_of(name).ok_or_else(|| (place(), LabelError::Unknown(name.clone())))?;
        if label != OutputLabel::NoneOfThese && meanings.contains(&label) {
            return Err((place(), LabelError::Doubled(name.clone())));
        }
        meanings.push(label);
    }
    match Emotion::ALL.into_iter().find(|emotion| !meanings.contains(&OutputLabel::Emotion(*emotion))) {
        Some(missing) => Err(("task.labels".into(), LabelError::Missing(missing))),
        None => Ok(meanings),
    }
}

fn label_of(name: &str) -> Option<OutputLabel> {
    if name == NONE {
        return Some(OutputLabel::NoneOfThese);
    }
    Emotion::named(name).map(OutputLabel::Emotion)
}

fn known() -> String {
    Emotion::ALL.map(Emotion::name).into_iter().chain([NONE]).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{Models, Task};

    fn spec() -> ExpressionSpec {
        match Models::embedded().get("fer_mini_xception").expect("embedded").manifest.task {
            Task::Expression(spec) => spec,
            Task::Detector(_) => panic!("an expression network"),
        }
    }

    #[test]
    fn an_unknown_label_is_named_with_its_place() {
        let mut spec = spec();
        spec.labels[3] = "hapy".into();
        let (field, error) = meanings(&spec).unwrap_err();
        assert_eq!(field, "task.labels[3]");
        let reason = error.to_string();
        assert!(reason.starts_with("\"hapy\" is none of angry") && reason.ends_with("none"), "{reason}");
    }

    #[test]
    fn a_label_that_is_missing_or_doubled_is_named() {
        let mut doubled = spec();
        doubled.labels[3] = "disgust".into();
        assert_eq!(meanings(&doubled).unwrap_err().0, "task.labels[3]");
        let mut short = spec();
        short.labels.remove(3);
        assert_eq!(meanings(&short).unwrap_err().1.to_string(), "\"happy\" is missing");
    }

    #[test]
    fn further_outputs_called_none_are_allowed() {
        let mut spec = spec();
        spec.labels.extend(["none".into(), "none".into()]);
        let meanings = meanings(&spec).expect("valid");
        assert_eq!(meanings[7..], [OutputLabel::NoneOfThese; 2]);
    }
}
