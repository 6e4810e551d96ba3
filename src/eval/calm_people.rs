//! People who show no expression: `DIR/PERSON/*`, the frames of each person in the order of their names.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::labelled_folder::{EvalError, entries, is_picture};
use super::live_session::CalmResult;
use super::metrics::ByEmotion;
use crate::emotion::Emotion;

/// The frames of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalmPerson {
    pub name: String,
    pub frames: Vec<PathBuf>,
}

impl CalmPerson {
    /// Everybody in a folder, in order of their names; folders without pictures are left out.
    ///
    /// # Errors
    /// [`EvalError::File`] if something cannot be read, [`EvalError::NoFrames`] without any picture.
    pub fn list(folder: &Path) -> Result<Vec<Self>, EvalError> {
        let mut people = Vec::new();
        for inner in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            let frames: Vec<PathBuf> = entries(&inner)?.into_iter().filter(|path| is_picture(path)).collect();
            if !frames.is_empty() {
                let name = inner.file_name().unwrap_or_default().to_string_lossy().into_owned();
                people.push(Self { name, frames });
            }
        }
        if people.is_empty() {
            return Err(EvalError::NoFrames { path: folder.to_owned() });
        }
        Ok(people)
    }
}

/// All measures of people who showed no expression.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalmScores {
    pub people: usize,
    pub minutes: f64,
    /// Changes of the fast mood.
    pub changes_per_minute: f64,
    /// The most of any person.
    pub most_changes_per_minute: f64,
    /// Share of the time in which the fast mood was each emotion; the rest of it has none.
    pub time_as: ByEmotion<f64>,
}

impl CalmScores {
    /// Computes all measures.
    #[must_use]
    pub fn of(results: &[CalmResult]) -> Self {
        let minutes = |result: &CalmResult| result.time.as_secs_f64() / 60.0;
        let all: f64 = results.iter().map(minutes).sum();
        let per_minute =
            |changes: usize, minutes: f64| if minutes > 0.0 { changes as f64 / minutes } else { 0.0 };
        let spent = |emotion: Emotion| {
            let seconds: f64 = results.iter().map(|one| one.as_emotion[emotion.index()].as_secs_f64()).sum();
            if all > 0.0 { seconds / 60.0 / all } else { 0.0 }
        };
        Self {
            people: results.len(),
            minutes: all,
            changes_per_minute: per_minute(results.iter().map(|result| result.changes).sum(), all),
            most_changes_per_minute: results
                .iter()
                .map(|result| per_minute(result.changes, minutes(result)))
                .fold(0.0, f64::max),
            time_as: ByEmotion(Emotion::ALL.map(spent)),
        }
    }

    /// All measures as text, a line each.
    #[must_use]
    pub fn table(&self) -> String {
        let shares: Vec<String> = self
            .time_as
            .iter()
            .filter(|(_, share)| **share > 0.0)
            .map(|(emotion, share)| format!("{emotion} {:.2} %", share * 100.0))
            .collect();
        format!(
            "changes a minute      {:.2} (at most {:.2} for one person)\ntime read as          {}",
            self.changes_per_minute,
            self.most_changes_per_minute,
            shares.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Counted by hand: two people of two minutes and one minute, three changes, half a minute of happy.
    #[test]
    fn changes_and_times_are_counted() {
        let person = |minutes: u64, changes: usize, happy: u64| {
            let mut as_emotion = [Duration::ZERO; 7];
            as_emotion[Emotion::Happy.index()] = Duration::from_secs(happy);
            CalmResult { time: Duration::from_secs(60 * minutes), changes, as_emotion }
        };
        let scores = CalmScores::of(&[person(2, 1, 0), person(1, 2, 30)]);
        assert!(
            (scores.changes_per_minute - 1.0).abs() < 1e-9
                && (scores.most_changes_per_minute - 2.0).abs() < 1e-9
        );
        assert!((scores.time_as.0[Emotion::Happy.index()] - 1.0 / 6.0).abs() < 1e-9);
        assert!(scores.table().contains("happy 16.67 %"), "{}", scores.table());
    }

    #[test]
    fn frames_come_in_order_and_a_folder_without_any_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["b/2.png", "b/1.png", "b/notes.txt", "a/x.jpg"] {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("inside")).expect("a folder");
            std::fs::write(file, "").expect("written");
        }
        let people = CalmPerson::list(folder.path()).expect("two people");
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(people[1].frames, ["1.png", "2.png"].map(|name| folder.path().join("b").join(name)));
        let words = CalmPerson::list(&folder.path().join("a")).unwrap_err().to_string();
        assert!(words.contains("PERSON") && words.contains("/a"), "{words}");
    }
}
