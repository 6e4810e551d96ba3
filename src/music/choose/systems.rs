//! The thin systems around the chooser.

use std::sync::Arc;
use std::time::Duration;

use bevy::platform::cell::SyncCell;
use bevy::prelude::*;

use super::catalogue_builder::{CatalogueBuilder, IN_A_FRAME};
use super::chooser::{Chooser, ChooserContext, ChooserInput};
use super::pick::{Pick, TrackWanted};
use crate::foundation::LocalTime;
use crate::foundation::{ClockMode, Faults, FileError};
use crate::input::Action;
use crate::mood::Mood;
use crate::music::faults;
use crate::music::library::MusicLibrary;
use crate::music::options::{MusicOptions, TasteOptions};
use crate::music::playlists::{LoadedPlaylists, M3uLists, PlaylistFiles, PlaylistWatcher, Playlists};
use crate::music::settings::MusicSettings;
use crate::music::starter_album::shipped_album;
use crate::music::taste::{FeedbackEvent, FeedbackKind, ListeningContext, TasteUpdate, TasteWorker};

/// What the room keeps between frames.
#[derive(Resource)]
pub(super) struct ChooserState {
    chooser: Chooser,
    shelf: CatalogueBuilder,
    /// What was asked for since the last choice.
    asked: Vec<ChooserInput>,
    watcher: Option<SyncCell<PlaylistWatcher>>,
    keeper: Option<SyncCell<TasteWorker>>,
    /// Signs that came before it was known what was learned earlier; `None` once it is.
    early: Option<Vec<FeedbackEvent>>,
    /// Since when somebody is here.
    since: Option<Duration>,
}

pub(super) fn set_up(
    mut commands: Commands,
    options: Res<MusicOptions>,
    kept: Res<TasteOptions>,
    settings: Res<MusicSettings>,
    clock_mode: Res<ClockMode>,
    mut faults: ResMut<Faults>,
) {
    let music = options.folder.clone().or_else(|| options.album.clone()).unwrap_or_else(shipped_album);
    let (files, loaded) = PlaylistFiles::begin(options.playlists.clone(), music);
    let playlists = match loaded {
        Ok(loaded) => Some(take_loaded(loaded, &mut faults, Duration::ZERO)),
        Err(error) => {
            complain(&error, "the shipped playlists are used instead", &mut faults, Duration::ZERO);
            shipped()
        }
    };
    let Some(playlists) = playlists else { return };
    // A stepped run depends on nothing but its arguments.
    let live = !clock_mode.is_stepped();
    let watcher = live.then(|| PlaylistWatcher::start(files)).and_then(|result| started(result, "playlists"));
    let keeper = kept.file.clone().filter(|_| live).and_then(|file| {
        started(TasteWorker::start(file, kept.profile.clone(), settings.taste.clone()), "taste")
    });
    commands.insert_resource(ChooserState {
        chooser: Chooser::new(settings.clone(), options.seed),
        shelf: CatalogueBuilder::new(playlists),
        asked: Vec::new(),
        watcher: watcher.map(SyncCell::new),
        early: keeper.is_some().then(Vec::new),
        keeper: keeper.map(SyncCell::new),
        since: None,
    });
}

fn started<T>(result: std::io::Result<T>, thread: &str) -> Option<T> {
    result.inspect_err(|error| error!("the thread for {thread} does not start: {error}")).ok()
}

fn shipped() -> Option<Arc<LoadedPlaylists>> {
    let playlists = Playlists::shipped().inspect_err(|error| error!("{error}")).ok()?;
    Some(Arc::new(LoadedPlaylists { playlists, lists: M3uLists::default(), problems: Vec::new() }))
}

fn take_loaded(loaded: LoadedPlaylists, faults: &mut Faults, now: Duration) -> Arc<LoadedPlaylists> {
    faults.clear(faults::PLAYLISTS);
    for problem in &loaded.problems {
        warn!("{problem}");
    }
    match loaded.problems.as_slice() {
        [] => faults.clear(faults::LISTS),
        [only] => faults.raise(faults::LISTS, format!("{only}; it is left out"), now),
        [first, rest @ ..] => {
            let what =
                format!("{first}; it is left out, and so are {} more, which the log names", rest.len());
            faults.raise(faults::LISTS, what, now);
        }
    }
    Arc::new(loaded)
}

fn complain(error: &FileError, instead: &str, faults: &mut Faults, now: Duration) {
    faults.raise(faults::PLAYLISTS, format!("{error}; {instead}"), now);
}

/// Takes over playlists that were changed. A mistake in them leaves the last good ones.
pub(super) fn take_playlists(
    choosing: Option<ResMut<ChooserState>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let Some(mut choosing) = choosing else { return };
    let Some(loaded) = choosing.watcher.as_mut().and_then(|watcher| watcher.get().news()) else { return };
    match loaded {
        Ok(loaded) => {
            info!("the playlists were read again");
            choosing.shelf.take_playlists(take_loaded(loaded, &mut faults, time.elapsed()));
        }
        Err(error) => complain(&error, "the last good ones stay", &mut faults, time.elapsed()),
    }
}

