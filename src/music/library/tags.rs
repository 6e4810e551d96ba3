//! What the tags of a file say.

use std::fs::File;
use std::io::BufReader;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType};
use lofty::flac::FlacFile;
use lofty::iff::wav::WavFile;
use lofty::mp4::{Mp4Codec, Mp4File};
use lofty::mpeg::MpegFile;
use lofty::ogg::VorbisFile;
use lofty::probe::Probe;

use super::raw_tags::RawTags;
use super::tag_formats::{of_ape, of_id3v1, of_id3v2, of_mp4, of_riff_info, of_vorbis_comments};
use super::track_tags::TrackTags;
use crate::music::sound_file::SoundFile;
use crate::music::units::Lufs;

/// What is shorter is a sound, not a piece of music.
const SHORTEST: Duration = Duration::from_secs(3);
/// What never exceeds this amplitude (−60 dBFS) is silent.
const INAUDIBLE: f32 = 0.001;
/// Genres of spoken word as they are tagged in the languages that taggers and shops use, in lower case.
const SPOKEN_GENRES: [&str; 22] = [
    "audiobook",
    "audio book",
    "audio-book",
    "spoken",
    "speech",
    "podcast",
    "radio drama",
    "radio play",
    "hörbuch",
    "hoerbuch",
    "hörspiel",
    "hoerspiel",
    "livre audio",
    "livre-audio",
    "audiolibro",
    "audiolivro",
    "luisterboek",
    "ljudbok",
    "lydbog",
    "äänikirja",
    "аудиокниг",
    "有声书",
];
/// The reason for a file on which a reader panicked.
pub(super) const BEYOND: &str = "its contents are beyond what the reader understands";

/// Why a file is not part of the library.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    #[error("cannot be opened: {0}")]
    Open(#[from] std::io::Error),
    #[error("is no file but a pipe, a socket or a device")]
    NoFile,
    #[error("is empty")]
    Empty,
    #[error("its contents are not OGG Vorbis, FLAC, MP3, M4A (AAC) or WAV")]
    Kind,
    #[error("is {0}, which cannot be played yet; convert it to OGG Vorbis, FLAC, MP3, M4A (AAC) or WAV")]
    Unsupported(&'static str),
    #[error("its tags cannot be read: {0}")]
    Damaged(String),
    /// Only decoding could tell its length.
    #[error("its header does not say how long it is, and it {0}")]
    Undecodable(String),
    #[error("is shorter than {} seconds", SHORTEST.as_secs())]
    Short,
    #[error("is silent from its beginning to its end")]
    Silent,
    #[error("is spoken word ({0}), and only music is played")]
    Spoken(String),
}

/// Reads the tags of a file; its contents decide about its kind, not its name.
///
/// # Errors
/// [`TagError`]: why it is not part of the library.
pub fn read(file: &Path) -> Result<TrackTags, TagError> {
    // A panic of a tag reader on a damaged file must not end the thread.
    let read = catch_unwind(|| read_raw(file)).unwrap_or_else(|_| Err(TagError::Damaged(BEYOND.to_owned())));
    let (tags, duration) = read?;
    if duration < SHORTEST {
        return Err(TagError::Short);
    }
    let tags = tags.interpret(duration);
    match spoken_word(file, &tags.genres) {
        Some(sign) => Err(TagError::Spoken(sign)),
        None => Ok(tags),
    }
}

/// What a file says about itself, without a look at its sound.
struct FileHeader {
    tags: RawTags,
    /// By the header; zero if it does not know.
    duration: Duration,
    /// Whether the file can be as long as its header claims.
    is_plausible: bool,
}

/// Tags and length. A length that a header does not know, or that is longer than the file can be, is counted by
/// decoding: recorders that write into a pipe leave it out, and a copy may break off.
fn read_raw(path: &Path) -> Result<(RawTags, Duration), TagError> {
    let header = match read_header(path) {
        // A file whose tags are damaged, or whose sizes are those of a pipe, is music as far as it can be decoded.
        Err(TagError::Damaged(reason)) => match decoded_length(path) {
            Ok(duration) if duration >= SHORTEST => {
                FileHeader { tags: RawTags::default(), duration, is_plausible: true }
            }
            _ => return Err(TagError::Damaged(reason)),
        },
        read => read?,
    };
    let is_known = !header.duration.is_zero() && header.is_plausible;
    let duration = if is_known { header.duration } else { decoded_length(path)? };
    if duration >= SHORTEST && is_silent(path) {
        return Err(TagError::Silent);
    }
    Ok((header.tags, duration))
}

/// Reads tags and length by the header; nothing is decoded.
fn read_header(path: &Path) -> Result<FileHeader, TagError> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        // Folders come here when they cannot be listed.
        std::fs::read_dir(path)?;
        return Err(TagError::Open(std::io::ErrorKind::IsADirectory.into()));
    }
    // A pipe would be waited for, perhaps for ever.
    if !metadata.is_file() {
        return Err(TagError::NoFile);
    }
    let reader = BufReader::new(File::open(path)?);
    if metadata.len() == 0 {
        return Err(TagError::Empty);
    }
    let probe = Probe::new(reader).guess_file_type()?;
    let kind = probe.file_type();
    let mut reader = probe.into_inner();
    let options = ParseOptions::new().read_cover_art(false);
    let (tags, duration, bitrate) = parse_tags(kind, &mut reader, options)?;
    // A bit rate in kbit/s and a length make a size in bytes; a header that claims more than there is knows nothing.
    let claimed = bitrate.map_or(0.0, |kbits| f64::from(kbits) * 125.0 * duration.as_secs_f64());
    Ok(FileHeader { tags, duration, is_plausible: claimed <= 1.1 * metadata.len() as f64 })
}

