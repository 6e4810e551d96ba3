//! Files as they are found in the wild: cut off, garbled, huge, misnamed, linked in circles. None of them may stop the
//! reading of a library, and each that cannot be used is listed with a reason that says why.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::library_sync::{LibrarySync, compare, look, measure};
use super::store::LibraryStore;
use super::tags;
use super::tags::TagError;
use super::walk_folder::walk;
use crate::music::{LibrarySettings, Lufs};

const TONES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music");
const SUPPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support");
/// Real files of each kind, which are garbled.
const GARBLED: [&str; 18] = [
    "music/tone.ogg",
    "music/tone.flac",
    "music/tone.mp3",
    "music/tone.m4a",
    "formats/glow.opus",
    "formats/chained.ogg",
    "formats/flac.oga",
    "formats/glow.mka",
    "formats/glow.webm",
    "formats/opus.mp4",
    "formats/glow.aiff",
    "formats/glow.aifc",
    "formats/alac.caf",
    "formats/pcm.caf",
    "formats/glow.mp2",
    "formats/ima.wav",
    "formats/ms.wav",
    "formats/adts.aac",
];
const ENDINGS: [&str; 10] = ["ogg", "oga", "opus", "flac", "mp3", "m4a", "m4b", "mp4", "aac", "wav"];

fn tone(ending: &str) -> Vec<u8> {
    fs::read(Path::new(TONES).join("tone").with_extension(ending)).expect("a tone")
}

/// What a look into a folder lists as unusable: names and reasons, by name.
fn unusable(folder: &Path) -> Vec<(String, String)> {
    let store = LibraryStore::in_memory().expect("a library");
    let mut catalogue = LibrarySync::new(store, LibrarySettings::default());
    let difference = compare(folder, Vec::new()).expect("the folder can be read");
    let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
    catalogue.keep(&looked, folder).expect("written");
    let listed = catalogue.unreadable(folder).expect("read");
    let name = |file: &Path| file.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
    listed.into_iter().map(|it| (name(&it.file), it.reason)).collect()
}

fn reason_of(folder: &Path, name: &str) -> String {
    let listed = unusable(folder);
    let found = listed.iter().find(|(file, _)| file == name);
    found.map_or_else(|| panic!("{name} is not listed: {listed:?}"), |(_, reason)| reason.clone())
}

/// A tag of `ID3v2.4` with one title of a given number of letters.
fn id3_with_title(letters: usize) -> Vec<u8> {
    let size = |number: usize| [21, 14, 7, 0].map(|shift| (number >> shift & 0x7F) as u8);
    let mut frame = b"TIT2".to_vec();
    frame.extend(size(letters + 1));
    frame.extend([0, 0, 3]);
    frame.extend(std::iter::repeat_n(b'a', letters));
    let mut tag = b"ID3\x04\x00\x00".to_vec();
    tag.extend(size(frame.len()));
    tag.extend(frame);
    tag
}

#[test]
fn empty_and_cut_off_files_are_listed_with_the_reason() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for ending in ENDINGS {
        fs::write(dir.path().join(format!("empty.{ending}")), []).expect("written");
    }
    for ending in ["ogg", "flac", "m4a"] {
        fs::write(dir.path().join(format!("cut.{ending}")), &tone(ending)[..60]).expect("written");
    }
    let listed = unusable(dir.path());
    assert_eq!(listed.len(), ENDINGS.len() + 3, "{listed:?}");
    for (name, reason) in listed {
        let said = if name.starts_with("empty") { reason == "is empty" } else { reason.starts_with("its ") };
        assert!(said, "{name}: {reason}");
    }
}

#[test]
fn what_is_cut_off_within_the_music_is_used_as_far_as_it_goes_or_listed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for ending in ["ogg", "flac", "mp3", "m4a"] {
        let whole = tone(ending);
        for part in 1..8 {
            let file = dir.path().join(format!("{part}.{ending}"));
            fs::write(&file, &whole[..whole.len() * part / 8]).expect("written");
            if tags::read(&file).is_ok() {
                match measure(&file, || true).expect("not stopped") {
                    Ok(track) => {
                        assert!(track.sound.seconds > 0.0 && track.sound.lufs.is_finite(), "{track:?}");
                    }
                    Err(reason) => assert!(!reason.is_empty() && reason != tags::BEYOND, "{reason}"),
                }
            }
        }
    }
}

