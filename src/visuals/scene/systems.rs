//! Moves the scenes on show with mood, sound and breath.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::crossfade::SceneCrossfade;
use crate::foundation::FrameStage;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::Mood;
use crate::session::Breath;
use crate::visuals::inputs::{MoodInput, SceneInputs, SoundInput, frame_seconds};
use crate::visuals::settings::VisualsSettings;

/// The scenes move on within [`FrameStage::Present`]: after the director, before the drawing.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdvanceScenes;

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.configure_sets(Update, AdvanceScenes.in_set(FrameStage::Present))
        .add_systems(Update, advance_scenes.in_set(AdvanceScenes).run_if(resource_exists::<SceneCrossfade>));
}

/// What scenes follow, as the rooms upstream describe it.
#[derive(SystemParam)]
pub(in crate::visuals) struct SceneSources<'w> {
    mood: Res<'w, Mood>,
    levels: Res<'w, SoundLevels>,
    playing: Res<'w, NowPlaying>,
    breath: Res<'w, Breath>,
    settings: Res<'w, VisualsSettings>,
}

impl SceneSources<'_> {
    /// The inputs of this frame. With reduced motion the sound is soft; mood and breath are as they are.
    pub(in crate::visuals) fn inputs(&self) -> SceneInputs {
        let sound = SoundInput::of_mixer(&self.levels, &self.playing);
        let VisualsSettings { reduced_motion, reduced_motion_sound, .. } = *self.settings;
        let sound = if reduced_motion { sound.softened(reduced_motion_sound) } else { sound };
        SceneInputs { mood: MoodInput::of_group(&self.mood), sound, breath: self.breath.amplitude() }
    }
}

fn advance_scenes(mut crossfade: ResMut<SceneCrossfade>, sources: SceneSources, time: Res<Time>) {
    let dt = frame_seconds(time.delta());
    let dt = if sources.settings.reduced_motion { dt * sources.settings.reduced_motion_speed } else { dt };
    crossfade.advance(&sources.inputs(), dt);
}
