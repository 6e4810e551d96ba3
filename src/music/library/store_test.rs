//! The library over time: files come, move, change and go.

use std::fs;
use std::path::{Path, PathBuf};

use super::library_sync::{LibraryChange, LibrarySync, compare, hash, lay, look, measure};
use super::records::TrackOverride;
use super::store::LibraryStore;
use super::walk_folder::walk;
use crate::music::LibrarySettings;

const TONES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music");

struct TemporaryLibrary {
    folder: tempfile::TempDir,
    catalogue: LibrarySync,
}

impl TemporaryLibrary {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let catalogue = open(&folder.path().join("library.db"));
        fs::create_dir(folder.path().join("music")).expect("made");
        Self { folder, catalogue }
    }

    fn music(&self) -> PathBuf {
        self.folder.path().join("music")
    }

    fn add(&self, tone: &str, name: &str) -> PathBuf {
        let file = self.music().join(name);
        fs::create_dir_all(file.parent().expect("below the folder")).expect("made");
        fs::copy(Path::new(TONES).join(tone), &file).expect("copied");
        file
    }

    /// Looks at what is new; returns how many files were looked at.
    fn refresh(&mut self) -> usize {
        let music = self.music();
        let known = self.catalogue.store.known(&music).expect("read");
        let difference = compare(&music, known).expect("the folder can be read");
        self.catalogue.take_difference(&difference).expect("written");
        let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
        self.catalogue.keep(&looked, &music).expect("written");
        looked.len()
    }

    /// Measures what waits; returns how many were decoded.
    fn measure(&mut self) -> usize {
        self.hash_and_measure().1
    }

    /// Measures what waits; returns how many were hashed, and how many of them decoded.
    fn hash_and_measure(&mut self) -> (usize, usize) {
        let music = self.music();
        let (mut hashed, mut count) = (0, 0);
        for (id, file) in self.catalogue.store.unmeasured(&music, 0, 99).expect("read") {
            let hash = hash(&file, || true).expect("readable").expect("not stopped");
            hashed += 1;
            if !self.catalogue.store.put_hash(id, &hash).expect("written") {
                let sound = measure(&file, || true).expect("not stopped");
                self.catalogue.keep_sound(&file, &hash, &sound, &music).expect("written");
                count += 1;
            }
        }
        (hashed, count)
    }

    fn names(&self) -> Vec<String> {
        let entries = self.catalogue.all_entries(&self.music()).expect("read");
        entries.iter().map(|entry| entry.below.to_string_lossy().into_owned()).collect()
    }
}

fn open(file: &Path) -> LibrarySync {
    let settings = LibrarySettings::default();
    LibrarySync::new(LibraryStore::open(file).expect("opened"), settings)
}

#[test]
fn only_what_changed_is_looked_at_again() {
    let mut home = TemporaryLibrary::new();
    home.add("tone.ogg", "a.ogg");
    home.add("tone.mp3", "b/b.mp3");
    assert_eq!((home.refresh(), home.refresh()), (2, 0));
    assert_eq!(home.names(), ["a.ogg", "b/b.mp3"]);
    home.add("tone.flac", "c.flac");
    fs::write(home.music().join("a.ogg"), "words now, no music").expect("written");
    assert_eq!(home.refresh(), 2);
    assert_eq!(home.names(), ["b/b.mp3", "c.flac"]);
    let unreadable = home.catalogue.unreadable(&home.music()).expect("read");
    assert!(unreadable.len() == 1 && unreadable[0].file.ends_with("a.ogg"), "{unreadable:?}");
    fs::remove_file(home.music().join("c.flac")).expect("removed");
    home.refresh();
    assert_eq!(home.names(), ["b/b.mp3"]);
}

