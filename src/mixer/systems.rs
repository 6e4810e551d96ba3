//! The systems between the app and the parts of the mixer.

use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::ambient::{AmbientInputs, AmbientPad, AmbientSwitch, AmbientWhen};
use super::cues::{Cue, CueSounds};
use super::decks::{DeckEvent, DeckScheduler};
use super::faults;
use super::graph::device_lifecycle::DeviceOpener;
use super::graph::wav_file::WavError;
use super::graph::{AudioGraph, OFFLINE_RATE};
use super::meter::{BeatPhase, OutputMeter, OutputState, SoundLevels};
use super::now_playing::NowPlaying;
use super::output::{AudioOutput, MasterVolume, OutputEvent, SoundOutput};
use super::settings::MixerSettings;
use super::transport::Transport;
use crate::command::{Command, Request};
use crate::emotion::Affect;
use crate::foundation::{ClockMode, Faults};
use crate::mood::Mood;
use crate::music::{LibraryOptions, MusicOptions, Pick, TrackWanted};
use crate::session::{Breath, Ending};

/// How often the mixer repeats that nothing plays.
const SILENCE_REPEAT: Duration = Duration::from_secs(1);
/// How long a problem with a track is shown.
const TRACK_FAULT_SHOWN: Duration = Duration::from_secs(20);
/// A live run without a device renders at most this much in one frame of the app.
const LONGEST_CATCH_UP: Duration = Duration::from_millis(500);

pub(super) fn set_up(
    mut commands: Commands,
    output: Res<SoundOutput>,
    clock: Res<ClockMode>,
    settings: Res<MixerSettings>,
    opener: Res<DeviceOpener>,
    music: Option<Res<MusicOptions>>,
    library: Option<Res<LibraryOptions>>,
) {
    commands.insert_resource(AudioOutput::new(&output, *clock, &settings, opener.clone()));
    let library = library.and_then(|library| library.database.clone());
    commands.insert_resource(DeckScheduler::new(settings.clone(), !clock.is_stepped(), library));
    commands.insert_resource(OutputMeter::new(OFFLINE_RATE, settings.output_latency_seconds));
    commands.insert_resource(AmbientPad::new(music.map_or(0, |music| music.seed)));
}

/// What must start again when the graph is replaced.
#[derive(SystemParam)]
pub(super) struct GraphParams<'w> {
    scheduler: ResMut<'w, DeckScheduler>,
    pad: ResMut<'w, AmbientPad>,
    meter: ResMut<'w, OutputMeter>,
}

impl GraphParams<'_> {
    fn restart(&mut self) {
        self.scheduler.restart_in_new_graph();
        self.pad.restart();
        self.meter.restart();
    }
}

/// Opens the device, and replaces the graph when the device is lost or found.
pub(super) fn supervise_output(
    mut output: ResMut<AudioOutput>,
    mut users: GraphParams,
    real: Res<Time<Real>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
    mut commands: Commands,
) {
    let supervision = output.supervise(real.elapsed());
    if supervision.graph_replaced {
        users.restart();
    }
    let now = time.elapsed();
    match supervision.event {
        None => {}
        Some(OutputEvent::DeviceWorks) => faults.clear(faults::DEVICE),
        Some(OutputEvent::DeviceLost(error)) => {
            // The remedy first: a narrow screen cuts the end off.
            let text = format!(
                "no sound device: check loudspeakers and sound server. Music continues silently and becomes \
                 audible when a device is back ({error})"
            );
            faults.raise(faults::DEVICE, text, now);
        }
        Some(OutputEvent::NoGraph(error)) => faults.raise(faults::DEVICE, error.to_string(), now),
        Some(OutputEvent::FileFailed(error)) => lose_sound_file(&error, now, &mut faults, &mut commands),
    }
}

/// The sound file was asked for, so a run that cannot write it ends, with a status that says so. A pipe that nobody
/// reads any more is no fault: whoever read has what they wanted.
fn lose_sound_file(error: &WavError, now: Duration, faults: &mut Faults, commands: &mut Commands) {
    if error.is_closed_pipe() {
        commands.write_message(AppExit::Success);
        return;
    }
    faults.raise(faults::SOUND_FILE, error.to_string(), now);
    if !matches!(error, WavError::Full { .. }) {
        commands.write_message(AppExit::error());
    }
}

pub(super) fn take_picks(mut scheduler: ResMut<DeckScheduler>, mut picks: MessageReader<Pick>) {
    if let Some(pick) = picks.read().last() {
        scheduler.pick(pick.clone());
    }
}

/// Pauses and seeks.
pub(super) fn apply_transport(
    mut scheduler: ResMut<DeckScheduler>,
    mut requests: MessageReader<Request>,
    settings: Res<MixerSettings>,
) {
    let by = Duration::from_secs_f32(settings.seek_seconds);
    let transports = requests.read().filter_map(|request| match request.command {
        Command::Pause => Some(Transport::Pause),
        Command::Resume => Some(Transport::Resume),
        Command::TogglePause => Some(Transport::Toggle),
        Command::SeekTo(seconds) => Some(Transport::Seek(Duration::from_secs_f32(seconds.max(0.0)))),
        Command::SeekBack => Some(Transport::Back(by)),
        Command::SeekForward => Some(Transport::Ahead(by)),
        _ => None,
    });
    for transport in transports {
        scheduler.transport(transport);
    }
}

