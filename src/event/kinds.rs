//! The kinds of events.

use std::time::Duration;

use bevy::prelude::Message;
use serde::{Deserialize, Serialize};

use crate::emotion::Emotion;

/// Something that happened in this frame. As JSON it is an object whose `event` names its kind.
#[derive(Message, Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Another emotion holds, or none any more.
    MoodChanged {
        pace: MoodPace,
        /// `None` when nobody is in view, or nobody could be read yet.
        emotion: Option<Emotion>,
        /// Smoothed probability of that emotion, 0..=1.
        probability: f32,
        /// −1 unpleasant ..= 1 pleasant.
        valence: f32,
        /// −1 calm ..= 1 excited.
        arousal: f32,
    },
    /// Somebody came into view. Who it is stays in the mood room.
    PersonArrived,
    /// Somebody has been out of view for some time.
    PersonLeft,
    /// The settled number of people in view is another one.
    PeopleChanged { people: usize },
    /// A track began to sound, or in a crossfade to come in.
    TrackBegan {
        /// The file's name without its folder.
        file: String,
        title: String,
        artist: Option<String>,
        /// The slow mood that it was chosen for; `None` for an empty room.
        emotion: Option<Emotion>,
        /// Why it was chosen, in one sentence.
        reason: String,
        /// What each term of the score added, by its name. Empty for a track that was not chosen by its score.
        why: Vec<(&'static str, f32)>,
    },
    /// The track before gave way to another one, or to silence.
    TrackEnded {
        file: String,
        title: String,
        /// How far it had played.
        #[serde(rename = "position_seconds", serialize_with = "as_seconds")]
        position: Duration,
    },
    /// A crossfade began; `count` of them since the start.
    CrossfadeBegan { count: u32 },
    /// The music was paused, or continued.
    PauseChanged { paused: bool },
    /// Somebody judged a track, or heard it to its end.
    Feedback {
        kind: FeedbackKind,
        /// Path of the track below the music folder.
        file: String,
        title: String,
        artist: Option<String>,
    },
    /// Another scene began to come.
    SceneChanged { scene: String, title: String },
    /// A setting has another value now, by its path, e.g. `mixer.volume`.
    SettingChanged { setting: String },
    /// Something went wrong, and what helps.
    FaultBegan { room: &'static str, what: String },
    /// A fault is over.
    FaultEnded { room: &'static str, what: String },
}

/// The two speeds at which a mood is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoodPace {
    /// Pictures follow it.
    Fast,
    /// Music follows it.
    Slow,
}

/// What a listener did with a track, or let happen. The taste learns from it, and files have it by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    Liked,
    /// It is to play again.
    Replayed,
    /// It played to its end while somebody was there.
    Finished,
    /// It played to its end in an empty room.
    Heard,
    SkippedEarly,
    SkippedLate,
    /// It was skipped, and is left out for a while.
    NotNow,
}

impl FeedbackKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Liked,
        Self::Replayed,
        Self::Finished,
        Self::Heard,
        Self::SkippedEarly,
        Self::SkippedLate,
        Self::NotNow,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Liked => "liked",
            Self::Replayed => "replayed",
            Self::Finished => "finished",
            Self::Heard => "heard",
            Self::SkippedEarly => "skipped_early",
            Self::SkippedLate => "skipped_late",
            Self::NotNow => "not_now",
        }
    }

    /// By its name in files.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

fn as_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journal or a remote writes events as JSON.
    #[test]
    fn an_event_is_json_with_its_kind() {
        let ended = Event::TrackEnded {
            file: "a.ogg".into(),
            title: "A".into(),
            position: Duration::from_millis(1_500),
        };
        let json = serde_json::to_string(&ended).expect("JSON");
        assert_eq!(json, r#"{"event":"track_ended","file":"a.ogg","title":"A","position_seconds":1.5}"#);
    }

    /// The database of the taste and a journal have one name for the same thing.
    #[test]
    fn a_kind_of_feedback_has_one_name_in_all_files() {
        for kind in FeedbackKind::ALL {
            assert_eq!(serde_json::to_string(&kind).expect("JSON"), format!("\"{}\"", kind.name()));
            assert_eq!(FeedbackKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(FeedbackKind::from_name("loved"), None);
    }
}