#[test]
fn a_file_that_moved_keeps_what_was_measured_and_set() {
    let mut home = TemporaryLibrary::new();
    let before = home.add("tone.ogg", "a.ogg");
    home.refresh();
    assert_eq!(home.measure(), 1);
    let contents = home.catalogue.store.hash(&before).expect("read").expect("taken");
    let set = TrackOverride { valence: Some(0.123), ..TrackOverride::default() };
    home.catalogue.store.put_override(&contents, &set).expect("written");
    let after = home.music().join("deep/er/b.ogg");
    fs::create_dir_all(after.parent().expect("below")).expect("made");
    fs::rename(before, after).expect("moved");
    home.refresh();
    assert_eq!(home.measure(), 0, "the same contents are not measured twice");
    let entries = home.catalogue.all_entries(&home.music()).expect("read");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].valence, Some(0.123));
    assert!(entries[0].track.facts.edges.is_some());
}

/// A network folder that is gone for a minute is an empty folder, or none. What it held is not there meanwhile, and when
/// it is back nothing is read or hashed again.
#[test]
fn a_folder_that_comes_back_is_not_read_or_hashed_again() {
    let mut home = TemporaryLibrary::new();
    home.add("tone.ogg", "a.ogg");
    home.add("tone.mp3", "b/b.mp3");
    home.add("tone.flac", "b/c/c.flac");
    assert_eq!((home.refresh(), home.hash_and_measure()), (3, (3, 3)));
    let before = home.catalogue.all_entries(&home.music()).expect("read");
    let away = home.folder.path().join("away");
    // The whole folder, then half of it: the rest stays.
    for (part, left) in [("", vec![]), ("b", vec!["a.ogg"])] {
        let folder = home.music().join(part);
        fs::rename(&folder, &away).expect("gone");
        fs::create_dir(&folder).expect("an empty mount point");
        for _ in 0..2 {
            assert_eq!((home.refresh(), home.names()), (0, left.iter().map(ToString::to_string).collect()));
            assert_eq!(home.hash_and_measure(), (0, 0));
        }
        assert_eq!(home.catalogue.store.missing(&home.music()).expect("read").len(), 3 - left.len());
        fs::remove_dir(&folder).expect("empty");
        fs::rename(&away, &folder).expect("back");
        assert_eq!((home.refresh(), home.hash_and_measure()), (0, (0, 0)), "nothing is looked at again");
        assert_eq!(home.catalogue.all_entries(&home.music()).expect("read"), before);
        assert_eq!(home.catalogue.store.missing(&home.music()).expect("read"), Vec::<PathBuf>::new());
    }
}

/// Whoever removed files for good has them forgotten; a file that moved is not missing.
#[test]
fn missing_files_are_forgotten_when_a_person_says_so() {
    let mut home = TemporaryLibrary::new();
    let moves = home.add("tone.ogg", "a.ogg");
    let goes = home.add("tone.mp3", "b.mp3");
    home.refresh();
    home.measure();
    fs::rename(&moves, home.music().join("moved.ogg")).expect("moved");
    fs::remove_file(&goes).expect("removed");
    home.refresh();
    assert_eq!(home.hash_and_measure(), (1, 0), "the file that moved is known by its contents");
    let music = home.music();
    assert_eq!(home.catalogue.store.missing(&music).expect("read"), [goes]);
    assert_eq!(home.catalogue.store.forget_missing(&music).expect("written"), 2, "and where it was before");
    assert_eq!(home.catalogue.store.missing(&music).expect("read"), Vec::<PathBuf>::new());
    assert_eq!(home.names(), ["moved.ogg"]);
}

/// The folder goes while it is being read: what was listed and cannot be read any more keeps what is known of it, and no
/// reason is written down that is not true.
#[test]
fn a_folder_that_goes_during_a_scan_loses_nothing() {
    let mut home = TemporaryLibrary::new();
    let file = home.add("tone.ogg", "a.ogg");
    home.refresh();
    home.measure();
    let before = home.catalogue.all_entries(&home.music()).expect("read");
    let music = home.music();
    // Everything is to be read once more, and a new file, too; then the folder goes.
    let new = home.add("tone.mp3", "new.mp3");
    let listed = walk(&music).expect("a folder");
    fs::rename(&music, home.folder.path().join("away")).expect("gone");
    let looked: Vec<_> = listed.into_iter().flat_map(look).collect();
    assert!(looked.iter().all(|(_, found)| found.is_err()));
    assert_eq!(home.catalogue.keep(&looked, &music).expect("written"), []);
    assert!(measure(&file, || true).is_none() && measure(&new, || true).is_none());
    fs::rename(home.folder.path().join("away"), &music).expect("back");
    assert_eq!(home.catalogue.all_entries(&music).expect("read"), before);
    assert_eq!(home.refresh(), 1, "the new file alone");
    assert_eq!(home.catalogue.unreadable(&music).expect("read"), []);
}

