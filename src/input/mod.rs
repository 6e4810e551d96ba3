//! Keys and pad buttons become actions, in one binding table; what is held becomes a push.

mod bindings;
mod stick;

pub use bindings::{BINDINGS, Side, Trigger, triggers};

use bevy::input::InputSystems;
use bevy::prelude::*;

use bindings::ON_PICTURE;
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
    /// Pauses the music, or lets it go on.
    PlayPause,
    /// Some seconds back or ahead in the track that plays.
    SeekBack,
    SeekForward,
    /// What plays is liked.
    Like,
    /// What plays is not wanted for a while; another comes.
    NotNow,
    /// What plays comes once more when it ends.
    PlayAgain,
    /// Switches the living bed: off, in silences, always.
    SwitchBed,
    /// Opens or closes the dial that sets the mood by hand.
    ToggleDial,
    /// Closes the camera for real, or opens it again.
    ToggleCamera,
    /// Another scene, or the one before.
    NextScene,
    SceneBefore,
    /// Keeps this scene, or lets scenes change again.
    KeepScene,
    /// Makes this scene a favourite, or no longer one.
    FavouriteScene,
    /// A picture of the picture.
    Screenshot,
    Quit,
    /// Ways through a menu and across the dial.
    Up,
    Down,
    Left,
    Right,
    Confirm,
    /// Leaves a menu or the dial.
    Back,
}

/// Where keys, stick and four-way pad push at the moment: right and up positive, within the unit circle.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct Push(pub Vec2);

/// Whom the directions are for. Whoever shows a menu sets it.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The picture, and the dial on it.
    #[default]
    Picture,
    Menu,
}

/// How far a stick must leave its middle to count as pushed.
const DEAD_ZONE: f32 = 0.15;

/// Writes [`Action`] messages and [`Push`], in `PreUpdate`. Where Bevy's own input is missing it writes none.
pub struct InputPlugin;

impl Plugin for InputPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<Action>().init_resource::<Push>().init_resource::<Focus>().add_systems(
            PreUpdate,
            (press_keys, press_pads, push_sticks, push_right_sticks, mean_the_picture, hold)
                .chain()
                .after(InputSystems),
        );
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
    let push = strongest_stick(&pads);
    if let Some(action) = stick.push(push.x, push.y) {
        actions.write(action);
    }
}

/// The right stick asks for something with each push to a side.
fn push_right_sticks(pads: Query<&Gamepad>, mut stick: Local<Stick>, mut actions: MessageWriter<Action>) {
    let push = strongest(&pads, Gamepad::right_stick);
    let side = match stick.push(push.x, push.y) {
        Some(Action::Left) => Side::Left,
        Some(Action::Right) => Side::Right,
        _ => return,
    };
    for (trigger, action) in BINDINGS {
        if trigger == Trigger::RightStick(side) {
            actions.write(action);
        }
    }
}

/// While nothing lies over the picture, some actions ask for something besides.
fn mean_the_picture(
    focus: Res<Focus>,
    mut actions: ParamSet<(MessageReader<Action>, MessageWriter<Action>)>,
) {
    let asked: Vec<Action> = actions.p0().read().copied().collect();
    if *focus != Focus::Picture {
        return;
    }
    for (action, besides) in ON_PICTURE {
        if asked.contains(&action) {
            actions.p1().write(besides);
        }
    }
}

fn strongest_stick(pads: &Query<&Gamepad>) -> Vec2 {
    strongest(pads, Gamepad::left_stick)
}

fn strongest(pads: &Query<&Gamepad>, stick: fn(&Gamepad) -> Vec2) -> Vec2 {
    pads.iter().map(stick).fold(Vec2::ZERO, |most, next| {
        if next.length_squared() > most.length_squared() { next } else { most }
    })
}

fn hold(keys: Option<Res<ButtonInput<KeyCode>>>, pads: Query<&Gamepad>, mut push: ResMut<Push>) {
    let held = |trigger: Trigger| match trigger {
        Trigger::Key(key) => keys.as_ref().is_some_and(|keys| keys.pressed(key)),
        Trigger::Pad(button) => pads.iter().any(|pad| pad.pressed(button)),
        Trigger::RightStick(_) => false,
    };
    let mut sum = strongest_stick(&pads);
    if sum.length() < DEAD_ZONE {
        sum = Vec2::ZERO;
    }
    for (trigger, action) in BINDINGS {
        let Some(way) = direction(action) else { continue };
        if held(trigger) {
            sum += way;
        }
    }
    push.set_if_neq(Push(sum.clamp_length_max(1.0)));
}

