//! The director in the app: actions, mood and music go in, and scenes change.

use std::path::PathBuf;

use bevy::prelude::*;

use super::{Director, MusicClock, Wish};
use crate::command::{Command, Request};
use crate::foundation::{ClockMode, Faults, Folders, FrameStage, LocalTime, read_ron};
use crate::mixer::{MixerSettings, NowPlaying};
use crate::mood::Mood;
use crate::music::MusicOptions;
use crate::visuals::faults;
use crate::visuals::seen;
use crate::visuals::settings::VisualsSettings;
use crate::visuals::showing::{self, Showing};

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_message::<Request>().init_resource::<MusicWatch>().add_systems(PostStartup, begin).add_systems(
        Update,
        (obey, direct)
            .chain()
            .in_set(FrameStage::Present)
            .before(showing::advance)
            .run_if(resource_exists::<Showing>)
            .run_if(resource_exists::<Direction>),
    );
}

/// Who decides which scene is shown.
#[derive(Resource)]
pub struct Direction {
    director: Director,
    /// App time of the next look, in seconds.
    next_look: f64,
    /// Where favourites are kept; `None` keeps them for this run only.
    file: Option<PathBuf>,
}

impl Direction {
    /// Its state.
    #[must_use]
    pub fn director(&self) -> &Director {
        &self.director
    }

    /// Asks for something.
    pub fn ask(&mut self, wish: Wish) {
        self.director.ask(wish);
        self.next_look = 0.0;
    }
}

/// When crossfades began.
#[derive(Resource, Default)]
struct MusicWatch {
    crossfades: u32,
    began: Option<f64>,
}

/// The name of the favourite scenes in the configuration folder.
const FAVOURITES: &str = "favourites.ron";
/// Seconds between two looks at the mood.
const LOOK_EVERY: f64 = 0.25;

fn begin(
    mut commands: Commands,
    settings: Res<VisualsSettings>,
    showing: Option<Res<Showing>>,
    options: Option<Res<MusicOptions>>,
    (clock_mode, time, folders): (Res<ClockMode>, Res<Time>, Res<Folders>),
    mut faults: ResMut<Faults>,
) {
    let Some(showing) = showing else { return };
    let seed = options.map_or(0, |options| options.seed);
    let mut director = Director::new(&showing.scene().name, settings.director.clone(), seed);
    let file = folders.config_file(FAVOURITES).filter(|_| !clock_mode.is_stepped());
    if let Some(file) = file.as_ref().filter(|file| file.exists()) {
        match read_ron::<Vec<String>>(file) {
            Ok(names) => director.set_favourites(names),
            Err(error) => faults.raise(faults::FAVOURITES, error.to_string(), time.elapsed()),
        }
    }
    commands.insert_resource(Direction { director, next_look: 0.0, file });
}

fn obey(
    mut requests: MessageReader<Request>,
    mut direction: ResMut<Direction>,
    mut faults: ResMut<Faults>,
    time: Res<Time>,
) {
    for request in requests.read() {
        match &request.command {
            Command::NextScene => direction.ask(Wish::Next),
            Command::PreviousScene => direction.ask(Wish::Back),
            Command::ShowScene(name) => direction.ask(Wish::Show(name.clone())),
            Command::KeepScene => direction.ask(Wish::Lock),
            Command::FavouriteScene => {
                direction.ask(Wish::Favourite);
                if let Err(what) = keep(&direction) {
                    faults.raise(faults::FAVOURITES, what, time.elapsed());
                } else {
                    faults.clear(faults::FAVOURITES);
                }
            }
            _ => {}
        }
    }
}

/// Writes the favourites as a whole.
fn keep(direction: &Direction) -> Result<(), String> {
    let Some(file) = &direction.file else { return Ok(()) };
    let words =
        |error: &dyn std::fmt::Display| format!("{}: favourites are not kept: {error}", file.display());
    let names: Vec<&String> = direction.director.favourites().iter().collect();
    let text = ron::to_string(&names).map_err(|error| words(&error))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| words(&error))?;
    }
    let partial = file.with_extension("partial");
    std::fs::write(&partial, text)
        .and_then(|()| std::fs::rename(&partial, file))
        .map_err(|error| words(&error))
}

fn direct(
    mut direction: ResMut<Direction>,
    mut showing: ResMut<Showing>,
    mut watch: ResMut<MusicWatch>,
    (mood, playing): (Res<Mood>, Res<NowPlaying>),
    mixer: Option<Res<MixerSettings>>,
    (local, time): (Res<LocalTime>, Res<Time>),
) {
    let now = time.elapsed_secs_f64();
    if playing.crossfades != watch.crossfades {
        *watch = MusicWatch { crossfades: playing.crossfades, began: Some(now) };
        direction.next_look = 0.0;
    }
    if now < direction.next_look {
        return;
    }
    direction.next_look = now + LOOK_EVERY;
    let fade = mixer.map_or(0.0, |mixer| f64::from(mixer.crossfade_seconds));
    let left = playing
        .pick
        .as_ref()
        .map(|pick| pick.track.duration.saturating_sub(playing.position).as_secs_f64() - fade);
    let music = MusicClock { since_fade: watch.began.map(|began| now - began), until_fade: left };
    let seen = seen(&mood);
    let candidates = showing.candidates(seen.map(|seen| (seen.valence, seen.arousal)), local.hour);
    if let Some(change) = direction.director.step(now, music, &candidates) {
        info!("scene: {}", change.scene);
        showing.begin(&change, seen.as_ref());
    }
}
