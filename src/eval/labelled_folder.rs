//! Labelled pictures: files in folders that are named after emotions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::emotion::Emotion;
use crate::foundation::FileError;

/// A picture and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledPicture {
    /// The label: the emotion that its folder is named after.
    pub truth: Emotion,
    pub file: PathBuf,
}

/// All labelled pictures of a folder, in order of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelledFolder {
    pub pictures: Vec<LabelledPicture>,
    /// Folders that were skipped, and why.
    pub skipped: Vec<(PathBuf, String)>,
}

/// Why a folder cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A folder cannot be listed.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no picture.
    #[error(
        "{folder}: no picture was found; {folder}/EMOTION/*.png, .jpg, .jpeg or .webp is expected, where \
         EMOTION is angry, disgust, fear, happy, sad, surprise or neutral{skipped}"
    )]
    Empty { folder: PathBuf, skipped: String },
    /// No person has a neutral picture and another one.
    #[error(
        "{path}: nobody poses; {path}/PERSON/EMOTION/*.png, .jpg, .jpeg or .webp is expected, or a CSV file with \
         the columns file, person and emotion, with a neutral picture and another one of each person; \
         skipped: {skipped}"
    )]
    NoPeople { path: PathBuf, skipped: usize },
    /// There are no frames of anybody.
    #[error(
        "{path}: no frame was found; {path}/PERSON/*.png, .jpg, .jpeg or .webp is expected, in the order of their names"
    )]
    NoFrames { path: PathBuf },
    /// None of the files is a picture.
    #[error("{folder}: none of its {count} pictures can be read; the first is {first}: {reason}")]
    AllUnreadable { folder: PathBuf, count: usize, first: PathBuf, reason: String },
}

/// The emotion that a folder is named after: adjective or noun, in upper or lower case.
#[must_use]
pub fn emotion_of(name: &str) -> Option<Emotion> {
    Some(match name.trim().to_lowercase().as_str() {
        "angry" | "anger" => Emotion::Angry,
        "disgust" | "disgusted" => Emotion::Disgust,
        "fear" | "fearful" | "afraid" | "scared" => Emotion::Fear,
        "happy" | "happiness" | "joy" | "joyful" => Emotion::Happy,
        "sad" | "sadness" => Emotion::Sad,
        "surprise" | "surprised" => Emotion::Surprise,
        "neutral" | "neutrality" => Emotion::Neutral,
        _ => return None,
    })
}

impl LabelledFolder {
    /// Lists `folder/EMOTION/*.{png,jpg,jpeg,webp}`. Hidden files are skipped.
    ///
    /// # Errors
    /// [`EvalError::File`] if a folder cannot be listed, [`EvalError::Empty`] without any picture.
    pub fn list(folder: &Path) -> Result<Self, EvalError> {
        let mut labelled = Self::default();
        for inner in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            let name = inner.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match emotion_of(&name) {
                Some(truth) => {
                    let files = entries(&inner)?.into_iter().filter(|file| is_picture(file));
                    labelled.pictures.extend(files.map(|file| LabelledPicture { truth, file }));
                }
                None => labelled.skipped.push((inner, why_skipped(&name))),
            }
        }
        if labelled.pictures.is_empty() {
            let names: Vec<String> =
                labelled.skipped.iter().map(|(path, _)| path.display().to_string()).collect();
            let skipped =
                if names.is_empty() { String::new() } else { format!("; skipped: {}", names.join(", ")) };
            return Err(EvalError::Empty { folder: folder.to_owned(), skipped });
        }
        Ok(labelled)
    }
}

fn why_skipped(name: &str) -> String {
    match name.trim().to_lowercase().as_str() {
        "contempt" | "contemptuous" => {
            "contempt is not one of the seven emotions that Attune reads".to_owned()
        }
        _ => "it is not named after one of the seven emotions".to_owned(),
    }
}

/// The content of a folder without hidden files, in order of name.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let unreadable = |error| FileError::unreadable(folder, error);
    let mut paths = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.retain(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
    paths.sort();
    Ok(paths)
}

pub(super) fn is_picture(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["png", "jpg", "jpeg", "webp"].contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
            fs::write(path, "").expect("written");
        }
        folder
    }

    #[test]
    fn every_emotion_has_its_own_name_and_common_others() {
        for emotion in Emotion::ALL {
            assert_eq!(emotion_of(emotion.name()), Some(emotion));
        }
        let others = [
            ("Anger", Emotion::Angry),
            ("DISGUSTED", Emotion::Disgust),
            ("fearful", Emotion::Fear),
            ("afraid", Emotion::Fear),
            ("Happiness", Emotion::Happy),
            ("joy", Emotion::Happy),
            ("sadness", Emotion::Sad),
            ("surprised", Emotion::Surprise),
        ];
        for (name, emotion) in others {
            assert_eq!(emotion_of(name), Some(emotion), "{name}");
        }
        assert_eq!(emotion_of("contempt"), None);
        assert_eq!(emotion_of("happyish"), None);
    }

    #[test]
    fn pictures_are_listed_in_order_and_the_rest_is_left_out() {
        let folder = folder_with(&[
            "Sadness/b.PNG",
            "Sadness/a.jpeg",
            "Sadness/notes.txt",
            "Sadness/.hidden.png",
            "joy/c.webp",
            "contempt/d.png",
            "misc/e.png",
            "stray.png",
        ]);
        let found = LabelledFolder::list(folder.path()).expect("pictures");
        let names: Vec<_> = found
            .pictures
            .iter()
            .map(|picture| {
                (picture.truth, picture.file.file_name().expect("a file").to_string_lossy().into_owned())
            })
            .collect();
        let expected = [(Emotion::Sad, "a.jpeg"), (Emotion::Sad, "b.PNG"), (Emotion::Happy, "c.webp")]
            .map(|(e, n)| (e, n.to_owned()));
        assert_eq!(names, expected);
        assert_eq!(found.skipped.len(), 2);
        assert!(found.skipped[0].0.ends_with("contempt") && found.skipped[0].1.contains("contempt"));
        assert!(found.skipped[1].0.ends_with("misc") && found.skipped[1].1.contains("seven emotions"));
    }

    #[test]
    fn a_folder_without_pictures_says_what_is_expected_and_what_was_left_out() {
        let folder = folder_with(&["misc/e.png", "happy/readme.txt"]);
        let words = LabelledFolder::list(folder.path()).unwrap_err().to_string();
        assert!(words.contains("surprise or neutral") && words.contains("misc"), "{words}");
        let words = LabelledFolder::list(&folder.path().join("nowhere")).unwrap_err().to_string();
        assert!(words.contains("nowhere"), "{words}");
    }
}
