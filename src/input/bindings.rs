//! Which key or button asks for which command.
//!
//! `assets/bindings.ron` holds the defaults, a person's `bindings.ron` changes single entries. The bindings have one
//! section for each context. A trigger that a context does not name falls through: from the manual mood to the picture,
//! and from every context to `everywhere`.

use std::fmt;
use std::path::Path;

use bevy::prelude::Resource;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::context::InputContext;
use super::trigger::Trigger;
use crate::command::Command;
use crate::foundation::{FileError, parse_ron, read_ron};

const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bindings.ron"));

/// What each trigger asks for in each context.
#[derive(Resource, Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bindings {
    everywhere: BindingSection,
    picture: BindingSection,
    manual_mood: BindingSection,
    menu: BindingSection,
}

/// The bindings of one context in the order of the file. `None` keeps a trigger from falling through.
#[derive(Debug, Clone, PartialEq, Default)]
struct BindingSection(Vec<(Trigger, Option<Command>)>);

impl Bindings {
    /// The bindings that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        parse_ron(Path::new("assets/bindings.ron"), SHIPPED)
    }

    /// The shipped bindings with a person's file over them.
    ///
    /// # Errors
    /// [`FileError`] names file, line, column and the nearest known name.
    pub fn with_overlay(file: &Path) -> Result<Self, FileError> {
        let mut bindings = Self::shipped()?;
        bindings.overlay(read_ron(file)?);
        Ok(bindings)
    }

    fn overlay(&mut self, other: Self) {
        self.everywhere.overlay(other.everywhere);
        self.picture.overlay(other.picture);
        self.manual_mood.overlay(other.manual_mood);
        self.menu.overlay(other.menu);
    }

    /// The sections that count in a context, the strongest first.
    fn sections(&self, context: InputContext) -> [Option<&BindingSection>; 3] {
        let everywhere = Some(&self.everywhere);
        match context {
            InputContext::Picture => [Some(&self.picture), everywhere, None],
            InputContext::ManualMood => [Some(&self.manual_mood), Some(&self.picture), everywhere],
            InputContext::Menu => [Some(&self.menu), everywhere, None],
        }
    }

    /// What is bound in a context, each trigger once.
    pub fn bound(&self, context: InputContext) -> impl Iterator<Item = (Trigger, &Command)> {
        let sections = self.sections(context);
        let hidden = move |index: usize, trigger: Trigger| {
            sections[..index].iter().flatten().any(|stronger| stronger.names(trigger))
        };
        sections.into_iter().enumerate().flat_map(move |(index, section)| {
            section.into_iter().flat_map(|section| &section.0).filter_map(move |(trigger, command)| {
                command.as_ref().filter(|_| !hidden(index, *trigger)).map(|command| (*trigger, command))
            })
        })
    }

    /// The triggers that ask for this command while the picture has the focus, in the order of the file.
    pub fn triggers(&self, command: &Command) -> impl Iterator<Item = Trigger> {
        self.bound(InputContext::Picture)
            .filter(move |(_, bound)| *bound == command)
            .map(|(trigger, _)| trigger)
    }

    /// The first key for a command.
    #[must_use]
    pub fn key(&self, command: &Command) -> Option<Trigger> {
        self.triggers(command).find(|trigger| !trigger.is_on_pad())
    }

    /// The first button or stick of a pad for a command.
    #[must_use]
    pub fn pad(&self, command: &Command) -> Option<Trigger> {
        self.triggers(command).find(|trigger| trigger.is_on_pad())
    }
}

impl BindingSection {
    fn names(&self, trigger: Trigger) -> bool {
        self.0.iter().any(|(bound, _)| *bound == trigger)
    }

    /// What `other` names comes first, so that help shows a person's own keys.
    fn overlay(&mut self, mut other: Self) {
        self.0.retain(|(trigger, _)| !other.names(*trigger));
        other.0.append(&mut self.0);
        *self = other;
    }
}

