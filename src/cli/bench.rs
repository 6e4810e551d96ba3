//! `attune bench`: CPU time per camera frame on this machine, on one core.
//!
//! Everything runs on one thread, on frames of the visitor clip in memory, at ten frames per second of app time. The
//! CPU time of that thread is measured, since other processes influence it little.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use cpu_time::ThreadTime;
use image::RgbImage;
use image::imageops::{FilterType, overlay, resize};
use indicatif::ProgressBar;
use serde::Serialize;

use super::args::{CommonArgs, SettingsArgs};
use super::bench_smooth::{DrawTarget, bench_smooth};
use super::machine::describe_machine;
use super::print::{PrintError, print_line};
use super::setup::{configure, prepare};
use crate::app::settings::Settings;
use crate::app::terminal::progress_bar;
use crate::foundation::{ClockMode, Folders, stats, write_output_file};
use crate::frame::Frame;
use crate::mixer::SoundOutput;
use crate::mood::Mood;
use crate::report::{Percentiles, peak_rss_mb};
use crate::sense::camera::{CameraSettings, ClipSource, FrameSource as _, SourceSpec};
use crate::vision::perception::{FaceReader, Reading};
use crate::visuals::PictureOutput;

/// Frame size with one and two faces, in pixels.
const CAMERA: [u32; 2] = [640, 480];
/// Frame size with four faces, in pixels.
const ROOM: [u32; 2] = [1280, 720];
/// Seconds at which each visitor of the clip arrives. Each stays for longer than [`TOGETHER`].
const ARRIVALS: [f64; 4] = [2.0, 23.0, 44.0, 70.0];
/// Number of frames with several visitors side by side.
const TOGETHER: u64 = 150;
/// Every how many frames detection and classification are also measured separately.
const EVERY: u64 = 10;
/// App time within which the first mood must appear.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Args)]
pub(super) struct BenchArgs {
    /// Also write the results as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Instead, run the whole app while scenes, tracks and the library change, and measure every frame.
    #[arg(long)]
    smooth: bool,
    /// Seconds of that run.
    #[arg(long = "for", value_name = "SECONDS", default_value = "300", value_parser = super::args::seconds, requires = "smooth")]
    seconds: f64,
    /// What that run draws into.
    #[arg(long, value_name = "WHAT", default_value = "nothing", requires = "smooth")]
    draw: DrawTarget,
}

impl BenchArgs {
    /// Whether a window is asked for.
    pub(super) fn opens_window(&self) -> bool {
        self.smooth && self.draw == DrawTarget::Window
    }
}

/// The results, as `--json` writes them. Times are in milliseconds; all but `first_mood_ms` are CPU time of one thread.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct BenchFigures {
    /// From a 640×480 frame with one face to its reading, without decoding: mean over the clip.
    cpu_ms_per_frame: f64,
    /// Decoding one 320×240 picture of the clip.
    decode_ms: Percentiles,
    /// One run of the detector on a 640×480 frame.
    detect_ms: Percentiles,
    /// One run of the expression networks on one face.
    classify_ms: Percentiles,
    faces: CostByFaces,
    /// 1000 / `cpu_ms_per_frame`.
    sustained_fps_one_core: f64,
    /// Peak memory of this process after the frames with one face, in MB (10⁶ bytes); null if the system does not
    /// report it.
    peak_rss_mb: Option<f64>,
    /// From the start of the program to the first mood: wall-clock time until the app runs, plus app time from the
    /// first face to the first mood.
    first_mood_ms: f64,
    machine: String,
}

/// Mean CPU time of a frame by number of faces: one and two at 640×480, four at 1280×720.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct CostByFaces {
    #[serde(rename = "1")]
    one: f64,
    #[serde(rename = "2")]
    two: f64,
    #[serde(rename = "4")]
    four: f64,
}

