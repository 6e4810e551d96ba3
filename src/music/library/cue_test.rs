//! Albums that are one file with a CUE sheet: a track each, exact to the frame.

use std::fs;
use std::path::{Path, PathBuf};

use super::entry::LibraryEntry;
use super::library_sync::{LibrarySync, compare, hash, look, measure};
use super::scanned_folder::ScannedFolder;
use super::store::LibraryStore;
use crate::music::LibrarySettings;
use crate::music::sound_file::SoundFile;
use crate::music::units::Lufs;

const RATE: u32 = 8_000;
const SHEET: &str = "PERFORMER \"The Lamps\"\nTITLE \"Evening\"\nREM GENRE Ambient\nFILE \"EVENING.WAV\" WAVE\n\
    TRACK 01 AUDIO\nTITLE \"One\"\nREM REPLAYGAIN_TRACK_GAIN -6.50 dB\nINDEX 01 00:00:00\n\
    TRACK 02 AUDIO\nTITLE \"Tw\u{f6}\"\nPERFORMER \"Anna\"\nINDEX 00 00:03:70\nINDEX 01 00:04:37\n\
    TRACK 03 AUDIO\nINDEX 01 00:09:00\n";

/// An album of 14 s, in which each sample tells its place.
fn album(sheet: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(dir.path().join("Evening.wav"), spec).expect("made");
    for frame in 0..14 * RATE {
        writer.write_sample(place_sample(frame as usize)).expect("written");
    }
    writer.finalize().expect("written");
    fs::write(dir.path().join("album.cue"), sheet).expect("written");
    dir
}

fn place_sample(frame: usize) -> f32 {
    0.1 + frame as f32 / (40.0 * RATE as f32)
}

fn entries(folder: &Path) -> Vec<LibraryEntry> {
    let found = ScannedFolder::scan(folder).expect("read");
    assert_eq!(found.unreadable, []);
    found.entries
}

fn samples(path: &Path) -> Vec<f32> {
    let mut sound = SoundFile::open(path).expect("opened");
    let length = sound.length();
    let mut samples = Vec::new();
    while let Some(packet) = sound.next() {
        assert_eq!(packet.first as usize, samples.len());
        samples.extend(packet.samples.iter().step_by(2));
    }
    assert_eq!(length, Some(samples.len() as u64));
    samples
}

