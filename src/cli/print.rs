//! Standard output: what a subcommand was asked for.

use std::fmt::Arguments;
use std::io::{self, Write as _};

/// Standard output takes no more.
#[derive(Debug, thiserror::Error)]
#[error("standard output: cannot be written: {0}")]
pub(super) struct PrintError(#[from] io::Error);

/// Prints one line; takes what `println!` takes. A pipe that was closed (`| head`) and a full disk are errors, where
/// `println!` panics.
macro_rules! print_line {
    ($($line:tt)*) => {
        $crate::cli::print::write_line(format_args!($($line)*))
    };
}
pub(super) use print_line;

/// See [`print_line`].
pub(super) fn write_line(line: Arguments<'_>) -> Result<(), PrintError> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(())
}

/// Brings out what was printed.
pub(super) fn finish_printing() -> Result<(), PrintError> {
    Ok(io::stdout().lock().flush()?)
}

/// Whether an error is nothing but a pipe whose reader has ended: they have seen what they wanted.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let reasons = || error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    reasons().any(|reason| reason.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed pipe is told from a full disk, however deep it lies.
    #[test]
    fn a_closed_pipe_is_told_from_a_full_disk() {
        let printed = |kind: io::ErrorKind| anyhow::Error::new(PrintError(kind.into())).context("the list");
        assert!(is_closed_pipe(&printed(io::ErrorKind::BrokenPipe)));
        assert!(!is_closed_pipe(&printed(io::ErrorKind::StorageFull)));
    }
}
