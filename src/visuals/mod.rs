//! Moving pictures that follow the mood and the sound.

use bevy::prelude::*;

/// Draws the scene.
pub struct VisualsPlugin;

impl Plugin for VisualsPlugin {
    fn build(&self, _app: &mut App) {}
}
