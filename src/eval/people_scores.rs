//! What is measured over all people who posed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::metrics::{ByEmotion, EvaluationScores};
use super::people::PersonGroups;
use super::posed_sequence::{NeutralResult, PosedExpressionResult, SessionResult};
use super::rate::Rate;
use crate::emotion::Emotion;
use crate::foundation::stats::median;

/// Answers to the poses of one emotion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PosedExpressionScores {
    /// Poses during which the fast mood became this emotion.
    pub answered: Rate,
    /// Median time to the answer, of those that were answered.
    pub median_seconds: Option<f64>,
    /// How often the fast mood was each emotion at the end of the pose.
    pub read_as: ByEmotion<usize>,
    /// How often it was none of them.
    pub read_as_none: usize,
}

/// The same people by one column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// The column, such as "sex".
    pub column: String,
    /// The value in it.
    pub group: String,
    pub people: usize,
    /// Expressions other than neutral that were answered.
    pub answered: Rate,
    /// Rests at whose end the fast mood was neutral.
    pub rests_neutral: Rate,
    /// Rests in which the fast mood was angry.
    pub anger_at_rest: Rate,
}

/// How honest the probabilities are that the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SaidScores {
    /// Share of what was said that was true.
    pub right: f64,
    /// Mean of the probabilities that were said; `None` if nothing was.
    pub probability: Option<f64>,
    /// Expected calibration error of the probabilities, as in [`EvaluationScores::ece`].
    pub ece: Option<f64>,
}

/// All measures of people who posed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeopleScores {
    pub people: usize,
    /// Expressions other than neutral that were answered.
    pub answered: Rate,
    pub by_emotion: ByEmotion<PosedExpressionScores>,
    /// Rests at whose end the fast mood was neutral.
    pub rests_neutral: Rate,
    /// Rests in which the fast mood was angry.
    pub anger_at_rest: Rate,
    /// Poses other than angry ones during which the fast mood became angry.
    pub false_anger: Rate,
    /// Rests and poses without a face in any frame.
    pub no_face: Rate,
    pub said: SaidScores,
    pub groups: Vec<GroupScores>,
}

impl PeopleScores {
    /// Computes all measures of people with their names.
    #[must_use]
    pub fn of(people: &[(String, SessionResult)], groups: &PersonGroups) -> Self {
        let all: Vec<&SessionResult> = people.iter().map(|(_, result)| result).collect();
        let by_emotion = ByEmotion(Emotion::ALL.map(|emotion| {
            PosedExpressionScores::of(poses(&all).filter(|pose| pose.truth == emotion).copied().collect())
        }));
        let faces = poses(&all).map(|pose| pose.face_found).chain(rests(&all).map(|rest| rest.face_found));
        Self {
            people: people.len(),
            answered: answered(&all),
            by_emotion,
            rests_neutral: rests_neutral(&all),
            anger_at_rest: anger_at_rest(&all),
            false_anger: Rate::among(poses(&all).filter(|pose| pose.truth != Emotion::Angry), |pose| {
                pose.became_angry
            }),
            no_face: Rate::among(faces, |found| !found),
            said: SaidScores::of(&all),
            groups: group_scores(people, groups),
        }
    }

    /// All measures as text, a line each.
    #[must_use]
    pub fn table(&self) -> String {
        let lines = [
            ("expressions answered", self.answered),
            ("rests neutral", self.rests_neutral),
            ("anger at rest", self.anger_at_rest),
            ("false anger in poses", self.false_anger),
            ("without a face", self.no_face),
        ];
        let mut text = lines.map(|(what, rate)| format!("{what:<21} {rate}\n")).concat();
        if let SaidScores { right, probability: Some(probability), ece: Some(ece) } = self.said {
            // Writing into a String cannot fail.
            let _ = writeln!(
                text,
                "{:<21} {:.1} %, right in {:.1} %, calibration error {ece:.3}",
                "said with",
                probability * 100.0,
                right * 100.0
            );
        }
        text += "\n           median  answered                       read as";
        for (emotion, pose) in self.by_emotion.iter().filter(|(_, pose)| pose.answered.total > 0) {
            let seconds = pose.median_seconds.map_or("–".to_owned(), |seconds| format!("{seconds:.1} s"));
            let read_as: Vec<String> = pose
                .read_as
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(emotion, count)| format!("{emotion} {count}"))
                .collect();
            // Writing into a String cannot fail.
            let _ = write!(
                text,
                "\n{:<9} {seconds:>7}  {:<30} {}",
                emotion.name(),
                pose.answered.to_string(),
                read_as.join(", ")
            );
        }
        for group in &self.groups {
            let name = format!("{} {}", group.column, group.group);
            let _ = write!(
                text,
                "\n{}{name:<28} answered {:<30} neutral {:<30} angry at rest {}",
                if self.groups.first() == Some(group) { "\n" } else { "" },
                group.answered.to_string(),
                group.rests_neutral.to_string(),
                group.anger_at_rest
            );
        }
        text
    }
}

