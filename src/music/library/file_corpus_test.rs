//! Files of kinds that people have, as `tests/support/cases/README.md` describes them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::entry::LibraryEntry;
use super::library_sync::{LibrarySync, compare, look};
use super::scanned_folder::ScannedFolder;
use super::settings::LibrarySettings;
use super::store::LibraryStore;
use super::tags;
use super::track_tags::TrackTags;
use crate::music::analysis::{analyse, scan_loudness};
use crate::music::units::Lufs;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/cases").join(name)
}

fn read(name: &str) -> TrackTags {
    tags::read(&case(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn seconds(tags: &TrackTags) -> f32 {
    tags.duration.as_secs_f32()
}

/// Where the header does not know the length, decoding does.
#[test]
fn a_header_without_a_length_is_no_reason_to_leave_a_track_out() {
    for name in ["header-without-length.flac", "fragmented.m4a"] {
        let length = seconds(&read(name));
        assert!((length - 6.0).abs() < 0.2, "{name}: {length}");
    }
}

/// A WAV file from a pipe claims to be as long as a WAV file can be.
#[test]
fn a_header_that_claims_more_than_the_file_holds_is_not_believed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("pipe.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&file, spec).expect("made");
    for n in 0..40_000_i32 {
        writer.write_sample((n % 100 * 200) as i16).expect("written");
    }
    writer.finalize().expect("written");
    let mut bytes = std::fs::read(&file).expect("read");
    bytes[4..8].fill(0xFF);
    let data = bytes.windows(4).position(|window| window == b"data").expect("a chunk") + 4;
    bytes[data..data + 4].fill(0xFF);
    std::fs::write(&file, bytes).expect("written");
    let length = tags::read(&file).expect("a track").duration;
    assert!(length.abs_diff(Duration::from_secs(5)) < Duration::from_millis(100), "{length:?}");
}

/// ID3v2.4 divides values by a NUL, Vorbis comments repeat the field.
#[test]
fn all_values_of_a_tag_count() {
    for name in ["two-moods.mp3", "two-moods.flac"] {
        let tags = read(name);
        assert_eq!(tags.moods, ["happy", "calm"], "{name}");
        assert_eq!(tags.genres, ["Jazz", "Ambient"], "{name}");
        assert_eq!(tags.artists, ["Anna", "Bert"], "{name}");
    }
}

#[test]
fn tags_are_found_where_other_programs_write_them() {
    let tags = read("ape-tags-only.mp3");
    assert!(tags.title.is_some() && !tags.artists.is_empty() && !tags.moods.is_empty(), "{tags:?}");
    assert!(tags.lufs.is_some());
    for name in ["gain-without-space.flac", "gain-with-comma.flac"] {
        let lufs = read(name).lufs.unwrap_or_else(|| panic!("{name}: a gain"));
        assert!((-30.0..0.0).contains(&lufs.0), "{name}: {lufs:?}");
    }
    assert!((seconds(&read("large-cover.mp3")) - 5.0).abs() < 0.3);
}

/// A deck reads the gain from the header alone: also of a file that the library leaves out because of its sound, and of
/// one whose sound cannot be decoded at all.
#[test]
fn the_gain_of_a_file_is_read_without_decoding_it() {
    let whole = case("gain-without-space.flac");
    let lufs = read("gain-without-space.flac").lufs.expect("a gain");
    assert_eq!(tags::tagged_loudness(&whole), Some(lufs));
    // The same header before sound that is none, with an unknown length: the library would have to decode it.
    let mut bytes = std::fs::read(&whole).expect("read");
    let sound = end_of_flac_header(&bytes);
    // The number of samples: the last 36 bits before the checksum of the first block.
    bytes[21] &= 0xF0;
    bytes[22..26].fill(0);
    bytes[sound..].fill(0);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("header-only.flac");
    std::fs::write(&file, bytes).expect("written");
    assert!(tags::read(&file).is_err());
    assert_eq!(tags::tagged_loudness(&file), Some(lufs));
    assert_eq!(tags::tagged_loudness(&dir.path().join("nowhere.flac")), None);
}

/// Where the blocks of metadata of a FLAC file end.
fn end_of_flac_header(bytes: &[u8]) -> usize {
    let mut at = 4;
    loop {
        let is_last = bytes[at] & 0x80 != 0;
        let length = u32::from_be_bytes([0, bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
        at += 4 + length;
        if is_last {
            return at;
        }
    }
}

/// Silence and spoken word are listed with the reason, and are no tracks.
#[test]
fn what_is_no_music_is_listed_with_its_reason() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in ["silence.flac", "chapter.m4b", "two-moods.mp3"] {
        std::fs::copy(case(name), dir.path().join(name)).expect("copied");
    }
    let folder = ScannedFolder::scan(dir.path()).expect("read");
    let tracks: Vec<&LibraryEntry> = folder.entries.iter().collect();
    assert_eq!(tracks.len(), 1, "{tracks:?}");
    let reasons: Vec<&str> = folder.unreadable.iter().map(|file| file.reason.as_str()).collect();
    let [book, silence] = reasons[..] else { panic!("{reasons:?}") };
    assert!(book.contains("audiobook") && silence.contains("silent"), "{reasons:?}");
}

/// A setting takes spoken word in and out again, without the files being looked at anew.
#[test]
fn spoken_word_is_played_where_a_setting_says_so() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let music = dir.path().join("music");
    std::fs::create_dir(&music).expect("made");
    std::fs::copy(case("chapter.m4b"), music.join("chapter.m4b")).expect("copied");
    for (include, tracks, looks) in [(false, 0, 1), (true, 1, 0), (false, 0, 0)] {
        let settings = LibrarySettings { include_spoken_word: include, ..LibrarySettings::default() };
        let store = LibraryStore::open(&dir.path().join("library.db")).expect("opened");
        let mut index = LibrarySync::new(store, settings);
        let difference = compare(&music, index.store.known(&music).expect("read")).expect("read");
        assert_eq!(difference.look.len(), looks);
        let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
        index.keep(&looked, &music).expect("written");
        assert_eq!(index.all_entries(&music).expect("read").len(), tracks);
        let reasons = index.unreadable(&music).expect("read");
        assert_eq!(reasons.iter().filter(|it| it.reason.contains("is spoken word")).count(), 1 - tracks);
        let scanned = ScannedFolder::scan_including(&music, include).expect("read");
        assert_eq!((scanned.entries.len(), scanned.unreadable.len()), (tracks, 1 - tracks));
    }
}

/// What is played is measured: the centre of 5.1 comes from both speakers, so its loudness is that of mono.
#[test]
fn the_centre_of_surround_sound_is_measured_as_it_is_played() {
    let file = case("all-in-the-centre.flac");
    let analysed = analyse(&file, || true).expect("measured");
    let scanned = scan_loudness(&file, || true).expect("measured");
    assert!((analysed.sound.lufs - scanned.lufs).0.abs() < 0.01);
    assert_eq!(analysed.envelope, scanned.envelope);
    assert!(analysed.sound.lufs > Lufs(-40.0) && analysed.sound.centroid > 0.0, "{:?}", analysed.sound);
}
