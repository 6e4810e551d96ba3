//! What lies over the picture.

use bevy::prelude::States;

/// What lies over the picture. Pictures and music go on in each. The input room changes it; the others read it.
#[derive(States, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// Only the text and the manual mood control.
    #[default]
    Picture,
    /// The menu.
    Menu,
}
