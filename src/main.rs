//! Attune turns a screen, a pair of speakers and a webcam into a room that feels back.

use std::process::ExitCode;

fn main() -> ExitCode {
    attune::cli::main()
}