/// Each track has its own names, gain and length; together they are the file, without a frame lost or heard twice.
#[test]
fn an_album_is_a_track_each() {
    let latin1: Vec<u8> = SHEET.chars().map(|letter| letter as u8).collect();
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(SHEET.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for sheet in [SHEET.as_bytes(), &latin1, &utf16] {
        let dir = album(sheet);
        let [one, two, three] = &entries(dir.path())[..] else { panic!("three tracks") };
        assert_eq!(
            [one, two, three].map(|track| track.track.title.as_str()),
            ["One", "Tw\u{f6}", "album 03"]
        );
        assert_eq!([one, two].map(|track| track.track.artist.as_deref()), [Some("The Lamps"), Some("Anna")]);
        assert_eq!((two.album.as_deref(), &two.genres[..]), (Some("Evening"), &["Ambient".to_owned()][..]));
        assert_eq!(one.track.facts.loudness.map(|lufs| lufs.value), Some(Lufs(-11.5)));
        assert_eq!(two.track.facts.loudness, None);
        let whole: Vec<f32> = [one, two, three].iter().flat_map(|track| samples(&track.track.path)).collect();
        assert_eq!(whole.len(), 14 * RATE as usize);
        assert!(whole.iter().enumerate().all(|(frame, sample)| (sample - place_sample(frame)).abs() < 1e-6));
        let start = (4 * 75 + 37) * RATE as usize / 75;
        let second = samples(&two.track.path);
        assert!((second[0] - place_sample(start)).abs() < 1e-6);
        let mut sound = SoundFile::open(&two.track.path).expect("opened");
        sound.seek(std::time::Duration::from_secs(2)).expect("a seek");
        let packet = sound.next().expect("sound");
        let place = packet.first as usize + start;
        assert!(
            packet.first <= 2 * u64::from(RATE) && (packet.samples[0] - place_sample(place)).abs() < 1e-6
        );
    }
}

/// A sheet that cannot be read is listed with its line, and the file plays as one track.
#[test]
fn a_broken_sheet_is_listed_and_the_file_plays() {
    let dir = album(b"FILE \"Evening.wav\" WAVE\nTRACK 01 AUDIO\nINDEX 01 noon\n");
    let found = ScannedFolder::scan(dir.path()).expect("read");
    assert_eq!(found.entries.len(), 1);
    let [broken] = &found.unreadable[..] else { panic!("{:?}", found.unreadable) };
    assert!(
        broken.file.ends_with("album.cue") && broken.reason.contains("line 3: \"noon\" is no time"),
        "{broken:?}"
    );
}

/// A sheet that was left beside the tracks of an album that was cut is nothing; beside a single file, the name in it is
/// told to be wrong.
#[test]
fn a_sheet_without_its_file_is_told_only_where_it_matters() {
    let dir = album(b"FILE \"elsewhere.ape\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n");
    let found = ScannedFolder::scan(dir.path()).expect("read");
    assert_eq!((found.entries.len(), found.unreadable.len()), (1, 1));
    assert!(found.unreadable[0].reason.contains("elsewhere.ape"), "{:?}", found.unreadable);
    fs::copy(dir.path().join("Evening.wav"), dir.path().join("Morning.wav")).expect("copied");
    assert_eq!(entries(dir.path()).len(), 2);
}

/// Two sheets of the same file, as rippers write them in two encodings, are one album.
#[test]
fn two_sheets_of_a_file_are_one_album() {
    let dir = album(SHEET.as_bytes());
    fs::write(dir.path().join("album (utf-8).cue"), SHEET).expect("written");
    assert_eq!(entries(dir.path()).len(), 3);
}

struct Library {
    index: LibrarySync,
    folder: PathBuf,
}

impl Library {
    /// Looks and measures; how many files were looked at, and how many tracks were measured.
    fn refresh(&mut self) -> (usize, usize) {
        let known = self.index.store.known(&self.folder).expect("read");
        let difference = compare(&self.folder, known).expect("read");
        self.index.take_difference(&difference).expect("written");
        let files = difference.look.len();
        let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
        self.index.keep(&looked, &self.folder).expect("written");
        let mut measured = 0;
        for (id, track) in self.index.store.unmeasured(&self.folder, 0, 99).expect("read") {
            let contents = hash(&track, || true).expect("readable").expect("not stopped");
            if !self.index.store.put_hash(id, &contents).expect("written") {
                let sound = measure(&track, || true).expect("not stopped");
                self.index.keep_sound(&track, &contents, &sound, &self.folder).expect("written");
                measured += 1;
            }
        }
        (files, measured)
    }

    fn titles(&self) -> Vec<String> {
        let entries = self.index.all_entries(&self.folder).expect("read");
        entries.into_iter().map(|entry| entry.track.title).collect()
    }
}

/// The library keeps each track with an analysis of its own, looks again only when sheet or sound change, and goes back to
/// one track when the sheet is gone.
#[test]
fn the_library_keeps_each_track_of_an_album() {
    let dir = album(SHEET.as_bytes());
    let index = LibrarySync::new(LibraryStore::in_memory().expect("a library"), LibrarySettings::default());
    let mut library = Library { index, folder: dir.path().to_owned() };
    assert_eq!((library.refresh(), library.refresh()), ((1, 3), (0, 0)));
    assert_eq!(library.titles(), ["One", "Tw\u{f6}", "album 03"]);
    let entries = library.index.all_entries(dir.path()).expect("read");
    let seconds: Vec<f32> = entries.iter().map(|entry| entry.track.duration.as_secs_f32()).collect();
    assert!((seconds[0] - 4.4933).abs() < 1e-3 && (seconds[2] - 5.0).abs() < 1e-3, "{seconds:?}");
    assert!(entries.iter().all(|entry| entry.track.facts.edges.is_some()));
    let shorter = SHEET.split("TRACK 03").next().expect("two tracks").to_owned();
    fs::write(dir.path().join("album.cue"), shorter).expect("written");
    assert_eq!(library.refresh().0, 1);
    assert_eq!(library.titles(), ["One", "Tw\u{f6}"]);
    fs::remove_file(dir.path().join("album.cue")).expect("removed");
    assert_eq!(library.refresh(), (1, 1));
    assert_eq!(library.titles(), ["Evening"]);
}

/// A sheet within a FLAC file is one, too; the file is no track beside its own.
#[test]
fn a_sheet_within_a_file_is_one() {
    use lofty::config::{ParseOptions, WriteOptions};
    use lofty::file::AudioFile as _;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("album.flac");
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/cases/all-in-the-centre.flac");
    fs::copy(case, &path).expect("copied");
    let index = LibrarySync::new(LibraryStore::in_memory().expect("a library"), LibrarySettings::default());
    let mut library = Library { index, folder: dir.path().to_owned() };
    library.refresh();
    assert_eq!(library.titles().len(), 1);
    let mut source = fs::File::open(&path).expect("opened");
    let mut flac = lofty::flac::FlacFile::read_from(&mut source, ParseOptions::new()).expect("FLAC");
    let sheet = "FILE \"x.flac\" WAVE\nTRACK 01 AUDIO\nTITLE A\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE B\nINDEX 01 00:03:00\n";
    let mut comments = flac.vorbis_comments().cloned().unwrap_or_default();
    comments.insert("CUESHEET".to_owned(), sheet.to_owned());
    flac.set_vorbis_comments(comments);
    flac.save_to_path(&path, WriteOptions::default()).expect("written");
    library.refresh();
    assert_eq!(library.titles(), ["A", "B"]);
    assert_eq!(library.refresh(), (0, 0));
}
