//! Pictures of people who pose: `DIR/PERSON/EMOTION/*`, or a table of files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::csv_table::CsvTable;
use super::labelled_folder::{EvalError, LabelledFolder, LabelledPicture, emotion_of, entries};
use crate::emotion::Emotion;
use crate::foundation::FileError;

/// One person with their pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationSubject {
    pub name: String,
    /// In order of their paths.
    pub pictures: Vec<LabelledPicture>,
}

impl EvaluationSubject {
    /// The picture in which the person does nothing; the first of several.
    #[must_use]
    pub fn rest(&self) -> Option<&LabelledPicture> {
        self.pictures.iter().find(|picture| picture.truth == Emotion::Neutral)
    }

    /// All other pictures.
    pub fn poses(&self) -> impl Iterator<Item = &LabelledPicture> {
        let rest = self.rest();
        self.pictures.iter().filter(move |picture| Some(*picture) != rest)
    }
}

/// All people of a folder or table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PosingPeople {
    /// People with a picture at rest and at least one other, in order of their names.
    pub people: Vec<EvaluationSubject>,
    /// What was skipped, and why.
    pub skipped: Vec<(PathBuf, String)>,
}

impl PosingPeople {
    /// Lists `folder/PERSON/EMOTION/*.{png,jpg,jpeg,webp}`, or the rows of a CSV file with the columns `file`
    /// (relative to the table), `person` and `emotion`.
    ///
    /// # Errors
    /// [`EvalError::File`] if something cannot be read, [`EvalError::NoPeople`] without anybody who poses.
    pub fn list(path: &Path) -> Result<Self, EvalError> {
        let is_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let (all, mut skipped) = if is_table { from_table(path)? } else { from_folder(path)? };
        let mut people = Vec::new();
        for person in all {
            if person.rest().is_none() {
                skipped.push((path.join(&person.name), "there is no neutral picture".to_owned()));
            } else if person.poses().next().is_none() {
                skipped.push((path.join(&person.name), "there is only one picture".to_owned()));
            } else {
                people.push(person);
            }
        }
        if people.is_empty() {
            return Err(EvalError::NoPeople { path: path.to_owned(), skipped: skipped.len() });
        }
        Ok(Self { people, skipped })
    }
}

type ListedPeople = (Vec<EvaluationSubject>, Vec<(PathBuf, String)>);

fn from_folder(folder: &Path) -> Result<ListedPeople, EvalError> {
    let (mut people, mut skipped) = (Vec::new(), Vec::new());
    for inner in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = inner.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match LabelledFolder::list(&inner) {
            Ok(pictures) => {
                skipped.extend(pictures.skipped);
                people.push(EvaluationSubject { name, pictures: pictures.pictures });
            }
            Err(EvalError::Empty { .. }) => skipped.push((inner, "there is no picture".to_owned())),
            Err(error) => return Err(error),
        }
    }
    Ok((people, skipped))
}

#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is none of the seven emotions")]
struct NotAnEmotion(String);

fn from_table(file: &Path) -> Result<ListedPeople, EvalError> {
    let table = CsvTable::read(file)?;
    let [picture, person, emotion] =
        [table.column("file")?, table.column("person")?, table.column("emotion")?];
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut people: BTreeMap<&str, Vec<LabelledPicture>> = BTreeMap::new();
    for (row, line) in table.rows.iter().zip(2..) {
        let truth = emotion_of(&row[emotion])
            .ok_or_else(|| FileError::in_line(file, line, NotAnEmotion(row[emotion].clone())))?;
        let pictures = people.entry(&row[person]).or_default();
        pictures.push(LabelledPicture { truth, file: folder.join(&row[picture]) });
    }
    let people = people
        .into_iter()
        .map(|(name, pictures)| EvaluationSubject { name: name.to_owned(), pictures })
        .collect();
    Ok((people, Vec::new()))
}

/// What is known of people besides their pictures: a value in each column of a table, by person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonGroups {
    columns: Vec<String>,
    values: BTreeMap<String, Vec<String>>,
}

/// Group of a person who is not in the table.
const UNKNOWN: &str = "unknown";

impl PersonGroups {
    /// Reads a CSV file whose first column is the person; each other column divides people into groups.
    /// Numbers, such as ages, are grouped by tens.
    ///
    /// # Errors
    /// [`FileError`] if the table cannot be read.
    pub fn read(file: &Path) -> Result<Self, FileError> {
        let table = CsvTable::read(file)?;
        let group = |value: &String| match value.parse::<u32>() {
            Ok(number) => format!("{}–{}", number / 10 * 10, number / 10 * 10 + 9),
            Err(_) if matches!(value.as_str(), "" | "NA" | "N/A") => UNKNOWN.to_owned(),
            Err(_) => value.clone(),
        };
        let values =
            table.rows.iter().map(|row| (row[0].clone(), row[1..].iter().map(group).collect())).collect();
        Ok(Self { columns: table.heading[1..].to_vec(), values })
    }

    /// Each column with the group of a person.
    pub fn of<'a>(&'a self, person: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let values = self.values.get(person);
        self.columns.iter().enumerate().map(move |(place, column)| {
            (column.as_str(), values.map_or(UNKNOWN, |values| values[place].as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }

    #[test]
    fn people_without_a_rest_or_a_pose_are_skipped() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for file in
            ["ann/neutral/a.png", "ann/joy/b.png", "bo/happy/c.png", "cy/neutral/d.png", "di/notes.txt"]
        {
            write(folder.path(), file, "");
        }
        let found = PosingPeople::list(folder.path()).expect("one person");
        let [ann] = &found.people[..] else { panic!("{found:?}") };
        assert_eq!((ann.name.as_str(), ann.poses().count()), ("ann", 1));
        assert!(ann.rest().expect("a rest").file.ends_with("ann/neutral/a.png"));
        assert_eq!(found.skipped.len(), 3, "{:?}", found.skipped);
        let words = PosingPeople::list(&folder.path().join("bo")).unwrap_err().to_string();
        assert!(words.contains("PERSON/EMOTION"), "{words}");
    }

    #[test]
    fn a_table_of_files_does_the_same_and_names_a_wrong_emotion() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(folder.path(), "t.csv", "person,emotion,file\nann,neutral,x/a.png\nann,happy,b.png\n");
        let found = PosingPeople::list(&folder.path().join("t.csv")).expect("one person");
        assert_eq!(found.people[0].rest().expect("a rest").file, folder.path().join("x/a.png"));
        write(folder.path(), "w.csv", "person,emotion,file\nann,neutral,a.png\nann,bored,b.png\n");
        let words = PosingPeople::list(&folder.path().join("w.csv")).unwrap_err().to_string();
        assert!(words.contains("w.csv:3") && words.contains("\"bored\""), "{words}");
    }

    #[test]
    fn groups_come_from_the_other_columns() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(folder.path(), "g.csv", "id,age,sex\n001,24,female\n003,NA,male\n");
        let groups = PersonGroups::read(&folder.path().join("g.csv")).expect("a table");
        assert_eq!(groups.of("001").collect::<Vec<_>>(), [("age", "20–29"), ("sex", "female")]);
        assert_eq!(groups.of("003").next(), Some(("age", UNKNOWN)));
        assert_eq!(groups.of("002").collect::<Vec<_>>(), [("age", UNKNOWN), ("sex", UNKNOWN)]);
    }
}
