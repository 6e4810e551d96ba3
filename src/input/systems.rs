//! Reads keys and pads once a frame.

use bevy::prelude::*;

use super::bindings::Bindings;
use super::context::InputContext;
use super::stick::StickPress;
use super::trigger::{PadStick, StickSide, Trigger};
use crate::command::{Command, CommandSource, DirectionInput, Request};

/// A stick that is nearer to its middle counts as released.
const DEAD_ZONE: f32 = 0.15;

/// Writes a request for each key and button that was pressed since the last frame.
pub(super) fn press(
    keys: Option<Res<ButtonInput<KeyCode>>>,
    pads: Query<&Gamepad>,
    mut sticks: Local<[StickPress; 2]>,
    (bindings, context): (Res<Bindings>, Res<InputContext>),
    mut requests: MessageWriter<Request>,
) {
    let pushed = push_sticks(&pads, &mut sticks);
    for (trigger, command) in bindings.bound(*context) {
        let pressed = match trigger {
            Trigger::Key(key) => keys.as_ref().is_some_and(|keys| keys.just_pressed(key)),
            Trigger::Pad(button) => pads.iter().any(|pad| pad.just_pressed(button)),
            Trigger::Stick(stick, side) => pushed.contains(&Some((stick, side))),
        };
        if pressed {
            let source = if trigger.is_on_pad() { CommandSource::Pad } else { CommandSource::Key };
            requests.write(Request { command: command.clone(), source });
        }
    }
}

fn push_sticks(pads: &Query<&Gamepad>, sticks: &mut [StickPress; 2]) -> [Option<(PadStick, StickSide)>; 2] {
    let [left, right] = sticks;
    let press = |stick: PadStick, state: &mut StickPress, position: fn(&Gamepad) -> Vec2| {
        let at = strongest(pads, position);
        state.press(at.x, at.y).map(|side| (stick, side))
    };
    [press(PadStick::Left, left, Gamepad::left_stick), press(PadStick::Right, right, Gamepad::right_stick)]
}

/// The stick that is pushed furthest, of all pads.
fn strongest(pads: &Query<&Gamepad>, stick: fn(&Gamepad) -> Vec2) -> Vec2 {
    pads.iter().map(stick).fold(Vec2::ZERO, |most, next| {
        if next.length_squared() > most.length_squared() { next } else { most }
    })
}

/// While the manual mood is open, what is held moves it on.
pub(super) fn hold(
    keys: Option<Res<ButtonInput<KeyCode>>>,
    pads: Query<&Gamepad>,
    (bindings, context): (Res<Bindings>, Res<InputContext>),
    mut direction: ResMut<DirectionInput>,
) {
    let mut sum = Vec2::ZERO;
    if *context == InputContext::ManualMood {
        let stick = strongest(&pads, Gamepad::left_stick);
        if stick.length() >= DEAD_ZONE {
            sum += stick;
        }
        let held = |trigger: Trigger| match trigger {
            Trigger::Key(key) => keys.as_ref().is_some_and(|keys| keys.pressed(key)),
            Trigger::Pad(button) => pads.iter().any(|pad| pad.pressed(button)),
            Trigger::Stick(..) => false,
        };
        for (trigger, command) in bindings.bound(*context) {
            if let Command::MoveManualMood { valence, arousal } = *command
                && held(trigger)
            {
                sum += Vec2::new(valence, arousal);
            }
        }
    }
    direction.set_if_neq(DirectionInput(sum.clamp_length_max(1.0)));
}