pub(super) fn bench(args: &BenchArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    if args.smooth {
        return bench_smooth(&args.settings, folders, args.json.as_deref(), args.draw, args.seconds);
    }
    let settings = configure(&args.settings, folders)?.settings;
    let bar = progress_bar(Some(890 + 2 * TOGETHER), "{msg:32} {bar:40} {percent:>3} %");
    let figures = measure(&settings, args, folders, &bar)?;
    bar.finish_and_clear();
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&figures)? + "\n";
        write_output_file(file, text.as_bytes()).context("--json")?;
    }
    print(&figures)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(
    settings: &Settings,
    args: &BenchArgs,
    folders: &Folders,
    bar: &ProgressBar,
) -> anyhow::Result<BenchFigures> {
    bar.set_message("one face, 640×480");
    let single = one_face(settings, bar)?;
    let peak_rss_mb = peak_rss_mb();
    bar.set_message("two faces, 640×480");
    let two = together(settings, &ARRIVALS[..2], CAMERA, bar)?;
    bar.set_message("four faces, 1280×720");
    let four = together(settings, &ARRIVALS, ROOM, bar)?;
    bar.set_message("from start to first mood");
    let first_mood_ms = first_mood(args, folders)?;
    let cpu_ms_per_frame = mean(&single.watch);
    Ok(BenchFigures {
        cpu_ms_per_frame,
        decode_ms: percentiles(single.decode),
        detect_ms: percentiles(single.detect),
        classify_ms: percentiles(single.classify),
        faces: CostByFaces { one: cpu_ms_per_frame, two, four },
        sustained_fps_one_core: if cpu_ms_per_frame > 0.0 { 1_000.0 / cpu_ms_per_frame } else { 0.0 },
        peak_rss_mb,
        first_mood_ms,
        machine: describe_machine(),
    })
}

/// Single measurements in milliseconds.
#[derive(Default)]
struct ClipCosts {
    decode: Vec<f64>,
    watch: Vec<f64>,
    detect: Vec<f64>,
    classify: Vec<f64>,
}

fn reader(settings: &Settings) -> anyhow::Result<FaceReader> {
    Ok(FaceReader::load(&settings.face, &settings.expression, &settings.perception)?)
}

/// Measures the CPU time of this thread in milliseconds.
fn cost<T>(work: impl FnOnce() -> T) -> anyhow::Result<(T, f64)> {
    let begin = ThreadTime::try_now().context("this system does not report CPU time")?;
    let result = work();
    let spent = begin.try_elapsed().context("this system does not report CPU time")?;
    Ok((result, spent.as_secs_f64() * 1_000.0))
}

/// The whole clip, scaled to the frame of a camera.
fn one_face(settings: &Settings, bar: &ProgressBar) -> anyhow::Result<ClipCosts> {
    let mut clip = ClipSource::open(None, &settings.camera)?;
    // Two readers, so that the separate runs do not help the one that tracks the face.
    let (mut reader, other) = (reader(settings)?, reader(settings)?);
    let mut costs = ClipCosts::default();
    for index in 0..u64::from(clip.pictures()) {
        let (picture, decode) = cost(|| clip.next_frame())?;
        let picture = picture?;
        let frame = side_by_side(&[picture], CAMERA)?;
        let (read, watch) = cost(|| reader.watch(&frame, frame.at))?;
        read?;
        costs.decode.push(decode);
        costs.watch.push(watch);
        if index % EVERY == 0 {
            let (faces, detect) = cost(|| other.detect(&frame))?;
            costs.detect.push(detect);
            let faces = faces?;
            if faces.len() == 1 {
                let (read, classify) = cost(|| other.classify(&frame, faces))?;
                read?;
                costs.classify.push(classify);
            }
        }
        bar.inc(1);
    }
    Ok(costs)
}

/// Mean CPU time of a frame with several visitors, in milliseconds.
fn together(settings: &Settings, arrivals: &[f64], size: [u32; 2], bar: &ProgressBar) -> anyhow::Result<f64> {
    let clips: anyhow::Result<Vec<ClipSource>> =
        arrivals.iter().map(|at| clip_from(Duration::from_secs_f64(*at), &settings.camera)).collect();
    let mut clips = clips?;
    let mut reader = reader(settings)?;
    let mut costs = Vec::new();
    for _ in 0..TOGETHER {
        let pictures: Result<Vec<Frame>, _> = clips.iter_mut().map(ClipSource::next_frame).collect();
        let frame = side_by_side(&pictures?, size)?;
        let (read, watch) = cost(|| reader.watch(&frame, frame.at))?;
        read?;
        costs.push(watch);
        bar.inc(1);
    }
    Ok(mean(&costs))
}

/// The clip, positioned before the picture at `start`.
fn clip_from(start: Duration, settings: &CameraSettings) -> anyhow::Result<ClipSource> {
    let mut clip = ClipSource::open(None, settings)?;
    while clip.next_frame()?.at + STEP < start {}
    Ok(clip)
}

