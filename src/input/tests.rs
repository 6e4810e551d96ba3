//! Keys and pads in an app that has only this room.

use bevy::input::gamepad::{
    GamepadConnection, GamepadConnectionEvent, RawGamepadAxisChangedEvent, RawGamepadButtonChangedEvent,
    RawGamepadEvent,
};
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;

use super::*;
use crate::command::{Command, CommandSource, DirectionInput, Request};

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin, bevy::input::InputPlugin, InputPlugin::default()))
        .init_state::<Screen>();
    app.finish();
    app.cleanup();
    app.update();
    app
}

fn connect_pad(app: &mut App) -> Entity {
    let pad = app.world_mut().spawn_empty().id();
    let connected = GamepadConnection::Connected { name: "pad".into(), vendor_id: None, product_id: None };
    let event = GamepadConnectionEvent::new(pad, connected);
    app.world_mut().write_message(RawGamepadEvent::from(event.clone()));
    app.world_mut().write_message(event);
    app.update();
    app.update();
    assert!(app.world().get::<Gamepad>(pad).is_some());
    pad
}

fn push_button(app: &mut App, pad: Entity, button: GamepadButton, value: f32) {
    let event = RawGamepadButtonChangedEvent::new(pad, button, value);
    app.world_mut().write_message(RawGamepadEvent::Button(event));
}

fn push_axis(app: &mut App, pad: Entity, axis: GamepadAxis, value: f32) {
    let event = RawGamepadAxisChangedEvent::new(pad, axis, value);
    app.world_mut().write_message(RawGamepadEvent::Axis(event));
}

fn press_key(app: &mut App, key_code: KeyCode, state: bevy::input::ButtonState) {
    let window = app.world_mut().spawn_empty().id();
    let unidentified = bevy::input::keyboard::NativeKey::Unidentified;
    app.world_mut().write_message(bevy::input::keyboard::KeyboardInput {
        key_code,
        logical_key: bevy::input::keyboard::Key::Unidentified(unidentified),
        state,
        text: None,
        repeat: false,
        window,
    });
}

/// The commands of one update.
fn commands(app: &mut App) -> Vec<Command> {
    app.world_mut().resource_mut::<Messages<Request>>().clear();
    app.update();
    app.world_mut().resource_mut::<Messages<Request>>().drain().map(|request| request.command).collect()
}

fn open_manual_mood(app: &mut App) {
    let settings = crate::mood::ManualMoodSettings::default();
    let mut dial = crate::mood::ManualMood::new(&settings);
    dial.toggle();
    app.insert_resource(dial);
}

const UP: Command = Command::MoveManualMood { valence: 0.0, arousal: 1.0 };

#[test]
fn a_pad_button_becomes_its_command_once() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    push_button(&mut app, pad, GamepadButton::South, 1.0);
    assert_eq!(commands(&mut app), [Command::TogglePause]);
    assert_eq!(commands(&mut app), []);
}

/// A room can tell a pad from a key.
#[test]
fn a_request_says_who_sent_it() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    push_button(&mut app, pad, GamepadButton::RightTrigger, 1.0);
    press_key(&mut app, KeyCode::KeyN, bevy::input::ButtonState::Pressed);
    app.update();
    let requests: Vec<Request> = app.world_mut().resource_mut::<Messages<Request>>().drain().collect();
    let sources: Vec<_> = requests.iter().map(|request| request.source).collect();
    assert_eq!(sources, [CommandSource::Key, CommandSource::Pad]);
    assert!(requests.iter().all(|request| request.command == Command::NextTrack));
}

#[test]
fn in_the_menu_the_same_button_chooses_and_does_not_pause() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    push_button(&mut app, pad, GamepadButton::Start, 1.0);
    assert_eq!(commands(&mut app), [Command::ToggleMenu]);
    assert_eq!(*app.world().resource::<State<Screen>>().get(), Screen::Menu, "open in the same frame");
    push_button(&mut app, pad, GamepadButton::South, 1.0);
    assert_eq!(commands(&mut app), [Command::MenuConfirm]);
    push_button(&mut app, pad, GamepadButton::East, 1.0);
    assert_eq!(commands(&mut app), [Command::ToggleMenu]);
    assert_eq!(commands(&mut app), [], "the button that closed the menu asks for nothing more");
    assert_eq!(*app.world().resource::<State<Screen>>().get(), Screen::Picture);
}

/// The control of the manual mood says that the pad's X closes it; the key X skipped the track instead.
#[test]
fn the_key_x_closes_the_manual_mood_and_does_not_skip() {
    let mut app = app();
    open_manual_mood(&mut app);
    press_key(&mut app, KeyCode::KeyX, bevy::input::ButtonState::Pressed);
    assert_eq!(commands(&mut app), [Command::CloseManualMood]);
}