/// Sets the volume when a person asks for it, or when the setting has changed.
pub(super) fn set_volume(
    mut volume: ResMut<MasterVolume>,
    settings: Res<MixerSettings>,
    mut requests: MessageReader<Request>,
    mut setting: Local<Option<f32>>,
) {
    if setting.replace(settings.volume) != Some(settings.volume) {
        volume.set_if_neq(MasterVolume(settings.volume));
    }
    for request in requests.read() {
        if let Command::SetVolume(wanted) = request.command {
            volume.set_if_neq(MasterVolume(wanted.clamp(0.0, 1.0)));
        }
    }
}

/// Hands changed settings to all parts.
pub(super) fn apply_settings(
    settings: Res<MixerSettings>,
    volume: Res<MasterVolume>,
    mut output: ResMut<AudioOutput>,
    mut scheduler: ResMut<DeckScheduler>,
    mut meter: ResMut<OutputMeter>,
) {
    if settings.is_changed() && !settings.is_added() || volume.is_changed() {
        output.change_settings(&MixerSettings { volume: volume.0, ..settings.clone() });
        scheduler.change_settings(settings.clone());
        meter.set_extra_latency(settings.output_latency_seconds);
    }
}

/// What the ambient pad follows besides the music.
#[derive(SystemParam)]
pub(super) struct PadParams<'w> {
    mood: Res<'w, Mood>,
    breath: Res<'w, Breath>,
    switch: Res<'w, AmbientSwitch>,
    time: Res<'w, Time>,
}

/// Lets the ambient pad follow mood, breath and music.
pub(super) fn update_ambient(
    mut output: ResMut<AudioOutput>,
    mut pad: ResMut<AmbientPad>,
    scheduler: Res<DeckScheduler>,
    settings: Res<MixerSettings>,
    surroundings: PadParams,
) {
    let Some(graph) = output.graph_mut() else { return };
    let PadParams { mood, breath, switch, time } = surroundings;
    let inputs = AmbientInputs {
        now: time.elapsed().as_secs_f64(),
        mood: Affect { valence: mood.slow.valence, arousal: mood.slow.arousal },
        breath: breath.amplitude(),
        when: switch.0,
        music: scheduler.music_state(graph),
    };
    pad.update(graph.ambient(), &inputs, &settings.ambient);
}

/// Switches the ambient pad when a person asks for it, or when the setting has changed.
pub(super) fn switch_ambient(
    mut switch: ResMut<AmbientSwitch>,
    settings: Res<MixerSettings>,
    mut requests: MessageReader<Request>,
    mut setting: Local<Option<AmbientWhen>>,
) {
    let when = settings.ambient.when;
    if setting.replace(when) != Some(when) {
        switch.0 = when;
    }
    for _ in requests.read().filter(|request| request.command == Command::SwitchAmbientPad) {
        switch.0 = switch.0.next();
    }
}

/// The clocks of the app.
#[derive(SystemParam)]
pub(super) struct MixClocks<'w> {
    mode: Res<'w, ClockMode>,
    wall: Res<'w, Time<Real>>,
    app: Res<'w, Time>,
    ending: Res<'w, Ending>,
}

impl MixClocks<'_> {
    /// How much sound is rendered in this update where no device does it.
    fn due(&self) -> Duration {
        match *self.mode {
            // The sound of this picture lasts until the next one, and none comes after the end of the run.
            ClockMode::Stepped { step } => {
                let left = self.ending.end().map(|end| end.saturating_sub(self.app.elapsed()));
                left.map_or(step, |left| left.min(step))
            }
            ClockMode::Live => self.wall.delta().min(LONGEST_CATCH_UP),
        }
    }
}

/// Advances the decks, renders where no device does, and reports what happened to tracks.
pub(super) fn mix(
    mut output: ResMut<AudioOutput>,
    mut scheduler: ResMut<DeckScheduler>,
    clocks: MixClocks,
    mut faults: ResMut<Faults>,
    mut wanted: MessageWriter<TrackWanted>,
    mut track_fault: Local<Option<Duration>>,
    mut commands: Commands,
) {
    let now = clocks.app.elapsed();
    if track_fault.is_some_and(|raised| now.saturating_sub(raised) > TRACK_FAULT_SHOWN) {
        faults.clear(faults::TRACK);
        *track_fault = None;
    }
    output.update_controls();
    output.follow_ending(clocks.ending.end(), now);
    let Some(graph) = output.graph_mut() else { return };
    let events = scheduler.update(graph);
    if let Err(error) = output.render(clocks.due(), &mut scheduler) {
        lose_sound_file(&error, now, &mut faults, &mut commands);
    }
    for event in events {
        if let Some(problem) = handle_event(event, &mut wanted) {
            faults.note(faults::TRACK, problem, now);
            *track_fault = Some(now);
        }
    }
}

