//! Keys and pad buttons become actions, in one binding table.

mod bindings;
mod stick;

pub use bindings::{BINDINGS, Trigger};

use bevy::input::InputSystems;
use bevy::prelude::*;

use stick::Stick;

/// What a person can ask for, whatever they press.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    ToggleFullscreen,
    ToggleMenu,
    TogglePanel,
    /// Words on the picture, or only the picture.
    ToggleHud,
    NextTrack,
    Quit,
    /// Menu navigation.
    Up,
    Down,
    Left,
    Right,
    Confirm,
    /// Leaves a menu.
    Back,
}

/// Writes [`Action`] messages, in `PreUpdate`. Where Bevy's own input is missing it writes none.
pub struct InputPlugin;

impl Plugin for InputPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<Action>()
            .add_systems(PreUpdate, (press_keys, press_pads, push_sticks).chain().after(InputSystems));
    }
}

fn press_keys(keys: Option<Res<ButtonInput<KeyCode>>>, mut actions: MessageWriter<Action>) {
    let Some(keys) = keys else { return };
    for (trigger, action) in BINDINGS {
        if matches!(trigger, Trigger::Key(key) if keys.just_pressed(key)) {
            actions.write(action);
        }
    }
}

fn press_pads(pads: Query<&Gamepad>, mut actions: MessageWriter<Action>) {
    for pad in &pads {
        for (trigger, action) in BINDINGS {
            if matches!(trigger, Trigger::Pad(button) if pad.just_pressed(button)) {
                actions.write(action);
            }
        }
    }
}

/// The left stick moves through menus like the four-way pad.
fn push_sticks(pads: Query<&Gamepad>, mut stick: Local<Stick>, mut actions: MessageWriter<Action>) {
    let push = pads.iter().map(Gamepad::left_stick).fold(Vec2::ZERO, |most, next| {
        if next.length_squared() > most.length_squared() { next } else { most }
    });
    if let Some(action) = stick.push(push.x, push.y) {
        actions.write(action);
    }
}

#[cfg(test)]
mod tests {
    use bevy::input::gamepad::{
        GamepadConnection, GamepadConnectionEvent, RawGamepadAxisChangedEvent, RawGamepadButtonChangedEvent,
        RawGamepadEvent,
    };

    use super::*;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::input::InputPlugin, InputPlugin));
        app.finish();
        app.cleanup();
        app.update();
        app
    }

    fn pad(app: &mut App) -> Entity {
        let pad = app.world_mut().spawn_empty().id();
        let connected =
            GamepadConnection::Connected { name: "pad".into(), vendor_id: None, product_id: None };
        let event = GamepadConnectionEvent::new(pad, connected);
        app.world_mut().write_message(RawGamepadEvent::from(event.clone()));
        app.world_mut().write_message(event);
        app.update();
        app.update();
        assert!(app.world().get::<Gamepad>(pad).is_some());
        pad
    }

    /// The actions of one update.
    fn actions(app: &mut App) -> Vec<Action> {
        app.world_mut().resource_mut::<Messages<Action>>().clear();
        app.update();
        app.world_mut().resource_mut::<Messages<Action>>().drain().collect()
    }

    #[test]
    fn a_pad_button_becomes_its_action_once() {
        let mut app = app();
        let pad = pad(&mut app);
        let press = RawGamepadButtonChangedEvent::new(pad, GamepadButton::South, 1.0);
        app.world_mut().write_message(RawGamepadEvent::Button(press));
        assert_eq!(actions(&mut app), [Action::Confirm]);
        assert_eq!(actions(&mut app), []);
    }

    #[test]
    fn a_held_stick_moves_once() {
        let mut app = app();
        let pad = pad(&mut app);
        let push = RawGamepadAxisChangedEvent::new(pad, GamepadAxis::LeftStickY, -1.0);
        app.world_mut().write_message(RawGamepadEvent::Axis(push));
        assert_eq!(actions(&mut app), [Action::Down]);
        assert_eq!(actions(&mut app), []);
    }

    #[test]
    fn a_key_becomes_its_action() {
        let mut app = app();
        let window = app.world_mut().spawn_empty().id();
        app.world_mut().write_message(bevy::input::keyboard::KeyboardInput {
            key_code: KeyCode::F11,
            logical_key: bevy::input::keyboard::Key::F11,
            state: bevy::input::ButtonState::Pressed,
            text: None,
            repeat: false,
            window,
        });
        assert_eq!(actions(&mut app), [Action::ToggleFullscreen]);
    }

    #[test]
    fn without_input_devices_nothing_happens() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, InputPlugin));
        assert_eq!(actions(&mut app), []);
    }
}
