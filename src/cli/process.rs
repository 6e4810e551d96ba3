//! How the process ends: signals and the exit status.

use std::process::ExitCode;

use bevy::app::AppExit;

use crate::session::note_signal;

/// Lets the app finish on SIGINT (Ctrl-C) and SIGTERM: sound and picture fade, files are completed and devices closed. A
/// second signal ends the program at once.
pub(super) fn end_on_signals() {
    let result = ctrlc::set_handler(note_signal);
    if let Err(error) = result {
        eprintln!("attune: Ctrl-C will end the program at once: {error}");
    }
}

/// The exit status of a run. A run that was ended by a signal has succeeded.
pub(super) fn exit_code(exit: &AppExit) -> ExitCode {
    match exit {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}
