//! The music library, as the subcommands open and show it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::args::SettingsArgs;
use super::setup::configure;
use crate::foundation::{Folders, serialize_path, show_path, tell};
use crate::music::library::{LIBRARY_FILE, LibraryStore, LibrarySync, MusicFile, absolute, look};
use crate::music::{LibraryEntry, ScannedFolder, Track};

/// Opens the library of this person, or the one that was named.
pub(super) fn open_library(
    database: Option<&Path>,
    args: &SettingsArgs,
    folders: &Folders,
) -> anyhow::Result<LibrarySync> {
    let configured = configure(args, folders)?;
    if let Some(complaint) = configured.complaint {
        tell!("attune: {complaint}");
    }
    let file = database.map(Path::to_owned).or_else(|| folders.data_file(LIBRARY_FILE));
    let file = file.context("there is no data folder for the library; name a file with --database")?;
    let (store, words) = LibraryStore::open_or_rebuild(&file)?;
    if let Some(words) = words {
        tell!("attune: {words}");
    }
    Ok(LibrarySync::new(store, configured.settings.library))
}

/// The library of this person, or the one that was named, if there is one already.
///
/// # Errors
/// If the named one is not there, or one cannot be read.
pub(super) fn existing_library(
    database: Option<&Path>,
    args: &SettingsArgs,
    folders: &Folders,
) -> anyhow::Result<Option<LibrarySync>> {
    if let Some(file) = database.filter(|file| !file.is_file()) {
        bail!("--database {}: no such file; `attune scan DIR` makes one", file.display());
    }
    let own = || folders.data_file(LIBRARY_FILE).filter(|file| file.is_file());
    let Some(file) = database.map(Path::to_owned).or_else(own) else { return Ok(None) };
    open_library(Some(&file), args, folders).map(Some)
}

/// A file as a run would play it: with the facts of the library, else with those of its tags.
///
/// # Errors
/// If the library cannot be read.
pub(super) fn track_of(file: &Path, library: Option<&LibrarySync>) -> anyhow::Result<Track> {
    let path = absolute(file);
    let folder = path.parent().unwrap_or(&path);
    if let Some(library) = library
        && let Some(stored) = library.store.track(&path)?
    {
        return Ok(library.entry(stored, folder).track);
    }
    let on_disk = MusicFile { path: path.clone(), size: 0, modified: 0, words_modified: 0 };
    let found = look(on_disk).into_iter().find(|(looked, _)| looked.path == path);
    Ok(match found {
        Some((_, Ok((tags, _)))) => LibraryEntry::of_tags(&path, folder, tags).track,
        // The mixer says what is wrong with it, if it cannot be played at all.
        _ => Track::untagged(path),
    })
}

/// Every track of a folder, with what an earlier analysis stored. Nothing is analysed here.
///
/// # Errors
/// If the folder or the library cannot be read.
pub(super) fn known_music(
    folder: &Path,
    args: &SettingsArgs,
    folders: &Folders,
) -> anyhow::Result<Vec<LibraryEntry>> {
    let folder = absolute(folder);
    let spoken = configure(args, folders)?.settings.library.include_spoken_word;
    let found = ScannedFolder::scan_including(&folder, spoken)
        .with_context(|| format!("--music {}", show_path(&folder)))?;
    let Some(mut catalogue) = existing_library(None, args, folders)? else { return Ok(found.entries) };
    catalogue.take_scale(&folder)?;
    let mut kept: HashMap<PathBuf, LibraryEntry> =
        catalogue.all_entries(&folder)?.into_iter().map(|entry| (entry.track.path.clone(), entry)).collect();
    Ok(found.entries.into_iter().map(|entry| kept.remove(&entry.track.path).unwrap_or(entry)).collect())
}

/// A file that cannot be used.
#[derive(Debug, Serialize)]
pub(super) struct UnreadableFile {
    #[serde(serialize_with = "serialize_path")]
    pub(super) file: PathBuf,
    pub(super) reason: String,
}

