//! What a person can press, and how it is written in files and on the screen.

use std::fmt;
use std::str::FromStr;

use bevy::input::gamepad::GamepadButton;
use bevy::input::keyboard::KeyCode;
use bevy::reflect::enums::{DynamicEnum, DynamicVariant, VariantInfo};
use bevy::reflect::{FromReflect, Typed};
use serde::{Deserialize, Deserializer};

use crate::foundation::most_similar;

/// Something that a person can press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trigger {
    Key(KeyCode),
    Pad(GamepadButton),
    /// A push of a stick of the pad to one side.
    Stick(PadStick, StickSide),
}

/// One of the two sticks of a pad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PadStick {
    Left,
    Right,
}

/// The side to which a stick is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StickSide {
    Up,
    Down,
    Left,
    Right,
}

/// What a file names as a key or a button, and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no key or button {name:?}{}", .nearest.as_ref().map(|name| format!("; did you mean {name:?}?")).unwrap_or_default())]
pub struct UnknownTrigger {
    name: String,
    nearest: Option<String>,
}

impl Trigger {
    /// What is printed on it. The face buttons of a pad are named as on most pads.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Key(key) => key_label(key),
            Self::Pad(button) => button_label(button),
            Self::Stick(stick, side) => format!("{} stick {}", stick.name(), side.name()),
        }
    }

    /// Whether it is on a pad.
    #[must_use]
    pub fn is_on_pad(self) -> bool {
        !matches!(self, Self::Key(_))
    }

    /// Every trigger that has a name.
    fn all() -> impl Iterator<Item = Self> {
        let sticks = [PadStick::Left, PadStick::Right]
            .into_iter()
            .flat_map(|stick| StickSide::ALL.map(|side| Self::Stick(stick, side)));
        unit_variants().map(Self::Key).chain(unit_variants().map(Self::Pad)).chain(sticks)
    }
}

/// The variants without a value of an enum of Bevy.
fn unit_variants<T: Typed + FromReflect>() -> impl Iterator<Item = T> {
    let variants = T::type_info().as_enum().ok();
    variants.into_iter().flat_map(|info| info.iter()).filter_map(|variant| match variant {
        VariantInfo::Unit(unit) => T::from_reflect(&DynamicEnum::new(unit.name(), DynamicVariant::Unit)),
        _ => None,
    })
}

fn key_label(key: KeyCode) -> String {
    match key {
        KeyCode::Escape => "Esc".into(),
        KeyCode::Comma => ",".into(),
        KeyCode::Period => ".".into(),
        key => {
            let name = format!("{key:?}");
            let stripped = ["Key", "Digit", "Arrow"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
            stripped.unwrap_or(&name).to_owned()
        }
    }
}

fn button_label(button: GamepadButton) -> String {
    let label = match button {
        GamepadButton::South => "A",
        GamepadButton::East => "B",
        GamepadButton::West => "X",
        GamepadButton::North => "Y",
        GamepadButton::LeftTrigger => "LB",
        GamepadButton::RightTrigger => "RB",
        GamepadButton::LeftTrigger2 => "LT",
        GamepadButton::RightTrigger2 => "RT",
        GamepadButton::LeftThumb => "left stick pressed",
        GamepadButton::RightThumb => "right stick pressed",
        GamepadButton::DPadUp => "D-pad up",
        GamepadButton::DPadDown => "D-pad down",
        GamepadButton::DPadLeft => "D-pad left",
        GamepadButton::DPadRight => "D-pad right",
        button => return format!("{button:?}"),
    };
    label.into()
}

impl PadStick {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

impl StickSide {
    const ALL: [Self; 4] = [Self::Up, Self::Down, Self::Left, Self::Right];

    fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// As files write it: a key by its label, everything on a pad after `Pad`.
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pad = if self.is_on_pad() { "Pad " } else { "" };
        write!(f, "{pad}{}", self.label())
    }
}

impl FromStr for Trigger {
    type Err = UnknownTrigger;

    fn from_str(name: &str) -> Result<Self, UnknownTrigger> {
        let matches = |trigger: &Self| {
            let code = match trigger {
                Self::Key(key) => Some(format!("{key:?}")),
                _ => None,
            };
            trigger.to_string().eq_ignore_ascii_case(name)
                || code.is_some_and(|code| code.eq_ignore_ascii_case(name))
        };
        Self::all().find(matches).ok_or_else(|| {
            let names: Vec<String> = Self::all().map(|trigger| trigger.to_string()).collect();
            let nearest = most_similar(name, names.iter().map(String::as_str)).map(str::to_owned);
            UnknownTrigger { name: name.to_owned(), nearest }
        })
    }
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever can be pressed can be named in a file, and no two have the same name.
    #[test]
    fn each_trigger_is_read_from_its_own_name() {
        let all: Vec<Trigger> = Trigger::all().collect();
        assert!(all.len() > 150, "{}", all.len());
        for trigger in all {
            assert_eq!(trigger.to_string().parse(), Ok(trigger), "{trigger}");
        }
    }

    #[test]
    fn triggers_have_the_names_that_people_know() {
        let label = |name: &str| name.parse::<Trigger>().expect("a trigger").label();
        for (name, shown) in
            [("escape", "Esc"), ("KeyD", "D"), ("f2", "F2"), ("ArrowUp", "Up"), ("pad lb", "LB"), ("1", "1")]
        {
            assert_eq!(label(name), shown);
        }
        let pressed: Trigger = "Pad left stick pressed".parse().expect("a trigger");
        assert_eq!(pressed, Trigger::Pad(GamepadButton::LeftThumb));
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_one() {
        let error = "Escpe".parse::<Trigger>().unwrap_err().to_string();
        assert!(error.starts_with("there is no key or button \"Escpe\""), "{error}");
        let error = "Pad left stik up".parse::<Trigger>().unwrap_err().to_string();
        assert!(error.ends_with("did you mean \"Pad left stick up\"?"), "{error}");
    }
}
