//! The thin systems around the chooser.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use bevy::prelude::*;

use super::album::shipped_album;
use super::chooser::{Asked, Chooser};
use super::library::{Entry, Unreadable};
use super::playlist::Playlists;
use super::scanner::{Folders, Found, Scanner};
use super::settings::MusicSettings;
use super::{MusicOptions, Pick, TrackWanted};
use crate::foundation::{Faults, Pace, Room};
use crate::input::Action;
use crate::mood::Mood;

/// The tracks that can be chosen, as far as they are known.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct MusicLibrary {
    pub entries: Vec<Entry>,
    pub unreadable: Vec<Unreadable>,
}

/// What the room keeps between frames.
#[derive(Resource)]
pub(super) struct Choosing {
    chooser: Chooser,
    playlists: Option<Playlists>,
    /// Behind a lock only because a receiver cannot be shared; nobody else takes it.
    scanner: Option<Mutex<Scanner>>,
}

pub(super) fn set_up(
    mut commands: Commands,
    options: Res<MusicOptions>,
    settings: Res<MusicSettings>,
    pace: Res<Pace>,
    mut library: ResMut<MusicLibrary>,
    mut faults: ResMut<Faults>,
) {
    let playlists = load_playlists(&options, &mut faults);
    let album = options.album.clone().unwrap_or_else(shipped_album);
    let folders = Folders { asked: options.folder.clone(), album };
    let mut scanner = None;
    if pace.is_stepped() {
        folders.scan(|found| {
            take(found, &mut library, &mut faults, Duration::ZERO);
            true
        });
    } else {
        match Scanner::start(folders, Duration::from_secs_f32(settings.look_again_seconds)) {
            Ok(started) => scanner = Some(Mutex::new(started)),
            Err(error) => {
                let what = format!("the music folder cannot be looked into: {error}; start Attune again");
                faults.raise(Room::Music, "folder", what, Duration::ZERO);
            }
        }
    }
    let chooser = Chooser::new(settings.clone(), options.seed);
    commands.insert_resource(Choosing { chooser, playlists, scanner });
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

/// Takes what the scan has found since the last frame.
pub(super) fn take_found(
    mut choosing: ResMut<Choosing>,
    mut library: ResMut<MusicLibrary>,
    mut faults: ResMut<Faults>,
    time: Res<Time>,
) {
    let Some(scanner) = &mut choosing.scanner else { return };
    let scanner = scanner.get_mut().unwrap_or_else(PoisonError::into_inner);
    let over = loop {
        match scanner.found.try_recv() {
            Ok(found) => take(found, &mut library, &mut faults, time.elapsed()),
            Err(TryRecvError::Empty) => break false,
            Err(TryRecvError::Disconnected) => break true,
        }
    };
    if over {
        choosing.scanner = None;
    }
}

fn take(found: Found, library: &mut MusicLibrary, faults: &mut Faults, now: Duration) {
    match found {
        Found::Some { entries, first } => {
            if first {
                library.entries.clear();
            }
            library.entries.extend(entries);
        }
        Found::Whole { library: whole, problem } => {
            match problem {
                Some(problem) => faults.raise(Room::Music, "folder", problem, now),
                None => faults.clear(Room::Music, "folder"),
            }
            tell_unreadable(&whole.unreadable, faults, now);
            *library = MusicLibrary { entries: whole.entries, unreadable: whole.unreadable };
        }
    }
}

/// One line for people, and the log has each file.
fn tell_unreadable(unreadable: &[Unreadable], faults: &mut Faults, now: Duration) {
    for Unreadable { file, reason } in unreadable {
        warn!("{}: {reason}; it is left out", file.display());
    }
    let what = match unreadable {
        [] => return faults.clear(Room::Music, "unreadable"),
        [only] => format!("{}: {}; it is left out", only.file.display(), only.reason),
        [first, rest @ ..] => format!(
            "{} music files cannot be used, the first is {}: {}; the log names them all",
            rest.len() + 1,
            first.file.display(),
            first.reason
        ),
    };
    faults.raise(Room::Music, "unreadable", what, now);
}

/// Chooses a track when the mood, the mixer or a person asks for one.
pub(super) fn choose(
    mut choosing: ResMut<Choosing>,
    library: Res<MusicLibrary>,
    mood: Res<Mood>,
    time: Res<Time>,
    mut wanted: MessageReader<TrackWanted>,
    mut actions: MessageReader<Action>,
    mut picks: MessageWriter<Pick>,
    mut faults: ResMut<Faults>,
) {
    let mut asked = Asked::default();
    for wanted in wanted.read() {
        match wanted {
            TrackWanted::Silence | TrackWanted::EndNear => asked.another = true,
            TrackWanted::Unplayable => asked.unplayable = true,
        }
    }
    asked.another |= actions.read().any(|action| *action == Action::NextTrack);
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
