//! How the process ends: signals and the exit status.

use std::process::ExitCode;

use bevy::app::AppExit;

/// Lets the app finish on SIGINT (Ctrl-C) and SIGTERM: files are completed and devices closed.
pub(super) fn end_on_signals() {
    let result = ctrlc::set_handler(bevy::app::TerminalCtrlCHandlerPlugin::gracefully_exit);
    if let Err(error) = result {
        eprintln!("attune: Ctrl-C will end the program at once: {error}");
    }
}

/// The status that Bevy reports after a signal.
const ENDED_BY_SIGNAL: u8 = 130;

/// The exit status of a run. A run that was ended by a signal has succeeded.
pub(super) fn exit_code(exit: &AppExit) -> ExitCode {
    match exit {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) if code.get() == ENDED_BY_SIGNAL => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}
