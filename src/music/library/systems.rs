//! The library as the app sees it: a view in memory, kept up to date a little in each frame.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::entry::LibraryEntry;
use super::library_sync::{LibraryChange, LibraryError, LibrarySync, compare, look};
use super::library_worker::LibraryWorker;
use super::scanned_folder::{ScannedFolder, UnusableFile};
use super::settings::LibrarySettings;
use super::store::LibraryStore;
use super::walk_folder::absolute;
use super::worker_shared::{LibraryProgress, LibraryUpdate, MusicFolders, WorkerSettings, no_music};
use crate::foundation::{ClockMode, FaultKey, Faults, show_name, show_path};
use crate::music::faults;
use crate::music::options::MusicOptions;
use crate::music::settings::MusicSettings;
use crate::music::starter_album::shipped_album;
use crate::settings::SectionChanged;

/// Messages that are taken in one frame; each holds a bounded number of tracks.
const TAKEN: usize = 3;

/// The tracks that can be chosen, as far as they are known.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct MusicLibrary {
    pub entries: Vec<LibraryEntry>,
    pub unreadable: Vec<UnusableFile>,
}

/// Where the library is kept. Insert it before the plugin.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct LibraryOptions {
    /// The database. Without one a live run forgets what it measured at its end, and a stepped one reads tags alone.
    pub database: Option<PathBuf>,
}

/// How far the work on the library is.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LibraryStatus(pub LibraryProgress);

impl LibraryStatus {
    /// One sentence for people while there is work; `None` when all is done.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let LibraryProgress { looking, measured, tracks } = self.0;
        match looking {
            Some((done, of)) if done < of => Some(format!("Reading music files: {done} of {of}")),
            _ if measured < tracks && measured > 0 => {
                Some(format!("Analysing your music: {measured} of {tracks}"))
            }
            _ => None,
        }
    }
}

/// State of the library systems between frames.
#[derive(Resource, Default)]
pub(in crate::music) struct LibraryView {
    /// Number of each entry, and where it is.
    ids: Vec<i64>,
    places: HashMap<i64, usize>,
    worker: Option<LibraryWorker>,
}

impl LibraryView {
    fn take(&mut self, change: LibraryChange, library: &mut MusicLibrary) {
        match change {
            LibraryChange::Put(entries) => {
                for (id, entry) in entries {
                    self.put(id, entry, library);
                }
            }
            LibraryChange::Gone(ids) => ids.into_iter().for_each(|id| self.remove(id, library)),
        }
    }

    fn put(&mut self, id: i64, entry: LibraryEntry, library: &mut MusicLibrary) {
        if let Some(place) = self.places.get(&id) {
            library.entries[*place] = entry;
        } else {
            self.places.insert(id, library.entries.len());
            self.ids.push(id);
            library.entries.push(entry);
        }
    }

    fn remove(&mut self, id: i64, library: &mut MusicLibrary) {
        let Some(place) = self.places.remove(&id) else { return };
        self.ids.swap_remove(place);
        library.entries.swap_remove(place);
        if let Some(moved) = self.ids.get(place) {
            self.places.insert(*moved, place);
        }
    }

    /// A track could not be played: perhaps its folder has gone.
    pub(in crate::music) fn look_now(&self) {
        if let Some(worker) = &self.worker {
            worker.look_now();
        }
    }

    fn clear(&mut self, library: &mut MusicLibrary) {
        self.ids.clear();
        self.places.clear();
        library.entries.clear();
    }
}

/// Where the music is, where the library is kept, and the settings of both.
#[derive(SystemParam)]
pub(in crate::music) struct LibrarySources<'w> {
    options: Res<'w, MusicOptions>,
    kept: Res<'w, LibraryOptions>,
    music: Res<'w, MusicSettings>,
    settings: Res<'w, LibrarySettings>,
}

impl LibrarySources<'_> {
    fn folders(&self) -> MusicFolders {
        let album = self.options.album.clone().unwrap_or_else(shipped_album);
        MusicFolders { asked: self.options.folder.clone(), album }
    }

    fn worker_settings(&self) -> WorkerSettings {
        WorkerSettings { library: self.settings.clone(), look_again: look_again(&self.music) }
    }

    /// Reads the folder now, and says what is wrong with it.
    fn read(&self, library: &mut MusicLibrary, faults: &mut Faults, now: Duration) {
        let problem = read_now(&self.folders(), &self.kept, &self.settings, library, faults);
        tell_folder(problem, faults, now);
        tell_unreadable(&library.unreadable, faults, now);
    }
}

fn look_again(settings: &MusicSettings) -> Duration {
    Duration::from_secs_f32(settings.look_again_seconds)
}

pub(in crate::music) fn set_up(
    mut commands: Commands,
    sources: LibrarySources,
    clock_mode: Res<ClockMode>,
    mut library: ResMut<MusicLibrary>,
    mut faults: ResMut<Faults>,
) {
    let mut view = LibraryView::default();
    if clock_mode.is_stepped() {
        sources.read(&mut library, &mut faults, Duration::ZERO);
    } else {
        let database = sources.kept.database.clone();
        match LibraryWorker::start(sources.folders().absolute(), database, sources.worker_settings()) {
            Ok(worker) => view.worker = Some(worker),
            Err(error) => {
                let what = format!("the music folder cannot be looked into: {error}; start Attune again");
                faults.raise(faults::FOLDER, what, Duration::ZERO);
            }
        }
    }
    commands.insert_resource(view);
}

