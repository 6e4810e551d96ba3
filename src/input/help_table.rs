//! The table of keys for the README.

use std::fmt::Write as _;

use super::bindings::Bindings;
use super::context::InputContext;
use crate::command::COMMANDS;

/// Keys and buttons that a row names at most; there are more for media keyboards.
const SHOWN_TRIGGERS: usize = 2;

/// What can be pressed while the picture has the focus, as a table in Markdown: one row for each command.
#[must_use]
pub fn help_table(bindings: &Bindings) -> String {
    let mut table = String::from("| key | pad | |\n|---|---|---|\n");
    for info in COMMANDS {
        let triggers = |on_pad: bool| {
            let shown: Vec<String> = bindings
                .bound(InputContext::Picture)
                .filter(|(trigger, command)| command.name() == info.name && trigger.is_on_pad() == on_pad)
                .map(|(trigger, _)| trigger.label())
                .take(SHOWN_TRIGGERS)
                .collect();
            shown.join(" or ")
        };
        let (key, pad) = (triggers(false), triggers(true));
        if !key.is_empty() || !pad.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(table, "| {key} | {pad} | {} |", info.help);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README shows the bindings as they are. Where it differs, put the generated table into it.
    #[test]
    fn the_readme_shows_the_shipped_bindings() {
        let table = help_table(&Bindings::shipped().expect("valid"));
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
        assert!(readme.contains(&table), "the table of the README should be:\n{table}");
        assert!(table.contains("| D | X | Set the mood by hand"), "{table}");
    }
}
