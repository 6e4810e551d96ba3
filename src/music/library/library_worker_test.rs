//! The real threads on real folders. They are waited for with a generous deadline.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::entry::LibraryEntry;
use super::library_sync::{BATCH, LibraryChange};
use super::library_worker::LibraryWorker;
use super::settings::LibrarySettings;
use super::worker_shared::{LibraryUpdate, MusicFolders, WorkerSettings};

const TONES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/music");
const DEADLINE: Duration = Duration::from_mins(2);

fn settings(change: impl FnOnce(&mut LibrarySettings)) -> WorkerSettings {
    let library = LibrarySettings::default();
    let mut library = LibrarySettings { settle_seconds: 0.1, analysis_share: 1.0, ..library };
    change(&mut library);
    WorkerSettings { library, look_again: Duration::from_secs(1) }
}

struct WorkerHarness {
    dir: tempfile::TempDir,
    worker: LibraryWorker,
    entries: BTreeMap<i64, LibraryEntry>,
    problem: Option<String>,
    database: Option<String>,
}

impl WorkerHarness {
    fn change_settings(&self, change: impl FnOnce(&mut LibrarySettings)) {
        self.worker.change_settings(settings(change));
    }

    fn is_analysed(&self) -> bool {
        self.entries.values().any(|entry| entry.track.facts.edges.is_some())
    }

    fn new(asked: Option<&str>, fill: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fill(dir.path());
        let folders =
            MusicFolders { asked: asked.map(|name| dir.path().join(name)), album: dir.path().join("album") };
        let database = Some(dir.path().join("data/library.db"));
        let worker = LibraryWorker::start(folders, database, settings(|_| {})).expect("a thread");
        Self { dir, worker, entries: BTreeMap::new(), problem: None, database: None }
    }

