//! What the program writes on request, as a process: closed pipes, full disks, links, named pipes and `/dev/stdout`.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::program;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn command(arguments: &[&str], home: &Path) -> Command {
    let mut command = program::attune(home);
    command.args(arguments).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Subcommands that print without a graphics card, each with little work.
fn printing(music: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["--help"],
        vec!["render", "--help"],
        vec!["--version"],
        vec!["settings", "list"],
        vec!["settings", "get", "mixer.volume"],
        vec!["settings", "set", "mixer.volume", "0.5"],
        vec!["settings", "reset", "mixer.volume"],
        vec!["taste"],
        vec!["scan", music, "--tags-only"],
        vec!["scan", music, "--tags-only", "--json"],
        vec!["library"],
        vec!["library", "stats"],
        vec!["playlists", "check"],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec!["journey", "--from", "sad", "--to", "happy", "--minutes", "5"],
        vec![
            "mix",
            "assets/music/neutral-01-plain-table.ogg",
            "assets/music/neutral-01-plain-table.ogg",
            "--around",
            "0.5",
        ],
    ]
}

/// A home with one known track, so that every command has something to print.
fn home_with_music(folder: &Path) -> String {
    let music = folder.join("music");
    fs::create_dir(&music).expect("made");
    fs::copy("assets/music/neutral-01-plain-table.ogg", music.join("one.ogg")).expect("copied");
    music.to_str().expect("plain names").to_owned()
}

/// `| head` has seen enough: no subcommand panics, and none calls it an error.
#[test]
fn a_closed_pipe_ends_every_subcommand_quietly() {
    let folder = folder();
    let music = home_with_music(folder.path());
    for arguments in printing(&music) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command(&arguments, folder.path()).stdout(writer).output().expect("starts");
        assert_eq!((output.status.code(), words(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// A full disk behind standard output is one sentence and a status that is not 0.
#[test]
fn a_full_disk_behind_standard_output_is_one_sentence() {
    let folder = folder();
    let music = home_with_music(folder.path());
    for arguments in printing(&music) {
        let full = File::options().write(true).open("/dev/full").expect("opens");
        let output = command(&arguments, folder.path()).stdout(full).output().expect("starts");
        let words = words(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {words}");
        assert_eq!(words.lines().count(), 1, "{arguments:?}: {words}");
        assert!(words.starts_with("attune: standard output") && words.contains("No space left"), "{words}");
    }
}

fn render(arguments: &[&str], home: &Path) -> Command {
    let mut command = command(&["render", "--for", "1", "--source", "clip"], home);
    command.args(arguments);
    command
}

fn is_report(text: &str) {
    let report: serde_json::Value = serde_json::from_str(text).expect("the report is JSON");
    assert_eq!(report["source"], "visitor clip");
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

/// Reads a named pipe to its end on a thread.
fn read_pipe(path: &Path) -> std::thread::JoinHandle<Vec<u8>> {
    let path = path.to_owned();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        File::open(path).expect("opens").read_to_end(&mut bytes).expect("read");
        bytes
    })
}

/// A report through a link, into a named pipe and to `/dev/stdout` goes there; nothing is renamed over.
#[test]
fn a_report_goes_where_it_is_sent() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let send = |file: &str| render(&["--report", file], folder.path()).output().expect("starts");

    symlink("real.json", at("link.json")).expect("linked");
    assert!(send(at("link.json").to_str().expect("plain")).status.success());
    assert!(fs::symlink_metadata(at("link.json")).expect("there").is_symlink());
    is_report(&fs::read_to_string(at("real.json")).expect("written"));

    make_pipe(&at("pipe"));
    let reader = read_pipe(&at("pipe"));
    assert!(send(at("pipe").to_str().expect("plain")).status.success());
    is_report(&String::from_utf8(reader.join().expect("read")).expect("text"));

    is_report(&String::from_utf8(send("/dev/stdout").stdout).expect("text"));
    // Into a file of the shell, after what is in it already.
    fs::write(at("log"), "before\n").expect("written");
    let log = File::options().append(true).open(at("log")).expect("opens");
    assert!(
        render(&["--report", "/dev/stdout"], folder.path()).stdout(log).status().expect("starts").success()
    );
    let log = fs::read_to_string(at("log")).expect("there");
    is_report(log.strip_prefix("before\n").expect("what was there stays"));
    assert!(!fs::symlink_metadata("/dev/stdout").expect("there").is_file());
}

/// A report or a sound that the disk does not take is one sentence with its name, and a status that is not 0.
#[test]
fn a_full_disk_behind_a_report_or_a_sound_is_one_sentence() {
    let folder = folder();
    for option in ["--report", "--audio"] {
        let output = render(&[option, "/dev/full"], folder.path()).output().expect("starts");
        let words = words(&output);
        assert_eq!(output.status.code(), Some(1), "{option}: {words}");
        assert_eq!(words.matches("No space left").count(), 1, "{option}: {words}");
        assert!(words.contains("/dev/full") && !words.contains("panicked"), "{option}: {words}");
    }
}

/// Sound into a named pipe is a stream that a player takes: a header, and a second of samples.
#[test]
fn sound_can_be_sent_into_a_pipe() {
    let folder = folder();
    let pipe = folder.path().join("sound.wav");
    make_pipe(&pipe);
    let reader = read_pipe(&pipe);
    let output = render(&["--audio", pipe.to_str().expect("plain")], folder.path()).output().expect("starts");
    assert!(output.status.success(), "{}", words(&output));
    let sound = reader.join().expect("read");
    assert_eq!(sound[..4], *b"RIFF");
    let seconds = (sound.len() - 44) as f64 / (2.0 * 2.0 * 48_000.0);
    assert!((seconds - 1.0).abs() < 0.1, "{seconds} s");
}

/// Plots, settings and databases that cannot be written are one sentence and status 2.
#[test]
fn a_full_disk_behind_other_files_is_one_sentence() {
    let folder = folder();
    let music = home_with_music(folder.path());
    for arguments in [
        vec!["journey", "--from", "sad", "--to", "happy", "--minutes", "5", "--plot", "/dev/full"],
        vec![
            "mix",
            "assets/music/neutral-01-plain-table.ogg",
            "assets/music/neutral-01-plain-table.ogg",
            "-o",
            "/dev/full",
        ],
        vec!["settings", "--config", "/dev/full", "set", "mixer.volume", "0.5"],
        vec!["scan", &music, "--database", "/dev/full"],
    ] {
        let output = command(&arguments, folder.path()).stdout(Stdio::null()).output().expect("starts");
        let words = words(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {words}");
        assert!(words.contains("/dev/full") && words.lines().count() == 1, "{arguments:?}: {words}");
    }
    let links = fs::symlink_metadata("/dev/full").expect("there");
    assert!(!links.is_file() && !links.is_symlink());
}
