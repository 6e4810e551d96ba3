//! The systems around the chooser.

use std::sync::Arc;
use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::catalogue_builder::{CatalogueBuilder, IN_A_FRAME};
use super::chooser::{Chooser, ChooserContext, ChooserInput};
use super::feedback_message::skipped;
use super::pick::{Pick, TrackWanted};
use crate::command::{Command, Request, Toast, UnknownName};
use crate::emotion::Affect;
use crate::event::Event;
use crate::foundation::{ClockMode, Faults, FileError, LocalTime, WorkerError};
use crate::mood::{Mood, Presence};
use crate::music::faults;
use crate::music::library::{LibraryEntry, LibraryView, MusicLibrary};
use crate::music::options::{MusicOptions, TasteOptions};
use crate::music::playlists::{LoadedPlaylists, M3uLists, PlaylistFiles, PlaylistWatcher, Playlists};
use crate::music::settings::MusicSettings;
use crate::music::starter_album::shipped_album;
use crate::music::taste::{LearnedTaste, ListeningContext, TasteWorker};
use crate::music::track::track_id;
use crate::settings::SectionChanged;

/// From this weight on, a mood that a person has set is what the music follows, 0..=1.
const MANUAL_WEIGHT: f32 = 0.5;

/// Chooses tracks, with what was asked for since the last choice.
#[derive(Resource)]
pub(in crate::music) struct MusicChooser {
    pub(super) chooser: Chooser,
    inputs: Vec<ChooserInput>,
}

/// The columns of the library that are scored.
#[derive(Resource)]
pub(in crate::music) struct LibraryCatalogue(CatalogueBuilder);

/// Notices changes of the playlists; `None` in a stepped run.
#[derive(Resource)]
pub(in crate::music) struct PlaylistUpdates(Option<PlaylistWatcher>);

/// What a choice depends on, beside the library.
#[derive(SystemParam)]
pub(in crate::music) struct ChoiceParams<'w> {
    mood: Res<'w, Mood>,
    presence: Res<'w, Presence>,
    time: Res<'w, Time>,
    local: Res<'w, LocalTime>,
    taste: Option<Res<'w, LearnedTaste>>,
}

impl ChoiceParams<'_> {
    /// As the chooser takes it. A person who sets the mood is present, also unseen.
    fn context(&self) -> Option<ChooserContext<'_>> {
        let taste = self.taste.as_ref()?.taste();
        let (mood, presence, now) = (&*self.mood, &*self.presence, self.time.elapsed());
        let around = ListeningContext {
            moment: *self.local,
            people: presence.people().len().max(usize::from(presence.by_hand())),
            stay: presence.visit_since().map_or(Duration::ZERO, |since| now.saturating_sub(since)),
            mood: [mood.slow.valence, mood.slow.arousal],
        };
        let is_manual = mood.by_hand.is_some_and(|weight| weight >= MANUAL_WEIGHT);
        let point = is_manual.then_some(Affect { valence: mood.slow.valence, arousal: mood.slow.arousal });
        Some(ChooserContext { now, mood: &mood.slow, point, around, taste })
    }
}

pub(in crate::music) fn set_up(
    mut commands: Commands,
    (options, taste): (Res<MusicOptions>, Res<TasteOptions>),
    settings: Res<MusicSettings>,
    clock_mode: Res<ClockMode>,
    mut faults: ResMut<Faults>,
) {
    let music = options.folder.clone().or_else(|| options.album.clone()).unwrap_or_else(shipped_album);
    let (files, loaded) = PlaylistFiles::begin(options.playlists.clone(), music);
    let playlists = match loaded {
        Ok(loaded) => Some(accept_playlists(loaded, &mut faults, Duration::ZERO)),
        Err(error) => {
            refuse_playlists(&error, "The shipped playlists are used instead.", &mut faults, Duration::ZERO);
            shipped_playlists()
        }
    };
    let Some(playlists) = playlists else { return };
    // A stepped run depends on nothing but its arguments.
    let live = !clock_mode.is_stepped();
    let watcher = live.then(|| PlaylistWatcher::start(files)).and_then(logged);
    let worker = taste
        .file
        .clone()
        .filter(|_| live)
        .and_then(|file| logged(TasteWorker::start(file, taste.profile.clone(), settings.taste.clone())));
    commands.insert_resource(PlaylistUpdates(watcher));
    commands.insert_resource(match worker {
        Some(worker) => LearnedTaste::in_file(worker, &settings.taste),
        None => LearnedTaste::in_memory(&settings.taste),
    });
    commands.insert_resource(LibraryCatalogue(CatalogueBuilder::new(playlists)));
    let chooser = Chooser::new(settings.clone(), options.seed);
    commands.insert_resource(MusicChooser { chooser, inputs: Vec::new() });
}