/// Logs a track that begins and requests the next one; returns a problem as a sentence for people.
fn handle_event(event: DeckEvent, wanted: &mut MessageWriter<TrackWanted>) -> Option<String> {
    match event {
        DeckEvent::Began { title, ready_after, plan } => {
            let plan = plan.map_or_else(|| "from silence".to_owned(), |plan| plan.describe());
            debug!("{title} begins, {} ms after its request: {plan}", ready_after.as_millis());
            None
        }
        DeckEvent::EndNear => {
            wanted.write(TrackWanted::EndNear);
            None
        }
        DeckEvent::Unplayable { file, reason } => {
            wanted.write(TrackWanted::Unplayable);
            Some(format!("{}: {reason}; another track plays instead", file.display()))
        }
        DeckEvent::CutOff { file, missing } => {
            Some(format!("{}: breaks off {:.0} s before its end", file.display(), missing.as_secs_f32()))
        }
        DeckEvent::Late { file } => {
            Some(format!("{}: could not be read fast enough, the music had a gap", file.display()))
        }
    }
}

/// Requests a track while nothing plays.
pub(super) fn request_track(
    output: Res<AudioOutput>,
    scheduler: Res<DeckScheduler>,
    time: Res<Time>,
    mut wanted: MessageWriter<TrackWanted>,
    mut requested: Local<Option<Duration>>,
) {
    if output.graph().is_none() || !scheduler.is_idle() {
        *requested = None;
        return;
    }
    let now = time.elapsed();
    if requested.is_none_or(|requested| now.saturating_sub(requested) >= SILENCE_REPEAT) {
        *requested = Some(now);
        wanted.write(TrackWanted::Silence);
    }
}

/// Measures what is heard.
pub(super) fn publish_levels(
    mut output: ResMut<AudioOutput>,
    mut meter: ResMut<OutputMeter>,
    scheduler: Res<DeckScheduler>,
    real: Res<Time<Real>>,
    mut levels: ResMut<SoundLevels>,
) {
    let Some(graph) = output.graph() else {
        levels.set_if_neq(SoundLevels::default());
        return;
    };
    let state = output_state(graph);
    let measured = meter.measure(output.take_rendered(), state, &levels, real.elapsed());
    let measured = measured.map(|levels| SoundLevels { beat: beat(&meter, &scheduler), ..levels });
    levels.set_if_neq(measured.unwrap_or_default());
}

fn output_state(graph: &AudioGraph) -> OutputState {
    OutputState { rate: graph.rate(), device_latency: graph.is_device().then(|| graph.latency()) }
}

/// The beat as it is heard now: from the grid of the track if that is trusted, else from the onsets.
fn beat(meter: &OutputMeter, scheduler: &DeckScheduler) -> Option<BeatPhase> {
    let from_grid = scheduler.beat(meter.frames_ahead()).filter(|_| !scheduler.is_paused());
    let (found, from_grid) = match from_grid {
        Some(found) => (Some(found), true),
        None => (meter.tracked_beat(), false),
    };
    found.map(|(phase, bpm)| BeatPhase { phase, bpm, from_grid })
}

/// Tells other rooms what sounds.
pub(super) fn publish_playing(
    output: Res<AudioOutput>,
    scheduler: Res<DeckScheduler>,
    pad: Res<AmbientPad>,
    time: Res<Time>,
    mut playing: ResMut<NowPlaying>,
    mut last_fade: Local<Option<(u32, Duration)>>,
) {
    if let Some((number, ago)) = scheduler.newest_fade()
        && last_fade.is_none_or(|(known, _)| known != number)
    {
        *last_fade = Some((number, time.elapsed().saturating_sub(ago)));
    }
    playing.set_if_neq(NowPlaying {
        pick: scheduler.playing().cloned(),
        position: scheduler.position(),
        crossfade: scheduler.crossfade(),
        crossfades: scheduler.crossfades(),
        next_fade_in: scheduler.next_fade_in().filter(|_| !scheduler.is_paused()),
        last_fade_at: last_fade.map(|(_, at)| at),
        paused: scheduler.is_paused(),
        ambient_key: pad.solo_key().filter(|_| output.graph().is_some()),
    });
}

/// Completes the file when the app ends.
pub(super) fn finish_file(
    mut output: ResMut<AudioOutput>,
    mut exits: MessageReader<AppExit>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
    mut commands: Commands,
) {
    if exits.read().next().is_none() {
        return;
    }
    if let Err(error) = output.finish_file() {
        lose_sound_file(&error, time.elapsed(), &mut faults, &mut commands);
    }
}

/// Plays cues, with music and pad lowered under them.
pub(super) fn play_cues(
    mut output: ResMut<AudioOutput>,
    sounds: Res<CueSounds>,
    settings: Res<MixerSettings>,
    mut cues: MessageReader<Cue>,
) {
    for cue in cues.read() {
        output.play_cue(*cue, &sounds, &settings);
    }
}
