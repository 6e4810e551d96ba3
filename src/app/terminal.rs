//! What the program writes to the terminal while it runs: log lines, and one live line below them.

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;

use bevy::log::tracing_subscriber::fmt::Layer;
use bevy::log::{DEFAULT_FILTER, LogPlugin};
use indicatif::ProgressBar;

/// The live line of this process. Log lines are written above it.
static LIVE_LINE: OnceLock<ProgressBar> = OnceLock::new();

/// Quiet about what Bevy tells developers. `RUST_LOG` changes it.
const QUIET: &str = "bevy_app::terminal_ctrl_c_handler=warn,bevy_winit=warn,bevy_render=warn,bevy_egui=error,\
                     bevy_kira_audio=error,winit=error,lofty=error,symphonia_core=error";

/// The log, on standard error; in colour only where a person looks.
#[must_use]
pub fn log_plugin() -> LogPlugin {
    LogPlugin {
        filter: format!("{DEFAULT_FILTER}{QUIET}"),
        fmt_layer: |_| {
            let colour = io::stderr().is_terminal();
            Some(Box::new(Layer::default().with_target(false).with_ansi(colour).with_writer(|| AboveLine)))
        },
        ..LogPlugin::default()
    }
}

/// Puts a live line at the bottom. There is one in a process; a second one is not shown.
pub fn show_live_line(line: &ProgressBar) {
    if LIVE_LINE.set(line.clone()).is_err() {
        line.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
}

/// Whether somebody can watch a live line.
#[must_use]
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Writes to standard error, with the live line out of the way.
struct AboveLine;

impl Write for AboveLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match LIVE_LINE.get() {
            Some(line) => line.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
