//! What people read: HUD, menu, operator panel.

use bevy::prelude::*;

/// The words on the picture.
pub struct ScreensPlugin;

impl Plugin for ScreensPlugin {
    fn build(&self, _app: &mut App) {}
}