/// Tags, length and bit rate in kbit/s, as lofty reads them.
fn parse_tags(
    kind: Option<FileType>,
    reader: &mut BufReader<File>,
    options: ParseOptions,
) -> Result<(RawTags, Duration, Option<u32>), TagError> {
    let damaged = |error: &dyn std::fmt::Display| TagError::Damaged(error.to_string());
    Ok(match kind {
        Some(FileType::Vorbis) => {
            let file = VorbisFile::read_from(reader, options).map_err(|error| damaged(&error))?;
            (of_vorbis_comments(Some(file.vorbis_comments())), file.properties().duration(), None)
        }
        Some(FileType::Flac) => {
            let file = FlacFile::read_from(reader, options).map_err(|error| damaged(&error))?;
            let mut raw = of_vorbis_comments(file.vorbis_comments());
            raw.fill_from(of_id3v2(file.id3v2()));
            (raw, file.properties().duration(), None)
        }
        Some(FileType::Mpeg) => {
            let file = MpegFile::read_from(reader, options).map_err(|error| damaged(&error))?;
            let mut raw = of_id3v2(file.id3v2());
            raw.fill_from(of_ape(file.ape()));
            raw.fill_from(of_id3v1(file.id3v1()));
            (raw, file.properties().duration(), None)
        }
        Some(FileType::Wav) => {
            let file = WavFile::read_from(reader, options).map_err(|error| damaged(&error))?;
            let mut raw = of_id3v2(file.id3v2());
            raw.fill_from(of_riff_info(file.riff_info()));
            let properties = file.properties();
            (raw, properties.duration(), Some(properties.bitrate()))
        }
        Some(FileType::Mp4) => {
            let file = Mp4File::read_from(reader, options).map_err(|error| damaged(&error))?;
            match file.properties().codec() {
                Some(Mp4Codec::AAC) => (of_mp4(file.ilst()), file.properties().duration(), None),
                Some(Mp4Codec::ALAC) => return Err(TagError::Unsupported("Apple Lossless (ALAC)")),
                _ => return Err(TagError::Unsupported("an MP4 file without AAC sound")),
            }
        }
        Some(FileType::Opus) => return Err(TagError::Unsupported("Opus")),
        Some(FileType::Aac) => return Err(TagError::Unsupported("bare AAC (ADTS)")),
        Some(FileType::Speex) => return Err(TagError::Unsupported("Speex")),
        Some(FileType::Aiff) => return Err(TagError::Unsupported("AIFF")),
        Some(FileType::Ape) => return Err(TagError::Unsupported("Monkey's Audio")),
        Some(FileType::WavPack) => return Err(TagError::Unsupported("WavPack")),
        _ => return Err(TagError::Kind),
    })
}

/// What tells that a file is an audiobook, a podcast or a radio play, if it is one.
fn spoken_word(file: &Path, genres: &[String]) -> Option<String> {
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("m4b")) {
        return Some("an audiobook, by its ending .m4b".to_owned());
    }
    let genre = genres.iter().find(|genre| {
        let genre = genre.to_lowercase();
        SPOKEN_GENRES.iter().any(|spoken| genre.contains(spoken))
    })?;
    Some(format!("genre {genre}"))
}

/// Whether a file is silent. Decoding stops at the first audible sample, so only silence is decoded to its end.
fn is_silent(path: &Path) -> bool {
    let Ok(mut file) = SoundFile::open(path) else { return false };
    let mut packets = 0;
    while let Some(packet) = file.next() {
        packets += 1;
        if packet.samples.iter().any(|sample| sample.abs() > INAUDIBLE) {
            return false;
        }
    }
    // A file of which nothing can be decoded is another matter.
    packets > 0
}

/// The length of what can be decoded of a file.
fn decoded_length(path: &Path) -> Result<Duration, TagError> {
    let file = SoundFile::open(path).map_err(|error| TagError::Undecodable(error.to_string()))?;
    let rate = file.rate();
    Ok(Duration::from_secs_f64(file.count_frames() as f64 / f64::from(rate)))
}

/// The loudness that the tags of a file imply; `None` without such a tag, or if they cannot be read. Only the header is
/// read, so that a deck that decodes the file does not wait for it to be decoded twice.
#[must_use]
pub fn tagged_loudness(file: &Path) -> Option<Lufs> {
    let header = catch_unwind(|| read_header(file)).ok()?.ok()?;
    header.tags.interpret(header.duration).lufs
}
