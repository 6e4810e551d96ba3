//! A folder of music: which files are in it and what their tags say.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType};
use lofty::flac::FlacFile;
use lofty::id3::v2::{FrameId, Id3v2Tag};
use lofty::iff::wav::WavFile;
use lofty::mpeg::MpegFile;
use lofty::ogg::VorbisFile;
use lofty::ogg::tag::VorbisComments;
use lofty::probe::Probe;
use lofty::tag::Accessor;

use super::Track;

/// Folders deeper than this are not looked into.
const DEEPEST: usize = 16;
/// What is shorter is a sound, not a piece of music.
const SHORTEST: Duration = Duration::from_secs(3);

/// A track of the library with everything that choosing looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub track: Track,
    pub album: Option<String>,
    pub genre: Option<String>,
    /// Path below the music folder.
    pub below: PathBuf,
    /// Words of the MOOD tag, lower case.
    pub moods: Vec<String>,
    /// Musical key as its tag says it, e.g. "Am".
    pub key: Option<String>,
    /// 0 dark ..= 1 bright: what a person set, else the tags, else an estimate.
    pub valence: Option<f32>,
    /// 0 quiet ..= 1 loud and dense: what a person set, else the tags, else what was measured.
    pub energy: Option<f32>,
    /// 0..=1: what a person set, else the tags, else what was measured.
    pub danceability: Option<f32>,
}

/// A file that looks like music and cannot be used, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub file: PathBuf,
    pub reason: String,
}

/// What a folder holds, in the order of its paths.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Library {
    pub entries: Vec<Entry>,
    pub unreadable: Vec<Unreadable>,
}

/// Why a file is not part of the library.
#[derive(Debug, thiserror::Error)]
enum TagError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("is empty")]
    Empty,
    #[error("its contents are none of OGG Vorbis, FLAC, MP3, WAV")]
    Kind,
    #[error("its tags cannot be read: {0}")]
    Damaged(String),
    #[error("is shorter than {} seconds", SHORTEST.as_secs())]
    Short,
}

impl Library {
    /// Looks into a folder and all folders below it. `found` hears of each track as it is found.
    ///
    /// # Errors
    /// If the folder itself cannot be read. What is wrong with a single file is in the library.
    pub fn scan(folder: &Path, mut found: impl FnMut(&Entry)) -> std::io::Result<Self> {
        let mut library = Self::default();
        for file in music_files(folder)? {
            match read_entry(&file, folder) {
                Ok(entry) => {
                    found(&entry);
                    library.entries.push(entry);
                }
                Err(error) => library.unreadable.push(Unreadable { file, reason: error.to_string() }),
            }
        }
        Ok(library)
    }
}

