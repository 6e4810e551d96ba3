//! What the tags of a file say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType};
use lofty::flac::FlacFile;
use lofty::id3::v2::{FrameId, Id3v2Tag};
use lofty::iff::wav::WavFile;
use lofty::mp4::{AtomData, AtomIdent, Ilst, Mp4Codec, Mp4File};
use lofty::mpeg::MpegFile;
use lofty::ogg::VorbisFile;
use lofty::ogg::tag::VorbisComments;
use lofty::probe::Probe;
use lofty::tag::Accessor;

/// What is shorter is a sound, not a piece of music.
const SHORTEST: Duration = Duration::from_secs(3);
/// Tempi that are believed, in beats per minute.
const TEMPI: std::ops::RangeInclusive<f32> = 20.0..=400.0;
/// A title or name that is longer is cut, in characters.
const LONGEST_NAME: usize = 300;
/// Said of a file whose reader gave up in a way that it should not.
pub(super) const BEYOND: &str = "its contents are beyond what the reader understands";
/// Loudness that `ReplayGain` 2 brings every track to, in LUFS, and that of R 128 tags.
const REPLAY_GAIN_LUFS: f32 = -18.0;
const R128_LUFS: f32 = -23.0;

/// Why a file is not part of the library.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("is no file but a pipe, a socket or a device")]
    NoFile,
    #[error("is empty")]
    Empty,
    #[error("its contents are none of OGG Vorbis, FLAC, MP3, M4A (AAC), WAV")]
    Kind,
    #[error("is {0}, which cannot be played yet; convert it to OGG Vorbis, FLAC, MP3, M4A (AAC) or WAV")]
    Unsupported(&'static str),
    #[error("its tags cannot be read: {0}")]
    Damaged(String),
    #[error("is shorter than {} seconds", SHORTEST.as_secs())]
    Short,
}

/// Everything that the tags of a track say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrackTags {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub album: Option<String>,
    pub genre: Option<String>,
    /// In beats per minute.
    pub bpm: Option<f32>,
    /// E.g. "Am".
    pub key: Option<String>,
    /// Words of the MOOD tag, lower case.
    pub moods: Vec<String>,
    /// Each 0..=1.
    pub valence: Option<f32>,
    pub energy: Option<f32>,
    pub danceability: Option<f32>,
    /// Loudness in LUFS that a `ReplayGain` or R 128 tag implies.
    pub lufs: Option<f32>,
    pub lyrics: Option<String>,
    pub duration: Duration,
}

/// Reads the tags of a file; its contents decide about its kind, not its name.
///
/// # Errors
/// [`TagError`]: why it is not part of the library.
pub fn read(file: &Path) -> Result<TrackTags, TagError> {
    // What nobody thought of in a wild file must not end the thread that reads a whole library.
    let read = catch_unwind(|| read_raw(file)).unwrap_or_else(|_| Err(TagError::Damaged(BEYOND.to_owned())));
    let (tags, duration) = read?;
    if duration < SHORTEST {
        return Err(TagError::Short);
    }
    Ok(tags.understood(duration))
}

/// Tags by the upper-case names of Vorbis comments.
#[derive(Debug, Default)]
struct RawTags(BTreeMap<String, String>);

impl RawTags {
    fn put(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.entry(key.to_owned()).or_insert_with(|| value.to_owned());
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        let value = self.0.get(key)?.trim();
        (!value.is_empty()).then(|| value.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect())
    }

    /// "−7.2 dB" and "120 BPM" are numbers, too.
    fn number(&self, key: &str) -> Option<f32> {
        let text = self.text(key)?.replace('−', "-").replace(',', ".");
        text.split_whitespace().next()?.parse::<f32>().ok().filter(|value| value.is_finite())
    }

    fn share(&self, key: &str) -> Option<f32> {
        self.number(key).filter(|value| (0.0..=1.0).contains(value))
    }

    fn understood(&self, duration: Duration) -> TrackTags {
        let gain = self.number("REPLAYGAIN_TRACK_GAIN").map(|gain| REPLAY_GAIN_LUFS - gain);
        // A gain of R 128 is a whole number of 1/256 dB.
        let r128 = self.number("R128_TRACK_GAIN").map(|gain| R128_LUFS - gain / 256.0);
        let lyrics = ["LYRICS", "UNSYNCEDLYRICS", "SYNCEDLYRICS"];
        TrackTags {
            title: self.text("TITLE"),
            artist: self.text("ARTIST"),
            album: self.text("ALBUM"),
            genre: self.text("GENRE"),
            bpm: self.number("BPM").filter(|bpm| TEMPI.contains(bpm)),
            key: self.text("INITIALKEY").or_else(|| self.text("KEY")),
            moods: self.text("MOOD").map_or_else(Vec::new, |moods| words(&moods)),
            valence: self.share("VALENCE"),
            energy: self.share("ENERGY"),
            danceability: self.share("DANCEABILITY"),
            lufs: gain.or(r128).filter(|lufs| (-70.0..=5.0).contains(lufs)),
            lyrics: lyrics.iter().find_map(|key| self.0.get(*key)).cloned(),
            duration,
        }
    }
}

