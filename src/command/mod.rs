//! Everything that can be asked of a running Attune, in one table.
//!
//! Keys, pads, the menu and scripts write [`Request`] messages; each room reads those that concern it. A command has a
//! stable name, so that a remote can send it as text: `next_track`, `set_volume(0.5)`, `show_scene("aurora")`.

mod request;
mod screen;
mod table;
mod toast;

pub use request::{CommandSource, DirectionInput, Request};
pub use screen::Screen;
pub use table::{COMMANDS, Command, CommandError, CommandGroup, CommandInfo, Parameter};
pub use toast::{Toast, UnknownName};

use bevy::prelude::*;

/// Registers the messages and resources through which commands arrive. Every room that reads commands calls it.
pub fn plugin(app: &mut App) {
    app.add_message::<Request>().init_resource::<DirectionInput>().init_resource::<Toast>();
}
