//! What lies over the picture decides what a key means.

use bevy::prelude::*;

use crate::command::{Command, Request, Screen};
use crate::mood::ManualMood;

/// Which part of the bindings counts.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputContext {
    /// Nothing lies over the picture.
    #[default]
    Picture,
    /// The control that sets the mood by hand is open.
    ManualMood,
    /// The menu is open; it hides everything else.
    Menu,
}

/// Derives the context from the two states that it depends on; nothing else writes it.
pub(super) fn find_context(
    screen: Option<Res<State<Screen>>>,
    manual_mood: Option<Res<ManualMood>>,
    mut context: ResMut<InputContext>,
) {
    let menu = screen.is_some_and(|screen| *screen.get() == Screen::Menu);
    let manual_mood = manual_mood.is_some_and(|manual_mood| manual_mood.is_open());
    let next = match (menu, manual_mood) {
        (true, _) => InputContext::Menu,
        (false, true) => InputContext::ManualMood,
        (false, false) => InputContext::Picture,
    };
    context.set_if_neq(next);
}

/// Opens and closes the menu. It runs before Bevy's state transition, so the menu is there in the same frame.
pub(super) fn toggle_menu(
    mut requests: MessageReader<Request>,
    screen: Res<State<Screen>>,
    mut next: ResMut<NextState<Screen>>,
) {
    if requests.read().filter(|request| request.command == Command::ToggleMenu).count() % 2 == 1 {
        next.set(match screen.get() {
            Screen::Picture => Screen::Menu,
            Screen::Menu => Screen::Picture,
        });
    }
}
