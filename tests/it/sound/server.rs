//! Real sound: the program plays into a `PulseAudio` server without a sound card, whose output is recorded.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::test_rig::{Tone, power};
use crate::machine::has_sound_server;
use crate::program::attune;

/// Ends a program when the test is over, however it ends.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for something, with a deadline that only a broken machine reaches.
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} never came");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A sound server with a sink that goes nowhere.
struct Server {
    folder: PathBuf,
    running: Option<Ended>,
}

impl Server {
    fn start(&mut self) {
        let socket = self.folder.join("pulse.socket");
        let _ = std::fs::remove_file(&socket);
        let server = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"])
            .args(["-L", "module-null-sink sink_name=null rate=48000 format=s16le channels=2"])
            .arg("-L")
            .arg(format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display()))
            .env("HOME", &self.folder)
            .env("XDG_RUNTIME_DIR", &self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        self.running = Some(Ended(server));
        wait_for("the socket of the sound server", || socket.exists());
    }

    fn address(&self) -> String {
        format!("unix:{}", self.folder.join("pulse.socket").display())
    }

    /// Records what the sink plays into a file of 16-bit stereo at 48 kHz.
    fn record(&self, file: &Path) -> Ended {
        let out = std::fs::File::create(file).expect("created");
        let recorder = Command::new("parec")
            .args(["-d", "null.monitor", "--format=s16le", "--rate=48000", "--channels=2", "--raw"])
            .env("PULSE_SERVER", self.address())
            .env("HOME", &self.folder)
            .stdout(out)
            .stderr(Stdio::null())
            .spawn()
            .expect("the recorder starts");
        Ended(recorder)
    }
}

/// The left channel of a recording.
fn left(file: &Path) -> Vec<f64> {
    let bytes = std::fs::read(file).unwrap_or_default();
    bytes
        .chunks_exact(4)
        .map(|frame| f64::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0)
        .collect()
}

/// Whether the last half second of a recording is music.
fn sounds(file: &Path) -> bool {
    let heard = left(file);
    heard.len() > 24_000 && power(&heard[heard.len() - 24_000..]) > 1e-3
}

#[test]
fn the_program_is_heard_through_a_sound_server_and_again_after_the_server_was_gone() {
    if !has_sound_server() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let music = dir.path().join("music");
    Tone { amplitude: 0.3, ..Tone::new(500.0, 120.0) }.write(&music.join("empty").join("tone.wav"));
    let mut server = Server { folder: dir.path().to_owned(), running: None };
    server.start();
    let log = std::fs::File::create(dir.path().join("attune.log")).expect("created");
    let program = attune(dir.path())
        .args(["--headless", "--source", "clip", "--for", "300", "--music"])
        .arg(&music)
        .env("PULSE_SERVER", server.address())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("attune starts");
    let _program = Ended(program);
    let first = dir.path().join("first.raw");
    let recorder = server.record(&first);
    wait_for("sound", || sounds(&first));
    wait_for("five seconds of it", || left(&first).len() > 48_000 * 6 && sounds(&first));
    drop(recorder);
    let heard = left(&first);
    let tail = &heard[heard.len() - 48_000..];
    let pitch = super::test_rig::pitch(tail);
    assert!((pitch - 500.0).abs() < 1.0, "{pitch} Hz");
    assert!(tail.iter().all(|sample| sample.abs() < 0.9));

    server.running = None;
    std::thread::sleep(Duration::from_secs(1));
    server.start();
    let back = Instant::now();
    let second = dir.path().join("second.raw");
    let _recorder = server.record(&second);
    wait_for("sound after the return of the server", || sounds(&second));
    eprintln!("sound was back {:.1} s after the server", back.elapsed().as_secs_f32());
    let heard = left(&second);
    let pitch = super::test_rig::pitch(&heard[heard.len() - 20_000..]);
    assert!((pitch - 500.0).abs() < 1.0, "{pitch} Hz");
}
