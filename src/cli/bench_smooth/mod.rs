//! `attune bench --smooth`: frame times while scenes, tracks and the library change.
//!
//! The whole app runs live on the visitor clip, and every frame is measured. The time of Attune's own systems is
//! reported apart from that of Bevy and of drawing, so that the result also holds on a machine without a graphics card.

mod changes;
mod frame_costs;
mod frame_timer;
mod thread_clock;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use bevy::prelude::*;
use clap::ValueEnum;
use serde::Serialize;

use super::args::{CommonArgs, SettingsArgs};
use super::machine::describe_machine;
use super::print::{PrintError, print_line};
use super::process::end_on_signals;
use super::setup::prepare;
use crate::foundation::{ClockMode, Folders, write_output_file};
use crate::mixer::SoundOutput;
use crate::sense::camera::SourceSpec;
use crate::session::EndsOnSignals;
use crate::visuals::{CapturePlugin, PictureOutput, PictureSink, graphics_available};
use changes::{ChangeSchedule, MusicCopy};
use frame_costs::{BUDGET_MS, CostQuantiles, HITCH_MS, LongFrame, SmoothnessSummary};
use frame_timer::{SharedFrameCosts, time_frames};
use thread_clock::ThreadClock;

/// What the measured run draws into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DrawTarget {
    /// A window on the display.
    Window,
    /// Pictures in memory.
    Pictures,
    /// Nothing: only Attune's own systems are measured.
    Nothing,
}

/// Seconds at the start that are not measured, since devices and files are opened then.
const RUN_IN: f64 = 5.0;
/// Size of the window or the pictures, in pixels.
const SIZE: (u32, u32) = (640, 360);
/// Interval at which pictures in memory are read back.
const PICTURE_EVERY: Duration = Duration::from_millis(33);

/// The results, as `--json` writes them.
#[derive(Debug, Serialize)]
struct SmoothFigures {
    machine: String,
    draw: DrawTarget,
    seconds: f64,
    /// Whether the system reports the time spent waiting for a core.
    tells_waiting: bool,
    run: SmoothnessSummary,
}

/// Runs and prints the results. The exit status is 1 if the run was not smooth.
pub(super) fn bench_smooth(
    settings: &SettingsArgs,
    folders: &Folders,
    json: Option<&Path>,
    draw: DrawTarget,
    seconds: f64,
) -> anyhow::Result<ExitCode> {
    let output = match draw {
        DrawTarget::Window => PictureOutput::Window { size: SIZE, fullscreen: false },
        DrawTarget::Pictures => PictureOutput::Pictures,
        DrawTarget::Nothing => PictureOutput::Nothing,
    };
    graphics_available(output)?;
    end_on_signals();
    let music = MusicCopy::copied().context("the album cannot be copied for the run")?;
    let measured = SharedFrameCosts::default();
    run(settings, folders, &music, output, seconds, &measured)?;
    let figures = SmoothFigures {
        machine: describe_machine(),
        draw,
        seconds,
        tells_waiting: ThreadClock::of_this_thread().tells_waiting(),
        run: measured.take().summary(RUN_IN),
    };
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&figures)? + "\n";
        write_output_file(file, text.as_bytes()).context("--json")?;
    }
    print(&figures)?;
    Ok(if figures.run.is_smooth() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(
    settings: &SettingsArgs,
    folders: &Folders,
    music: &MusicCopy,
    output: PictureOutput,
    seconds: f64,
    measured: &SharedFrameCosts,
) -> anyhow::Result<()> {
    let common = CommonArgs {
        source: SourceSpec::Clip(None),
        music: Some(music.path()),
        database: Some(music.database()),
        settings: settings.clone(),
        duration: Some(RUN_IN + seconds),
        ..CommonArgs::default()
    };
    let middle = Duration::from_secs_f64(RUN_IN + seconds / 2.0);
    let mut app =
        prepare(&common, ClockMode::Live, folders)?.build(ClockMode::Live, output, SoundOutput::Silent);
    app.insert_resource(EndsOnSignals)
        .insert_resource(ChangeSchedule::new(music.path(), middle))
        .add_systems(PreUpdate, changes::request_changes);
    if output == PictureOutput::Pictures {
        app.insert_resource(PictureSink::new(|_| ())).add_plugins(CapturePlugin {
            size: SIZE,
            folder: std::path::PathBuf::new(),
            every: PICTURE_EVERY,
        });
    }
    time_frames(&mut app, measured);
    app.run();
    Ok(())
}

fn print(figures: &SmoothFigures) -> Result<(), PrintError> {
    let run = &figures.run;
    let line =
        |name: &str, s: &CostQuantiles| print_line!("{name:42} {:8.3} {:8.3} {:8.3}", s.p50, s.p99, s.max);
    print_line!("{}; drawing: {:?}", figures.machine, figures.draw)?;
    print_line!("{:.0} s, {} frames, {} changes\n", figures.seconds, run.frames, run.changes)?;
    print_line!("{:42} {:>8} {:>8} {:>8}", "milliseconds of the main thread", "p50", "p99", "max")?;
    line("Attune's systems", &run.attune)?;
    line("  of it at work", &run.at_work)?;
    for (name, spread) in &run.parts {
        line(&format!("  {name}"), spread)?;
    }
    line("all schedules, Bevy's included", &run.everything)?;
    line("from frame to frame (wall clock)", &run.interval)?;
    print_line!("\nlongest frames:")?;
    run.longest.iter().try_for_each(|frame| print_line!("  {}", words(frame)))?;
    print_line!("\nhitches (Attune's systems over {HITCH_MS} ms): {}", run.hitches.len())?;
    run.hitches.iter().try_for_each(|frame| print_line!("  {}", words(frame)))?;
    if figures.tells_waiting {
        print_line!("frames as late only because other work had the cores: {}", run.crowded_out)?;
    } else {
        print_line!(
            "This system does not tell how long a thread waited for a core; it counts as Attune's here."
        )?;
    }
    let verdict = if run.is_smooth() { "bench_smooth" } else { "NOT SMOOTH" };
    print_line!("{verdict}: 99 % of the frames within {BUDGET_MS} ms and none over {HITCH_MS} ms is wanted")
}

fn words(frame: &LongFrame) -> String {
    let LongFrame { at, attune_ms, worked_ms, waited_ms, part, part_ms, happened } = frame;
    let happened = if happened.is_empty() { "nothing changed".into() } else { happened.join(", ") };
    format!(
        "at {at:7.2} s {attune_ms:7.2} ms ({worked_ms:.2} at work; {part} {part_ms:.2}) and {waited_ms:.2} without a \
         core: {happened}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_frame_says_when_where_and_why() {
        let frame = LongFrame {
            at: 75.5,
            attune_ms: 6.25,
            worked_ms: 1.0,
            waited_ms: 0.0,
            part: "choose",
            part_ms: 5.5,
            happened: vec!["library: 149 tracks, 21 before".into()],
        };
        let words = words(&frame);
        assert!(words.contains("75.50") && words.contains("choose 5.50") && words.contains("149"), "{words}");
    }
}
