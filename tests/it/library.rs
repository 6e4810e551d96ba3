//! The library as people meet it: `attune scan` and `attune library` on folders with wild files, cut off in the middle,
//! and on a database that was damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::attune;

fn tone(ending: &str) -> Vec<u8> {
    let tones = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music");
    fs::read(tones.join("tone").with_extension(ending)).expect("a tone")
}

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(dir.path().join("music")).expect("made");
        Self(dir)
    }

    fn music(&self) -> PathBuf {
        self.0.path().join("music")
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("attune/library.db")
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = self.music().join(name);
        fs::write(&file, bytes).expect("written");
        file
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = attune(self.0.path());
        command.args(arguments);
        command
    }

    fn attune(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn scan(&self) -> Value {
        let output = self.attune(&["scan", &self.music().display().to_string(), "--json"]);
        assert!(output.status.success(), "{}", words(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Names and reasons of what a summary lists as unusable.
fn unusable(summary: &Value) -> Vec<(String, String)> {
    let listed = summary["unreadable"].as_array().expect("a list").iter();
    listed
        .map(|it| {
            let file = Path::new(it["file"].as_str().expect("a name"));
            let name = file.file_name().expect("a file").to_string_lossy().into_owned();
            (name, it["reason"].as_str().expect("words").to_owned())
        })
        .collect()
}

#[cfg(unix)]
#[test]
fn a_folder_of_wild_files_is_scanned_and_each_is_listed_with_its_reason() {
    let home = Home::new();
    let ogg = tone("ogg");
    home.put("good.ogg", &ogg);
    home.put("good, but misnamed.mp3", &tone("flac"));
    home.put("cut.ogg", &ogg[..50]);
    home.put("empty.wav", &[]);
    let mut noise = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    })
    .take(20_000)
    .collect();
    home.put("noise.m4a", &noise);
    home.put("noise.flac", &[b"fLaC".as_slice(), &noise].concat());
    home.put("opus.ogg", &tone("opus"));
    home.put("wavpack.flac", b"wvpk and more");
    fs::create_dir(home.music().join("folder.ogg")).expect("made");
    std::os::unix::fs::symlink("nowhere", home.music().join("dangling.mp3")).expect("linked");
    std::os::unix::fs::symlink(home.music(), home.music().join("circle")).expect("linked");
    let made = Command::new("mkfifo").arg(home.music().join("pipe.ogg")).status();
    assert!(made.expect("mkfifo is there").success());
    let summary = home.scan();
    assert_eq!((summary["tracks"].as_u64(), summary["measured"].as_u64()), (Some(3), Some(3)), "{summary}");
    let listed = unusable(&summary);
    let reason = |name: &str| {
        let found = listed.iter().find(|(file, _)| file == name);
        found.map_or_else(|| panic!("{name} is not listed: {listed:?}"), |(_, reason)| reason.as_str())
    };
    for (name, holds) in [
        ("cut.ogg", "its "),
        ("empty.wav", "is empty"),
        ("noise.m4a", "is not music that can be decoded"),
        ("noise.flac", "its "),
        ("wavpack.flac", "is WavPack"),
        ("dangling.mp3", "cannot be opened"),
        ("pipe.ogg", "is no file"),
    ] {
        assert!(reason(name).contains(holds), "{name}: {}", reason(name));
    }
    assert_eq!(listed.len(), 7, "{listed:?}");
    let shown = words(&home.attune(&["library", "list"]));
    assert!(shown.contains("7 files cannot be used") && shown.contains("empty.wav: is empty"), "{shown}");
    let output = home.attune(&["library", "list", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["tracks"].as_array().map(Vec::len), Some(3));
    assert_eq!(unusable(&json), listed);
    // What cannot be used says so when it is asked for, too.
    let file = home.music().join("empty.wav").display().to_string();
    let shown = words(&home.attune(&["library", "show", &file]));
    assert!(shown.contains("cannot be used: is empty"), "{shown}");
}

#[test]
fn remedies_name_what_can_be_done() {
    let home = Home::new();
    let shown = words(&home.attune(&["library"]));
    assert!(shown.contains("the library is empty; analyse your music with `attune scan DIR`"), "{shown}");
    let shown = words(&home.attune(&["library", "show", "/mistyped.ogg"]));
    assert!(shown.contains("no such file") && !shown.contains("scan /"), "{shown}");
    let file = home.put("new.ogg", &tone("ogg"));
    let shown = words(&home.attune(&["library", "show", &file.display().to_string()]));
    assert!(shown.contains(&format!("`attune scan {}`", home.music().display())), "{shown}");
    let shown = words(&home.attune(&["scan", &file.display().to_string()]));
    assert!(shown.contains("not a folder"), "{shown}");
}

/// Tracks of different contents, so that each is measured for itself.
fn fill(home: &Home, count: usize) {
    for number in 0..count {
        let mut bytes = tone("ogg");
        bytes.extend(number.to_le_bytes());
        home.put(&format!("{number:03}.ogg"), &bytes);
    }
}

#[test]
fn a_scan_that_was_killed_goes_on_where_it_was() {
    const TRACKS: u64 = 60;
    let home = Home::new();
    fill(&home, TRACKS as usize);
    let music = home.music().display().to_string();
    let mut killed =
        home.command(&["scan", &music, "--jobs", "1"]).stderr(Stdio::null()).spawn().expect("starts");
    let measured = || {
        let output = home.attune(&["library", "stats", "--json"]);
        let stats: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        stats.and_then(|stats| stats["measured"].as_u64()).unwrap_or(0)
    };
    let deadline = Instant::now() + Duration::from_mins(2);
    while measured() == 0 {
        assert!(Instant::now() < deadline, "the scan measures nothing");
    }
    // On Unix this is a SIGKILL.
    killed.kill().expect("killed");
    killed.wait().expect("it has ended");
    let before = measured();
    let summary = home.scan();
    assert_eq!(summary["measured"].as_u64(), Some(TRACKS));
    assert_eq!(summary["work"]["tracks"].as_u64(), Some(TRACKS - before), "only what was left is measured");
    assert_eq!(unusable(&summary), []);
}

#[test]
fn a_damaged_library_is_set_aside_with_words_and_what_people_set_is_kept() {
    let home = Home::new();
    fill(&home, 30);
    home.scan();
    let file = home.music().join("003.ogg").display().to_string();
    assert!(home.attune(&["library", "override", &file, "--valence", "0.8125"]).status.success());
    // The pages of a large middle part are overwritten, as a bad disk would.
    let mut bytes = fs::read(home.database()).expect("read");
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let set = bytes.windows(4).rposition(|four| *four == 0.8125_f64.to_be_bytes()[..4]).unwrap_or(0) / page;
    for number in 1..bytes.len() / page {
        if number != set && number % 2 == 1 {
            bytes[number * page..(number + 1) * page].fill(0x5A);
        }
    }
    fs::write(home.database(), bytes).expect("written");
    let output = home.attune(&["library", "stats"]);
    let shown = words(&output);
    assert!(
        output.status.success() && shown.contains("damaged") && shown.contains("A new one is built"),
        "{shown}"
    );
    let folder = fs::read_dir(home.database().parent().expect("a folder")).expect("a folder");
    let names = folder.filter_map(Result::ok).map(|item| item.file_name().to_string_lossy().into_owned());
    assert_eq!(names.filter(|name| name.contains("damaged-") && !name.contains("db-")).count(), 1);
    let summary = home.scan();
    assert_eq!((summary["tracks"].as_u64(), summary["measured"].as_u64()), (Some(30), Some(30)));
    let shown = words(&home.attune(&["library", "show", &file]));
    assert!(shown.contains("0.81 (you)"), "{shown}");
}

/// An option means the same before the subcommand and behind it.
#[test]
fn a_database_may_be_named_before_the_subcommand() {
    let home = Home::new();
    home.put("a.ogg", &tone("ogg"));
    let (music, named) =
        (home.music().display().to_string(), home.0.path().join("named.db").display().to_string());
    let output = home.attune(&["--database", &named, "scan", &music, "--tags-only"]);
    assert!(output.status.success(), "{}", words(&output));
    assert!(Path::new(&named).is_file() && !home.database().exists());
    let shown = words(&home.attune(&["--database", &named, "--json", "library", "stats"]));
    assert!(shown.contains("\"tracks\": 1"), "{shown}");
}

/// A struck note twice a second, for half a minute.
fn write_pulses(file: &Path, hz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 22_050,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).expect("made");
    for n in 0..22_050 * 30 {
        let time = f64::from(n) / 22_050.0;
        let since = (time * 2.0).fract() / 2.0;
        let value = 0.6 * (-since * 18.0).exp() * (std::f64::consts::TAU * hz * since).sin();
        writer.write_sample((value * 32_767.0) as i16).expect("written");
    }
    writer.finalize().expect("written");
}

/// `attune mix` renders what a run would play: on the beats that the library knows, and not on those that a person has
/// denied.
#[test]
fn a_mix_follows_what_the_library_knows_and_what_a_person_set() {
    let home = Home::new();
    let files = [("a.wav", 110.0), ("b.wav", 165.0)].map(|(name, hz)| {
        let file = home.music().join(name);
        write_pulses(&file, hz);
        file.display().to_string()
    });
    let is_on_downbeat = || {
        let output = home.attune(&["mix", &files[0], &files[1], "--at", "10", "--around", "1", "--json"]);
        let mix: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", words(&output)));
        mix["plan"]["on_downbeat"].as_bool().expect("a plan")
    };
    assert!(!is_on_downbeat(), "no library, no beats");
    home.scan();
    assert!(is_on_downbeat());
    let output = home.attune(&["library", "override", &files[0], "--tempo", "100"]);
    assert!(output.status.success(), "{}", words(&output));
    assert!(!is_on_downbeat(), "nobody knows where beats of 100 BPM lie in pulses of 120");
}

#[derive(bevy::prelude::Resource, Default)]
struct Picked(Vec<PathBuf>);

/// A track that cannot be played because its folder is gone lets the folder be looked into at once: it is a question, the
/// album plays, and the folder is in use again when it is back.
#[test]
fn a_folder_that_goes_while_music_plays_is_noticed_by_the_track_that_fails() {
    use attune::foundation::{ClockMode, Faults, FoundationPlugin};
    use attune::music::{
        LibraryOptions, LibrarySettings, MusicOptions, MusicPlugin, MusicSettings, Pick, TrackWanted, faults,
    };
    use bevy::prelude::{App, Last, MessageReader, MinimalPlugins, ResMut};

    let home = Home::new();
    fill(&home, 4);
    let (album, away) = (home.0.path().join("album"), home.0.path().join("away"));
    fs::create_dir(&album).expect("made");
    fs::write(album.join("album.ogg"), tone("ogg")).expect("written");
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, FoundationPlugin))
        .insert_resource(ClockMode::Live)
        .insert_resource(MusicSettings { look_again_seconds: 1.0, ..MusicSettings::default() })
        .insert_resource(LibrarySettings {
            analyse: false,
            settle_seconds: 0.1,
            ..LibrarySettings::default()
        })
        .insert_resource(LibraryOptions { database: Some(home.database()) })
        .insert_resource(MusicOptions {
            folder: Some(home.music()),
            album: Some(album.clone()),
            ..MusicOptions::default()
        })
        .init_resource::<Picked>()
        .add_plugins(MusicPlugin)
        .add_systems(Last, |mut picked: ResMut<Picked>, mut picks: MessageReader<Pick>| {
            picked.0.extend(picks.read().map(|pick| pick.track.path.clone()));
        });
    let until = |app: &mut App, what: &str, wanted: TrackWanted, holds: &dyn Fn(&App) -> bool| {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !holds(app) {
            assert!(Instant::now() < deadline, "{what}");
            app.world_mut().write_message(wanted);
            app.update();
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let last_is_below = |app: &App, folder: &Path| {
        app.world().resource::<Picked>().0.last().is_some_and(|path| path.starts_with(folder))
    };
    let music = home.music();
    until(&mut app, "music plays", TrackWanted::Silence, &|app| last_is_below(app, &music));
    fs::rename(&music, &away).expect("gone");
    fs::create_dir(&music).expect("an empty mount point");
    until(&mut app, "the album plays", TrackWanted::Unplayable, &|app| {
        last_is_below(app, &album) && app.world().resource::<Faults>().holds(faults::FOLDER)
    });
    fs::remove_dir(&music).expect("empty");
    fs::rename(&away, &music).expect("back");
    until(&mut app, "the music is back", TrackWanted::EndNear, &|app| {
        last_is_below(app, &music) && !app.world().resource::<Faults>().holds(faults::FOLDER)
    });
}
