//! How the process ends: signals, the exit status, and the same program in its place.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use bevy::app::AppExit;

use crate::foundation::{restore_standard_error, tell};
use crate::session::note_signal;

/// Lets the app finish on SIGINT (Ctrl-C) and SIGTERM: sound and picture fade, files are completed and devices closed. A
/// second signal ends the program at once.
pub(super) fn end_on_signals() {
    let result = ctrlc::set_handler(note_signal);
    if let Err(error) = result {
        tell!("attune: Ctrl-C will end the program at once: {error}");
    }
}

/// The exit status of a run. A run that was ended by a signal has succeeded.
pub(super) fn exit_code(exit: &AppExit) -> ExitCode {
    match exit {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

/// Replaces this process by a new one of the same program, with the same arguments and the environment as `change`
/// leaves it.
///
/// # Errors
/// If the program cannot be started; otherwise this does not return.
pub(super) fn start_again(change: impl FnOnce(&mut Command)) -> anyhow::Error {
    let program = match env::current_exe().context("the program file was not found") {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1));
    change(&mut command);
    // The new program must not inherit a pipe that nobody reads.
    restore_standard_error();
    anyhow::Error::new(command.exec()).context("the program could not be restarted")
}