#[test]
fn a_push_of_the_right_stick_seeks_once_and_moves_nothing() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    for (x, asked) in [(0.9, Some(Command::SeekForward)), (0.0, None), (-0.9, Some(Command::SeekBack))] {
        push_axis(&mut app, pad, GamepadAxis::RightStickX, x);
        push_axis(&mut app, pad, GamepadAxis::RightStickY, 0.0);
        assert_eq!(commands(&mut app), asked.into_iter().collect::<Vec<_>>());
        assert_eq!(commands(&mut app), []);
    }
    assert_eq!(app.world().resource::<DirectionInput>().0, Vec2::ZERO);
}

#[test]
fn a_held_stick_moves_through_the_menu_once() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    push_button(&mut app, pad, GamepadButton::Start, 1.0);
    app.update();
    push_axis(&mut app, pad, GamepadAxis::LeftStickY, -1.0);
    assert_eq!(commands(&mut app), [Command::MenuDown]);
    assert_eq!(commands(&mut app), []);
    assert_eq!(app.world().resource::<DirectionInput>().0, Vec2::ZERO);
}

#[test]
fn what_is_held_moves_the_manual_mood_until_it_is_released() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    push_axis(&mut app, pad, GamepadAxis::LeftStickX, 0.5);
    push_axis(&mut app, pad, GamepadAxis::LeftStickY, 0.0);
    app.update();
    app.update();
    assert_eq!(app.world().resource::<DirectionInput>().0, Vec2::ZERO, "nothing is open");
    open_manual_mood(&mut app);
    app.update();
    let direction = app.world().resource::<DirectionInput>().0;
    assert!((0.4..0.6).contains(&direction.x) && direction.y.abs() < 0.01, "{direction}");
    push_button(&mut app, pad, GamepadButton::Start, 1.0);
    app.update();
    app.update();
    assert_eq!(app.world().resource::<DirectionInput>().0, Vec2::ZERO, "the menu keeps the mood still");
    push_button(&mut app, pad, GamepadButton::East, 1.0);
    app.update();
    app.update();
    push_button(&mut app, pad, GamepadButton::DPadUp, 1.0);
    push_button(&mut app, pad, GamepadButton::DPadRight, 1.0);
    assert!(commands(&mut app).contains(&UP));
    assert!((app.world().resource::<DirectionInput>().0.length() - 1.0).abs() < 1e-5);
    push_button(&mut app, pad, GamepadButton::DPadUp, 0.0);
    push_button(&mut app, pad, GamepadButton::DPadRight, 0.0);
    push_axis(&mut app, pad, GamepadAxis::LeftStickX, 0.0);
    app.update();
    assert_eq!(app.world().resource::<DirectionInput>().0, Vec2::ZERO);
}

#[test]
fn a_pad_opens_the_manual_mood_and_switches_the_camera() {
    let mut app = app();
    let pad = connect_pad(&mut app);
    for (button, command) in
        [(GamepadButton::West, Command::ToggleManualMood), (GamepadButton::RightThumb, Command::ToggleCamera)]
    {
        push_button(&mut app, pad, button, 1.0);
        assert_eq!(commands(&mut app), [command]);
    }
}

#[test]
fn a_key_becomes_its_command() {
    let mut app = app();
    for (key, command) in [
        (KeyCode::F11, Command::ToggleFullscreen),
        (KeyCode::KeyP, Command::TogglePause),
        (KeyCode::MediaPlayPause, Command::TogglePause),
        (KeyCode::Comma, Command::SeekBack),
        (KeyCode::Period, Command::SeekForward),
        (KeyCode::MediaTrackNext, Command::NextTrack),
    ] {
        press_key(&mut app, key, bevy::input::ButtonState::Pressed);
        assert_eq!(commands(&mut app), [command]);
    }
}

/// A broken file leaves the default keys and is a fault on the screen, with its place.
#[test]
fn a_broken_file_leaves_the_default_keys_and_says_so() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("bindings.ron");
    std::fs::write(&file, "(picture: {\n  \"N\": nxt_track,\n})").expect("written");
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, bevy::input::InputPlugin, InputPlugin { bindings: Some(file) }));
    let faults: Vec<String> =
        app.world().resource::<Faults>().active().map(|(_, fault)| fault.what.clone()).collect();
    assert!(faults.len() == 1 && faults[0].contains("bindings.ron:2:"), "{faults:?}");
    app.update();
    press_key(&mut app, KeyCode::KeyN, bevy::input::ButtonState::Pressed);
    assert_eq!(commands(&mut app), [Command::NextTrack]);
}

#[test]
fn without_input_devices_nothing_happens() {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, InputPlugin::default()));
    assert_eq!(commands(&mut app), []);
}