    /// Takes news until this holds.
    fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !holds(self) {
            assert!(since.elapsed() < DEADLINE, "{:?} {:?}", self.entries, self.problem);
            match self.worker.poll() {
                Some(LibraryUpdate::Begin) => self.entries.clear(),
                Some(LibraryUpdate::Changed(LibraryChange::Put(entries))) => {
                    assert!(entries.len() <= BATCH);
                    self.entries.extend(entries);
                }
                Some(LibraryUpdate::Changed(LibraryChange::Gone(ids))) => {
                    self.entries.retain(|id, _| !ids.contains(id));
                }
                Some(LibraryUpdate::Scanned { problem, .. }) => self.problem = problem,
                Some(LibraryUpdate::Database(words)) => self.database = words,
                Some(LibraryUpdate::Progress(_) | LibraryUpdate::Unwatched(_)) => {}
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.entries.values().filter_map(|entry| entry.below.to_str()).collect();
        names.sort_unstable();
        names
    }
}

fn add(folder: &Path, tone: &str) -> PathBuf {
    fs::create_dir_all(folder).expect("made");
    let file = folder.join(tone);
    fs::copy(Path::new(TONES).join(tone), &file).expect("copied");
    file
}

#[test]
fn tracks_come_are_measured_and_go_while_the_app_runs() {
    let mut room = WorkerHarness::new(Some("music"), |dir| {
        add(&dir.join("music"), "tone.ogg");
    });
    room.until(WorkerHarness::is_analysed);
    assert_eq!(room.names(), ["tone.ogg"]);
    let music = room.dir.path().join("music");
    add(&music, "tone.mp3");
    room.until(|room| room.names() == ["tone.mp3", "tone.ogg"]);
    fs::remove_file(music.join("tone.ogg")).expect("removed");
    room.until(|room| room.names() == ["tone.mp3"]);
}

#[test]
fn a_missing_folder_gives_way_to_the_album_and_is_taken_when_it_comes() {
    let mut room = WorkerHarness::new(Some("music"), |dir| {
        add(&dir.join("album"), "tone.flac");
    });
    room.until(|room| room.problem.is_some() && room.names() == ["tone.flac"]);
    let words = room.problem.clone().expect("it is said");
    assert!(words.contains("music") && words.contains("--music"), "{words}");
    add(&room.dir.path().join("music"), "tone.ogg");
    room.until(|room| room.problem.is_none() && room.names() == ["tone.ogg"]);
}

/// The folder is unmounted and comes back as another folder at the same path. It is a question meanwhile, the album plays,
/// and then everything is there as it was, with changes noticed again.
#[test]
fn a_folder_that_is_gone_for_a_minute_is_a_question_and_comes_back_whole() {
    let mut room = WorkerHarness::new(Some("music"), |dir| {
        add(&dir.join("music"), "tone.ogg");
        add(&dir.join("music/deep"), "tone.mp3");
        add(&dir.join("album"), "tone.flac");
    });
    let measured = |room: &WorkerHarness| {
        room.entries.len() == 2 && room.entries.values().all(|entry| entry.track.facts.edges.is_some())
    };
    room.until(measured);
    let (music, away) = (room.dir.path().join("music"), room.dir.path().join("away"));
    fs::rename(&music, &away).expect("gone");
    fs::create_dir(&music).expect("an empty mount point");
    // A file that could not be played is what tells of it.
    room.worker.look_now();
    room.until(|room| room.problem.is_some() && room.names() == ["tone.flac"]);
    let words = room.problem.clone().expect("it is asked");
    assert!(words.contains("2 tracks were there before: is the drive") && words.contains("kept"), "{words}");
    fs::remove_dir(&music).expect("empty");
    fs::rename(&away, &music).expect("back");
    room.until(|room| room.problem.is_none() && measured(room));
    add(&music.join("deep"), "tone.m4a");
    room.until(|room| room.entries.len() == 3);
}

/// Half of the folder goes: it is asked, and it heals without a look through the whole folder.
#[test]
fn half_of_a_folder_that_is_gone_is_a_question_too() {
    let mut room = WorkerHarness::new(Some("music"), |dir| {
        add(&dir.join("music"), "tone.ogg");
        for name in ["one", "two", "three"] {
            add(&dir.join("music/nas").join(name), "tone.mp3");
        }
    });
    room.until(|room| room.entries.len() == 4);
    let (part, away) = (room.dir.path().join("music/nas"), room.dir.path().join("away"));
    fs::rename(&part, &away).expect("gone");
    fs::create_dir(&part).expect("an empty mount point");
    room.until(|room| room.problem.is_some() && room.names() == ["tone.ogg"]);
    let words = room.problem.clone().expect("it is asked");
    assert!(words.contains("3 of 4 tracks") && words.contains("--forget-missing"), "{words}");
    fs::remove_dir(&part).expect("empty");
    fs::rename(&away, &part).expect("back");
    room.until(|room| room.problem.is_none() && room.entries.len() == 4);
}

#[test]
fn a_damaged_library_is_said_and_the_music_is_there_all_the_same() {
    let mut room = WorkerHarness::new(Some("music"), |dir| {
        add(&dir.join("music"), "tone.ogg");
        fs::create_dir(dir.join("data")).expect("made");
        fs::write(dir.join("data/library.db"), "this is no database at all ".repeat(99)).expect("written");
    });
    room.until(|room| room.database.is_some() && room.names() == ["tone.ogg"]);
    assert!(room.database.as_ref().is_some_and(|words| words.contains("damaged")), "{:?}", room.database);
}

/// Settings that change while the threads run: what the descriptions are made of holds for tracks that were described
/// before, and the analysis is switched off and on.
#[test]
fn changed_settings_describe_the_tracks_anew_and_switch_the_analysis() {
    let mut room = WorkerHarness::new(Some("music"), |dir| {
        add(&dir.join("music"), "tone.flac");
    });
    room.until(WorkerHarness::is_analysed);
    // It has no tag for its valence.
    let valences = |room: &WorkerHarness| -> Vec<Option<f32>> {
        room.entries.values().map(|entry| entry.valence).collect()
    };
    let before = valences(&room);
    room.change_settings(|library| {
        library.reference_tracks = 1;
        library.analyse = false;
    });
    room.until(|room| valences(room) != before);
    add(&room.dir.path().join("music"), "tone.ogg");
    room.until(|room| room.entries.len() == 2);
    let analysed =
        |room: &WorkerHarness| room.entries.values().filter(|it| it.track.facts.edges.is_some()).count();
    assert_eq!(analysed(&room), 1);
    room.change_settings(|_| {});
    room.until(|room| analysed(room) == 2);
}
