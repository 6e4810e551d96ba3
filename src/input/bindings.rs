//! The binding table: what is pressed, and what it asks for.

use bevy::input::gamepad::GamepadButton;
use bevy::input::keyboard::KeyCode;

use super::Action;

/// Something that a person can press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Key(KeyCode),
    Pad(GamepadButton),
}

use Trigger::{Key, Pad};

/// Every binding. A trigger appears once.
pub const BINDINGS: [(Trigger, Action); 40] = [
    (Key(KeyCode::F11), Action::ToggleFullscreen),
    (Key(KeyCode::Escape), Action::ToggleMenu),
    (Key(KeyCode::F2), Action::TogglePanel),
    (Key(KeyCode::KeyH), Action::ToggleHud),
    (Key(KeyCode::KeyN), Action::NextTrack),
    (Key(KeyCode::KeyL), Action::Like),
    (Key(KeyCode::KeyX), Action::NotNow),
    (Key(KeyCode::KeyR), Action::PlayAgain),
    (Key(KeyCode::KeyD), Action::ToggleDial),
    (Key(KeyCode::KeyC), Action::ToggleCamera),
    (Key(KeyCode::KeyV), Action::NextScene),
    (Key(KeyCode::KeyB), Action::SceneBefore),
    (Key(KeyCode::KeyK), Action::KeepScene),
    (Key(KeyCode::KeyF), Action::FavouriteScene),
    (Key(KeyCode::F12), Action::Screenshot),
    (Key(KeyCode::ArrowUp), Action::Up),
    (Key(KeyCode::ArrowDown), Action::Down),
    (Key(KeyCode::ArrowLeft), Action::Left),
    (Key(KeyCode::ArrowRight), Action::Right),
    (Key(KeyCode::Enter), Action::Confirm),
    (Key(KeyCode::NumpadEnter), Action::Confirm),
    (Key(KeyCode::Space), Action::Confirm),
    (Key(KeyCode::Backspace), Action::Back),
    (Pad(GamepadButton::Start), Action::ToggleMenu),
    (Pad(GamepadButton::Mode), Action::ToggleMenu),
    (Pad(GamepadButton::Select), Action::TogglePanel),
    (Pad(GamepadButton::North), Action::ToggleHud),
    (Pad(GamepadButton::RightTrigger), Action::NextTrack),
    (Pad(GamepadButton::LeftTrigger), Action::Like),
    (Pad(GamepadButton::LeftTrigger2), Action::NotNow),
    (Pad(GamepadButton::RightTrigger2), Action::PlayAgain),
    (Pad(GamepadButton::West), Action::ToggleDial),
    (Pad(GamepadButton::RightThumb), Action::ToggleCamera),
    (Pad(GamepadButton::LeftThumb), Action::KeepScene),
    (Pad(GamepadButton::DPadUp), Action::Up),
    (Pad(GamepadButton::DPadDown), Action::Down),
    (Pad(GamepadButton::DPadLeft), Action::Left),
    (Pad(GamepadButton::DPadRight), Action::Right),
    (Pad(GamepadButton::South), Action::Confirm),
    (Pad(GamepadButton::East), Action::Back),
];

impl Trigger {
    /// What is printed on it; the face buttons of a pad are named as on most pads.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Key(KeyCode::Escape) => "Esc".into(),
            Key(key) => {
                let name = format!("{key:?}");
                name.strip_prefix("Key").unwrap_or(&name).to_owned()
            }
            Pad(GamepadButton::South) => "A".into(),
            Pad(GamepadButton::East) => "B".into(),
            Pad(GamepadButton::West) => "X".into(),
            Pad(GamepadButton::North) => "Y".into(),
            Pad(GamepadButton::RightTrigger) => "RB".into(),
            Pad(GamepadButton::LeftTrigger) => "LB".into(),
            Pad(GamepadButton::LeftThumb) => "left stick pressed".into(),
            Pad(GamepadButton::LeftTrigger2) => "LT".into(),
            Pad(GamepadButton::RightTrigger2) => "RT".into(),
            Pad(GamepadButton::RightThumb) => "right stick pressed".into(),
            Pad(button) => format!("{button:?}"),
        }
    }
}

/// The first key and the first pad button that ask for this action.
#[must_use]
pub fn triggers(action: Action) -> (Option<Trigger>, Option<Trigger>) {
    let mut all = BINDINGS.iter().filter(|(_, asked)| *asked == action).map(|(trigger, _)| *trigger);
    let mut others = all.clone();
    (all.find(|trigger| matches!(trigger, Key(_))), others.find(|trigger| matches!(trigger, Pad(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_asks_for_one_thing() {
        for (index, (trigger, _)) in BINDINGS.iter().enumerate() {
            assert!(BINDINGS[..index].iter().all(|(other, _)| other != trigger), "{trigger:?} twice");
        }
    }

    #[test]
    fn what_a_person_needs_can_be_done_with_keys_and_with_a_pad() {
        for action in [
            Action::ToggleMenu,
            Action::ToggleDial,
            Action::ToggleCamera,
            Action::Like,
            Action::NotNow,
            Action::PlayAgain,
            Action::Up,
            Action::Down,
            Action::Left,
            Action::Right,
            Action::Confirm,
            Action::Back,
        ] {
            let (key, pad) = triggers(action);
            assert!(key.is_some(), "{action:?} by key");
            assert!(pad.is_some(), "{action:?} by pad");
        }
    }

    #[test]
    fn triggers_have_the_names_that_people_know() {
        let names = [Action::ToggleDial, Action::ToggleMenu, Action::TogglePanel]
            .map(|action| triggers(action).0.expect("a key").label());
        assert_eq!(names, ["D", "Esc", "F2"]);
        assert_eq!(triggers(Action::ToggleDial).1.expect("a button").label(), "X");
    }
}
