//! Keys and pad buttons become actions, in one binding table.

use bevy::prelude::*;

/// What a person can ask for, whatever they press.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    ToggleFullscreen,
    ToggleMenu,
    TogglePanel,
    NextTrack,
    Quit,
    /// Menu navigation.
    Up,
    Down,
    Confirm,
}

/// Writes [`Action`] messages.
pub struct InputPlugin;

impl Plugin for InputPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<Action>();
    }
}