/// Settings that have changed while the app runs.
#[derive(SystemParam)]
pub(in crate::music) struct LibraryChanges<'w, 's> {
    music: MessageReader<'w, 's, SectionChanged<MusicSettings>>,
    library: MessageReader<'w, 's, SectionChanged<LibrarySettings>>,
}

/// Hands changed settings to the threads; a stepped run reads its folder again.
pub(in crate::music) fn apply_settings(
    mut changes: LibraryChanges,
    sources: LibrarySources,
    view: Res<LibraryView>,
    mut library: ResMut<MusicLibrary>,
    (mut faults, time): (ResMut<Faults>, Res<Time>),
) {
    let descriptions = changes.library.read().count() > 0;
    let waiting = changes.music.read().any(|it| look_again(&it.before) != look_again(&sources.music));
    match &view.worker {
        Some(worker) if descriptions || waiting => worker.change_settings(sources.worker_settings()),
        None if descriptions => sources.read(&mut library, &mut faults, time.elapsed()),
        _ => {}
    }
}

/// Reads the folder inside the update, so that the same folder gives the same library. Nothing is measured; what a
/// named database knows is used. Returns what is wrong.
fn read_now(
    folders: &MusicFolders,
    kept: &LibraryOptions,
    settings: &LibrarySettings,
    library: &mut MusicLibrary,
    faults: &mut Faults,
) -> Option<String> {
    let mut tried = Vec::new();
    for folder in folders.in_turn() {
        let read = match &kept.database {
            None => ScannedFolder::scan_including(folder, settings.include_spoken_word)
                .map_err(|error| format!("the music folder {} cannot be read: {error}", show_path(folder))),
            Some(file) => read_kept(folder, file, settings, faults).map_err(|error| error.to_string()),
        };
        match read {
            Ok(found) if !found.entries.is_empty() => {
                *library = MusicLibrary { entries: found.entries, unreadable: found.unreadable };
                return MusicFolders::problem(&tried, true);
            }
            Ok(found) => {
                tried.push(no_music(folder, found.unreadable.len(), 0));
                library.unreadable = found.unreadable;
            }
            Err(words) => tried.push(words),
        }
    }
    MusicFolders::problem(&tried, false)
}

fn read_kept(
    folder: &Path,
    file: &Path,
    settings: &LibrarySettings,
    faults: &mut Faults,
) -> Result<ScannedFolder, LibraryError> {
    let (store, words) = LibraryStore::open_or_rebuild(file)?;
    if let Some(words) = words {
        faults.raise(faults::DATABASE, words, Duration::ZERO);
    }
    let folder = &absolute(folder);
    let mut catalogue = LibrarySync::new(store, settings.clone());
    catalogue.take_scale(folder)?;
    let difference = compare(folder, catalogue.store.known(folder)?)?;
    catalogue.take_difference(&difference)?;
    let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
    catalogue.keep(&looked, folder)?;
    Ok(ScannedFolder { entries: catalogue.all_entries(folder)?, unreadable: catalogue.unreadable(folder)? })
}

/// Takes a bounded part of what was found since the last frame.
pub(in crate::music) fn take_news(
    mut view: ResMut<LibraryView>,
    mut library: ResMut<MusicLibrary>,
    mut status: ResMut<LibraryStatus>,
    mut faults: ResMut<Faults>,
    time: Res<Time>,
) {
    for _ in 0..TAKEN {
        let Some(update) = view.worker.as_ref().and_then(LibraryWorker::poll) else { return };
        match update {
            LibraryUpdate::Begin => view.clear(&mut library),
            LibraryUpdate::Changed(change) => view.take(change, &mut library),
            LibraryUpdate::Progress(progress) => status.0 = progress,
            LibraryUpdate::Scanned { problem, unreadable } => {
                tell_folder(problem, &mut faults, time.elapsed());
                if unreadable != library.unreadable {
                    tell_unreadable(&unreadable, &mut faults, time.elapsed());
                    library.unreadable = unreadable;
                }
            }
            LibraryUpdate::Database(words) => tell(faults::DATABASE, words, &mut faults, time.elapsed()),
            LibraryUpdate::Unwatched(words) => tell(faults::WATCH, words, &mut faults, time.elapsed()),
        }
    }
}

fn tell_folder(problem: Option<String>, faults: &mut Faults, now: Duration) {
    tell(faults::FOLDER, problem, faults, now);
}

fn tell(key: FaultKey, words: Option<String>, faults: &mut Faults, now: Duration) {
    match words {
        Some(words) => faults.raise(key, words, now),
        None => faults.clear(key),
    }
}

/// One line for people, and the log has each file.
fn tell_unreadable(unreadable: &[UnusableFile], faults: &mut Faults, now: Duration) {
    for UnusableFile { file, reason } in unreadable {
        warn!("{}: {reason}. Skipped.", show_path(file));
    }
    let what = match unreadable {
        [] => return faults.clear(faults::UNREADABLE),
        [only] => format!("Can't play {} ({}). Skipped.", name(only), only.reason),
        [first, rest @ ..] => format!(
            "{} music files cannot be played. The first is {} ({}). `attune library list` shows all of them.",
            rest.len() + 1,
            name(first),
            first.reason
        ),
    };
    faults.raise(faults::UNREADABLE, what, now);
}

/// The name of a file without its folders: a whole path does not fit on the screen, and the log has it.
fn name(file: &UnusableFile) -> String {
    show_name(file.file.file_name().unwrap_or(file.file.as_os_str()))
}
