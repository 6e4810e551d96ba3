//! A camera made of a library that is put in front of the C library: open, ioctl
//! and poll on `/dev/videoN` are answered by it, so that the code above it, with
//! nokhwa and v4l, runs for real. Such a library works only from the start of a process,
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
        Self::run_with(test, &[("FAKECAM_FORMATS", formats)], state, body);
    }

    /// The same with variables as `fakev4l.c` lists them.
    pub fn run_with(test: &str, variables: &[(&str, &str)], state: &str, body: impl FnOnce(&Self)) {
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
            .envs(variables.iter().copied())
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

    /// From now on the frames of a format are these bytes. `format` is "yuyv", "jpg", or else the name of the format.
    pub fn send(&self, format: &str, bytes: &[u8]) {
        replace(&self.frames.join(format!("000.{format}")), bytes);
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
    raw_frame("YUYV", 0, VIDEO, |_, _| COLOUR)
}

/// `K_R` and `K_B` of a standard, and whether all values are used.
pub type Coding = (f64, f64, bool);

/// BT.601 in limited range: what webcams send unless they say otherwise.
pub const VIDEO: Coding = (0.299, 0.114, false);

/// Y′CbCr of a colour by the definitions of the standards.
fn coded([red, green, blue]: [u8; 3], (k_red, k_blue, full): Coding) -> [u8; 3] {
    let [red, green, blue] = [red, green, blue].map(f64::from);
    let y = k_red * red + (1.0 - k_red - k_blue) * green + k_blue * blue;
    let (cb, cr) = ((blue - y) / (2.0 * (1.0 - k_blue)), (red - y) / (2.0 * (1.0 - k_red)));
    let (light, colour, black) = if full { (1.0, 1.0, 0.0) } else { (219.0 / 255.0, 224.0 / 255.0, 16.0) };
    [black + light * y, 128.0 + colour * cb, 128.0 + colour * cr]
        .map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// A frame of 640×480 as a driver puts it into memory, with `pad` bytes after each line.
pub fn raw_frame(
    format: &str,
    pad: usize,
    coding: Coding,
    colour: impl Fn(usize, usize) -> [u8; 3],
) -> Vec<u8> {
    const WIDTH: usize = 640;
    const HEIGHT: usize = 480;
    let mut bytes = Vec::new();
    let mut line = |values: Vec<u8>, pad: usize| {
        bytes.extend(values);
        bytes.extend(std::iter::repeat_n(0xEE, pad));
    };
    let yuv = |x, y| coded(colour(x, y), coding);
    for y in 0..HEIGHT {
        let pairs = (0..WIDTH / 2).map(|pair| (yuv(2 * pair, y), yuv(2 * pair + 1, y)[0]));
        let pixels = (0..WIDTH).map(|x| colour(x, y));
        let values = match format {
            "YUYV" => pairs.flat_map(|([y0, cb, cr], y1)| [y0, cb, y1, cr]).collect(),
            "UYVY" => pairs.flat_map(|([y0, cb, cr], y1)| [cb, y0, cr, y1]).collect(),
            "RGB3" => pixels.flatten().collect(),
            "BGR3" => pixels.flat_map(|[red, green, blue]| [blue, green, red]).collect(),
            "GREY" => pixels.map(|[red, _, _]| red).collect(),
            "Y16 " => pixels.flat_map(|[red, _, _]| [0x5A, red]).collect(),
            _ => (0..WIDTH).map(|x| yuv(x, y)[0]).collect(),
        };
        line(values, pad);
    }
    let chroma = |which: usize, row: usize| (0..WIDTH / 2).map(move |column| (column, row, which));
    let sample = |(column, row, which): (usize, usize, usize)| yuv(2 * column, 2 * row)[which];
    for row in 0..HEIGHT / 2 {
        let both = |[first, second]: [usize; 2]| {
            chroma(first, row).zip(chroma(second, row)).flat_map(|(a, b)| [sample(a), sample(b)]).collect()
        };
        match format {
            "NV12" => line(both([1, 2]), pad),
            "NV21" => line(both([2, 1]), pad),
            _ => {}
        }
    }
    let planes: &[usize] = match format {
        "YU12" => &[1, 2],
        "YV12" => &[2, 1],
        _ => &[],
    };
    for which in planes {
        for row in 0..HEIGHT / 2 {
            line(chroma(*which, row).map(sample).collect(), pad / 2);
        }
    }
    bytes
}

/// A JPEG without Huffman tables, as cameras and AVI files have it.
pub fn jpeg_without_tables() -> Vec<u8> {
    let whole = jpeg();
    let (mut bare, mut at) = (whole[..2].to_vec(), 2);
    while whole[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]])) + 2;
        if whole[at + 1] != 0xC4 {
            bare.extend_from_slice(&whole[at..at + length]);
        }
        at += length;
    }
    bare.extend_from_slice(&whole[at..]);
    assert!(bare.len() + 400 < whole.len(), "the tables were there");
    bare
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