/// The files below a folder that cannot be used.
pub(super) fn unreadable_files(
    catalogue: &LibrarySync,
    folder: &Path,
) -> anyhow::Result<Vec<UnreadableFile>> {
    let unreadable = catalogue.unreadable(folder)?;
    Ok(unreadable.into_iter().map(|it| UnreadableFile { file: it.file, reason: it.reason }).collect())
}

/// The path of a file below a folder; below the root of the file system, the whole path.
pub(super) fn path_below<'a>(folder: &Path, file: &'a Path) -> &'a Path {
    let whole = folder.parent().is_none();
    file.strip_prefix(folder).ok().filter(|_| !whole).unwrap_or(file)
}

/// "1 file cannot be used" or "3 files cannot be used"
pub(super) fn describe_unreadable(files: usize) -> String {
    if files == 1 { "1 file cannot be used".to_owned() } else { format!("{files} files cannot be used") }
}

/// "1 h 02 min" or "3 min 20 s"
pub(super) fn format_length(seconds: f64) -> String {
    let seconds = Duration::from_secs_f64(seconds.max(0.0)).as_secs();
    if seconds >= 3_600 {
        format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60)
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a person set in the library holds for a single file, too; a file that it does not know has its tags; a
    /// database that is not there is named.
    #[test]
    fn a_file_is_as_the_library_knows_it_else_as_its_tags_say() {
        use crate::music::FactSource;
        use crate::music::library::{TrackOverride, compare, hash};
        let dir = tempfile::tempdir().expect("a temporary folder");
        let music = dir.path().join("music");
        std::fs::create_dir(&music).expect("made");
        let tone = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music/tone.flac");
        let (known, unknown) = (music.join("known.flac"), dir.path().join("unknown.flac"));
        for file in [&known, &unknown] {
            std::fs::copy(&tone, file).expect("copied");
        }
        let (args, folders) = (SettingsArgs::default(), Folders::default());
        let database = dir.path().join("library.db");
        let mut library = open_library(Some(&database), &args, &folders).expect("a library");
        let looked: Vec<_> =
            compare(&music, Vec::new()).expect("read").look.into_iter().flat_map(look).collect();
        library.keep(&looked, &music).expect("kept");
        let contents = hash(&known, || true).expect("read").expect("whole");
        let stored = library.store.track(&known).expect("read").expect("known");
        library.store.put_hash(stored.id, &contents).expect("kept");
        let set = TrackOverride { bpm: Some(75.0), ..TrackOverride::default() };
        library.store.put_override(&contents, &set).expect("kept");
        drop(library);
        let library = existing_library(Some(&database), &args, &folders).expect("read");
        let tempo = |file: &Path| {
            let tempo = track_of(file, library.as_ref()).expect("read").facts.tempo.expect("known");
            (tempo.value, tempo.source)
        };
        assert_eq!(tempo(&known), (75.0, FactSource::Person));
        assert_eq!(tempo(&unknown), (60.0, FactSource::Tag));
        assert!(existing_library(None, &args, &folders).expect("no folder, no library").is_none());
        let missing = dir.path().join("missing.db");
        let words = existing_library(Some(&missing), &args, &folders).expect_err("refused").to_string();
        assert!(words.contains("missing.db") && !missing.exists(), "{words}");
    }

    #[test]
    fn a_path_below_the_root_keeps_its_slash() {
        let file = Path::new("/music/one.ogg");
        assert_eq!(path_below(Path::new("/"), file), file);
        assert_eq!(path_below(Path::new("/music"), file), Path::new("one.ogg"));
        assert_eq!(path_below(Path::new("/other"), file), file);
    }

    #[test]
    fn one_file_is_no_files() {
        assert_eq!(describe_unreadable(1), "1 file cannot be used");
        assert_eq!(describe_unreadable(2), "2 files cannot be used");
    }

    #[test]
    fn lengths_are_said_in_hours_or_minutes() {
        assert_eq!(format_length(3_725.0), "1 h 02 min");
        assert_eq!(format_length(200.4), "3 min 20 s");
    }
}
