//! `attune run`: watch, feel and play, on the wall clock.

use std::process::ExitCode;

use bevy::app::AppExit;
use clap::Args;

use super::CommonArgs;
use super::live_line::LiveLinePlugin;
use super::setup::furnish;
use crate::foundation::Pace;
use crate::mixer::SoundOutput;
use crate::music::TasteKept;
use crate::music::taste::{HOUSEHOLD, taste_file};
use crate::visuals::{Output, graphics_available};

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
    #[arg(long, value_name = "NAME", default_value = HOUSEHOLD, value_parser = super::taste::profile)]
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

pub(super) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let mut house = furnish(&args.common, Pace::Live)?;
    house.taste = TasteKept { file: taste_file(), profile: args.profile.clone() };
    if let Some(monitor) = &args.monitor {
        house.settings.visuals.display.monitor.clone_from(monitor);
    }
    end_on_signals();
    let output = output(args);
    let until = house.until;
    let mut app = house.build(Pace::Live, output, SoundOutput::Device);
    if output == Output::Nothing {
        app.add_plugins(LiveLinePlugin { duration: until });
    }
    Ok(exit_code(&app.run()))
}

/// A window if there can be one. If not, it is said why, and the rest goes on.
fn output(args: &RunArgs) -> Output {
    if args.headless {
        return Output::Nothing;
    }
    let window = Output::Window { size: WINDOW, fullscreen: !args.windowed };
    match graphics_available(window) {
        Ok(_) => window,
        Err(error) => {
            eprintln!("attune: no window: {error}. Mood and music go on without pictures; Ctrl-C ends.");
            Output::Nothing
        }
    }
}

/// Ctrl-C and a polite end by the system both let the app finish: files are completed, devices closed.
pub(super) fn end_on_signals() {
    let result = ctrlc::set_handler(bevy::app::TerminalCtrlCHandlerPlugin::gracefully_exit);
    if let Err(error) = result {
        eprintln!("attune: Ctrl-C will end the program at once: {error}");
    }
}

/// What Bevy reports when a signal asked for the end.
const ASKED_TO_END: u8 = 130;

/// A run that ends because it was asked to has done its work.
pub(super) fn exit_code(exit: &AppExit) -> ExitCode {
    match exit {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) if code.get() == ASKED_TO_END => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}
