//! `attune render`: runs the app on a virtual clock and writes pictures and sound to files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bevy::prelude::*;
use clap::Args;

use super::args::CommonArgs;
use super::live_line::LiveLinePlugin;
use super::process::{end_on_signals, exit_code};
use super::setup::prepare;
use crate::foundation::{ClockMode, Folders, check_output_file, tell};
use crate::mixer::SoundOutput;
use crate::session::EndsOnSignals;
use crate::visuals::{CaptureLog, CapturePlugin, PictureOutput, graphics_available};

/// Step of the virtual clock: thirty frames per second.
const STEP: Duration = Duration::from_nanos(1_000_000_000 / 30);
/// Length of a run without `--for`.
const DEFAULT_SECONDS: f64 = 30.0;

#[derive(Debug, Clone, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Write the mix as a WAV file (16 bit, stereo, 48 kHz).
    #[arg(long, value_name = "FILE")]
    audio: Option<PathBuf>,
    /// Write pictures as PNG into this folder. This needs a Vulkan driver.
    #[arg(long, value_name = "DIR")]
    frames: Option<PathBuf>,
    /// Seconds between two pictures.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = super::args::seconds, requires = "frames")]
    every: f64,
    /// Width and height of the pictures in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = super::args::size, requires = "frames")]
    size: (u32, u32),
}

pub(super) fn render(args: &RenderArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let clock_mode = ClockMode::Stepped { step: STEP };
    let mut builder = prepare(&args.common, clock_mode, folders)?;
    let duration = *builder.until.get_or_insert(Duration::from_secs_f64(DEFAULT_SECONDS));
    for file in [&args.audio, &builder.report].into_iter().flatten() {
        check_output_file(file)?;
    }
    let output = match &args.frames {
        Some(folder) => prepare_pictures(folder)?,
        None => PictureOutput::Nothing,
    };
    end_on_signals();
    let began = Instant::now();
    let sound = args.audio.clone().map_or(SoundOutput::Silent, SoundOutput::File);
    let mut app = builder.build(clock_mode, output, sound);
    let rendered = RenderedMillis::default();
    app.insert_resource(EndsOnSignals).insert_resource(rendered.clone()).add_systems(Last, note_time);
    app.add_plugins(LiveLinePlugin { duration: Some(duration) });
    if let Some(folder) = &args.frames {
        let every = Duration::from_secs_f64(args.every);
        app.add_plugins(CapturePlugin { size: args.size, folder: folder.clone(), every });
    }
    let captured = app.world().get_resource::<CaptureLog>().cloned();
    let exit = app.run();
    if let Some(captured) = captured {
        check_complete(&captured)?;
    }
    let rendered = Duration::from_millis(rendered.0.load(Ordering::Relaxed));
    tell!("{:.1} s in {:.1} s", rendered.as_secs_f64(), began.elapsed().as_secs_f64());
    Ok(exit_code(&exit))
}

/// App time at the newest update, in milliseconds: a signal ends a run before its planned length.
#[derive(Resource, Clone, Default)]
struct RenderedMillis(Arc<AtomicU64>);

fn note_time(rendered: Res<RenderedMillis>, time: Res<Time>) {
    let millis = u64::try_from(time.elapsed().as_millis()).unwrap_or(u64::MAX);
    rendered.0.store(millis, Ordering::Relaxed);
}

fn prepare_pictures(folder: &Path) -> anyhow::Result<PictureOutput> {
    graphics_available(PictureOutput::Pictures)?;
    std::fs::create_dir_all(folder).with_context(|| format!("--frames {}", folder.display()))?;
    Ok(PictureOutput::Pictures)
}

fn check_complete(captured: &CaptureLog) -> anyhow::Result<()> {
    let (lost, error) = captured.lost();
    if let Some(error) = error {
        bail!("{lost} pictures are missing: {error}");
    }
    tell!("{} pictures", captured.written().len());
    Ok(())
}
