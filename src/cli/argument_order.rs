//! Options before the subcommand: `attune --database FILE scan DIR` is `attune scan --database FILE DIR`.
//!
//! Without a subcommand `attune` takes the options of `run`, so clap would read an option before the subcommand as one of
//! a run and refuse it. Options that were written before are moved behind the subcommand instead, where they mean what
//! that subcommand says, and are refused where it has none of this name. clap's own global options would be accepted by
//! every subcommand, also where they mean nothing.

use std::ffi::OsString;

use clap::{Arg, Command};

/// The arguments of the program, with options that come before a subcommand behind it. `command` describes the program.
pub(super) fn options_after_subcommand(
    arguments: impl IntoIterator<Item = OsString>,
    mut command: Command,
) -> Vec<OsString> {
    // Fills in what subcommands inherit, and how many values an option takes.
    command.build();
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let place = (2..arguments.len()).find(|place| {
        let subcommand = arguments[*place].to_str().and_then(|name| command.find_subcommand(name));
        subcommand.is_some_and(|subcommand| are_options(&arguments[1..*place], subcommand))
    });
    if let Some(place) = place {
        let subcommand = arguments.remove(place);
        arguments.insert(1, subcommand);
    }
    arguments
}

/// Whether these arguments are options of a subcommand, each with its value, and nothing else.
fn are_options(arguments: &[OsString], subcommand: &Command) -> bool {
    let mut left = arguments.iter().peekable();
    while let Some(argument) = left.next() {
        let Some((option, has_value)) = argument.to_str().and_then(|text| find_option(text, subcommand))
        else {
            return false;
        };
        if has_value || !option.get_action().takes_values() {
            continue;
        }
        let least = option.get_num_args().map_or(1, |count| count.min_values());
        if least == 0 {
            // A value that may be left out.
            let _ = left.next_if(|next| !next.to_string_lossy().starts_with('-'));
        } else if left.by_ref().take(least).count() < least {
            return false;
        }
    }
    true
}

/// The option of this text, e.g. `--seed`, `--seed=3`, `-o` or `-oFILE`, and whether the text holds its value.
fn find_option<'a>(text: &str, subcommand: &'a Command) -> Option<(&'a Arg, bool)> {
    if let Some(long) = text.strip_prefix("--") {
        let (name, has_value) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
        let is_named = |option: &&Arg| {
            let aliases = option.get_all_aliases().unwrap_or_default();
            option.get_long().into_iter().chain(aliases).any(|known| known == name)
        };
        return Some((subcommand.get_arguments().find(is_named)?, has_value));
    }
    let short = text.strip_prefix('-')?;
    let name = short.chars().next()?;
    let option = subcommand.get_arguments().find(|option| option.get_short() == Some(name))?;
    let has_value = short.len() > name.len_utf8();
    // Several flags in one argument are not taken apart.
    (option.get_action().takes_values() || !has_value).then_some((option, has_value))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::Cli;

    fn ordered(line: &str) -> String {
        let arguments = line.split_whitespace().map(OsString::from);
        let ordered = options_after_subcommand(arguments, Cli::command());
        ordered.iter().map(|text| text.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    /// Every option of every subcommand may come before it.
    #[test]
    fn every_option_may_come_before_its_subcommand() {
        let mut command = Cli::command();
        command.build();
        let mut count = 0;
        for subcommand in command.get_subcommands().filter(|it| it.get_name() != "help") {
            let name = subcommand.get_name();
            for option in subcommand.get_arguments() {
                let value = if option.get_action().takes_values() { " x" } else { "" };
                let longs = option.get_long().map(|long| format!("--{long}"));
                let shorts = option.get_short().map(|short| format!("-{short}"));
                for option in longs.into_iter().chain(shorts) {
                    let before = ordered(&format!("attune {option}{value} {name} rest"));
                    assert_eq!(before, format!("attune {name} {option}{value} rest"));
                    count += 1;
                }
            }
        }
        assert!(count > 100, "{count} options");
    }

    /// What is parsed is the same wherever options stand.
    #[test]
    fn options_before_and_behind_the_subcommand_parse_alike() {
        for (before, behind) in [
            ("--database x.db scan music", "scan music --database x.db"),
            ("--database=x.db --json library list", "library list --database x.db --json"),
            ("--profile ada taste export a.json", "taste export a.json --profile ada"),
            ("--config mine.ron settings get mixer.volume", "settings get mixer.volume --config mine.ron"),
            ("--set mixer.volume=0.5 -o m.wav mix a b", "mix a b -o m.wav --set mixer.volume=0.5"),
            ("--music library library", "library --music library"),
            ("--ambient --seed 3 render", "render --seed 3 --ambient"),
        ] {
            let parse = |line: &str| {
                let line = ordered(&format!("attune {line}"));
                let cli =
                    Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
                format!("{cli:?}")
            };
            assert_eq!(parse(before), parse(behind), "{before}");
        }
    }

    /// Nothing is moved that is no option of the subcommand, or that is its value.
    #[test]
    fn other_arguments_stay_where_they_are() {
        for line in [
            "attune",
            "attune --source clip --for 2",
            "attune --music scan",
            "attune --music scan --windowed",
            "attune --seed 3 scan music",
            "attune --unknown scan",
            "attune music scan",
            "attune -- scan",
            "attune scan --database x.db music",
        ] {
            assert_eq!(ordered(line), line);
        }
        let refused = ordered("attune --seed 3 scan music");
        assert!(Cli::try_parse_from(refused.split(' ')).is_err(), "scan has no seed");
    }
}
