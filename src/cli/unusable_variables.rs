//! Variables of the environment that would make a library panic: they are taken out before it reads them.
//!
//! A variable cannot be changed while threads may read it, so the program starts itself once more without it; the
//! process keeps its number.

use std::env;
use std::ffi::OsStr;

use super::process::start_again;
use crate::foundation::tell;
use crate::visuals::display::{UnusableVariable, find_display};

/// Sizes of the stack of a thread that work, in bytes. Deep shaders need the first; the second is more than any needs,
/// and what the system refuses ends the program.
const STACKS: std::ops::RangeInclusive<u64> = 2 << 20..=1 << 30;

/// Starts the program again without variables that it cannot work with, and says which. Returns where there are none.
///
/// # Errors
/// The program cannot be started again.
pub(super) fn leave_out_unusable(opens_window: bool) -> anyhow::Result<()> {
    let mut unusable: Vec<UnusableVariable> =
        stack_size(env::var_os("RUST_MIN_STACK").as_deref()).into_iter().collect();
    if unusable.is_empty() && opens_window {
        // Without a display there will be no window, so nothing of it does harm.
        unusable = find_display().map_or_else(|_| Vec::new(), |found| found.unusable);
    }
    if unusable.is_empty() {
        return Ok(());
    }
    let reasons: Vec<&str> = unusable.iter().map(|variable| variable.reason.as_str()).collect();
    tell!("attune: {}; it is left out", reasons.join("; "));
    Err(start_again(|command| {
        for variable in &unusable {
            command.env_remove(variable.name);
        }
    }))
}

fn stack_size(value: Option<&OsStr>) -> Option<UnusableVariable> {
    // Rust passes over what is no number.
    let size: u64 = value?.to_str()?.parse().ok()?;
    (!STACKS.contains(&size)).then(|| UnusableVariable {
        name: "RUST_MIN_STACK",
        reason: format!("RUST_MIN_STACK={size} is no usable size of a stack"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A size that no thread can have is left out; what Rust passes over stays.
    #[test]
    fn only_sizes_that_do_harm_are_left_out() {
        let harms = |text: &str| stack_size(Some(OsStr::new(text))).is_some();
        assert!(harms("1") && harms("99999999999999"));
        assert!(!harms("8388608") && !harms("nonsense") && !harms("") && !harms("-1"));
        assert_eq!(stack_size(None), None);
    }
}
