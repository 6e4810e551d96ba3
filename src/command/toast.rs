//! The answer to a command that a person or a remote has given, for some seconds on the screen.

use std::time::Duration;

use bevy::prelude::Resource;

use super::table::Command;
use crate::foundation::similar_names;

/// How long an answer is shown.
const SHOWN: Duration = Duration::from_secs(4);
/// An answer to a name that is not there is longer to read.
const REFUSAL_SHOWN: Duration = Duration::from_secs(7);
/// How many names are suggested at most.
const SUGGESTED: usize = 3;

/// What to tell somebody who has just given a command. The room that carries the command out writes it; the newest
/// answer counts.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Toast {
    words: String,
    /// App time from which on it is not shown any more.
    until: Duration,
}

impl Toast {
    /// An answer that is shown from `now` on: one whole sentence that names what it is about.
    #[must_use]
    pub fn new(words: impl Into<String>, now: Duration) -> Self {
        Self { words: words.into(), until: now + SHOWN }
    }

    /// The answer to a command whose value names something that is not there, with the names that may be meant. `what`
    /// and `place` complete the sentence: "There is no `scene` "…" among `your scenes`".
    #[must_use]
    pub fn unknown_name<'a>(
        command: &Command,
        sentence: UnknownName<'_>,
        known: impl IntoIterator<Item = &'a str>,
        now: Duration,
    ) -> Self {
        let UnknownName { what, name, place } = sentence;
        let near: Vec<String> =
            similar_names(name, known, SUGGESTED).into_iter().map(|near| format!("\"{near}\"")).collect();
        let meant = match near.as_slice() {
            [] => String::new(),
            [only] => format!(". Did you mean {only}?"),
            [first @ .., last] => format!(". Did you mean {} or {last}?", first.join(", ")),
        };
        let words = format!("There is no {what} \"{name}\" {place}{meant}");
        bevy::log::warn!("{}: {words}", command.name());
        Self { words, until: now + REFUSAL_SHOWN }
    }

    /// What is shown at this app time.
    #[must_use]
    pub fn words(&self, now: Duration) -> Option<&str> {
        (now < self.until).then_some(self.words.as_str())
    }
}

/// The parts of the sentence about a name that is not there: "There is no track "X" in your music".
#[derive(Debug, Clone, Copy)]
pub struct UnknownName<'a> {
    /// What was looked for, e.g. "track".
    pub what: &'static str,
    /// The name as it was given.
    pub name: &'a str,
    /// Where it was looked for, e.g. "in your music".
    pub place: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str) -> String {
        let command = Command::ShowScene(name.into());
        let sentence = UnknownName { what: "scene", name, place: "here" };
        let known = ["aurora", "orb", "rain", "mirror"];
        let toast = Toast::unknown_name(&command, sentence, known, Duration::ZERO);
        toast.words(Duration::ZERO).expect("it is shown").to_owned()
    }

    /// A name that is not there is answered with those that are written alike.
    #[test]
    fn a_wrong_name_is_answered_with_the_nearest_ones() {
        assert_eq!(refused("aurra"), "There is no scene \"aurra\" here. Did you mean \"aurora\"?");
        assert_eq!(refused("ob"), "There is no scene \"ob\" here. Did you mean \"orb\"?");
        assert_eq!(refused("zzzzzzzz"), "There is no scene \"zzzzzzzz\" here");
    }

    /// An answer goes by itself.
    #[test]
    fn an_answer_is_shown_for_some_seconds() {
        let toast = Toast::new("Done", Duration::from_secs(10));
        assert_eq!(toast.words(Duration::from_secs(12)), Some("Done"));
        assert_eq!(toast.words(Duration::from_secs(15)), None);
        assert_eq!(Toast::default().words(Duration::ZERO), None);
    }
}