/// Every file with the extension of music, sorted. Links that lead in circles end where they began.
fn music_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut seen = vec![folder.canonicalize()?];
    let mut open = vec![(folder.to_owned(), 0)];
    // Only the folder itself must be readable; one below it that is not is left out.
    fs::read_dir(folder)?;
    while let Some((folder, depth)) = open.pop() {
        let Ok(listing) = fs::read_dir(&folder) else {
            bevy::log::warn!("{}: this folder cannot be read and is left out", folder.display());
            continue;
        };
        for path in listing.filter_map(Result::ok).map(|item| item.path()) {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.is_dir() {
                let Ok(real) = path.canonicalize() else { continue };
                if depth < DEEPEST && !seen.contains(&real) {
                    seen.push(real);
                    open.push((path, depth + 1));
                }
            } else if is_music(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_music(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
        ["ogg", "oga", "flac", "mp3", "wav"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn read_entry(file: &Path, folder: &Path) -> Result<Entry, TagError> {
    let (tags, duration) = read_tags(file)?;
    if duration < SHORTEST {
        return Err(TagError::Short);
    }
    let text =
        |key: &str| tags.get(key).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let number = |key: &str| text(key)?.parse::<f32>().ok().filter(|value| value.is_finite());
    let share = |key: &str| number(key).filter(|value| (0.0..=1.0).contains(value));
    let stem = || file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(Entry {
        track: Track {
            path: file.to_owned(),
            title: text("TITLE").unwrap_or_else(stem),
            artist: text("ARTIST"),
            bpm: number("BPM").filter(|bpm| (20.0..=400.0).contains(bpm)),
            duration,
            sound: None,
        },
        album: text("ALBUM"),
        genre: text("GENRE"),
        below: file.strip_prefix(folder).unwrap_or(file).to_owned(),
        moods: text("MOOD").map_or_else(Vec::new, |moods| words(&moods)),
        key: text("INITIALKEY").or_else(|| text("KEY")),
        valence: share("VALENCE"),
        energy: share("ENERGY"),
        danceability: share("DANCEABILITY"),
    })
}

/// The single words of a tag that may list several.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Tags by the upper-case names of Vorbis comments.
type Tags = BTreeMap<String, String>;

/// Only the concrete readers keep fields that are nobody's standard, such as ENERGY.
fn read_tags(file: &Path) -> Result<(Tags, Duration), TagError> {
    let reader = BufReader::new(File::open(file)?);
    if reader.get_ref().metadata()?.len() == 0 {
        return Err(TagError::Empty);
    }
    let probe = Probe::new(reader).guess_file_type()?;
    let kind = probe.file_type();
    let mut reader = probe.into_inner();
    let options = ParseOptions::new().read_cover_art(false);
    let damaged = |error: &dyn std::fmt::Display| TagError::Damaged(error.to_string());
    match kind {
        Some(FileType::Vorbis) => {
            let file = VorbisFile::read_from(&mut reader, options).map_err(|error| damaged(&error))?;
            Ok((comments(Some(file.vorbis_comments())), file.properties().duration()))
        }
        Some(FileType::Flac) => {
            let file = FlacFile::read_from(&mut reader, options).map_err(|error| damaged(&error))?;
            Ok((comments(file.vorbis_comments()), file.properties().duration()))
        }
        Some(FileType::Mpeg) => {
            let file = MpegFile::read_from(&mut reader, options).map_err(|error| damaged(&error))?;
            Ok((frames(file.id3v2()), file.properties().duration()))
        }
        Some(FileType::Wav) => {
            let file = WavFile::read_from(&mut reader, options).map_err(|error| damaged(&error))?;
            Ok((frames(file.id3v2()), file.properties().duration()))
        }
        _ => Err(TagError::Kind),
    }
}

fn comments(tag: Option<&VorbisComments>) -> Tags {
    tag.map_or_else(Tags::new, |tag| {
        tag.items().map(|(key, value)| (key.to_uppercase(), value.to_owned())).collect()
    })
}

fn frames(tag: Option<&Id3v2Tag>) -> Tags {
    let Some(tag) = tag else { return Tags::new() };
    let mut tags = Tags::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            tags.insert(key.to_owned(), value.to_owned());
        }
    };
    put("TITLE", tag.title().as_deref());
    put("ARTIST", tag.artist().as_deref());
    for (key, frame) in [("BPM", "TBPM"), ("INITIALKEY", "TKEY"), ("MOOD", "TMOO")] {
        put(key, tag.get_text(&FrameId::Valid(frame.into())));
    }
    for key in ["BPM", "MOOD", "INITIALKEY", "ENERGY", "VALENCE", "DANCEABILITY"] {
        put(key, tag.get_user_text(key));
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music");

    fn scan(folder: &Path) -> Library {
        Library::scan(folder, |_| {}).expect("the folder can be read")
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
        let [flac, mp3, ogg] = library.entries.as_slice() else { panic!("{:?}", library.entries) };
        assert_eq!(ogg.track.title, "Tone");
        assert_eq!(ogg.track.artist.as_deref(), Some("Attune"));
        assert_eq!((ogg.track.bpm, ogg.energy, ogg.valence), (Some(128.0), Some(0.8), Some(0.9)));
        assert_eq!((ogg.danceability, ogg.key.as_deref()), (Some(0.7), Some("Am")));
        assert_eq!(ogg.moods, ["happy"]);
        assert_eq!(flac.moods, ["sad", "calm"]);
        assert_eq!((flac.track.bpm, flac.energy, flac.valence), (Some(60.0), Some(0.2), None));
        assert_eq!(mp3.track.title, "Tone");
        for entry in [flac, mp3, ogg] {
            assert!((entry.track.duration.as_secs_f32() - 4.0).abs() < 0.1, "{entry:?}");
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
        assert!(Library::scan(Path::new("/nowhere/at/all"), |_| {}).is_err());
    }
}
