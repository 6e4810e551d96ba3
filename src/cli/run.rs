//! `attune run`: the live app, on the wall clock.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bevy::app::{App, AppExit};
use clap::Args;

use super::args::CommonArgs;
use super::live_line::LiveLinePlugin;
use super::process::{end_on_signals, exit_code};
use super::restart::Restarts;
use super::setup::prepare;
use crate::foundation::{ClockMode, Folders};
use crate::mixer::SoundOutput;
use crate::music::TasteOptions;
use crate::music::taste::{HOUSEHOLD, TASTE_FILE};
use crate::session::EndsOnSignals;
use crate::settings::ValueOrigin;
use crate::visuals::{PictureOutput, RESTART_EXIT_CODE, RestartAllowed, graphics_available};

/// Size of the window while it is not fullscreen, in pixels.
const WINDOW: (u32, u32) = (1280, 720);

#[derive(Debug, Clone, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Start in a window (F11 toggles fullscreen).
    #[arg(long, conflicts_with_all = ["fullscreen", "headless"])]
    windowed: bool,
    /// Start fullscreen (the default).
    #[arg(long, conflicts_with = "headless")]
    fullscreen: bool,
    /// The monitor: current, primary, all (one picture across all of them), a number from 1 or a part of a name, as
    /// `attune doctor` lists them. Default: visuals.display.monitor in the settings.
    #[arg(long, value_name = "MONITOR", value_parser = clap::builder::NonEmptyStringValueParser::new(),
        conflicts_with = "headless")]
    monitor: Option<String>,
    /// Whose likes and skips are learned: a name for a person or for a group that shares a taste.
    #[arg(long, value_name = "NAME", default_value = HOUSEHOLD, value_parser = super::args::profile)]
    profile: String,
    /// No window: mood and music only, with a status line in the terminal.
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
    let mut builder = prepare(&args.common, ClockMode::Live, folders)?;
    builder.taste = TasteOptions { file: folders.data_file(TASTE_FILE), profile: args.profile.clone() };
    if let Some(monitor) = &args.monitor {
        builder.settings.visuals.display.monitor.clone_from(monitor);
        builder.origins.note("visuals.display.monitor", ValueOrigin::CommandLine);
    }
    end_on_signals();
    let restarts = Restarts::of_this_process();
    let output = output(args, &restarts);
    let until = builder.until;
    let mut app = builder.build(ClockMode::Live, output, SoundOutput::Device);
    app.insert_resource(EndsOnSignals);
    if output == PictureOutput::Nothing {
        app.add_plugins(LiveLinePlugin { duration: until });
        return Ok(exit_code(&app.run()));
    }
    // A run of limited length is a test, which must fail visibly instead of restarting.
    let may_restart = restarts.is_allowed() && until.is_none();
    if may_restart {
        app.insert_resource(RestartAllowed);
    }
    run_with_restart(app, may_restart.then_some(&restarts))
}

/// Runs the app. If it loses the graphics card for good or panics, the program is started again.
fn run_with_restart(mut app: App, restarts: Option<&Restarts>) -> anyhow::Result<ExitCode> {
    let ended = catch_unwind(AssertUnwindSafe(|| app.run()));
    match (ended, restarts) {
        (Ok(exit), Some(restarts)) if exit == AppExit::from_code(RESTART_EXIT_CODE) => {
            drop(app);
            Err(restarts.restart("the graphics card did not recover"))
        }
        (Ok(exit), _) => Ok(exit_code(&exit)),
        // The panic hook has printed the reason.
        (Err(_), Some(restarts)) => Err(restarts.restart("Attune failed")),
        (Err(panic), None) => resume_unwind(panic),
    }
}

/// How long a restart waits for the graphics card.
const GRAPHICS_PATIENCE: Duration = Duration::from_mins(1);

/// A window, if the graphics allow one. If not, the reason is printed, and the rest runs.
fn output(args: &RunArgs, restarts: &Restarts) -> PictureOutput {
    if args.headless {
        return PictureOutput::Nothing;
    }
    let window = PictureOutput::Window { size: WINDOW, fullscreen: !args.windowed };
    let began = Instant::now();
    while restarts.is_restart() && graphics_available(window).is_err() && began.elapsed() < GRAPHICS_PATIENCE
    {
        std::thread::sleep(Duration::from_secs(1));
    }
    match graphics_available(window) {
        Ok(_) => window,
        Err(error) => {
            eprintln!(
                "attune: no window: {error}. Mood and music run without pictures; Ctrl-C ends the program."
            );
            PictureOutput::Nothing
        }
    }
}
