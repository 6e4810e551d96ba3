//! The director in the app: actions, mood and music go in, and scenes change.

use std::path::PathBuf;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::favourites::{read_favourites, write_favourites};
use super::scene_director::{Director, FadeTiming, SceneOnShow, SceneRequest};
use crate::foundation::{ClockMode, Faults, Folders, FrameStage, LocalTime};
use crate::input::Action;
use crate::mixer::{MixerSettings, NowPlaying};
use crate::music::MusicOptions;
use crate::visuals::faults;
use crate::visuals::scene::{AdvanceScenes, SceneCrossfade, SceneSources};
use crate::visuals::settings::VisualsSettings;

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_message::<Action>()
        .init_resource::<CrossfadeWatch>()
        .add_systems(PostStartup, start_director)
        .add_systems(
            Update,
            (take_actions, direct_scenes)
                .chain()
                .in_set(FrameStage::Present)
                .before(AdvanceScenes)
                .run_if(resource_exists::<SceneCrossfade>)
                .run_if(resource_exists::<DirectorState>),
        );
}

/// The director, and when it looks again.
#[derive(Resource)]
pub struct DirectorState {
    director: Director,
    /// App time of the next look, in seconds.
    next_look: f64,
    /// Where favourites are kept; `None` keeps them for this run only.
    file: Option<PathBuf>,
}

impl DirectorState {
    /// Its decisions so far.
    #[must_use]
    pub fn director(&self) -> &Director {
        &self.director
    }

    /// Asks for a scene.
    pub fn ask(&mut self, request: SceneRequest) {
        self.director.ask(request);
        self.next_look = 0.0;
    }
}

/// When crossfades of the music began.
#[derive(Resource, Default)]
struct CrossfadeWatch {
    crossfades: u32,
    began: Option<f64>,
}

/// The name of the file of favourite scenes in the configuration folder.
const FAVOURITES: &str = "favourites.ron";
/// Seconds between two looks at the mood.
const LOOK_EVERY: f64 = 0.25;

/// Where and on which clock the app runs.
#[derive(SystemParam)]
struct RunPlace<'w> {
    clock_mode: Res<'w, ClockMode>,
    folders: Res<'w, Folders>,
    time: Res<'w, Time>,
}

fn start_director(
    mut commands: Commands,
    settings: Res<VisualsSettings>,
    crossfade: Option<Res<SceneCrossfade>>,
    options: Option<Res<MusicOptions>>,
    place: RunPlace,
    mut faults: ResMut<Faults>,
) {
    let Some(crossfade) = crossfade else { return };
    let seed = options.map_or(0, |options| options.seed);
    let mut director = Director::new(&crossfade.current().name, settings.director.clone(), seed);
    let file = place.folders.config_file(FAVOURITES).filter(|_| !place.clock_mode.is_stepped());
    if let Some(file) = &file {
        match read_favourites(file) {
            Ok(names) => director.set_favourites(names),
            Err(error) => faults.raise(faults::FAVOURITES, error.to_string(), place.time.elapsed()),
        }
    }
    commands.insert_resource(DirectorState { director, next_look: 0.0, file });
}

fn take_actions(
    mut actions: MessageReader<Action>,
    mut state: ResMut<DirectorState>,
    crossfade: Res<SceneCrossfade>,
    mut faults: ResMut<Faults>,
    time: Res<Time>,
) {
    for action in actions.read() {
        match action {
            Action::NextScene => state.ask(SceneRequest::Next),
            Action::SceneBefore => state.ask(SceneRequest::Back),
            Action::KeepScene => state.director.toggle_lock(),
            Action::FavouriteScene => {
                state.director.toggle_favourite(&crossfade.current().name);
                save_favourites(&state, &mut faults, &time);
            }
            _ => {}
        }
    }
}

fn save_favourites(state: &DirectorState, faults: &mut Faults, time: &Time) {
    let Some(file) = &state.file else { return };
    match write_favourites(file, state.director.favourites()) {
        Ok(()) => faults.clear(faults::FAVOURITES),
        Err(error) => faults.raise(faults::FAVOURITES, error.to_string(), time.elapsed()),
    }
}

/// What the music does.
#[derive(SystemParam)]
struct MusicSources<'w> {
    playing: Res<'w, NowPlaying>,
    mixer: Option<Res<'w, MixerSettings>>,
}

/// App time, and the time of the day.
#[derive(SystemParam)]
struct DirectorClock<'w> {
    time: Res<'w, Time>,
    local: Res<'w, LocalTime>,
}

fn direct_scenes(
    mut state: ResMut<DirectorState>,
    mut crossfade: ResMut<SceneCrossfade>,
    mut watch: ResMut<CrossfadeWatch>,
    sources: SceneSources,
    music: MusicSources,
    clock: DirectorClock,
) {
    let now = clock.time.elapsed_secs_f64();
    let on_show = SceneOnShow { scene: &crossfade.current().name, dissolving: crossfade.is_dissolving() };
    state.director.observe(on_show, now);
    let playing = &music.playing;
    if playing.crossfades != watch.crossfades {
        *watch = CrossfadeWatch { crossfades: playing.crossfades, began: Some(now) };
        state.next_look = 0.0;
    }
    if now < state.next_look {
        return;
    }
    state.next_look = now + LOOK_EVERY;
    let fade = music.mixer.as_ref().map_or(0.0, |mixer| f64::from(mixer.crossfade_seconds));
    let until_fade = playing
        .pick
        .as_ref()
        .map(|pick| pick.track.duration.saturating_sub(playing.position).as_secs_f64() - fade);
    let music = FadeTiming { since_fade: watch.began.map(|began| now - began), until_fade };
    let inputs = sources.inputs();
    let mood = inputs.mood.map(|mood| (mood.valence, mood.arousal));
    let candidates = crossfade.candidates(mood, clock.local.hour);
    if let Some(change) = state.director.step(now, on_show, music, &candidates) {
        info!("scene: {}", change.scene);
        crossfade.begin(&change, &inputs);
    }
}
