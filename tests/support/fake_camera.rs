//! A camera made of a library that is put in front of the C library: open, ioctl
//! and poll on `/dev/videoN` are answered by it, so that nokhwa and the code
//! below it run for real. Such a library works only from the start of a process,
//! so a test runs itself again in a child process.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use image::{ImageFormat, Rgb, RgbImage};

const CHILD: &str = "ATTUNE_FAKE_CAMERA_CHILD";
const FRAMES: &str = "FAKECAM_DIR";
const CONTROL: &str = "FAKECAM_CTL";

/// The colour of every frame that a test makes: a warm tone that neither noise nor grey is.
pub const COLOUR: [u8; 3] = [200, 120, 60];

/// What the fake camera is told.
pub struct FakeCamera {
    frames: PathBuf,
    control: PathBuf,
}

impl FakeCamera {
    /// Runs a test with a fake camera `/dev/video0` that offers `formats` in 640×480.
    ///
    /// `test` is the full name of the test that calls this.
    pub fn run(test: &str, formats: &str, state: &str, body: impl FnOnce(&Self)) {
        if env::var_os(CHILD).is_some() {
            let path = |name| PathBuf::from(env::var_os(name).expect("set by the parent"));
            return body(&Self { frames: path(FRAMES), control: path(CONTROL) });
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        let camera = Self { frames: dir.path().join("frames"), control: dir.path().join("control") };
        fs::create_dir(&camera.frames).expect("a folder for frames");
        camera.set(state);
        camera.send_whole_frames();
        let output = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", test, "--nocapture"])
            .env(CHILD, "1")
            .env("LD_PRELOAD", library())
            .env("FAKECAM_FORMATS", formats)
            .env(FRAMES, &camera.frames)
            .env(CONTROL, &camera.control)
            .output()
            .expect("the test runs again");
        let words = format!(
            "{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "{words}");
        assert!(words.contains("1 passed"), "{test} is not the name of the test:\n{words}");
    }

    /// "ok", "gone", "stall", "busy" or "perm".
    pub fn set(&self, state: &str) {
        replace(&self.control, state.as_bytes());
    }

    /// From now on the frames are whole.
    pub fn send_whole_frames(&self) {
        replace(&self.frames.join("000.yuyv"), &yuyv());
        replace(&self.frames.join("000.jpg"), &jpeg());
    }

    /// From now on each JPEG is cut off in the middle.
    pub fn send_torn_frames(&self) {
        let whole = jpeg();
        // The buffer still holds the end of an earlier frame, as a driver's does; so cover it.
        let mut torn = whole[..whole.len() / 2].to_vec();
        torn.resize(whole.len() + 4_096, 0);
        replace(&self.frames.join("000.jpg"), &torn);
    }
}

/// Replaces a file at once: the camera reads it at any time.
fn replace(file: &Path, bytes: &[u8]) {
    let fresh = file.with_extension("fresh");
    fs::write(&fresh, bytes).expect("written");
    fs::rename(&fresh, file).expect("renamed");
}

fn yuyv() -> Vec<u8> {
    let [red, green, blue] = COLOUR.map(f32::from);
    let luma = 16.0 + 0.257 * red + 0.504 * green + 0.098 * blue;
    let cb = 128.0 - 0.148 * red - 0.291 * green + 0.439 * blue;
    let cr = 128.0 + 0.439 * red - 0.368 * green - 0.071 * blue;
    [luma, cb, luma, cr].map(|value| value.round() as u8).repeat(640 * 480 / 2)
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(640, 480, Rgb(COLOUR)).write_to(&mut bytes, ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

/// Compiles the library with the C compiler that building Attune needs anyway.
fn library() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/fakev4l.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Tests run side by side: each makes its own file, and the last one stays.
    let fresh =
        tempfile::Builder::new().suffix(".so").tempfile_in(folder).expect("a file in the target folder");
    let status = Command::new("cc")
        .args(["-O2", "-fPIC", "-shared", "-o"])
        .arg(fresh.path())
        .arg(&source)
        .args(["-ldl", "-lpthread"])
        .status()
        .expect("cc, the C compiler, is installed");
    assert!(status.success(), "cc compiles {}", source.display());
    let library = folder.join("libfakev4l.so");
    fresh.persist(&library).expect("renamed");
    library
}