/// The single words of a tag that may list several.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Only the concrete readers keep fields that are nobody's standard, such as ENERGY.
fn read_raw(file: &Path) -> Result<(RawTags, Duration), TagError> {
    let metadata = std::fs::metadata(file)?;
    if metadata.is_dir() {
        // Folders come here when they cannot be listed.
        std::fs::read_dir(file)?;
        return Err(TagError::Open(std::io::ErrorKind::IsADirectory.into()));
    }
    // A pipe would be waited for, perhaps for ever.
    if !metadata.is_file() {
        return Err(TagError::NoFile);
    }
    let reader = BufReader::new(File::open(file)?);
    if metadata.len() == 0 {
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
        Some(FileType::Mp4) => {
            let file = Mp4File::read_from(&mut reader, options).map_err(|error| damaged(&error))?;
            match file.properties().codec() {
                Some(Mp4Codec::AAC) => Ok((atoms(file.ilst()), file.properties().duration())),
                Some(Mp4Codec::ALAC) => Err(TagError::Unsupported("Apple Lossless (ALAC)")),
                _ => Err(TagError::Unsupported("an MP4 file without AAC sound")),
            }
        }
        Some(FileType::Opus) => Err(TagError::Unsupported("Opus")),
        Some(FileType::Aac) => Err(TagError::Unsupported("bare AAC (ADTS)")),
        Some(FileType::Speex) => Err(TagError::Unsupported("Speex")),
        Some(FileType::Aiff) => Err(TagError::Unsupported("AIFF")),
        Some(FileType::Ape) => Err(TagError::Unsupported("Monkey's Audio")),
        Some(FileType::WavPack) => Err(TagError::Unsupported("WavPack")),
        _ => Err(TagError::Kind),
    }
}

fn comments(tag: Option<&VorbisComments>) -> RawTags {
    tag.map_or_else(RawTags::default, |tag| {
        RawTags(tag.items().map(|(key, value)| (key.to_uppercase(), value.to_owned())).collect())
    })
}

/// Names of free fields, the same in `ID3v2` and MP4.
const FREE: [&str; 11] = [
    "BPM",
    "MOOD",
    "INITIALKEY",
    "KEY",
    "ENERGY",
    "VALENCE",
    "DANCEABILITY",
    "LYRICS",
    "UNSYNCEDLYRICS",
    "REPLAYGAIN_TRACK_GAIN",
    "R128_TRACK_GAIN",
];

fn frames(tag: Option<&Id3v2Tag>) -> RawTags {
    let Some(tag) = tag else { return RawTags::default() };
    let mut raw = RawTags::default();
    raw.put("TITLE", tag.title().as_deref());
    raw.put("ARTIST", tag.artist().as_deref());
    raw.put("ALBUM", tag.album().as_deref());
    raw.put("GENRE", tag.genre().as_deref());
    for (key, frame) in [("BPM", "TBPM"), ("INITIALKEY", "TKEY"), ("MOOD", "TMOO")] {
        raw.put(key, tag.get_text(&FrameId::Valid(frame.into())));
    }
    for key in FREE {
        // Writers do not agree about upper and lower case.
        raw.put(key, tag.get_user_text(key).or_else(|| tag.get_user_text(&key.to_lowercase())));
    }
    raw.put("LYRICS", tag.unsync_text().next().map(|frame| &*frame.content));
    raw
}

fn atoms(tag: Option<&Ilst>) -> RawTags {
    let Some(tag) = tag else { return RawTags::default() };
    let mut raw = RawTags::default();
    raw.put("TITLE", tag.title().as_deref());
    raw.put("ARTIST", tag.artist().as_deref());
    raw.put("ALBUM", tag.album().as_deref());
    raw.put("GENRE", tag.genre().as_deref());
    let said = |ident: &AtomIdent<'_>| {
        tag.get(ident).and_then(|atom| atom.data().next()).and_then(|data| match data {
            AtomData::UTF8(text) | AtomData::UTF16(text) => Some(text.clone()),
            AtomData::SignedInteger(number) => Some(number.to_string()),
            AtomData::UnsignedInteger(number) => Some(number.to_string()),
            _ => None,
        })
    };
    raw.put("LYRICS", said(&AtomIdent::Fourcc(*b"\xa9lyr")).as_deref());
    raw.put("BPM", said(&AtomIdent::Fourcc(*b"tmpo")).filter(|bpm| bpm != "0").as_deref());
    for key in FREE {
        for name in [key.to_owned(), key.to_lowercase()] {
            let ident = AtomIdent::Freeform { mean: "com.apple.iTunes".into(), name: name.into() };
            raw.put(key, said(&ident).as_deref());
        }
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(pairs: &[(&str, &str)]) -> TrackTags {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        RawTags(pairs.collect()).understood(Duration::from_mins(1))
    }

    #[test]
    fn numbers_are_understood_as_people_write_them() {
        let tagged = raw(&[
            ("BPM", "128 BPM"),
            ("ENERGY", "0,8"),
            ("VALENCE", "7"),
            ("REPLAYGAIN_TRACK_GAIN", "-7.30 dB"),
        ]);
        assert_eq!((tagged.bpm, tagged.energy, tagged.valence), (Some(128.0), Some(0.8), None));
        assert!((tagged.lufs.expect("a loudness") + 10.7).abs() < 1e-3);
        assert!((raw(&[("R128_TRACK_GAIN", "-1280")]).lufs.expect("a loudness") + 18.0).abs() < 1e-3);
        assert_eq!(raw(&[("BPM", "fast"), ("REPLAYGAIN_TRACK_GAIN", "900 dB")]), raw(&[]));
    }

    #[test]
    fn names_are_kept_short_and_on_one_line() {
        let title = raw(&[("TITLE", &format!("a\n{}", "b".repeat(9_000)))]).title.expect("a title");
        assert_eq!(title.chars().count(), LONGEST_NAME);
        assert!(!title.contains('\n'));
    }
}
