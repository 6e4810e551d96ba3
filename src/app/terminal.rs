//! What the program writes to the terminal while it runs: log lines, and one live line or progress bar below them.

use std::io::{self, Write};
use std::sync::OnceLock;

use bevy::log::tracing_subscriber::EnvFilter;
use bevy::log::tracing_subscriber::filter::Directive;
use bevy::log::tracing_subscriber::fmt::Layer;
use bevy::log::{DEFAULT_FILTER, LogPlugin};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::foundation::{StandardError, tell};

/// The live line of this process. Log lines are written above it.
static LIVE_LINE: OnceLock<ProgressBar> = OnceLock::new();

/// Quiet about what Bevy tells developers. `RUST_LOG` changes it.
const QUIET: &str = "bevy_app::terminal_ctrl_c_handler=warn,bevy_winit=warn,bevy_render=warn,bevy_egui=error,\
                     bevy_kira_audio=error,winit=error,lofty=error,symphonia_core=error";

/// The log, on standard error; in colour only where a person looks.
#[must_use]
pub fn log_plugin() -> LogPlugin {
    // Bevy passes over a wrong filter with a line that is no line of ours.
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    if let Some(wrong) = wrong_directive(&wanted) {
        tell!("attune: {}: \"{wrong}\" is no filter; the usual log is shown", EnvFilter::DEFAULT_ENV);
    }
    LogPlugin {
        filter: format!("{DEFAULT_FILTER}{QUIET}"),
        fmt_layer: |_| {
            let colour =
                StandardError.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
            Some(Box::new(Layer::default().with_target(false).with_ansi(colour).with_writer(|| AboveLine)))
        },
        ..LogPlugin::default()
    }
}

/// The first part of a filter that cannot be read.
fn wrong_directive(filter: &str) -> Option<&str> {
    filter.split(',').find(|part| !part.is_empty() && part.parse::<Directive>().is_err())
}

/// Puts a live line at the bottom. There is one in a process; a second one is not shown.
pub fn show_live_line(line: &ProgressBar) {
    if LIVE_LINE.set(line.clone()).is_err() {
        line.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// Whether somebody can watch a live line.
#[must_use]
pub fn is_watched() -> bool {
    StandardError.is_terminal()
}

/// A bar of this length with an indicatif template, hidden where nobody watches.
#[must_use]
pub fn progress_bar(length: Option<u64>, template: &str) -> ProgressBar {
    let target = if is_watched() {
        ProgressDrawTarget::term_like_with_hz(Box::new(Terminal), BARS_PER_SECOND)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(length, target);
    let style = ProgressStyle::with_template(template);
    debug_assert!(style.is_ok(), "the template is fixed");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// How often a bar is drawn; what indicatif does by itself.
const BARS_PER_SECOND: u8 = 20;
/// Columns of a terminal that does not tell.
const USUAL_COLUMNS: u16 = 80;

/// The terminal for bars. Their own one is file 2, which is no terminal while foreign output is kept apart.
#[derive(Debug)]
struct Terminal;

impl Terminal {
    /// Moves the cursor by an ANSI sequence.
    fn step(count: usize, letter: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { write!(StandardError, "\x1b[{count}{letter}") }
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        StandardError.columns().unwrap_or(USUAL_COLUMNS)
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        Self::step(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        StandardError.write_all(format!("{text}\n").as_bytes())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        StandardError.write_all(text.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        StandardError.write_all(b"\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes to standard error, with the live line out of the way.
struct AboveLine;

impl Write for AboveLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match LIVE_LINE.get() {
            Some(line) => line.suspend(|| StandardError.write(bytes)),
            None => StandardError.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A person who mistypes the filter of the log is told, where Bevy's own words do not reach them.
    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        assert_eq!(wrong_directive("debug,wgpu=warn,"), None);
        assert_eq!(wrong_directive(""), None);
        assert_eq!(wrong_directive("info,attune=loud"), Some("attune=loud"));
    }
}
