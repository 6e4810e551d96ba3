//! The thin systems between the app and the studio.

use std::path::PathBuf;
use std::time::Duration;

use bevy::asset::{AssetServer, Assets, Handle};
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy_kira_audio::{Audio, AudioControl, AudioPlugin, AudioSource};

use super::desk::DeskEvent;
use super::device::DeviceOpener;
use super::settings::MixerSettings;
use super::studio::{OutputEvent, SoundOutput, Studio, StudioCell};
use super::{Cue, NowPlaying, SoundLevels, Transport, cues};
use crate::foundation::{ClockMode, Faults};
use crate::input::Action;
use crate::mixer::faults;
use crate::mood::Mood;
use crate::music::{LibraryEntry, MusicLibrary, MusicOptions, MusicalKey, Pick, TrackWanted};

/// A pick that comes so soon after a person asked for another track is the answer.
const ANSWER: Duration = Duration::from_secs(1);
/// How often the mixer repeats that nothing plays.
const SILENCE_REPEAT: Duration = Duration::from_secs(1);
/// How long people can read that a track could not be played.
const TRACK_FAULT_SHOWN: Duration = Duration::from_secs(20);

pub(super) fn set_up(
    mut commands: Commands,
    output: Res<SoundOutput>,
    clock_mode: Res<ClockMode>,
    settings: Res<MixerSettings>,
    opener: Res<DeviceOpener>,
    music: Option<Res<MusicOptions>>,
) {
    let mut studio = Studio::new(&output, *clock_mode, &settings, opener.clone());
    studio.seed_bed(music.map_or(0, |music| music.seed));
    commands.insert_resource(StudioCell(SyncCell::new(studio)));
}

pub(super) fn look_after_device(
    mut studio: ResMut<StudioCell>,
    real: Res<Time<Real>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    match studio.0.get().look_after_device(real.elapsed()) {
        None => {}
        Some(OutputEvent::DeviceWorks) => faults.clear(faults::DEVICE),
        Some(OutputEvent::DeviceLost(reason)) => {
            // The remedy first: a narrow screen cuts the end.
            let what = format!(
                "no sound device: check loudspeakers and sound server. The music goes on unheard and is \
                 heard again by itself when one is back ({reason})"
            );
            faults.raise(faults::DEVICE, what, time.elapsed());
        }
        Some(OutputEvent::FileFailed(error)) => {
            faults.raise(faults::SOUND_FILE, error.to_string(), time.elapsed());
        }
    }
}

pub(super) fn take_picks(
    mut studio: ResMut<StudioCell>,
    mut picks: MessageReader<Pick>,
    mut actions: MessageReader<Action>,
    time: Res<Time>,
    mut asked: Local<Option<Duration>>,
) {
    let now = time.elapsed();
    if actions.read().any(|action| *action == Action::NextTrack) {
        *asked = Some(now);
    }
    if let Some(pick) = picks.read().last() {
        let answers = asked.take().is_some_and(|asked| now.saturating_sub(asked) <= ANSWER);
        studio.0.get().desk().pick(pick.clone(), answers);
    }
}

/// Pauses and seeks as messages and people ask, and takes on settings that have changed.
pub(super) fn obey(
    mut studio: ResMut<StudioCell>,
    mut transports: MessageReader<Transport>,
    mut actions: MessageReader<Action>,
    settings: Res<MixerSettings>,
) {
    let by = Duration::from_secs_f32(settings.seek_seconds);
    let pressed = actions.read().filter_map(|action| match action {
        Action::PlayPause => Some(Transport::Toggle),
        Action::SeekBack => Some(Transport::Back(by)),
        Action::SeekForward => Some(Transport::Ahead(by)),
        _ => None,
    });
    for transport in transports.read().copied().chain(pressed) {
        studio.0.get().transport(transport);
    }
    if settings.is_changed() && !settings.is_added() {
        studio.0.get().change_settings(&settings);
    }
}

/// Lets the living bed follow the slow mood and the key of the music, and switches it.
pub(super) fn tend_bed(
    mut studio: ResMut<StudioCell>,
    mood: Res<Mood>,
    (settings, mut actions): (ResMut<MixerSettings>, MessageReader<Action>),
    library: Option<Res<MusicLibrary>>,
    time: Res<Time>,
    mut known: Local<Option<(PathBuf, Option<MusicalKey>)>>,
) {
    let studio = studio.0.get();
    switch_bed(settings, actions.read().filter(|action| **action == Action::SwitchBed).count());
    let playing = studio.desk().playing();
    if known.as_ref().map(|(file, _)| file) != playing.map(|pick| &pick.track.path) {
        *known = playing.map(|pick| (pick.track.path.clone(), key(pick, library.as_deref())));
    }
    let key = known.as_ref().and_then(|(_, key)| *key);
    studio.tend_bed(time.elapsed(), [mood.slow.valence, mood.slow.arousal], key);
}

fn switch_bed(mut settings: ResMut<MixerSettings>, times: usize) {
    for _ in 0..times {
        settings.bed.when = settings.bed.when.next();
    }
}

/// The key of a track: what the library knows of it, tags before what was measured.
fn key(pick: &Pick, library: Option<&MusicLibrary>) -> Option<MusicalKey> {
    let file = pick.track.path.as_os_str();
    let entry = library.and_then(|library| {
        // Bytes, not parts of paths: a large library is looked through in well under a millisecond.
        library.entries.iter().find(|entry| entry.track.path.as_os_str() == file)
    });
    let measured = || pick.track.sound.and_then(|sound| sound.key);
    entry.and_then(LibraryEntry::musical_key).or_else(measured)
}

