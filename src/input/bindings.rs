//! The binding table: what is pressed, and what it asks for.

use bevy::input::gamepad::GamepadButton;
use bevy::input::keyboard::KeyCode;

use super::Action;

/// Something that a person can press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Key(KeyCode),
    Pad(GamepadButton),
    /// A push of the right stick of a pad to one side.
    RightStick(Side),
}

/// A side of a stick that nothing else needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

use Trigger::{Key, Pad, RightStick};

/// Every binding. A trigger appears once.
pub const BINDINGS: [(Trigger, Action); 47] = [
    (Key(KeyCode::F11), Action::ToggleFullscreen),
    (Key(KeyCode::Escape), Action::ToggleMenu),
    (Key(KeyCode::F2), Action::TogglePanel),
    (Key(KeyCode::KeyH), Action::ToggleHud),
    (Key(KeyCode::KeyN), Action::NextTrack),
    (Key(KeyCode::MediaTrackNext), Action::NextTrack),
    (Key(KeyCode::KeyP), Action::PlayPause),
    (Key(KeyCode::MediaPlayPause), Action::PlayPause),
    (Key(KeyCode::Comma), Action::SeekBack),
    (Key(KeyCode::Period), Action::SeekForward),
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
    (RightStick(Side::Left), Action::SeekBack),
    (RightStick(Side::Right), Action::SeekForward),
];

/// What an action asks for besides while the picture has the focus: there is nothing to confirm on it.
pub(super) const ON_PICTURE: [(Action, Action); 1] = [(Action::Confirm, Action::PlayPause)];

impl Trigger {
    /// What is printed on it; the face buttons of a pad are named as on most pads.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Key(KeyCode::Escape) => "Esc".into(),
            Key(KeyCode::Comma) => ",".into(),
            Key(KeyCode::Period) => ".".into(),
            RightStick(Side::Left) => "right stick left".into(),
            RightStick(Side::Right) => "right stick right".into(),
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

/// The first key and the first trigger on a pad that ask for this action, if only on the picture.
#[must_use]
pub fn triggers(action: Action) -> (Option<Trigger>, Option<Trigger>) {
    let bound = |wanted: Action, of: fn(&Trigger) -> bool| {
        BINDINGS.iter().filter(|(_, asked)| *asked == wanted).map(|(trigger, _)| *trigger).find(of)
    };
    let first = |of: fn(&Trigger) -> bool| {
        let besides = ON_PICTURE.iter().find(|(_, besides)| *besides == action);
        bound(action, of).or_else(|| bound(besides?.0, of))
    };
    (first(|trigger| matches!(trigger, Key(_))), first(|trigger| !matches!(trigger, Key(_))))
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
            Action::PlayPause,
            Action::SeekBack,
            Action::SeekForward,
            Action::NextTrack,
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
        let [pause, seek] = [Action::PlayPause, Action::SeekForward].map(triggers);
        assert_eq!([pause.0, pause.1].map(|trigger| trigger.expect("one").label()), ["P", "A"]);
        assert_eq!(seek.0.expect("a key").label(), ".");
    }
}
