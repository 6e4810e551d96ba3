//! `attune run`: the live app, on the wall clock.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use clap::Args;

use super::args::CommonArgs;
use super::live_line::LiveLinePlugin;
use super::process::{end_on_signals, exit_code, start_again};
use super::restart::Restarts;
use super::setup::prepare;
use crate::foundation::{ClockMode, Folders, hold_panics, panic_text, release_panics, tell};
use crate::mixer::SoundOutput;
use crate::music::TasteOptions;
use crate::music::taste::{HOUSEHOLD, TASTE_FILE};
use crate::session::EndsOnSignals;
use crate::settings::ValueOrigin;
use crate::visuals::display::{DisplayServer, GraphicsError, find_display};
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
    /// Whether a window is asked for.
    pub(super) fn opens_window(&self) -> bool {
        !self.headless
    }

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
    if output == PictureOutput::Nothing {
        let mut app = builder.build(ClockMode::Live, output, SoundOutput::Device);
        app.insert_resource(EndsOnSignals).add_plugins(LiveLinePlugin { duration: until });
        return Ok(exit_code(&app.run()));
    }
    // A run of limited length is a test, which must fail visibly instead of restarting.
    let may_restart = restarts.is_allowed() && until.is_none();
    let build = || {
        let mut app = builder.build(ClockMode::Live, output, SoundOutput::Device);
        app.insert_resource(EndsOnSignals);
        if may_restart {
            app.insert_resource(RestartAllowed);
        }
        app
    };
    run_window(build, may_restart.then_some(&restarts))
}

/// Builds and runs an app with a window. If the window system fails at the start, the program is started again with
/// another one or without a window; if the app loses the graphics card for good or panics later, as it was.
fn run_window(build: impl FnOnce() -> App, restarts: Option<&Restarts>) -> anyhow::Result<ExitCode> {
    let started = StartupUpdates::default();
    hold_panics();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mut app = build();
        app.insert_resource(started.clone()).add_systems(Last, note_start);
        app.run()
    }));
    if !started.is_over() {
        let panics = release_panics();
        return match ended {
            // What Bevy says of an event loop that ended by itself.
            Ok(exit) if exit == AppExit::error() => {
                Err(start_without_this_display("its event loop ended at once"))
            }
            Ok(exit) => {
                for panic in panics {
                    tell!("attune: {panic}");
                }
                Ok(exit_code(&exit))
            }
            Err(panic) => {
                let why = panics.into_iter().next().unwrap_or_else(|| panic_text(panic.as_ref()));
                Err(start_without_this_display(&why))
            }
        };
    }
    match (ended, restarts) {
        (Ok(exit), Some(restarts)) if exit == AppExit::from_code(RESTART_EXIT_CODE) => {
            Err(restarts.restart("the graphics card did not recover"))
        }
        (Ok(exit), _) => Ok(exit_code(&exit)),
        // The panic hook has printed the reason.
        (Err(_), Some(restarts)) => Err(restarts.restart("Attune failed")),
        (Err(panic), None) => resume_unwind(panic),
    }
}

/// Updates after which the window is there: it is opened before the first, and drawn by the third.
const STARTED_AFTER: u32 = 3;

/// Counts the updates of the start.
#[derive(Resource, Clone, Default)]
struct StartupUpdates(Arc<AtomicU32>);

impl StartupUpdates {
    fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= STARTED_AFTER
    }
}

/// The start is over: panics are no longer kept back.
fn note_start(started: Res<StartupUpdates>) {
    if started.is_over() {
        return;
    }
    started.0.fetch_add(1, Ordering::Relaxed);
    if started.is_over() {
        for panic in release_panics() {
            tell!("attune: {panic}");
        }
    }
}

/// The reason why an earlier start of this program could open no window.
const NO_WINDOW: &str = "ATTUNE_NO_WINDOW";

/// Starts the program again with X11 in place of Wayland, else without a window.
fn start_without_this_display(why: &str) -> anyhow::Error {
    let is_wayland = find_display().is_ok_and(|found| found.server == DisplayServer::Wayland);
    start_again(|command| {
        if is_wayland && env::var_os("DISPLAY").is_some() {
            tell!("attune: Wayland opens no window: {why}; X11 is tried");
            command.env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        } else {
            command.env(NO_WINDOW, GraphicsError::WindowSystem { reason: why.to_owned() }.to_string());
        }
    })
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
    let failed = env::var(NO_WINDOW).ok();
    let missing = failed.or_else(|| graphics_available(window).err().map(|error| error.to_string()));
    let Some(missing) = missing else { return window };
    tell!("attune: no window: {missing}. Mood and music run without pictures; Ctrl-C ends the program.");
    PictureOutput::Nothing
}
