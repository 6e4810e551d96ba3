//! Tracks that are a range of a longer file.
//!
//! A track of a sheet is known by a path of its own: that of the sheet with the number of the track below it, as in
//! `album.cue/03`. No file can lie there, since the sheet is no folder. Library, taste, lists and mixer thus handle it as
//! any other track, and only opening, tags and hash ask here what it means. The same holds for a sheet within a FLAC file
//! (`album.flac/03`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cue_sheet::{CueSheet, CueSheetError, FRAMES_PER_SECOND, LARGEST_SHEET, SheetTrack};
use super::file_finder::{FileFinder, same_letters};
use super::sound_formats::has_music_ending;

/// Why a sheet gives no track.
#[derive(Debug, thiserror::Error)]
pub enum CueError {
    #[error("cannot be opened: {0}")]
    Open(#[from] io::Error),
    #[error("is larger than 1 MB, and so no CUE sheet")]
    Large,
    #[error("its CUE sheet cannot be read: {0}; the file that it describes plays as one track")]
    Sheet(#[from] CueSheetError),
    #[error("its CUE sheet names the file {0}, which is not beside it")]
    Missing(String),
    #[error("its CUE sheet has no track {0}")]
    NoTrack(u8),
    #[error("its CUE sheet lets a track begin at {seconds} s, and {} is shorter", .file.display())]
    BeyondTheEnd { file: PathBuf, seconds: u64 },
}

/// A track of a CUE sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CueTrack {
    /// The file with the sound.
    pub(super) file: PathBuf,
    /// In frames of a compact disc, [`CueTrack::FRAMES_PER_SECOND`].
    pub(super) start: u32,
    /// `None` at the end of the file.
    pub(super) end: Option<u32>,
    /// Tags by the upper-case names of Vorbis comments.
    pub(super) tags: Vec<(&'static str, String)>,
}

impl CueTrack {
    /// Frames of a compact disc in a second.
    pub(super) const FRAMES_PER_SECOND: u32 = FRAMES_PER_SECOND;

    /// The track that a path means; `None` if it is the path of a file.
    ///
    /// # Errors
    /// [`CueError`].
    pub(super) fn find(path: &Path) -> Result<Option<Self>, CueError> {
        let Some((sheet, number)) = parts(path) else { return Ok(None) };
        let sheet = read_sheet(sheet)?;
        let track = sheet.tracks.into_iter().find(|(track, _)| *track == number);
        track.map(|(_, track)| Some(track)).ok_or(CueError::NoTrack(number))
    }
}

/// The sheet and the number, if the path is that of a track of a sheet.
fn parts(path: &Path) -> Option<(&Path, u8)> {
    let name = path.file_name()?.to_str()?;
    let number = (name.len() == 2).then(|| name.parse::<u8>().ok()).flatten()?;
    let sheet = path.parent()?;
    (is_sheet(sheet) || is_flac(sheet)).then_some((sheet, number)).filter(|_| sheet.is_file())
}

/// The file that holds a track: the sheet, if it is a track of one, else the file itself.
#[must_use]
pub(super) fn holder(path: &Path) -> &Path {
    parts(path).map_or(path, |(sheet, _)| sheet)
}

/// The file that holds the sound of a track, and bytes that tell its range from others; none for a file that is a track.
///
/// # Errors
/// [`CueError`].
pub(super) fn sound_of(path: &Path) -> Result<(PathBuf, Vec<u8>), CueError> {
    let Some(CueTrack { file, start, end, .. }) = CueTrack::find(path)? else {
        return Ok((path.to_owned(), Vec::new()));
    };
    let end = end.unwrap_or(u32::MAX);
    Ok((file, [start.to_le_bytes(), end.to_le_bytes()].concat()))
}

/// Whether a file is a CUE sheet by its ending.
#[must_use]
pub(super) fn is_sheet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("cue"))
}

fn is_flac(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("flac"))
}

/// The path by which a track of a sheet is known.
#[must_use]
pub(super) fn path_of_track(sheet: &Path, number: u8) -> PathBuf {
    sheet.join(format!("{number:02}"))
}

/// A sheet with its files found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FoundSheet {
    pub(super) tracks: Vec<(u8, CueTrack)>,
}

/// Reads a sheet, from a file of its own or from within a FLAC file.
///
/// # Errors
/// [`CueError`].
pub(super) fn read_sheet(file: &Path) -> Result<FoundSheet, CueError> {
    if is_flac(file) {
        let text = embedded_sheet(file).ok_or_else(|| CueError::Missing("CUESHEET".to_owned()))?;
        return found(CueSheet::parse(text.as_bytes())?, |_| Some(file.to_owned()));
    }
    if fs::metadata(file)?.len() > LARGEST_SHEET {
        return Err(CueError::Large);
    }
    let sheet = CueSheet::parse(&fs::read(file)?)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    found(sheet, |name| find_sound(folder, name))
}