pub(super) fn mix(
    mut studio: ResMut<StudioCell>,
    clock_mode: Res<ClockMode>,
    real: Res<Time<Real>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
    mut wanted: MessageWriter<TrackWanted>,
    mut track_fault: Local<Option<Duration>>,
) {
    let now = time.elapsed();
    let (events, file_error) = studio.0.get().mix(real.delta(), *clock_mode);
    if let Some(error) = file_error {
        faults.raise(faults::SOUND_FILE, error.to_string(), now);
    }
    if track_fault.is_some_and(|raised| now.saturating_sub(raised) > TRACK_FAULT_SHOWN) {
        faults.clear(faults::TRACK);
        *track_fault = None;
    }
    for event in events {
        let what = match event {
            DeskEvent::Began { title, ready_after, plan } => {
                let plan = plan.map_or_else(|| "from silence".to_owned(), |plan| plan.words());
                info!("{title}: ready after {} ms; {plan}", ready_after.as_millis());
                continue;
            }
            DeskEvent::EndNear => {
                wanted.write(TrackWanted::EndNear);
                continue;
            }
            DeskEvent::Unplayable { file, reason } => {
                wanted.write(TrackWanted::Unplayable);
                format!("{}: {reason}; another track plays instead", file.display())
            }
            DeskEvent::CutOff { file, missing } => {
                format!("{}: breaks off {:.0} s before its end", file.display(), missing.as_secs_f32())
            }
            DeskEvent::Late { file } => {
                format!("{}: could not be read fast enough, the music had a gap", file.display())
            }
        };
        faults.note(faults::TRACK, what, now);
        *track_fault = Some(now);
    }
}

pub(super) fn want_a_track(
    mut studio: ResMut<StudioCell>,
    time: Res<Time>,
    mut wanted: MessageWriter<TrackWanted>,
    mut said: Local<Option<Duration>>,
) {
    if !studio.0.get().is_silent() {
        *said = None;
        return;
    }
    let now = time.elapsed();
    if said.is_none_or(|said| now.saturating_sub(said) >= SILENCE_REPEAT) {
        *said = Some(now);
        wanted.write(TrackWanted::Silence);
    }
}

pub(super) fn publish(
    mut studio: ResMut<StudioCell>,
    real: Res<Time<Real>>,
    mut playing: ResMut<NowPlaying>,
    mut levels: ResMut<SoundLevels>,
) {
    let studio = studio.0.get();
    let measured = studio.measure(&levels, real.elapsed());
    levels.set_if_neq(measured);
    playing.set_if_neq(studio.now_playing());
}

pub(super) fn finish_file(
    mut studio: ResMut<StudioCell>,
    mut exits: MessageReader<AppExit>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    if exits.read().next().is_none() {
        return;
    }
    if let Err(error) = studio.0.get().finish_file() {
        faults.raise(faults::SOUND_FILE, error.to_string(), time.elapsed());
    }
}

/// The cues as `bevy_kira_audio` plays them.
#[derive(Resource)]
pub(super) struct CueSounds {
    welcome: Handle<AudioSource>,
    farewell: Handle<AudioSource>,
    press: Handle<AudioSource>,
    bell: Handle<AudioSource>,
}

impl CueSounds {
    fn of(&self, cue: Cue) -> &Handle<AudioSource> {
        match cue {
            Cue::Welcome => &self.welcome,
            Cue::Farewell => &self.farewell,
            Cue::Press => &self.press,
            Cue::Bell => &self.bell,
        }
    }
}

/// Adds `bevy_kira_audio` where it can play: in a live run with a device, with Bevy's assets.
pub(super) fn add_cue_player(app: &mut App) {
    let world = app.world();
    let live = world.get_resource::<ClockMode>().is_some_and(|clock_mode| !clock_mode.is_stepped());
    let device = world.get_resource::<SoundOutput>() == Some(&SoundOutput::Device);
    if live && device && world.contains_resource::<AssetServer>() {
        app.add_plugins(AudioPlugin).add_systems(Startup, make_cues);
    }
}

fn make_cues(mut commands: Commands, settings: Res<MixerSettings>, mut sources: ResMut<Assets<AudioSource>>) {
    let mut add = |cue| sources.add(AudioSource { sound: cues::sound(cue, cues::volume_db(cue, &settings)) });
    commands.insert_resource(CueSounds {
        welcome: add(Cue::Welcome),
        farewell: add(Cue::Farewell),
        press: add(Cue::Press),
        bell: add(Cue::Bell),
    });
}

/// Plays cues on the device of the start through `bevy_kira_audio`. That player cannot follow to
/// another device, so after a loss, and where there is no device, they are mixed into the music.
pub(super) fn play_cues(
    mut studio: ResMut<StudioCell>,
    mut wanted: MessageReader<Cue>,
    player: Option<Res<Audio>>,
    sounds: Option<Res<CueSounds>>,
) {
    let studio = studio.0.get();
    for cue in wanted.read() {
        studio.duck(*cue);
        match (&player, &sounds) {
            (Some(player), Some(sounds)) if studio.is_on_first_device() => {
                player.play(sounds.of(*cue).clone());
            }
            _ => studio.play_cue(*cue),
        }
    }
}
