//! The thin systems around the scan of the music folder.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use bevy::prelude::*;

use super::MusicOptions;
use super::album::shipped_album;
use super::library::{Entry, Unreadable};
use super::scanner::{Folders, Found, Scanner};
use super::settings::MusicSettings;
use crate::foundation::{Faults, Pace, Room};

/// The tracks that can be chosen, as far as they are known.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct MusicLibrary {
    pub entries: Vec<Entry>,
    pub unreadable: Vec<Unreadable>,
}

/// The scan of the music folder that is under way.
#[derive(Resource, Default)]
pub(super) struct Scanning {
    /// Behind a lock only because a receiver cannot be shared; nobody else takes it.
    scanner: Option<Mutex<Scanner>>,
}

pub(super) fn set_up(
    options: Res<MusicOptions>,
    settings: Res<MusicSettings>,
    pace: Res<Pace>,
    mut scanning: ResMut<Scanning>,
    mut library: ResMut<MusicLibrary>,
    mut faults: ResMut<Faults>,
) {
    let album = options.album.clone().unwrap_or_else(shipped_album);
    let folders = Folders { asked: options.folder.clone(), album };
    if pace.is_stepped() {
        folders.scan(|found| {
            take(found, &mut library, &mut faults, Duration::ZERO);
            true
        });
    } else {
        match Scanner::start(folders, Duration::from_secs_f32(settings.look_again_seconds)) {
            Ok(started) => scanning.scanner = Some(Mutex::new(started)),
            Err(error) => {
                let what = format!("the music folder cannot be looked into: {error}; start Attune again");
                faults.raise(Room::Music, "folder", what, Duration::ZERO);
            }
        }
    }
}

/// Takes what the scan has found since the last frame.
pub(super) fn take_found(
    mut scanning: ResMut<Scanning>,
    mut library: ResMut<MusicLibrary>,
    mut faults: ResMut<Faults>,
    time: Res<Time>,
) {
    let Some(scanner) = &mut scanning.scanner else { return };
    let scanner = scanner.get_mut().unwrap_or_else(PoisonError::into_inner);
    let over = loop {
        match scanner.found.try_recv() {
            Ok(found) => take(found, &mut library, &mut faults, time.elapsed()),
            Err(TryRecvError::Empty) => break false,
            Err(TryRecvError::Disconnected) => break true,
        }
    };
    if over {
        scanning.scanner = None;
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