/// A map of triggers, where a trigger that appears twice is an error.
impl<'de> Deserialize<'de> for BindingSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SectionVisitor;

        impl<'de> Visitor<'de> for SectionVisitor {
            type Value = BindingSection;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map of keys or buttons to commands")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BindingSection, A::Error> {
                let mut section = BindingSection::default();
                while let Some(trigger) = map.next_key::<Trigger>()? {
                    if section.names(trigger) {
                        return Err(A::Error::custom(format!("\"{trigger}\" is bound twice")));
                    }
                    let command: Option<Command> = map.next_value()?;
                    if let Some(command) = &command {
                        command.validate().map_err(A::Error::custom)?;
                    }
                    section.0.push((trigger, command));
                }
                Ok(section)
            }
        }

        deserializer.deserialize_map(SectionVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::COMMANDS;

    fn shipped() -> Bindings {
        Bindings::shipped().expect("assets/bindings.ron is valid")
    }

    fn command(bindings: &Bindings, context: InputContext, trigger: &str) -> Option<Command> {
        let trigger: Trigger = trigger.parse().expect("a trigger");
        bindings.bound(context).find(|(bound, _)| *bound == trigger).map(|(_, command)| command.clone())
    }

    #[test]
    fn what_a_person_needs_can_be_done_with_keys_and_with_a_pad() {
        let bindings = shipped();
        for command in [
            Command::ToggleMenu,
            Command::ToggleManualMood,
            Command::ToggleCamera,
            Command::Like,
            Command::NotNow,
            Command::PlayAgain,
            Command::TogglePause,
            Command::SeekBack,
            Command::SeekForward,
            Command::NextTrack,
        ] {
            assert!(bindings.key(&command).is_some(), "{command} by key");
            assert!(bindings.pad(&command).is_some(), "{command} by pad");
        }
        for context in [InputContext::Menu, InputContext::ManualMood] {
            for pad in [false, true] {
                let bound: Vec<_> = bindings
                    .bound(context)
                    .filter(|(trigger, _)| trigger.is_on_pad() == pad)
                    .map(|(_, command)| command.name())
                    .collect();
                let wanted: &[&str] = match context {
                    InputContext::Menu => &["menu_up", "menu_down", "menu_confirm", "toggle_menu"],
                    _ => &["move_manual_mood", "close_manual_mood"],
                };
                assert!(wanted.iter().all(|name| bound.contains(name)), "{context:?} {bound:?}");
            }
        }
    }

    /// The control of the manual mood says that the pad's X closes it. The key X must not skip the track there.
    #[test]
    fn a_key_means_what_the_context_says() {
        let bindings = shipped();
        assert_eq!(command(&bindings, InputContext::Picture, "X"), Some(Command::NotNow));
        assert_eq!(command(&bindings, InputContext::ManualMood, "X"), Some(Command::CloseManualMood));
        assert_eq!(command(&bindings, InputContext::Menu, "X"), None);
        assert_eq!(command(&bindings, InputContext::ManualMood, "N"), Some(Command::NextTrack));
        for context in [InputContext::Picture, InputContext::ManualMood, InputContext::Menu] {
            assert_eq!(command(&bindings, context, "Esc"), Some(Command::ToggleMenu));
        }
        assert_eq!(command(&bindings, InputContext::Picture, "Up"), None);
        assert_eq!(command(&bindings, InputContext::Menu, "Up"), Some(Command::MenuUp));
    }

    /// What a person writes replaces single triggers, `None` takes one away, and help names the person's own keys.
    #[test]
    fn a_file_of_a_person_changes_single_triggers() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("bindings.ron");
        let text =
            r#"(picture: { "Q": next_track, "L": None, "J": show_scene("aurora"), "1": set_volume(0.25) })"#;
        std::fs::write(&file, text).expect("written");
        let bindings = Bindings::with_overlay(&file).expect("valid");
        assert_eq!(bindings.key(&Command::NextTrack).expect("a key").label(), "Q");
        assert_eq!(command(&bindings, InputContext::Picture, "N"), Some(Command::NextTrack));
        assert_eq!(command(&bindings, InputContext::Picture, "L"), None);
        assert_eq!(command(&bindings, InputContext::Picture, "J"), Some(Command::ShowScene("aurora".into())));
        assert_eq!(command(&bindings, InputContext::Picture, "1"), Some(Command::SetVolume(0.25)));
        assert_eq!(command(&bindings, InputContext::Picture, "V"), Some(Command::NextScene));
    }

    /// Each mistake is named with file, line, column and what was probably meant.
    #[test]
    fn a_mistake_is_named_with_its_place() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("bindings.ron");
        for (text, place, words) in [
            ("(picture: {\n  \"N\": nxt_track,\n})", "bindings.ron:2:", "did you mean `next_track`?"),
            ("(picture: {\n  \"Pad RBB\": next_track,\n})", "bindings.ron:2:", "did you mean \"Pad RB\"?"),
            ("(pictures: {})", "bindings.ron:1:", "did you mean `picture`?"),
            ("(picture: {\n \"1\": set_volume(2.0),\n})", "bindings.ron:2:", "volume is 2, expected 0..=1"),
            ("(picture: {\n \"1\": like,\n \"1\": quit,\n})", "bindings.ron:3:", "\"1\" is bound twice"),
        ] {
            std::fs::write(&file, text).expect("written");
            let error = Bindings::with_overlay(&file).unwrap_err().to_string();
            assert!(error.contains(place) && error.contains(words), "{error}");
        }
    }

    /// The shipped file binds or names every command, so that a person can look up what there is.
    #[test]
    fn the_shipped_file_names_every_command() {
        for info in COMMANDS {
            assert!(SHIPPED.contains(info.name), "assets/bindings.ron does not name {}", info.name);
        }
    }
}
