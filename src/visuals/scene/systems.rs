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
pub(in crate::visuals) struct AdvanceScenes;

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
        let sound = if self.settings.reduced_motion { sound.softened(CALM_HEARING) } else { sound };
        SceneInputs { mood: MoodInput::of_group(&self.mood), sound, breath: self.breath.amplitude() }
    }
}

/// Reduced motion: how fast the picture moves and how much of the sound it follows, as shares of the usual.
const CALM_TIME: f32 = 0.4;
const CALM_HEARING: f32 = 0.25;

fn advance_scenes(mut crossfade: ResMut<SceneCrossfade>, sources: SceneSources, time: Res<Time>) {
    let dt = frame_seconds(time.delta());
    let dt = if sources.settings.reduced_motion { dt * CALM_TIME } else { dt };
    crossfade.advance(&sources.inputs(), dt);
}