#[test]
fn the_contents_decide_and_not_the_name() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("misnamed.mp3");
    fs::write(&file, tone("flac")).expect("written");
    assert_eq!(tags::read(&file).expect("it is FLAC").moods, ["sad", "calm"]);
    assert!(measure(&file, || true).expect("not stopped").is_ok());
    fs::write(dir.path().join("wavpack.ogg"), b"wvpk and more").expect("written");
    assert!(
        reason_of(dir.path(), "wavpack.ogg")
            .starts_with("is WavPack, which cannot be played yet; convert it")
    );
}

#[test]
fn huge_tags_are_read_or_refused() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (name, letters) in [("large.mp3", 3_000_000), ("huge.mp3", 40_000_000)] {
        let mut bytes = id3_with_title(letters);
        bytes.extend(tone("mp3"));
        let file = dir.path().join(name);
        fs::write(&file, bytes).expect("written");
        match tags::read(&file) {
            Ok(tags) => assert!(tags.title.is_none_or(|title| title.chars().count() <= 300)),
            Err(error) => assert!(matches!(error, TagError::Damaged(_)), "{error}"),
        }
    }
    // A tag that promises more than the file holds.
    let mut bytes = id3_with_title(200_000);
    bytes.truncate(5_000);
    bytes.extend(tone("mp3"));
    fs::write(dir.path().join("promise.mp3"), bytes).expect("written");
    let read = tags::read(&dir.path().join("promise.mp3"));
    assert!(read.is_err() || read.is_ok_and(|tags| tags.title.is_none_or(|title| title.len() <= 300)));
}

#[test]
fn a_folder_that_is_named_like_a_track_is_looked_into() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(dir.path().join("Live.mp3")).expect("made");
    fs::write(dir.path().join("Live.mp3/one.ogg"), tone("ogg")).expect("written");
    let files = walk(dir.path()).expect("read");
    assert_eq!(files.len(), 1);
    assert!(files[0].path.ends_with("Live.mp3/one.ogg"));
    assert_eq!(unusable(dir.path()), []);
}

/// Permissions do not hold back root, so what cannot be opened is a link that leads nowhere, or to itself.
#[cfg(unix)]
#[test]
fn what_cannot_be_opened_is_listed_and_tried_again() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().expect("a temporary folder");
    symlink(dir.path().join("nowhere"), dir.path().join("dangling.ogg")).expect("linked");
    symlink(dir.path().join("self.flac"), dir.path().join("self.flac")).expect("linked");
    symlink(dir.path(), dir.path().join("circle")).expect("linked");
    symlink(dir.path(), dir.path().join("circle.mp3")).expect("linked");
    let listed = unusable(dir.path());
    let names: Vec<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["dangling.ogg", "self.flac"]);
    assert!(listed.iter().all(|(_, reason)| reason.starts_with("cannot be opened")), "{listed:?}");
    let files = walk(dir.path()).expect("read");
    let (_, found) = look(files.into_iter().next().expect("some")).remove(0);
    assert!(found.is_err_and(|(_, retry)| retry), "it may come back without the link changing");
    // The target comes: it is used.
    fs::write(dir.path().join("nowhere"), tone("ogg")).expect("written");
    assert_eq!(unusable(dir.path()).len(), 1);
}

/// A folder that cannot be listed comes to the reader of tags like a file.
#[test]
fn a_folder_that_comes_as_a_file_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    assert!(matches!(tags::read(dir.path()), Err(TagError::Open(_))));
}

#[cfg(unix)]
#[test]
fn a_socket_is_not_waited_for() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("a.mp3")).expect("a socket");
    assert!(reason_of(dir.path(), "a.mp3").contains("is no file"));
}

