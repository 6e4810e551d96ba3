//! What the tags of a file say.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use lofty::aac::AacFile;
use lofty::config::{GlobalOptions, ParseOptions, apply_global_options};
use lofty::file::{AudioFile, FileType};
use lofty::flac::FlacFile;
use lofty::iff::aiff::AiffFile;
use lofty::iff::wav::WavFile;
use lofty::mp4::Mp4File;
use lofty::mpeg::MpegFile;
use lofty::ogg::{OpusFile, VorbisFile};
use lofty::probe::Probe;

use super::container_tags::{caf_tags, matroska_tags};
use super::raw_tags::RawTags;
use super::spoken_word::spoken_word;
use super::tag_formats::{
    of_aiff_text, of_ape, of_id3v1, of_id3v2, of_mp4, of_pairs, of_riff_info, of_vorbis_comments,
};
use super::track_tags::TrackTags;
use crate::music::cue_track::{CueError, CueTrack};
use crate::music::sound_file::{SoundFile, SoundFileError};
use crate::music::sound_formats::{is_ogg_of, playable_formats, unplayable_format};
use crate::music::units::Lufs;

/// What is shorter is a sound, not a piece of music.
const SHORTEST: Duration = Duration::from_secs(3);
/// What never exceeds this amplitude (−60 dBFS) is silent.
const INAUDIBLE: f32 = 0.001;
/// The largest single tag that is read, in bytes: covers of 20 MB grow by a third where they are written as text.
const LARGEST_TAG: usize = 64 * 1024 * 1024;
/// The number of bytes that tell the format of a file.
const MAGIC: u64 = 36;
/// How files begin whose tags lofty does not read: CAF and Matroska, which `WebM` is, too. FLAC in Ogg is another one.
const CONTAINERS: [&[u8; 4]; 2] = [b"caff", b"\x1A\x45\xDF\xA3"];
/// A sheet within a file is of an album if it has more tracks than this.
const SINGLE_TRACK: usize = 1;
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
    #[error("its contents are not music that can be played: {}", playable_formats())]
    Kind,
    #[error("is {0}, which cannot be played yet; convert it to one of these: {formats}", formats = playable_formats())]
    Unsupported(&'static str),
    #[error("its tags cannot be read: {0}")]
    Damaged(String),
    #[error("{0}")]
    Undecodable(String),
    /// Its tracks take its place.
    #[error("holds an album, with a CUE sheet of its tracks")]
    Album,
    #[error(transparent)]
    Cue(#[from] CueError),
    #[error("is shorter than {} seconds", SHORTEST.as_secs())]
    Short,
    #[error("is silent from its beginning to its end")]
    Silent,
}

/// Reads the tags of a file; its contents decide about its kind, not its name. Of a track of a CUE sheet it is what the
/// sheet says, then what the tags of its file say.
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
    let mut tags = tags.interpret(duration);
    tags.spoken = spoken_word(file, &tags.genres);
    Ok(tags)
}

/// Tags and length; silence is refused.
fn read_raw(path: &Path) -> Result<(RawTags, Duration), TagError> {
    let raw = read_track(path)?;
    let duration = length(path)?;
    if duration >= SHORTEST && is_silent(path) {
        return Err(TagError::Silent);
    }
    Ok((raw, duration))
}

/// The tags of a track: of its file, or of its part of a CUE sheet with what the file says of the whole album.
fn read_track(path: &Path) -> Result<RawTags, TagError> {
    let Some(cue) = CueTrack::find(path)? else {
        let raw = read_file(path)?;
        return if raw.cue_tracks() > SINGLE_TRACK { Err(TagError::Album) } else { Ok(raw) };
    };
    let mut raw = RawTags::default();
    cue.tags.iter().for_each(|(key, value)| raw.push(key, value));
    raw.fill_from(read_file(&cue.file)?.of_album());
    Ok(raw)
}

