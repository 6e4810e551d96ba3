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
pub const BINDINGS: [(Trigger, Action); 24] = [
    (Key(KeyCode::F11), Action::ToggleFullscreen),
    (Key(KeyCode::Escape), Action::ToggleMenu),
    (Key(KeyCode::F2), Action::TogglePanel),
    (Key(KeyCode::KeyH), Action::ToggleHud),
    (Key(KeyCode::KeyN), Action::NextTrack),
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
    (Pad(GamepadButton::DPadUp), Action::Up),
    (Pad(GamepadButton::DPadDown), Action::Down),
    (Pad(GamepadButton::DPadLeft), Action::Left),
    (Pad(GamepadButton::DPadRight), Action::Right),
    (Pad(GamepadButton::South), Action::Confirm),
    (Pad(GamepadButton::East), Action::Back),
];

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
    fn a_menu_can_be_used_with_either_hand_device() {
        for action in [Action::ToggleMenu, Action::Up, Action::Down, Action::Confirm, Action::Back] {
            assert!(BINDINGS.iter().any(|(t, a)| *a == action && matches!(t, Key(_))), "{action:?} by key");
            assert!(BINDINGS.iter().any(|(t, a)| *a == action && matches!(t, Pad(_))), "{action:?} by pad");
        }
    }
}
