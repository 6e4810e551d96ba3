//! Collects the snapshot from the rooms.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::snapshot::{
    BreathStatus, FaultStatus, MoodStatus, MusicStatus, SceneStatus, SessionStatus, SourceState, Status,
    TrackStatus,
};
use crate::command::Toast;
use crate::emotion::UnreadableReason;
use crate::foundation::Faults;
use crate::mixer::{MasterVolume, NowPlaying};
use crate::mood::Mood;
use crate::music::{LibraryStatus, MusicalKey};
use crate::sense::camera::{CameraSwitch, SourceStatus};
use crate::session::Breath;
use crate::visuals::SceneCrossfade;
use crate::visuals::director::{Director, DirectorState};

/// What the snapshot is made of. A room that is not part of the app is left out.
#[derive(SystemParam)]
pub(super) struct StatusSources<'w> {
    mood: Option<Res<'w, Mood>>,
    playing: Option<Res<'w, NowPlaying>>,
    toast: Option<Res<'w, Toast>>,
    breath: Option<Res<'w, Breath>>,
    volume: Option<Res<'w, MasterVolume>>,
    library: Option<Res<'w, LibraryStatus>>,
    crossfade: Option<Res<'w, SceneCrossfade>>,
    director: Option<Res<'w, DirectorState>>,
    source: Option<Res<'w, SourceStatus>>,
    camera: Option<Res<'w, CameraSwitch>>,
    faults: Option<Res<'w, Faults>>,
    time: Res<'w, Time>,
}

pub(super) fn make_status(sources: StatusSources, mut status: ResMut<Status>) {
    let next = Status {
        mood: sources.mood.as_deref().map(mood_status).unwrap_or_default(),
        music: music_status(&sources),
        scene: sources
            .crossfade
            .as_deref()
            .map(|crossfade| scene_status(crossfade, sources.director.as_deref())),
        source: source_state(sources.source.as_deref(), sources.camera.as_deref()),
        session: SessionStatus {
            breath: sources.breath.as_deref().map(BreathStatus::from).unwrap_or_default(),
        },
        answer: sources
            .toast
            .as_deref()
            .and_then(|toast| toast.words(sources.time.elapsed()).map(str::to_owned)),
        library: sources.library.as_deref().and_then(LibraryStatus::words),
        faults: sources.faults.as_deref().map(fault_statuses).unwrap_or_default(),
    };
    status.set_if_neq(next);
}

fn mood_status(mood: &Mood) -> MoodStatus {
    MoodStatus {
        people: mood.people,
        emotion: mood.fast.emotion,
        probability: mood.fast.probability,
        probabilities: mood.fast.probabilities,
        valence: mood.fast.valence,
        arousal: mood.fast.arousal,
        music_emotion: mood.slow.emotion,
        by_hand: mood.by_hand,
        advice: mood.unknown.map(UnreadableReason::advice),
        idle: mood.idle,
    }
}

fn music_status(sources: &StatusSources) -> MusicStatus {
    let volume = sources.volume.as_deref().map_or(1.0, |volume| volume.0);
    let Some(playing) = sources.playing.as_deref() else {
        return MusicStatus { volume, ..MusicStatus::default() };
    };
    MusicStatus {
        track: track_status(playing),
        paused: playing.paused,
        crossfade: playing.crossfade,
        volume,
        ambient_key: playing.ambient_key.map(describe_key),
    }
}

fn track_status(playing: &NowPlaying) -> Option<TrackStatus> {
    let pick = playing.pick.as_ref()?;
    let path = &pick.track.path;
    Some(TrackStatus {
        file: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        title: pick.track.title.clone(),
        artist: pick.track.artist.clone(),
        reason: pick.reason.clone(),
        duration: pick.track.duration,
        position_seconds: playing.position.as_secs(),
    })
}