/// One, two or four pictures in a frame, each as large as fits, with the time of the first.
fn side_by_side(pictures: &[Frame], [width, height]: [u32; 2]) -> anyhow::Result<Frame> {
    let columns = (pictures.len() as f64).sqrt().ceil().max(1.0) as u32;
    let rows = (pictures.len() as u32).div_ceil(columns).max(1);
    let mut canvas = RgbImage::new(width, height);
    for (place, picture) in (0..).zip(pictures) {
        let (cell_width, cell_height) = (width / columns, height / rows);
        let scale = (f64::from(cell_width) / f64::from(picture.width()))
            .min(f64::from(cell_height) / f64::from(picture.height()));
        let [w, h] = [picture.width(), picture.height()].map(|side| (f64::from(side) * scale) as u32);
        let image = RgbImage::from_raw(picture.width(), picture.height(), picture.rgb().to_vec())
            .context("a picture has no pixels")?;
        let (x, y) = (place % columns * cell_width + (cell_width - w) / 2, place / columns * cell_height);
        let y = y + (cell_height - h) / 2;
        overlay(&mut canvas, &resize(&image, w, h, FilterType::Triangle), x.into(), y.into());
    }
    let at = pictures.first().map_or(Duration::ZERO, |picture| picture.at);
    Frame::new(width, height, canvas.into_raw(), at).context("the frame has no pixels")
}

fn first_mood(args: &BenchArgs, folders: &Folders) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let common = CommonArgs {
        source: SourceSpec::Clip(None),
        settings: args.settings.clone(),
        ..CommonArgs::default()
    };
    let clock_mode = ClockMode::Stepped { step: STEP };
    let mut app =
        prepare(&common, clock_mode, folders)?.build(clock_mode, PictureOutput::Nothing, SoundOutput::Silent);
    app.finish();
    app.cleanup();
    app.update();
    let start = begin.elapsed();
    let (mut now, mut first_face) = (Duration::ZERO, None);
    while now < PATIENCE {
        now += STEP;
        app.update();
        let readings = app.world().resource::<bevy::prelude::Messages<Reading>>();
        if readings.iter_current_update_messages().any(|reading| !reading.faces.is_empty()) {
            first_face.get_or_insert(now);
        }
        if let (Some(face), Some(_)) = (first_face, app.world().resource::<Mood>().fast.emotion) {
            return Ok((start + now.saturating_sub(face)).as_secs_f64() * 1_000.0);
        }
    }
    anyhow::bail!("no mood within {} s of the visitor clip", PATIENCE.as_secs())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn percentiles(mut values: Vec<f64>) -> Percentiles {
    let mut at = |share: f64| stats::quantile(&mut values, share).unwrap_or(0.0);
    Percentiles { p50: at(0.5), p95: at(0.95) }
}

fn print(figures: &BenchFigures) -> Result<(), PrintError> {
    let both = |p: Percentiles| format!("{:8.2} {:8.2}", p.p50, p.p95);
    print_line!("{}", figures.machine)?;
    print_line!("\nCPU of one thread in ms                  p50      p95")?;
    print_line!("  decode one picture of the clip    {}", both(figures.decode_ms))?;
    print_line!("  detect once in 640×480            {}", both(figures.detect_ms))?;
    print_line!("  classify one face once            {}", both(figures.classify_ms))?;
    print_line!("\nCPU from frame to reading in ms         mean")?;
    print_line!("  one face, 640×480                 {:8.2}", figures.faces.one)?;
    print_line!("  two faces, 640×480                {:8.2}", figures.faces.two)?;
    print_line!("  four faces, 1280×720              {:8.2}", figures.faces.four)?;
    print_line!(
        "\none core sustains                   {:8.0} frames per second",
        figures.sustained_fps_one_core
    )?;
    if let Some(peak) = figures.peak_rss_mb {
        print_line!("peak memory                         {peak:8.0} MB")?;
    }
    print_line!("from start to first mood            {:8.0} ms", figures.first_mood_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_values() {
        let found = percentiles((0..=100).rev().map(f64::from).collect());
        assert!((found.p50 - 50.0).abs() < 1e-9 && (found.p95 - 95.0).abs() < 1e-9);
    }

    #[test]
    fn pictures_stand_side_by_side_without_cover() {
        let picture = |value| Frame::new(4, 3, vec![value; 36], Duration::ZERO).expect("fits");
        let frame = side_by_side(&[1, 2, 3, 4].map(picture), [16, 12]).expect("fits");
        let at = |x: usize, y: usize| frame.rgb()[(y * 16 + x) * 3];
        assert_eq!([at(2, 2), at(12, 2), at(2, 10), at(12, 10)], [1, 2, 3, 4]);
        let frame = side_by_side(&[1, 2].map(picture), [16, 12]).expect("fits");
        let at = |x: usize, y: usize| frame.rgb()[(y * 16 + x) * 3];
        assert_eq!([at(2, 0), at(2, 6), at(12, 6)], [0, 1, 2]);
    }
}