fn found(sheet: CueSheet, find: impl Fn(&str) -> Option<PathBuf>) -> Result<FoundSheet, CueError> {
    let CueSheet { title, performer, genre, tracks } = sheet;
    let mut found = FoundSheet::default();
    for track in tracks {
        let SheetTrack { number, file, title: own, performer: by, gain, start, end } = track;
        let file = find(&file).ok_or(CueError::Missing(file))?;
        let tags = [
            ("TITLE", own),
            ("ARTIST", by.or_else(|| performer.clone())),
            ("ALBUM", title.clone()),
            ("GENRE", genre.clone()),
            ("REPLAYGAIN_TRACK_GAIN", gain),
        ];
        let tags = tags.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        found.tracks.push((number, CueTrack { file, start, end, tags }));
    }
    Ok(found)
}

/// The file with the sound, beside the sheet. Sheets of other systems have folders and backslashes in the name, and often
/// the ending of the file as it was before it was compressed.
fn find_sound(folder: &Path, name: &str) -> Option<PathBuf> {
    let slashes = name.replace('\\', "/");
    let last = slashes.rsplit('/').next().unwrap_or(&slashes);
    let exact =
        [name, &slashes, last].into_iter().find_map(|name| FileFinder::default().find(&folder.join(name)));
    if let Some(file) = exact.filter(|file| file.is_file()) {
        return Some(file);
    }
    let stem = same_letters(&Path::new(last).file_stem()?.to_string_lossy());
    let files = fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()?;
    let same = files.filter_map(Result::ok).map(|file| file.path()).filter(|file| {
        has_music_ending(file)
            && file.file_stem().is_some_and(|other| same_letters(&other.to_string_lossy()) == stem)
            && file.is_file()
    });
    same.min()
}

/// The CUESHEET comment of a FLAC file.
pub(super) fn embedded_sheet(file: &Path) -> Option<String> {
    use lofty::config::ParseOptions;
    use lofty::file::AudioFile as _;
    let options = ParseOptions::new().read_properties(false).read_cover_art(false);
    let read = std::panic::catch_unwind(|| {
        let flac =
            lofty::flac::FlacFile::read_from(&mut io::BufReader::new(fs::File::open(file).ok()?), options);
        Some(flac.ok()?.vorbis_comments()?.get("CUESHEET")?.to_owned())
    });
    read.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "PERFORMER \"The Lamps\"\nTITLE \"Evening\"\nFILE \"Evening.WAV\" WAVE\nTRACK 01 AUDIO\n\
                         TITLE One\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nPERFORMER Anna\nINDEX 01 00:01:00\n";

    fn album(sheet: &str, sound: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("album.cue"), sheet).expect("written");
        fs::write(dir.path().join(sound), "sound").expect("written");
        dir
    }

    /// A track is found by the path of its sheet and its number, in the file that is really there, and tells its tags.
    #[test]
    fn a_track_is_found_in_its_sheet() {
        for sound in ["Evening.WAV", "evening.wav", "Evening.flac"] {
            let dir = album(SHEET, sound);
            let path = path_of_track(&dir.path().join("album.cue"), 2);
            let track = CueTrack::find(&path).expect("a sheet").expect("a track");
            assert_eq!((track.file.clone(), track.start, track.end), (dir.path().join(sound), 75, None));
            assert!(track.tags.contains(&("ARTIST", "Anna".to_owned())), "{track:?}");
            assert_eq!(holder(&path), dir.path().join("album.cue"));
        }
    }

    /// A path of a file is none of a track, and what is missing is named.
    #[test]
    fn what_is_not_there_is_named() {
        let dir = album(SHEET, "other.flac");
        assert!(CueTrack::find(&dir.path().join("other.flac")).expect("a file").is_none());
        let missing = CueTrack::find(&dir.path().join("album.cue/01")).expect_err("no sound");
        assert!(missing.to_string().contains("Evening.WAV"), "{missing}");
        let dir = album(SHEET, "Evening.wav");
        assert!(matches!(CueTrack::find(&dir.path().join("album.cue/07")), Err(CueError::NoTrack(7))));
        let dir = album("TRACK one\n", "Evening.wav");
        let broken = CueTrack::find(&dir.path().join("album.cue/01")).expect_err("no sheet");
        assert!(broken.to_string().contains("line 1"), "{broken}");
    }
}
