//! Playlists, journeys and taste as a person meets them: on the command line, and in a live app.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use attune::app::settings::Settings;
use attune::command::{Command, Request, Toast};
use attune::event::FeedbackKind;
use attune::foundation::{ClockMode, FoundationPlugin, LocalTime};
use attune::music::faults;
use attune::music::taste::{FEATURES, FeedbackEvent, TasteStore};
use attune::music::{MusicOptions, MusicPlugin, Pick, TasteOptions};
use bevy::prelude::*;
use serde_json::Value;

use super::program::attune;

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, words: &str) -> String {
        fs::write(self.file(name), words).expect("written");
        self.file(name).display().to_string()
    }

    fn attune(&self, arguments: &[&str]) -> Output {
        attune(self.0.path()).args(arguments).output().expect("the program starts")
    }

    fn taste(&self) -> PathBuf {
        self.file("attune/taste.sqlite3")
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn event(kind: FeedbackKind) -> FeedbackEvent {
    let mut features = [0.0; FEATURES];
    features[0] = 1.0;
    let at = LocalTime::stepped(0.0);
    FeedbackEvent { at, kind, file: "a.ogg".into(), title: "Low Tide".into(), artist: None, features }
}

#[test]
fn the_shipped_playlists_find_music_in_the_starter_album() {
    let output = Home::new().attune(&["playlists", "check"]);
    assert!(output.status.success(), "{}", words(&output));
    assert!(words(&output).contains("surprise"), "{}", words(&output));
}

#[test]
fn an_empty_playlist_and_a_broken_one_end_with_status_1() {
    let home = Home::new();
    fs::create_dir(home.file("music")).expect("made");
    let music = home.file("music").display().to_string();
    let output = home.attune(&["playlists", "check", "--music", &music]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("finds no track"), "{}", words(&output));
    let broken =
        home.write("mine.ron", "(\n  sad: (rules: [\n    (moods: [\"calm\"]),\n    (genre: [\"x\"]),\n  ]))");
    let output = home.attune(&["playlists", "check", "--playlists", &broken]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        words(&output).contains("mine.ron:4:") && words(&output).contains("sad.rules[2]"),
        "{}",
        words(&output)
    );
}

#[test]
fn a_list_with_a_missing_file_is_named_with_its_line() {
    let home = Home::new();
    home.write("evening.m3u8", "\u{feff}#EXTM3U\n#EXTINF:95,Gone Away\ngone.ogg\n");
    let mine = home.write("mine.ron", "(empty: (rules: [(moods: [\"empty\"]), (list: \"evening.m3u8\")]))");
    let output = home.attune(&["playlists", "check", "--playlists", &mine]);
    assert_eq!(output.status.code(), Some(1));
    for part in ["empty.rules[2]", "evening.m3u8:3", "gone.ogg (Gone Away)"] {
        assert!(words(&output).contains(part), "{part}: {}", words(&output));
    }
}

#[test]
fn a_journey_is_printed_and_drawn() {
    let home = Home::new();
    let plot = home.file("way.png").display().to_string();
    let arguments = ["journey", "--from", "sad", "--to", "calm", "--minutes", "12", "--plot", &plot];
    let output = home.attune(&arguments);
    assert!(output.status.success(), "{}", words(&output));
    let text = words(&output);
    assert!(text.contains("0:00") && text.contains("the end"), "{text}");
    let picture = image::open(&plot).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (1_000, 1_000));
    // A folder with two pieces that lie far apart has a gap, and it is said what would close it.
    let music = home.file("music");
    fs::create_dir(&music).expect("made");
    for piece in ["sad-01-rain-on-slate.ogg", "calm-02-low-tide.ogg"] {
        let album = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/music");
        fs::copy(album.join(piece), music.join(piece)).expect("copied");
    }
    let music = music.display().to_string();
    let output = home.attune(&["journey", "--from", "sad", "--to", "calm", "--music", &music]);
    let text = words(&output);
    assert!(text.contains("from Rain on Slate to Low Tide is sudden: a distance of 1.1"), "{text}");
    assert!(text.contains("Tracks with brightness 0.3") && text.contains("would fill the gap"), "{text}");
    let output = home.attune(&["journey", "--from", "sad", "--to", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("nowhere") && words(&output).contains("calm"), "{}", words(&output));
}

#[test]
fn taste_is_shown_exported_and_wiped_for_one_profile() {
    let home = Home::new();
    assert!(words(&home.attune(&["taste"])).contains("nothing was learned yet"));
    let mut store = TasteStore::open(&home.taste()).expect("opened").store;
    store.add("household", &[event(FeedbackKind::Liked), event(FeedbackKind::Finished)]).expect("kept");
    store.add("ada", &[event(FeedbackKind::NotNow)]).expect("kept");
    drop(store);
    let shown = words(&home.attune(&["taste"]));
    assert!(shown.contains("1 liked") && shown.contains("Low Tide") && shown.contains("ada"), "{shown}");
    let file = home.file("taste.json");
    let output = home.attune(&["taste", "export", &file.display().to_string(), "--profile", "ada"]);
    assert!(output.status.success(), "{}", words(&output));
    let exported: Value = serde_json::from_str(&fs::read_to_string(&file).expect("written")).expect("JSON");
    assert_eq!(exported["events"][0]["sign"], "not_now");
    assert_eq!(exported["weights"].as_array().map(Vec::len), Some(FEATURES));
    assert!(home.attune(&["taste", "wipe"]).status.success());
    let store = TasteStore::open(&home.taste()).expect("opened").store;
    assert_eq!(store.profiles().expect("read"), [("ada".to_owned(), 1)]);
}

#[derive(Resource, Default)]
struct Picked(Vec<Pick>);

fn listen(mut picked: ResMut<Picked>, mut picks: MessageReader<Pick>) {
    picked.0.extend(picks.read().cloned());
}

/// A live app with the starter album; the wall clock, the threads and the file are real.
fn live(home: &Home, playlists: Option<PathBuf>) -> App {
    let mut app = App::new();
    let settings = Settings::default();
    app.add_plugins((MinimalPlugins, FoundationPlugin))
        .insert_resource(ClockMode::Live)
        .insert_resource(settings.music)
        .insert_resource(settings.library)
        .insert_resource(MusicOptions { playlists, seed: 1, ..MusicOptions::default() })
        .insert_resource(TasteOptions { file: Some(home.taste()), profile: "ada".into() })
        .init_resource::<Picked>()
        .add_plugins(MusicPlugin)
        .add_systems(Last, listen);
    app
}

fn until(app: &mut App, what: &str, mut holds: impl FnMut(&mut App) -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds(app) {
        assert!(Instant::now() < deadline, "{what}");
        app.update();
    }
}

#[test]
fn a_like_is_answered_and_is_on_the_disk_when_the_app_is_gone() {
    let home = Home::new();
    let mut app = live(&home, None);
    until(&mut app, "a pick", |app| !app.world().resource::<Picked>().0.is_empty());
    app.world_mut().write_message(Request::script(Command::Like));
    until(&mut app, "an answer", |app| {
        let now = app.world().resource::<Time>().elapsed();
        app.world().resource::<Toast>().words(now).is_some_and(|words| words.starts_with("You like "))
    });
    app.world_mut().write_message(Request::script(Command::NotNow));
    until(&mut app, "another pick", |app| app.world().resource::<Picked>().0.len() == 2);
    let picked = app.world().resource::<Picked>().0.clone();
    assert_ne!(picked[0].track, picked[1].track);
    assert!(!picked[0].why.is_empty());
    drop(app);
    let store = TasteStore::open(&home.taste()).expect("opened").store;
    let signs: Vec<(FeedbackKind, String)> =
        store.events("ada").expect("read").into_iter().map(|event| (event.kind, event.title)).collect();
    let title = picked[0].track.title.clone();
    assert_eq!(signs, [(FeedbackKind::Liked, title.clone()), (FeedbackKind::NotNow, title)]);
}

#[test]
fn playlists_that_change_are_taken_over_and_a_mistake_is_a_fault_that_heals() {
    use attune::foundation::Faults;
    let home = Home::new();
    let file = home.file("mine.ron");
    fs::write(&file, "()").expect("written");
    let mut app = live(&home, Some(file.clone()));
    let holds = |app: &mut App| app.world().resource::<Faults>().holds(faults::PLAYLISTS);
    until(&mut app, "a pick", |app| !app.world().resource::<Picked>().0.is_empty());
    fs::write(&file, "(empty: (rules: [(genre: [\"x\"])]))").expect("written");
    until(&mut app, "a fault", holds);
    let said: Vec<String> = {
        let faults = app.world().resource::<Faults>();
        faults.active().map(|(_, fault)| fault.what.clone()).collect()
    };
    let said = said.join("; ");
    assert!(said.contains("mine.ron:1:") && said.contains("empty.rules[1]"), "{said}");
    fs::write(&file, "(empty: (rules: [(moods: [\"happy\"])]))").expect("written");
    until(&mut app, "healed", |app| !holds(app));
    // Which playlists hold is heard in what is chosen.
    until(&mut app, "another track", |app| {
        app.world_mut().write_message(Request::script(Command::NextTrack));
        app.update();
        let picked = &app.world().resource::<Picked>().0;
        picked.last().is_some_and(|pick| path_says(&pick.track.path, "happy"))
    });
}

fn path_says(path: &Path, word: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(word))
}
