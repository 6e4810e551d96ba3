//! A folder as its tags describe it, without a database.

use std::path::{Path, PathBuf};

use super::entry::LibraryEntry;
use super::read_tracks::read_tracks;
use super::tags::spoken_reason;
use super::walk_folder::walk;

/// A file that looks like music and cannot be used, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableFile {
    pub file: PathBuf,
    pub reason: String,
}

/// What the tags of a folder say, in the order of its paths. Nothing is kept, and no sound is measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScannedFolder {
    pub entries: Vec<LibraryEntry>,
    pub unreadable: Vec<UnusableFile>,
}

impl ScannedFolder {
    /// Looks into a folder and all folders below it.
    ///
    /// # Errors
    /// If the folder itself cannot be read. What is wrong with a single file is in the library.
    pub fn scan(folder: &Path) -> std::io::Result<Self> {
        Self::scan_including(folder, false)
    }

    /// The same, with spoken word among the tracks if that is wanted.
    ///
    /// # Errors
    /// As [`ScannedFolder::scan`].
    pub fn scan_including(folder: &Path, spoken_word: bool) -> std::io::Result<Self> {
        let mut library = Self::default();
        for (file, found) in walk(folder)?.into_iter().flat_map(read_tracks) {
            let reason = match found {
                Ok(tags) => {
                    let Some(sign) = tags.spoken.as_deref().filter(|_| !spoken_word) else {
                        library.entries.push(LibraryEntry::of_tags(&file.path, folder, tags));
                        continue;
                    };
                    spoken_reason(sign)
                }
                Err(error) => error.to_string(),
            };
            library.unreadable.push(UnusableFile { file: file.path, reason });
        }
        Ok(library)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TONES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music");

    fn scan(folder: &Path) -> ScannedFolder {
        ScannedFolder::scan(folder).expect("the folder can be read")
    }

    fn copy(folder: &Path, tone: &str, to: &str) -> PathBuf {
        let file = folder.join(to);
        fs::create_dir_all(file.parent().expect("below the folder")).expect("made");
        fs::copy(Path::new(TONES).join(tone), &file).expect("copied");
        file
    }

    #[test]
    fn tags_of_each_kind_of_file_are_read() {
        let library = scan(Path::new(TONES));
        assert_eq!(library.unreadable, []);
        let [flac, m4a, mp3, ogg, opus] = library.entries.as_slice() else { panic!("{:?}", library.entries) };
        assert_eq!(ogg.track.title, "Tone");
        assert_eq!(ogg.track.artist.as_deref(), Some("Attune"));
        assert_eq!((ogg.track.facts.bpm(), ogg.energy, ogg.valence), (Some(128.0), Some(0.8), Some(0.9)));
        assert_eq!(
            (ogg.danceability, ogg.track.facts.musical_key().map(|key| key.to_string())),
            (Some(0.7), Some("Am".into()))
        );
        assert_eq!(ogg.moods, ["happy"]);
        assert_eq!(flac.moods, ["sad", "calm"]);
        assert_eq!((flac.track.facts.bpm(), flac.energy, flac.valence), (Some(60.0), Some(0.2), None));
        assert_eq!((mp3.track.title.as_str(), m4a.track.title.as_str()), ("Tone", "Tone"));
        assert_eq!(m4a.album.as_deref(), Some("Tones"));
        for entry in [flac, m4a, mp3, ogg, opus] {
            assert!((entry.track.duration.as_secs_f32() - 4.0).abs() < 0.2, "{entry:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_music_is_listed_with_the_reason_and_the_rest_is_there() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(dir.path(), "tone.ogg", "deep/er/good.OGG");
        let whole = fs::read(copy(dir.path(), "tone.ogg", "cut.ogg")).expect("read");
        fs::write(dir.path().join("cut.ogg"), &whole[..40]).expect("written");
        fs::write(dir.path().join("empty.mp3"), []).expect("written");
        fs::write(dir.path().join("words.flac"), "these are words, not music").expect("written");
        fs::write(dir.path().join("notes.txt"), "not looked at").expect("written");
        let library = scan(dir.path());
        let below: Vec<_> = library.entries.iter().map(|entry| entry.below.clone()).collect();
        assert_eq!(below, [PathBuf::from("deep/er/good.OGG")]);
        let names: Vec<_> = library.unreadable.iter().filter_map(|it| it.file.file_name()).collect();
        assert_eq!(names, ["cut.ogg", "empty.mp3", "words.flac"]);
        assert_eq!(library.unreadable[1].reason, "is empty");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_in_a_circle_end() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(dir.path(), "tone.ogg", "a/one.ogg");
        std::os::unix::fs::symlink(dir.path(), dir.path().join("a/back")).expect("linked");
        assert_eq!(scan(dir.path()).entries.len(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(ScannedFolder::scan(Path::new("/nowhere/at/all")).is_err());
    }
}
