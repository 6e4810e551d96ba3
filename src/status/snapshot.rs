//! The shape of the snapshot.

use std::time::Duration;

use bevy::prelude::Resource;
use serde::Serialize;

use crate::emotion::{Emotion, Probabilities};
use crate::session::{Breath, BreathPattern, BreathStage};

/// How things stand in this frame. Bevy marks it as changed only when a value is another one.
#[derive(Resource, Debug, Clone, PartialEq, Default, Serialize)]
pub struct Status {
    pub mood: MoodStatus,
    pub music: MusicStatus,
    /// `None` where no scene is loaded.
    pub scene: Option<SceneStatus>,
    pub source: SourceState,
    pub session: SessionStatus,
    /// An answer to what somebody asked for, for some seconds.
    pub answer: Option<String>,
    /// How far the library is, in a few words, while files are read or analysed.
    pub library: Option<String>,
    /// The faults that hold, the oldest first.
    pub faults: Vec<FaultStatus>,
}

/// The mood of the people in view.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MoodStatus {
    /// How many people are in view.
    pub people: usize,
    /// What the pictures follow; `None` when nobody is in view, or nobody could be read yet.
    pub emotion: Option<Emotion>,
    /// Smoothed probability of that emotion, 0..=1.
    pub probability: f32,
    pub probabilities: Probabilities,
    /// −1 unpleasant ..= 1 pleasant.
    pub valence: f32,
    /// −1 calm ..= 1 excited.
    pub arousal: f32,
    /// What the music follows.
    pub music_emotion: Option<Emotion>,
    /// How much of the mood is set by hand, 0..=1; `None` when it comes from the camera alone.
    pub by_hand: Option<f32>,
    /// Somebody is in view and cannot be read: what would help, in a few words.
    pub advice: Option<&'static str>,
    /// Nobody has been in view for long.
    pub idle: bool,
}

impl Default for MoodStatus {
    fn default() -> Self {
        Self {
            people: 0,
            emotion: None,
            probability: 0.0,
            probabilities: Probabilities::UNIFORM,
            valence: 0.0,
            arousal: 0.0,
            music_emotion: None,
            by_hand: None,
            advice: None,
            idle: false,
        }
    }
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct MusicStatus {
    /// The track that is heard, or in a crossfade the one that comes in.
    pub track: Option<TrackStatus>,
    pub paused: bool,
    /// Progress of a crossfade, 0..=1, while one is under way.
    pub crossfade: Option<f32>,
    /// 0..=1
    pub volume: f32,
    /// The key of the ambient pad, e.g. "D minor", while it alone is heard.
    pub ambient_key: Option<String>,
}

/// A track that plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrackStatus {
    /// The file's name without its folder.
    pub file: String,
    pub title: String,
    pub artist: Option<String>,
    /// Why it was chosen, in one sentence; may be empty.
    pub reason: String,
    #[serde(rename = "duration_seconds", serialize_with = "as_seconds")]
    pub duration: Duration,
    /// Whole seconds, so that the snapshot does not change in every frame.
    pub position_seconds: u64,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SceneStatus {
    pub name: String,
    pub title: String,
    /// The title of the scene that comes, during a dissolve.
    pub next: Option<String>,
    /// Scenes do not change by themselves.
    pub kept: bool,
    pub favourite: bool,
}

/// Where the frames come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceState {
    /// "camera 0 (HD Webcam, 640×480)", "visitor clip"; empty while none is found.
    pub name: String,
    /// Whether frames arrive now.
    pub live: bool,
    /// Off when a person closed the camera.
    pub on: bool,
}

impl Default for SourceState {
    fn default() -> Self {
        Self { name: String::new(), live: false, on: true }
    }
}

/// What people can breathe along with.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct SessionStatus {
    pub breath: BreathStatus,
}

/// Where the breath is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BreathStatus {
    /// The durations that are followed, in seconds: in, hold, out, rest.
    pub pattern: BreathPattern,
    pub stage: BreathStage,
    /// Share of the whole breath that has passed, in whole hundredths, so that the snapshot does not change in every
    /// frame: 0, where breathing in begins, ..= 0.99.
    pub phase: f32,
}

impl From<&Breath> for BreathStatus {
    fn from(breath: &Breath) -> Self {
        let phase = (breath.phase() * 100.0).floor() / 100.0;
        Self { pattern: breath.goal(), stage: breath.stage(), phase }
    }
}

impl Default for BreathStatus {
    fn default() -> Self {
        Self::from(&Breath::default())
    }
}

/// A fault that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultStatus {
    pub room: &'static str,
    /// What is wrong, and what helps.
    pub what: String,
    /// App time at which it began.
    #[serde(rename = "since_seconds", serialize_with = "as_seconds")]
    pub since: Duration,
}

fn as_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