/// Names of any bytes, and with line breaks, are files as all others: read, measured, found again, and shown on one line.
#[cfg(unix)]
#[test]
fn any_name_is_played_and_shown_safely() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let long = [&[b'x'; 251][..], b".ogg"].concat();
    let names: [&[u8]; 5] =
        [b"caf\xe9.ogg", b"two\nlines\x1b[2J.ogg", b"-rf.ogg", b"\xEE\xBE\x80 private.ogg", &long];
    for name in names {
        fs::write(dir.path().join(OsStr::from_bytes(name)), tone("ogg")).expect("written");
    }
    let store = LibraryStore::in_memory().expect("a library");
    let mut catalogue = LibrarySync::new(store, LibrarySettings::default());
    for looks in [names.len(), 0] {
        let known = catalogue.store.known(dir.path()).expect("read");
        let difference = compare(dir.path(), known).expect("read");
        assert_eq!((difference.look.len(), difference.gone.len()), (looks, 0));
        let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
        catalogue.keep(&looked, dir.path()).expect("written");
    }
    let entries = catalogue.all_entries(dir.path()).expect("read");
    assert_eq!((entries.len(), catalogue.unreadable(dir.path()).expect("read")), (names.len(), Vec::new()));
    for name in names {
        let path = dir.path().join(OsStr::from_bytes(name));
        assert!(
            entries
                .iter()
                .any(|entry| entry.track.path == path && !entry.track.title.contains(char::is_control))
        );
        assert!(measure(&path, || true).expect("not stopped").is_ok());
        assert!(catalogue.store.track(&path).expect("read").is_some());
    }
}

/// A file for one case; proptest runs them one after the other.
fn put(dir: &tempfile::TempDir, ending: &str, bytes: &[u8]) -> PathBuf {
    let file = dir.path().join("wild").with_extension(ending);
    fs::write(&file, bytes).expect("written");
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_at_random_are_refused_whatever_their_name(
        ending in proptest::sample::select(&ENDINGS[..]),
        head in proptest::sample::select(vec![
            &b""[..], b"OggS", b"fLaC", b"ID3\x04\0\0", b"\xff\xfb\x90\x64", b"RIFF\x10\0\0\0WAVEfmt ", b"\0\0\0\x18ftypM4A ",
        ]),
        bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = put(&dir, ending, &[head, &bytes].concat());
        let reason = tags::read(&file).err().map(|error| error.to_string());
        prop_assert!(reason.is_some_and(|reason| !reason.is_empty()), "noise is no music");
        prop_assert_eq!(unusable(dir.path()).len(), 1);
    }

    #[test]
    fn garbled_files_are_read_or_refused_and_never_stop_the_reading(
        name in proptest::sample::select(GARBLED.to_vec()),
        // Tags stand within the first few thousand bytes.
        places in proptest::collection::vec((0_usize..6_000, any::<u8>()), 1..40),
        length in proptest::option::of(0_usize..40_000),
    ) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut bytes = fs::read(Path::new(SUPPORT).join(name)).expect("a file");
        let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).expect("an ending");
        for (place, byte) in places {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        bytes.truncate(length.unwrap_or(usize::MAX));
        let file = put(&dir, ending, &bytes);
        match tags::read(&file) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(tags) => {
                prop_assert!(tags.title.is_none_or(|title| title.chars().count() <= 300));
                for share in [tags.valence, tags.energy, tags.danceability].into_iter().flatten() {
                    prop_assert!((0.0..=1.0).contains(&share));
                }
                prop_assert!(tags.bpm.is_none_or(|bpm| (20.0..=400.0).contains(&bpm)));
                prop_assert!(tags.lufs.is_none_or(Lufs::is_finite));
                match measure(&file, || true).expect("not stopped") {
                    Ok(track) => prop_assert!(track.sound.lufs.is_finite() && track.sound.true_peak.0.is_finite()),
                    Err(reason) => prop_assert!(!reason.is_empty()),
                }
            }
        }
        let listed = unusable(dir.path());
        prop_assert!(listed.len() <= 1 && listed.iter().all(|(_, reason)| !reason.is_empty()));
    }
}