/// Hears from the thread that keeps taste.
pub(super) fn take_taste(
    choosing: Option<ResMut<ChooserState>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let Some(mut choosing) = choosing else { return };
    let ChooserState { chooser, keeper: Some(keeper), early, .. } = &mut *choosing else { return };
    while let Some(news) = keeper.get().news() {
        match news {
            TasteUpdate::Known(taste) => chooser.know(*taste, &early.take().unwrap_or_default()),
            TasteUpdate::Damaged(what) => faults.raise(faults::TASTE, what, time.elapsed()),
            TasteUpdate::Trouble(what) => faults.raise(faults::TASTE_FILE, what, time.elapsed()),
            TasteUpdate::Healed => faults.clear(faults::TASTE_FILE),
        }
    }
}

/// Hears what the mixer and people ask for.
pub(super) fn hear(
    choosing: Option<ResMut<ChooserState>>,
    mut wanted: MessageReader<TrackWanted>,
    mut actions: MessageReader<Action>,
) {
    let Some(mut choosing) = choosing else { return };
    choosing.asked.extend(wanted.read().map(|wanted| match wanted {
        TrackWanted::Silence => ChooserInput::Silence,
        TrackWanted::EndNear => ChooserInput::Ended,
        TrackWanted::Unplayable => ChooserInput::Unplayable,
    }));
    choosing.asked.extend(actions.read().filter_map(|action| match action {
        Action::NextTrack => Some(ChooserInput::Skipped),
        Action::Like => Some(ChooserInput::Liked),
        Action::NotNow => Some(ChooserInput::NotNow),
        Action::PlayAgain => Some(ChooserInput::Again),
        _ => None,
    }));
}

/// Chooses a track when the mood, the mixer or a person asks for one.
pub(super) fn choose(
    choosing: Option<ResMut<ChooserState>>,
    library: Res<MusicLibrary>,
    mood: Res<Mood>,
    (time, local, clock_mode): (Res<Time>, Res<LocalTime>, Res<ClockMode>),
    mut picks: MessageWriter<Pick>,
    mut answered: ResMut<Toast>,
    mut faults: ResMut<Faults>,
) {
    let Some(mut choosing) = choosing else { return };
    let now = time.elapsed();
    let asked = std::mem::take(&mut choosing.asked);
    let ChooserState { chooser, shelf, since, .. } = &mut *choosing;
    if library.is_changed() {
        shelf.mark();
    }
    shelf.tidy(&library.entries, if clock_mode.is_stepped() { usize::MAX } else { IN_A_FRAME });
    *since = since.or(Some(now)).filter(|_| mood.people > 0);
    let around = ListeningContext {
        moment: *local,
        people: mood.people,
        stay: since.map_or(Duration::ZERO, |since| now.saturating_sub(since)),
        mood: [mood.slow.valence, mood.slow.arousal],
    };
    let situation = ChooserContext { now, mood: &mood.slow, around };
    if let Some(pick) = chooser.look(&situation, &asked, &library.entries, shelf.catalogue()) {
        info!("next: {} ({})", pick.track.title, pick.reason);
        picks.write(pick);
    }
    let nothing = chooser.has_nothing_left(&library.entries);
    let signs = chooser.take_signs();
    if let Some(words) = signs.iter().rev().find_map(|event| answer(event.kind)) {
        *answered = Toast { words: Some(words), until: now + SHOWN };
    }
    keep(&mut choosing, signs);
    if nothing {
        let what = "none of the tracks can be played; put others into the music folder";
        faults.raise(faults::NOTHING_TO_PLAY, what, now);
    } else {
        faults.clear(faults::NOTHING_TO_PLAY);
    }
}

fn answer(kind: FeedbackKind) -> Option<&'static str> {
    match sign {
        FeedbackKind::Liked => Some("you like this"),
        FeedbackKind::Replayed => Some("once more after this"),
        FeedbackKind::NotNow => Some("not now: it stays away for a while"),
        _ => None,
    }
}

fn keep(choosing: &mut ChooserState, signs: Vec<FeedbackEvent>) {
    let Some(keeper) = &mut choosing.keeper else { return };
    for event in signs {
        if let Some(early) = &mut choosing.early {
            early.push(event.clone());
        }
        if !keeper.get().keep(event) {
            warn!("a sign of liking was lost: the disk is far behind");
        }
    }
}

/// Takes an answer off the screen again.
pub(super) fn fade_answer(mut answered: ResMut<Toast>, time: Res<Time>) {
    if answered.words.is_some() && time.elapsed() >= answered.until {
        *answered = Toast::default();
    }
}
