//! `attune run`: watch, feel and play, on the wall clock.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bevy::app::{App, AppExit};
use clap::Args;

use super::args::CommonArgs;
use super::live_line::LiveLinePlugin;
use super::restart::Restarts;
use super::setup::furnish;
use crate::foundation::{ClockMode, Folders};
use crate::mixer::SoundOutput;
use crate::music::TasteOptions;
use crate::music::taste::{HOUSEHOLD, TASTE_FILE};
use crate::visuals::{MayStartAgain, Output, START_AGAIN, graphics_available};

/// Size of the window while it is not fullscreen, in pixels.
const WINDOW: (u32, u32) = (1280, 720);

#[derive(Debug, Clone, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Start in a window (F11 changes it).
    #[arg(long, conflicts_with_all = ["fullscreen", "headless"])]
    windowed: bool,
    /// Start fullscreen; this is the default.
    #[arg(long, conflicts_with = "headless")]
    fullscreen: bool,
    /// Which monitor: current, primary, all (one picture over all of them), a number from 1 or a part of a name, as
    /// `attune doctor` lists them. Default: visuals.display.monitor of the settings.
    #[arg(long, value_name = "MONITOR", value_parser = clap::builder::NonEmptyStringValueParser::new(),
        conflicts_with = "headless")]
    monitor: Option<String>,
    /// Whose likes and skips are learned: a name for each person or group that shares a taste.
    #[arg(long, value_name = "NAME", default_value = HOUSEHOLD, value_parser = super::args::profile)]
    profile: String,
    /// No window: mood and music, with a live line in the terminal.
    #[arg(long)]
    headless: bool,
}

impl RunArgs {
    #[cfg(test)]
    pub(super) fn common(&self) -> &CommonArgs {
        &self.common
    }
}

pub(super) fn run(args: &RunArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let mut house = furnish(&args.common, ClockMode::Live, folders)?;
    house.taste = TasteOptions { file: folders.data_file(TASTE_FILE), profile: args.profile.clone() };
    if let Some(monitor) = &args.monitor {
        house.settings.visuals.display.monitor.clone_from(monitor);
    }
    end_on_signals();
    let restarts = Restarts::of_this_process();
    let output = output(args, &restarts);
    let until = house.until;
    let mut app = house.build(ClockMode::Live, output, SoundOutput::Device);
    if output == Output::Nothing {
        app.add_plugins(LiveLinePlugin { duration: until });
        return Ok(exit_code(&app.run()));
    }
    // A run with an end is watched by somebody, who wants to know that it broke.
    let may = restarts.may() && until.is_none();
    if may {
        app.insert_resource(MayStartAgain);
    }
    run_or_start_again(app, may.then_some(&restarts))
}

/// Runs the app. Where it ends because its picture does not come back, or a driver takes it down, it starts again.
fn run_or_start_again(mut app: App, restarts: Option<&Restarts>) -> anyhow::Result<ExitCode> {
    let ended = catch_unwind(AssertUnwindSafe(|| app.run()));
    match (ended, restarts) {
        (Ok(exit), Some(restarts)) if exit == AppExit::from_code(START_AGAIN) => {
            drop(app);
            Err(restarts.again("the picture did not come back"))
        }
        (Ok(exit), _) => Ok(exit_code(&exit)),
        // The panic was told already.
        (Err(_), Some(restarts)) => Err(restarts.again("it broke down")),
        (Err(panic), None) => resume_unwind(panic),
    }
}

/// How long a start after a breakdown waits for the graphics card.
const GRAPHICS_PATIENCE: Duration = Duration::from_mins(1);

/// A window if there can be one. If not, it is said why, and the rest goes on.
fn output(args: &RunArgs, restarts: &Restarts) -> Output {
    if args.headless {
        return Output::Nothing;
    }
    let window = Output::Window { size: WINDOW, fullscreen: !args.windowed };
    let began = Instant::now();
    while restarts.any() && graphics_available(window).is_err() && began.elapsed() < GRAPHICS_PATIENCE {
        std::thread::sleep(Duration::from_secs(1));
    }
    match graphics_available(window) {
        Ok(_) => window,
        Err(error) => {
            eprintln!("attune: no window: {error}. Mood and music go on without pictures; Ctrl-C ends.");
            Output::Nothing
        }
    }
}
