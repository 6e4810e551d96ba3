//! The thin systems around the chooser.

use std::time::Duration;

use bevy::prelude::*;

use super::chooser::{Asked, Chooser};
use super::playlist::Playlists;
use super::settings::MusicSettings;
use super::{MusicLibrary, MusicOptions, Pick, TrackWanted};
use crate::foundation::{Faults, Room};
use crate::input::Action;
use crate::mood::Mood;

/// What the room keeps between frames.
#[derive(Resource)]
pub(super) struct Choosing {
    chooser: Chooser,
    playlists: Option<Playlists>,
    /// What was asked for since the last choice.
    asked: Asked,
}

pub(super) fn set_up(
    mut commands: Commands,
    options: Res<MusicOptions>,
    settings: Res<MusicSettings>,
    mut faults: ResMut<Faults>,
) {
    let playlists = load_playlists(&options, &mut faults);
    let chooser = Chooser::new(settings.clone(), options.seed);
    commands.insert_resource(Choosing { chooser, playlists, asked: Asked::default() });
}

fn load_playlists(options: &MusicOptions, faults: &mut Faults) -> Option<Playlists> {
    let shipped = || Playlists::shipped().inspect_err(|error| error!("{error}")).ok();
    let Some(file) = &options.playlists else { return shipped() };
    match Playlists::with_overlay(file) {
        Ok(playlists) => Some(playlists),
        Err(error) => {
            let what = format!("{error}; the shipped playlists are used instead");
            faults.raise(Room::Music, "playlists", what, Duration::ZERO);
            shipped()
        }
    }
}

/// Hears what the mixer and people ask for.
pub(super) fn hear(
    mut choosing: ResMut<Choosing>,
    mut wanted: MessageReader<TrackWanted>,
    mut actions: MessageReader<Action>,
) {
    let asked = &mut choosing.asked;
    for wanted in wanted.read() {
        match wanted {
            TrackWanted::Silence | TrackWanted::EndNear => asked.another = true,
            TrackWanted::Unplayable => asked.unplayable = true,
        }
    }
    asked.another |= actions.read().filter(|action| **action == Action::NextTrack).count() > 0;
}

/// Chooses a track when the mood, the mixer or a person asks for one.
pub(super) fn choose(
    mut choosing: ResMut<Choosing>,
    library: Res<MusicLibrary>,
    mood: Res<Mood>,
    time: Res<Time>,
    mut picks: MessageWriter<Pick>,
    mut faults: ResMut<Faults>,
) {
    let asked = std::mem::take(&mut choosing.asked);
    let Choosing { chooser, playlists: Some(playlists), .. } = &mut *choosing else { return };
    let now = time.elapsed();
    if let Some(pick) = chooser.look(now, mood.slow.emotion, asked, &library.entries, playlists) {
        info!("next: {} ({})", pick.track.title, pick.reason);
        picks.write(pick);
    }
    if chooser.has_nothing_left(&library.entries) {
        let what = "none of the tracks can be played; put others into the music folder";
        faults.raise(Room::Music, "nothing", what, now);
    } else {
        faults.clear(Room::Music, "nothing");
    }
}
