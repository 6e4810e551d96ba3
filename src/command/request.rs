//! How commands travel through the app.

use bevy::prelude::*;

use super::table::Command;

/// Who sent a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandSource {
    Key,
    Pad,
    /// The menu, or a control that is dragged with the pointer.
    Menu,
    /// A test, a benchmark or another part of the program.
    Script,
    /// Another program or device.
    Remote,
}

/// A command on its way to the rooms that carry it out.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Request {
    pub command: Command,
    pub source: CommandSource,
}

impl Request {
    /// A command that the program sends to itself.
    #[must_use]
    pub fn script(command: Command) -> Self {
        Self { command, source: CommandSource::Script }
    }
}

/// The direction in which keys, the left stick and the four-way pad are held now: right and up positive, within the
/// unit circle. Zero while the menu is open.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct DirectionInput(pub Vec2);