/// "D minor"
fn describe_key(key: MusicalKey) -> String {
    const TONICS: [&str; 12] =
        ["C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];
    let mode = if key.minor { "minor" } else { "major" };
    format!("{} {mode}", TONICS[usize::from(key.tonic % 12)])
}

fn scene_status(crossfade: &SceneCrossfade, director: Option<&DirectorState>) -> SceneStatus {
    let director = director.map(DirectorState::director);
    let front = crossfade.front().scene();
    SceneStatus {
        name: front.name.clone(),
        title: front.title.clone(),
        next: crossfade.incoming().map(|layer| layer.scene().title.clone()),
        kept: director.is_some_and(Director::is_locked),
        favourite: director.is_some_and(|director| director.favourites().contains(&crossfade.current().name)),
    }
}

fn source_state(source: Option<&SourceStatus>, camera: Option<&CameraSwitch>) -> SourceState {
    let on = camera.is_none_or(|camera| camera.on);
    source.map_or(SourceState { on, ..SourceState::default() }, |source| SourceState {
        name: source.name.clone(),
        live: source.live,
        on,
    })
}

fn fault_statuses(faults: &Faults) -> Vec<FaultStatus> {
    let status = |(key, fault): (crate::foundation::FaultKey, &crate::foundation::Fault)| FaultStatus {
        room: key.room,
        what: fault.what.clone(),
        since: fault.since,
    };
    faults.active().map(status).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::StatusPlugin;
    use super::*;
    use crate::emotion::{Emotion, Probabilities};
    use crate::foundation::{FaultKey, FoundationPlugin};
    use crate::music::{Pick, PickCause, Track, TrackFacts};
    use crate::session::BreathPattern;

    /// The snapshot follows the rooms in the same frame, and as JSON it has what a remote needs.
    #[test]
    fn the_snapshot_follows_the_rooms_and_is_json() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, StatusPlugin));
        let mut mood = Mood { people: 2, by_hand: Some(0.5), ..Mood::default() };
        mood.fast.emotion = Some(Emotion::Happy);
        mood.fast.probability = 1.0;
        mood.fast.probabilities = Probabilities::certain(Emotion::Happy);
        let track = Track {
            path: "/music/a.ogg".into(),
            title: "A".into(),
            artist: Some("Ada".into()),
            duration: Duration::from_secs(90),
            facts: TrackFacts::default(),
        };
        let pick = Pick {
            track,
            emotion: Some(Emotion::Happy),
            cause: PickCause::MoodChanged,
            reason: "because".into(),
            why: vec![],
        };
        let position = Duration::from_millis(12_400);
        app.insert_resource(mood).insert_resource(NowPlaying {
            pick: Some(pick),
            position,
            paused: true,
            ambient_key: Some(MusicalKey { tonic: 2, minor: true }),
            ..NowPlaying::default()
        });
        let key = FaultKey::new("mixer", "device");
        app.world_mut().resource_mut::<Faults>().raise(key, "no sound", Duration::from_secs(3));
        let mut breath = Breath::new(BreathPattern::new(4.0, 2.0, 8.0, 0.0).expect("a pattern"));
        breath.advance(5.0);
        app.insert_resource(breath);
        app.world_mut().insert_resource(Toast::new("There is no scene \"x\"", Duration::ZERO));
        app.update();
        let json = serde_json::to_value(app.world().resource::<Status>()).expect("JSON");
        for (path, value) in [
            ("/mood/people", "2"),
            ("/mood/emotion", "\"happy\""),
            ("/mood/by_hand", "0.5"),
            ("/music/track/file", "\"a.ogg\""),
            ("/music/track/position_seconds", "12"),
            ("/music/track/duration_seconds", "90.0"),
            ("/music/paused", "true"),
            ("/music/ambient_key", "\"D minor\""),
            ("/source/on", "true"),
            ("/session/breath/pattern", "[4.0,2.0,8.0,0.0]"),
            ("/session/breath/stage", "\"hold\""),
            ("/answer", "\"There is no scene \\\"x\\\"\""),
            ("/faults/0/room", "\"mixer\""),
            ("/faults/0/since_seconds", "3.0"),
        ] {
            assert_eq!(json.pointer(path).map(ToString::to_string).as_deref(), Some(value), "{path}: {json}");
        }
        let phase =
            json.pointer("/session/breath/phase").and_then(serde_json::Value::as_f64).expect("a phase");
        assert!((phase - 0.35).abs() < 1e-6, "5 of 14 seconds in whole hundredths: {phase}");
        app.world_mut().resource_mut::<NowPlaying>().position = Duration::from_millis(12_900);
        app.world_mut().resource_mut::<Breath>().advance(0.01);
        let before = app.world().resource_ref::<Status>().last_changed();
        app.update();
        let after = app.world().resource_ref::<Status>().last_changed();
        assert_eq!(before, after, "a moment later is no change");
    }
}