#[test]
fn a_scan_that_was_cut_off_goes_on_where_it_was() {
    let mut home = TemporaryLibrary::new();
    for n in 0..3 {
        // Different contents, so that each is measured for itself.
        let file = home.add("tone.ogg", &format!("{n}.ogg"));
        let mut bytes = fs::read(&file).expect("read");
        bytes.push(n);
        fs::write(&file, bytes).expect("written");
    }
    home.refresh();
    let first = home.catalogue.store.unmeasured(&home.music(), 0, 1).expect("read")[0].clone();
    let contents = hash(&first.1, || true).expect("readable").expect("not stopped");
    home.catalogue.store.put_hash(first.0, &contents).expect("written");
    let sound = measure(&first.1, || true).expect("not stopped");
    home.catalogue.keep_sound(&first.1, &contents, &sound, &home.music()).expect("written");
    // The program ends here, and begins again.
    home.catalogue = open(&home.folder.path().join("library.db"));
    assert_eq!(home.refresh(), 0);
    assert_eq!(home.measure(), 2);
}

#[test]
fn a_file_whose_sound_cannot_be_decoded_is_listed_with_the_reason() {
    let mut home = TemporaryLibrary::new();
    let file = home.add("tone.flac", "a.flac");
    let mut bytes = fs::read(&file).expect("read");
    // The blocks of tags at the beginning are whole, the frames are not.
    let mut place = 4;
    loop {
        let block = &bytes[place..place + 4];
        let (last, length) = (block[0] & 0x80 != 0, u32::from_be_bytes([0, block[1], block[2], block[3]]));
        place += 4 + length as usize;
        if last {
            break;
        }
    }
    bytes[place..].fill(0);
    fs::write(&file, &bytes).expect("written");
    home.refresh();
    home.measure();
    assert_eq!(home.names(), [""; 0]);
    let unreadable = home.catalogue.unreadable(&home.music()).expect("read");
    assert!(unreadable.len() == 1 && unreadable[0].reason.contains("can be decoded"), "{unreadable:?}");
    assert_eq!(home.measure(), 0, "it is not tried again until it changes");
}

#[test]
fn words_beside_a_track_are_noticed_when_they_change() {
    let mut home = TemporaryLibrary::new();
    let file = home.add("tone.ogg", "a.ogg");
    home.refresh();
    let sentiment =
        |home: &TemporaryLibrary| home.catalogue.store.track(&file).expect("read").expect("there").sentiment;
    assert_eq!(sentiment(&home), None);
    let words = "I love you and I am so happy\nThe sun is in my heart and all the day is good\n";
    fs::write(file.with_extension("lrc"), words).expect("written");
    assert_eq!(home.refresh(), 1);
    assert!(sentiment(&home).expect("English") > 0.3);
}

#[test]
fn a_folder_whose_name_begins_alike_is_another_folder() {
    let mut home = TemporaryLibrary::new();
    home.add("tone.ogg", "a.ogg");
    home.refresh();
    let other = home.folder.path().join("music2");
    assert_eq!(home.catalogue.store.known(&other).expect("read"), []);
    assert_eq!(home.catalogue.store.count(&home.folder.path().join("mus")).expect("read"), (0, 0));
}

#[test]
fn what_is_set_now_lies_over_what_was_set_before() {
    let before = TrackOverride { energy: Some(0.1), bpm: Some(90.0), ..TrackOverride::default() };
    let now = TrackOverride { energy: Some(0.9), ..TrackOverride::default() };
    assert_eq!(
        lay(before, now),
        TrackOverride { energy: Some(0.9), bpm: Some(90.0), ..TrackOverride::default() }
    );
}