fn direction(action: Action) -> Option<Vec2> {
    match action {
        Action::Up => Some(Vec2::Y),
        Action::Down => Some(Vec2::NEG_Y),
        Action::Left => Some(Vec2::NEG_X),
        Action::Right => Some(Vec2::X),
        _ => None,
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
        assert_eq!(actions(&mut app), [Action::Confirm, Action::PlayPause]);
        assert_eq!(actions(&mut app), []);
    }

    #[test]
    fn in_a_menu_the_same_button_does_not_pause() {
        let mut app = app();
        let pad = pad(&mut app);
        app.insert_resource(Focus::Menu);
        let press = RawGamepadButtonChangedEvent::new(pad, GamepadButton::South, 1.0);
        app.world_mut().write_message(RawGamepadEvent::Button(press));
        assert_eq!(actions(&mut app), [Action::Confirm]);
        app.insert_resource(Focus::Picture);
        assert_eq!(actions(&mut app), [], "the button that left the menu does not pause either");
    }

    #[test]
    fn a_push_of_the_right_stick_seeks_once_and_moves_no_menu() {
        let mut app = app();
        let pad = pad(&mut app);
        for (x, y, asked) in
            [(0.9, 0.0, Some(Action::SeekForward)), (0.0, 0.0, None), (-0.9, 0.0, Some(Action::SeekBack))]
        {
            for (axis, value) in [(GamepadAxis::RightStickX, x), (GamepadAxis::RightStickY, y)] {
                let event = RawGamepadAxisChangedEvent::new(pad, axis, value);
                app.world_mut().write_message(RawGamepadEvent::Axis(event));
            }
            assert_eq!(actions(&mut app), asked.into_iter().collect::<Vec<_>>());
            assert_eq!(actions(&mut app), []);
        }
        assert_eq!(app.world().resource::<Push>().0, Vec2::ZERO);
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
    fn what_is_held_pushes_until_it_is_let_go() {
        let mut app = app();
        let pad = pad(&mut app);
        for (axis, value) in [(GamepadAxis::LeftStickX, 0.5), (GamepadAxis::LeftStickY, 0.0)] {
            let event = RawGamepadAxisChangedEvent::new(pad, axis, value);
            app.world_mut().write_message(RawGamepadEvent::Axis(event));
        }
        app.update();
        app.update();
        let push = app.world().resource::<Push>().0;
        assert!((0.4..0.6).contains(&push.x) && push.y.abs() < 0.01, "{push}");
        for (button, value) in [(GamepadButton::DPadUp, 1.0), (GamepadButton::DPadRight, 1.0)] {
            let event = RawGamepadButtonChangedEvent::new(pad, button, value);
            app.world_mut().write_message(RawGamepadEvent::Button(event));
        }
        app.update();
        assert!((app.world().resource::<Push>().0.length() - 1.0).abs() < 1e-5);
        for button in [GamepadButton::DPadUp, GamepadButton::DPadRight] {
            let event = RawGamepadButtonChangedEvent::new(pad, button, 0.0);
            app.world_mut().write_message(RawGamepadEvent::Button(event));
        }
        let event = RawGamepadAxisChangedEvent::new(pad, GamepadAxis::LeftStickX, 0.0);
        app.world_mut().write_message(RawGamepadEvent::Axis(event));
        app.update();
        assert_eq!(app.world().resource::<Push>().0, Vec2::ZERO);
    }

    #[test]
    fn a_pad_opens_the_dial_and_switches_the_camera() {
        let mut app = app();
        let pad = pad(&mut app);
        for (button, action) in
            [(GamepadButton::West, Action::ToggleDial), (GamepadButton::RightThumb, Action::ToggleCamera)]
        {
            let press = RawGamepadButtonChangedEvent::new(pad, button, 1.0);
            app.world_mut().write_message(RawGamepadEvent::Button(press));
            assert_eq!(actions(&mut app), [action]);
        }
    }

    #[test]
    fn a_key_becomes_its_action() {
        let mut app = app();
        let window = app.world_mut().spawn_empty().id();
        for (key_code, asked) in [
            (KeyCode::F11, Action::ToggleFullscreen),
            (KeyCode::KeyP, Action::PlayPause),
            (KeyCode::MediaPlayPause, Action::PlayPause),
            (KeyCode::Comma, Action::SeekBack),
            (KeyCode::Period, Action::SeekForward),
            (KeyCode::MediaTrackNext, Action::NextTrack),
        ] {
            app.world_mut().write_message(bevy::input::keyboard::KeyboardInput {
                key_code,
                logical_key: bevy::input::keyboard::Key::Unidentified(
                    bevy::input::keyboard::NativeKey::Unidentified,
                ),
                state: bevy::input::ButtonState::Pressed,
                text: None,
                repeat: false,
                window,
            });
            assert_eq!(actions(&mut app), [asked]);
        }
    }

    #[test]
    fn without_input_devices_nothing_happens() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, InputPlugin));
        assert_eq!(actions(&mut app), []);
    }
}