fn logged<T>(started: Result<T, WorkerError>) -> Option<T> {
    started.inspect_err(|error| error!("{error}")).ok()
}

fn shipped_playlists() -> Option<Arc<LoadedPlaylists>> {
    let playlists = Playlists::shipped().inspect_err(|error| error!("{error}")).ok()?;
    Some(Arc::new(LoadedPlaylists { playlists, lists: M3uLists::default(), problems: Vec::new() }))
}

fn accept_playlists(loaded: LoadedPlaylists, faults: &mut Faults, now: Duration) -> Arc<LoadedPlaylists> {
    faults.clear(faults::PLAYLISTS);
    for problem in &loaded.problems {
        warn!("{problem}");
    }
    match loaded.problems.as_slice() {
        [] => faults.clear(faults::LISTS),
        [only] => faults.raise(faults::LISTS, format!("{only}. It is left out."), now),
        [first, rest @ ..] => {
            let what =
                format!("{first}. It is left out, and so are {} more; the log names them.", rest.len());
            faults.raise(faults::LISTS, what, now);
        }
    }
    Arc::new(loaded)
}

fn refuse_playlists(error: &FileError, instead: &str, faults: &mut Faults, now: Duration) {
    faults.raise(faults::PLAYLISTS, format!("{error}. {instead}"), now);
}

/// Takes over playlists that were changed. A mistake in them leaves the last good ones.
pub(in crate::music) fn take_playlists(
    updates: Option<Res<PlaylistUpdates>>,
    catalogue: Option<ResMut<LibraryCatalogue>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let (Some(updates), Some(mut catalogue)) = (updates, catalogue) else { return };
    let Some(loaded) = updates.0.as_ref().and_then(PlaylistWatcher::news) else { return };
    match loaded {
        Ok(loaded) => {
            info!("the playlists were read again");
            catalogue.0.take_playlists(accept_playlists(loaded, &mut faults, time.elapsed()));
        }
        Err(error) => {
            refuse_playlists(&error, "The last good playlists stay in use.", &mut faults, time.elapsed());
        }
    }
}

/// Hands changed settings to the chooser.
pub(in crate::music) fn apply_settings(
    mut changes: MessageReader<SectionChanged<MusicSettings>>,
    settings: Res<MusicSettings>,
    chooser: Option<ResMut<MusicChooser>>,
) {
    if changes.read().count() > 0
        && let Some(mut chooser) = chooser
    {
        chooser.chooser.change_settings(&settings);
    }
}

/// Collects what the mixer and people ask for.
pub(in crate::music) fn collect_inputs(
    chooser: Option<ResMut<MusicChooser>>,
    (mut wanted, mut events): (MessageReader<TrackWanted>, MessageReader<Event>),
    mut requests: MessageReader<Request>,
    (library, view): (Res<MusicLibrary>, Res<LibraryView>),
    (mut toast, time): (ResMut<Toast>, Res<Time>),
) {
    let Some(mut chooser) = chooser else { return };
    chooser.inputs.extend(wanted.read().map(|wanted| match wanted {
        TrackWanted::Silence => ChooserInput::Silence,
        TrackWanted::EndNear => ChooserInput::Ended,
        TrackWanted::Unplayable => {
            view.look_now();
            ChooserInput::Unplayable
        }
    }));
    let began = events.read().filter(|event| matches!(event, Event::TrackBegan { .. }));
    chooser.inputs.extend(began.map(|_| ChooserInput::Began));
    chooser.inputs.extend(requests.read().filter_map(|request| match &request.command {
        Command::NextTrack => Some(ChooserInput::Skipped),
        Command::Like => Some(ChooserInput::Liked),
        Command::NotNow => Some(ChooserInput::NotNow),
        Command::PlayAgain => Some(ChooserInput::Again),
        Command::PlayTrack(name) => {
            let found = find_track(&library.entries, name);
            if found.is_none() {
                let sentence = UnknownName { what: "track", name, place: "in your music" };
                let titles = library.entries.iter().map(|entry| entry.track.title.as_str());
                *toast = Toast::unknown_name(&request.command, sentence, titles, time.elapsed());
            }
            found.map(ChooserInput::Play)
        }
        _ => None,
    }));
}