/// The tags of a file.
fn read_file(path: &Path) -> Result<RawTags, TagError> {
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
    let mut reader = BufReader::new(File::open(path)?);
    if metadata.len() == 0 {
        return Err(TagError::Empty);
    }
    let mut begin = Vec::new();
    reader.by_ref().take(MAGIC).read_to_end(&mut begin)?;
    if let Some(name) = unplayable_format(&begin) {
        return Err(TagError::Unsupported(name));
    }
    if is_ogg_of(&begin, b"\x7FFLAC") || CONTAINERS.iter().any(|magic| begin.starts_with(magic.as_slice())) {
        // A reader that looks for MPEG frames would find some in their sound.
        return container_tags(path);
    }
    apply_global_options(GlobalOptions::new().allocation_limit(LARGEST_TAG));
    reader.rewind()?;
    let probe = Probe::new(reader).guess_file_type()?;
    let kind = probe.file_type();
    let mut reader = probe.into_inner();
    let options = ParseOptions::new().read_cover_art(false).read_properties(false);
    // A file whose tags are damaged, or whose sizes are those of a pipe, is music as far as it can be decoded.
    let parsed = catch_unwind(AssertUnwindSafe(|| parse_tags(kind, &mut reader, options)));
    match parsed.unwrap_or_else(|_| Some(Err(BEYOND.to_owned()))) {
        Some(Ok(raw)) => Ok(raw),
        Some(Err(reason)) => match SoundFile::open(path) {
            Ok(_) if length(path).is_ok_and(|length| length >= SHORTEST) => container_tags(path),
            _ => Err(TagError::Damaged(reason)),
        },
        None => container_tags(path),
    }
}

/// Tags as lofty reads them, or why it cannot; `None` for a kind that it does not know.
fn parse_tags(
    kind: Option<FileType>,
    reader: &mut BufReader<File>,
    options: ParseOptions,
) -> Option<Result<RawTags, String>> {
    // Each reader has an error of its own.
    macro_rules! tags_of {
        ($reader:ty, $tags:expr) => {
            <$reader>::read_from(reader, options).map($tags).map_err(|error| error.to_string())
        };
    }
    Some(match kind? {
        FileType::Vorbis => {
            tags_of!(VorbisFile, |file: VorbisFile| of_vorbis_comments(Some(file.vorbis_comments())))
        }
        FileType::Opus => {
            tags_of!(OpusFile, |file: OpusFile| of_vorbis_comments(Some(file.vorbis_comments())))
        }
        FileType::Flac => tags_of!(FlacFile, |file: FlacFile| {
            of_vorbis_comments(file.vorbis_comments()).filled_from(of_id3v2(file.id3v2()))
        }),
        FileType::Mpeg => tags_of!(MpegFile, |file: MpegFile| {
            let tags = of_id3v2(file.id3v2());
            tags.filled_from(of_ape(file.ape())).filled_from(of_id3v1(file.id3v1()))
        }),
        FileType::Aac => {
            tags_of!(AacFile, |file: AacFile| { of_id3v2(file.id3v2()).filled_from(of_id3v1(file.id3v1())) })
        }
        FileType::Wav => tags_of!(WavFile, |file: WavFile| {
            of_id3v2(file.id3v2()).filled_from(of_riff_info(file.riff_info()))
        }),
        FileType::Aiff => tags_of!(AiffFile, |file: AiffFile| {
            of_id3v2(file.id3v2()).filled_from(of_aiff_text(file.text_chunks()))
        }),
        FileType::Mp4 => tags_of!(Mp4File, |file: Mp4File| of_mp4(file.ilst())),
        _ => return None,
    })
}

/// The tags that the decoder finds, of containers that lofty does not know.
fn container_tags(path: &Path) -> Result<RawTags, TagError> {
    let mut sound = SoundFile::open(path).map_err(|error| match error {
        SoundFileError::Open(error) => TagError::Open(error),
        _ => TagError::Kind,
    })?;
    let tags = of_pairs(&sound.take_tags());
    Ok(tags.filled_from(of_pairs(&matroska_tags(path))).filled_from(of_pairs(&caf_tags(path))))
}

/// The length of a track: as its header says, else as far as it can be decoded. Recorders that write into a pipe leave it
/// out, and a copy may break off.
fn length(path: &Path) -> Result<Duration, TagError> {
    let file = SoundFile::open(path).map_err(|error| match error {
        SoundFileError::Open(error) => TagError::Open(error),
        SoundFileError::Cue(error) => TagError::Cue(error),
        error => TagError::Undecodable(error.to_string()),
    })?;
    let rate = file.rate();
    let frames = file.length().unwrap_or_else(|| file.count_frames());
    Ok(Duration::from_secs_f64(frames as f64 / f64::from(rate)))
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

/// Why a track that is spoken word is left out, by what tells it.
#[must_use]
pub fn spoken_reason(sign: &str) -> String {
    format!("is spoken word ({sign}), and only music is played; library.include_spoken_word plays it too")
}

/// The loudness that the tags of a track imply; `None` without such a tag, or if they cannot be read. The sound is not
/// looked at, so that a deck that decodes the file does not wait for it to be decoded twice.
#[must_use]
pub fn tagged_loudness(path: &Path) -> Option<Lufs> {
    let raw = catch_unwind(|| read_track(path)).ok()?.ok()?;
    raw.interpret(Duration::ZERO).lufs
}