impl SaidScores {
    fn of(results: &[&SessionResult]) -> Self {
        let said: Vec<_> = results.iter().flat_map(|result| &result.said).copied().collect();
        let scores = EvaluationScores::of(&said);
        let bins = scores.reliability.iter();
        let sum: f64 = bins.map(|bin| bin.confidence * bin.count as f64).sum();
        let probability = (!said.is_empty()).then(|| sum / said.len() as f64);
        Self { right: scores.accuracy, probability, ece: scores.ece }
    }
}

impl PosedExpressionScores {
    fn of(poses: Vec<PosedExpressionResult>) -> Self {
        let mut seconds: Vec<f64> =
            poses.iter().filter_map(|pose| pose.answered_after).map(|after| after.as_secs_f64()).collect();
        let read_as = |emotion| poses.iter().filter(|pose| pose.read_as == emotion).count();
        Self {
            answered: Rate::among(&poses, |pose| pose.answered_after.is_some()),
            median_seconds: median(&mut seconds),
            read_as: ByEmotion(Emotion::ALL.map(|emotion| read_as(Some(emotion)))),
            read_as_none: read_as(None),
        }
    }
}

fn poses<'a>(results: &'a [&SessionResult]) -> impl Iterator<Item = &'a PosedExpressionResult> {
    results.iter().flat_map(|result| &result.poses)
}

fn rests<'a>(results: &'a [&SessionResult]) -> impl Iterator<Item = &'a NeutralResult> {
    results.iter().flat_map(|result| &result.rests)
}

fn answered(results: &[&SessionResult]) -> Rate {
    Rate::among(poses(results).filter(|pose| pose.truth != Emotion::Neutral), |pose| {
        pose.answered_after.is_some()
    })
}

fn rests_neutral(results: &[&SessionResult]) -> Rate {
    Rate::among(rests(results), |rest| rest.read_as == Some(Emotion::Neutral))
}

fn anger_at_rest(results: &[&SessionResult]) -> Rate {
    Rate::among(rests(results), |rest| rest.was_angry)
}

fn group_scores(people: &[(String, SessionResult)], groups: &PersonGroups) -> Vec<GroupScores> {
    let mut members: BTreeMap<(&str, &str), Vec<&SessionResult>> = BTreeMap::new();
    for (name, result) in people {
        for group in groups.of(name) {
            members.entry(group).or_default().push(result);
        }
    }
    let score = |((column, group), results): ((&str, &str), Vec<&SessionResult>)| GroupScores {
        column: column.to_owned(),
        group: group.to_owned(),
        people: results.len(),
        answered: answered(&results),
        rests_neutral: rests_neutral(&results),
        anger_at_rest: anger_at_rest(&results),
    };
    members.into_iter().map(score).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::eval::metrics::{LabelledPrediction, Prediction};

    fn person(answered: bool) -> SessionResult {
        let read_as = Some(if answered { Emotion::Happy } else { Emotion::Angry });
        let pose = PosedExpressionResult {
            truth: Emotion::Happy,
            answered_after: answered.then_some(Duration::from_millis(900)),
            read_as,
            became_angry: !answered,
            face_found: true,
        };
        let rest = |was_angry| NeutralResult {
            read_as: Some(if was_angry { Emotion::Angry } else { Emotion::Neutral }),
            was_angry,
            face_found: true,
        };
        let prediction = Prediction::Face {
            top: if answered { Emotion::Happy } else { Emotion::Angry },
            confidence: 0.8,
            abstained: false,
        };
        let said = vec![LabelledPrediction { truth: Emotion::Happy, prediction }];
        SessionResult { poses: vec![pose], rests: vec![rest(false), rest(!answered)], said }
    }

    /// Each measure, counted by hand on two people, and their groups.
    #[test]
    fn every_measure_is_counted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("g.csv");
        std::fs::write(&file, "person,sex\na,female\nb,male\n").expect("written");
        let groups = PersonGroups::read(&file).expect("a table");
        let people = [("a".to_owned(), person(true)), ("b".to_owned(), person(false))];
        let scores = PeopleScores::of(&people, &groups);
        let counts = |rate: Rate| (rate.count, rate.total);
        assert_eq!(counts(scores.answered), (1, 2));
        assert_eq!(counts(scores.rests_neutral), (3, 4));
        assert_eq!(counts(scores.anger_at_rest), (1, 4));
        assert_eq!(counts(scores.false_anger), (1, 2));
        assert_eq!(counts(scores.no_face), (0, 6));
        // Two answers with 80 %, one of them right.
        let SaidScores { right, probability, ece } = scores.said;
        assert!((right - 0.5).abs() < 1e-6);
        assert!(
            (probability.expect("answers") - 0.8).abs() < 1e-6 && (ece.expect("answers") - 0.3).abs() < 1e-6
        );
        let happy = &scores.by_emotion.0[Emotion::Happy.index()];
        assert_eq!((happy.median_seconds, happy.read_as.0[Emotion::Angry.index()]), (Some(0.9), 1));
        let [female, male] = &scores.groups[..] else { panic!("{:?}", scores.groups) };
        assert_eq!((counts(female.answered), counts(male.answered)), ((1, 1), (0, 1)));
        let text = scores.table();
        for part in [
            "rests neutral         75.0 %",
            "said with             80.0 %, right in 50.0 %",
            "happy       0.9 s",
            "angry 1, happy 1",
            "sex female",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }
}