/// The number of the track with this path below the music folder, file name or title, whichever matches first.
fn find_track(entries: &[LibraryEntry], name: &str) -> Option<u64> {
    let by = |matches: &dyn Fn(&LibraryEntry) -> bool| entries.iter().find(|entry| matches(entry));
    by(&|entry| entry.below.as_os_str() == name)
        .or_else(|| by(&|entry| entry.below.file_name().is_some_and(|file| file == name)))
        .or_else(|| by(&|entry| entry.track.title.to_lowercase() == name.to_lowercase()))
        .map(|entry| track_id(&entry.below))
}

/// Keeps the columns in step with library and playlists.
pub(in crate::music) fn update_catalogue(
    catalogue: Option<ResMut<LibraryCatalogue>>,
    library: Res<MusicLibrary>,
    clock_mode: Res<ClockMode>,
) {
    let Some(mut catalogue) = catalogue else { return };
    if library.is_changed() {
        catalogue.0.mark_changed();
    }
    catalogue.0.update(&library.entries, if clock_mode.is_stepped() { usize::MAX } else { IN_A_FRAME });
}

/// Writes what people did with the track that is heard as events.
pub(in crate::music) fn write_feedback(
    chooser: Option<ResMut<MusicChooser>>,
    surroundings: ChoiceParams,
    mut events: MessageWriter<Event>,
) {
    let (Some(mut chooser), Some(context)) = (chooser, surroundings.context()) else { return };
    let MusicChooser { chooser, inputs } = &mut *chooser;
    events.write_batch(chooser.judge(&context, inputs));
}

/// Chooses a track when the mood, the mixer or a person asks for one.
pub(in crate::music) fn choose_track(
    chooser: Option<ResMut<MusicChooser>>,
    catalogue: Option<Res<LibraryCatalogue>>,
    library: Res<MusicLibrary>,
    surroundings: ChoiceParams,
    (settings, mut toast): (Res<MusicSettings>, ResMut<Toast>),
    mut picks: MessageWriter<Pick>,
) {
    let (Some(mut chooser), Some(catalogue), Some(context)) = (chooser, catalogue, surroundings.context())
    else {
        return;
    };
    let MusicChooser { chooser, inputs } = &mut *chooser;
    if let Some(pick) = chooser.look(&context, inputs, &library.entries, catalogue.0.catalogue()) {
        info!("next: {} ({})", pick.track.title, pick.reason);
        picks.write(pick);
    }
    if let Some(title) = chooser.take_set_aside() {
        *toast = Toast::new(skipped(&title, &settings.taste), context.now);
    }
    inputs.clear();
}

/// Says so when no track is left that can be played.
pub(in crate::music) fn report_nothing_to_play(
    chooser: Option<Res<MusicChooser>>,
    library: Res<MusicLibrary>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let Some(chooser) = chooser else { return };
    if chooser.chooser.has_nothing_left(&library.entries) {
        let what = "None of the tracks can be played. Put others into the music folder.";
        faults.raise(faults::NOTHING_TO_PLAY, what, time.elapsed());
    } else if faults.holds(faults::NOTHING_TO_PLAY) {
        faults.clear(faults::NOTHING_TO_PLAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::test_support::entry;

    /// `play_track` takes a path below the music folder, a file name or a title in any case.
    #[test]
    fn a_track_is_found_by_path_file_name_or_title() {
        let mut entries = vec![entry("a/one.ogg", "happy"), entry("b/one.ogg", "happy")];
        entries[1].track.title = "Open Gate".into();
        let id = |place: usize| Some(track_id(&entries[place].below));
        for (name, place) in [("b/one.ogg", 1), ("one.ogg", 0), ("open gate", 1)] {
            assert_eq!(find_track(&entries, name), id(place), "{name}");
        }
        assert_eq!(find_track(&entries, "Closed Gate"), None);
    }
}
