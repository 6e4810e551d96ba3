//! Draws the scenes: all systems of the visuals.

use bevy::prelude::*;
use bevy::render::RenderApp;

use super::capture::screenshot_plugin;
use super::display::{PictureOutput, awake_plugin, present_mode_plugin, window_plugin};
use super::events::write_scene_events;
use super::scene::AdvanceScenes;
use super::settings::VisualsSettings;
use super::{director, draw, people, quality, scene, scene_files};
use crate::foundation::{ClockMode, FrameStage};
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::Mood;
use crate::settings::AddSettings as _;

/// Moves and draws the scenes. Needs [`VisualsSettings`] as a resource, and
/// [`plugins`](super::plugins) and [`SessionPlugin`](crate::session::SessionPlugin) before it. Without a renderer scenes
/// still move, and nothing is drawn.
pub struct VisualsPlugin;

impl Plugin for VisualsPlugin {
    fn build(&self, app: &mut App) {
        app.add_settings::<VisualsSettings>("visuals");
        app.init_resource::<Mood>()
            .init_resource::<SoundLevels>()
            .init_resource::<NowPlaying>()
            .init_resource::<ClockMode>()
            .add_plugins((
                scene::plugin,
                scene_files::plugin,
                people::plugin,
                director::plugin,
                quality::plugin,
            ))
            .add_plugins(present_mode_plugin)
            .add_systems(Update, write_scene_events.in_set(FrameStage::Present).after(AdvanceScenes));
        crate::event::plugin(app);
        if app.get_sub_app(RenderApp).is_some() {
            app.add_plugins((draw::plugin, screenshot_plugin));
            if matches!(app.world().get_resource::<PictureOutput>(), Some(PictureOutput::Window { .. })) {
                app.add_plugins((window_plugin, awake_plugin));
            }
        }
    }
}