#[test]
fn a_change_tells_what_came_and_what_went() {
    let mut home = TemporaryLibrary::new();
    let good = home.add("tone.ogg", "a.ogg");
    let bad = home.music().join("b.ogg");
    fs::write(&bad, "words").expect("written");
    let music = home.music();
    let difference = compare(&music, Vec::new()).expect("the folder can be read");
    let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
    let changes = home.catalogue.keep(&looked, &music).expect("written");
    let [LibraryChange::Put(put), LibraryChange::Gone(gone)] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!((put.len(), gone.len()), (1, 1));
    assert_eq!(put[0].1.track.path, good);
}

fn names(folder: &Path) -> Vec<String> {
    let listing = fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    listing.map(|item| item.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_file_that_is_no_database_is_set_aside_and_a_library_takes_its_place() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("deep/library.db");
    fs::create_dir(dir.path().join("deep")).expect("made");
    fs::write(&file, "this is no database, but it is long enough to be looked at".repeat(99))
        .expect("written");
    let (store, words) = LibraryStore::open_or_rebuild(&file).expect("there is a library");
    let words = words.expect("it is said");
    assert!(words.contains("library.db") && words.contains("damaged-"), "{words}");
    assert_eq!(store.count(Path::new("/")).expect("it works"), (0, 0));
    assert!(names(&dir.path().join("deep")).iter().any(|name| name.contains("damaged-")));
    drop(store);
    assert_eq!(LibraryStore::open_or_rebuild(&file).expect("whole now").1, None);
}

#[test]
fn what_people_set_is_rescued_from_a_damaged_file() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("library.db");
    let set = TrackOverride { energy: Some(0.7), ..TrackOverride::default() };
    let mut store = LibraryStore::open(&file).expect("made");
    store.put_override(&[7; 32], &set).expect("written");
    drop(store);
    let mut bytes = fs::read(&file).expect("read");
    // The pages of the table of files are torn; the head and the overrides are whole.
    let page = u16::from_be_bytes([bytes[16], bytes[17]]) as usize;
    bytes[page..2 * page].fill(0xA5);
    fs::write(&file, bytes).expect("written");
    let (store, words) = LibraryStore::open_or_rebuild(&file).expect("there is a library");
    assert!(words.expect("it is said").contains("one track was kept"));
    assert_eq!(store.overrides().expect("read"), [([7; 32], set)]);
}

#[test]
fn what_people_set_is_rescued_from_both_sides_of_a_torn_page() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("library.db");
    let mut store = LibraryStore::open(&file).expect("made");
    let set = TrackOverride { bpm: Some(90.0), ..TrackOverride::default() };
    for number in 0..=255 {
        store.put_override(&[number; 32], &set).expect("written");
    }
    drop(store);
    let mut bytes = fs::read(&file).expect("read");
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    // A page in the middle of the tree of overrides.
    let middle = bytes.windows(32).position(|window| window == [128; 32]).expect("kept") / page;
    bytes[middle * page..(middle + 1) * page].fill(0xA5);
    fs::write(&file, bytes).expect("written");
    let (store, words) = LibraryStore::open_or_rebuild(&file).expect("there is a library");
    assert!(words.is_some());
    let rescued = store.overrides().expect("read");
    assert!((100..256).contains(&rescued.len()), "{}", rescued.len());
    assert_eq!((rescued[0].0, rescued[rescued.len() - 1].0), ([0; 32], [255; 32]));
}

#[test]
fn a_library_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("library.db");
    drop(LibraryStore::open(&file).expect("made"));
    rusqlite::Connection::open(&file)
        .and_then(|it| it.pragma_update(None, "user_version", 99))
        .expect("written");
    let words = LibraryStore::open_or_rebuild(&file).unwrap_err().to_string();
    assert!(words.contains("99") && words.contains("another file"), "{words}");
    assert_eq!(names(dir.path()).iter().filter(|name| name.contains("damaged")).count(), 0);
}
