//! The words on the picture, from what the rooms know.

use bevy::prelude::Resource;

use crate::foundation::Faults;
use crate::input::{Action, Trigger, triggers};
use crate::mixer::NowPlaying;
use crate::mood::{Mood, MoodState};
use crate::music::MusicalKey;
use crate::sense::camera::SourceStatus;

/// A line of words. Lines with the same topic replace each other at once; a new topic fades in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// What the line is about.
    pub topic: String,
    pub text: String,
}

impl Line {
    fn new(topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self { topic: topic.into(), text: text.into() }
    }

    fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { topic: text.clone(), text }
    }
}

/// Everything that the screen says. Also without a screen: a terminal can show the same words.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// "looks happy (71 %)", advice, or an invitation.
    pub looks: Line,
    /// "Morning Window — Chosen for a happy mood: 128 BPM".
    pub music: Line,
    /// How many people, where the pictures come from, and that they stay here.
    pub around: Line,
    /// One for each fault that holds.
    pub faults: Vec<String>,
}

/// Stands for itself on the screen: what was seen is never kept.
pub const PRIVACY: &str = "pictures stay in memory";

/// Puts what the rooms know into words. `camera` is off when a person switched it off; `answer` is for what
/// somebody just pressed.
#[must_use]
pub fn words(
    mood: &Mood,
    playing: &NowPlaying,
    source: &SourceStatus,
    camera: Camera,
    faults: &Faults,
    answer: Option<&str>,
) -> Words {
    Words {
        looks: looks(mood, camera),
        music: music(playing, answer),
        around: if camera == Camera::Off { camera_off() } else { around(mood, source) },
        faults: faults.active().map(|(_, fault)| fault.what.clone()).collect(),
    }
}

/// Whether a person wants the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Camera {
    On,
    Off,
}

fn looks(mood: &Mood, camera: Camera) -> Line {
    if mood.by_hand.is_some_and(|weight| weight >= 0.5) {
        return Line::new("by hand", format!("mood set by hand: {}", quarter(&mood.fast)));
    }
    if mood.people == 0 && camera == Camera::Off {
        return Line::plain("Camera off");
    }
    Line { topic: topic(mood), text: looks_like(mood) }
}

/// A new percentage is no new topic.
fn topic(mood: &Mood) -> String {
    match (mood.unknown, mood.fast.emotion) {
        (None, Some(emotion)) if mood.people > 0 => emotion.name().to_owned(),
        _ => looks_like(mood),
    }
}

/// "looks happy (71 %)", "someone is here · come closer", or an invitation. A mood outlives a person
/// for a while; the words do not.
#[must_use]
pub fn looks_like(mood: &Mood) -> String {
    match (mood.people, mood.unknown, mood.fast.emotion) {
        (0, _, _) => "Step in front of the camera".to_owned(),
        (1, Some(poor), _) => format!("someone is here · {}", poor.advice()),
        (people, Some(poor), _) => format!("{people} people are here · {}", poor.advice()),
        (_, None, Some(emotion)) => {
            let percent = (mood.fast.probability() * 100.0).round();
            format!("looks {} ({percent:.0} %)", emotion.looks())
        }
        (_, None, None) => "Hello …".to_owned(),
    }
}

/// The part of the circumplex in which a mood lies, in the words of the dial.
fn quarter(mood: &MoodState) -> &'static str {
    if mood.valence.hypot(mood.arousal) < 0.2 {
        return "balanced";
    }
    match (mood.valence >= 0.0, mood.arousal >= 0.0) {
        (true, true) => "bright",
        (true, false) => "calm",
        (false, true) => "tense",
        (false, false) => "low",
    }
}

fn camera_off() -> Line {
    let key = |action| triggers(action).0.map(Trigger::label).unwrap_or_default();
    Line::plain(format!(
        "camera off · {} switches it on · {} sets the mood by hand",
        key(Action::ToggleCamera),
        key(Action::ToggleDial)
    ))
}

/// What plays and why; for a moment in place of that, an answer to what somebody pressed.
fn music(playing: &NowPlaying, answer: Option<&str>) -> Line {
    if let Some(key) = playing.ambient_key {
        return Line::new("soft chords", format!("soft chords, in {}", key_words(key)));
    }
    let Some(pick) = &playing.pick else { return Line::plain("The music begins in a moment") };
    if let Some(answer) = answer {
        return Line::plain(answer.to_owned());
    }
    let by = pick.track.artist.as_ref().map(|artist| format!(" · {artist}")).unwrap_or_default();
    let why = if pick.reason.is_empty() { String::new() } else { format!(" — {}", pick.reason) };
    Line::plain(format!("{}{by}{why}", pick.track.title))
}

/// "D minor"
fn key_words(key: MusicalKey) -> String {
    const TONICS: [&str; 12] =
        ["C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];
    let mode = if key.minor { "minor" } else { "major" };
    format!("{} {mode}", TONICS[usize::from(key.tonic % 12)])
}

fn around(mood: &Mood, source: &SourceStatus) -> Line {
    let people = match mood.people {
        0 => "nobody in view".to_owned(),
        1 => "1 person in view".to_owned(),
        many => format!("{many} people in view"),
    };
    let from = match (source.name.as_str(), source.live) {
        ("", _) => "looking for a camera".to_owned(),
        (name, true) => name.to_owned(),
        (name, false) => format!("{name} (waiting for a picture)"),
    };
    Line::new(from.clone(), format!("{people} · {from} · {PRIVACY}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::emotion::UnreadableReason;
    use crate::emotion::{Emotion, Probabilities};
    use crate::music::{Pick, PickCause, Track, TrackFacts};
    use crate::sense::camera::faults;

    fn somebody(emotion: Emotion, probability: f32) -> Mood {
        let mut weights = [(1.0 - probability) / 6.0; 7];
        weights[emotion.index()] = probability;
        let mut mood = Mood { people: 1, ..Mood::default() };
        mood.fast.emotion = Some(emotion);
        mood.fast.probabilities = Probabilities::from_weights(weights);
        mood
    }

    #[test]
    fn it_says_what_was_seen_with_its_probability() {
        assert_eq!(looks(&somebody(Emotion::Happy, 0.71), Camera::On).text, "looks happy (71 %)");
        assert_eq!(looks(&somebody(Emotion::Fear, 0.5), Camera::On).text, "looks afraid (50 %)");
    }

    #[test]
    fn an_empty_room_is_an_invitation() {
        assert_eq!(looks(&Mood::default(), Camera::On).text, "Step in front of the camera");
    }

    #[test]
    fn a_mood_set_by_hand_is_said_to_be_one_in_the_words_of_the_dial() {
        let mut mood = somebody(Emotion::Happy, 0.71);
        mood.by_hand = Some(1.0);
        for (valence, arousal, word) in [
            (0.6, 0.6, "bright"),
            (0.6, -0.6, "calm"),
            (-0.6, 0.6, "tense"),
            (-0.6, -0.6, "low"),
            (0.1, 0.0, "balanced"),
        ] {
            (mood.fast.valence, mood.fast.arousal) = (valence, arousal);
            assert_eq!(looks(&mood, Camera::On).text, format!("mood set by hand: {word}"));
        }
        mood.by_hand = Some(0.3);
        assert_eq!(looks(&mood, Camera::On).text, "looks happy (71 %)");
    }

    #[test]
    fn a_camera_that_is_off_is_said_to_be_off_and_how_it_comes_back() {
        let off = |mood: &Mood| {
            let (playing, source) = (NowPlaying::default(), SourceStatus::default());
            words(mood, &playing, &source, Camera::Off, &Faults::default(), None)
        };
        assert_eq!(off(&Mood::default()).looks.text, "Camera off");
        let by_hand = off(&Mood { by_hand: Some(1.0), ..Mood::default() });
        assert_eq!(by_hand.looks.text, "mood set by hand: balanced");
        assert_eq!(by_hand.around.text, "camera off · C switches it on · D sets the mood by hand");
    }

    #[test]
    fn somebody_who_cannot_be_read_is_told_why() {
        let mut mood = Mood { unknown: Some(UnreadableReason::TooSmall), ..somebody(Emotion::Happy, 0.7) };
        assert_eq!(looks(&mood, Camera::On).text, "someone is here · come closer");
        mood.people = 2;
        assert_eq!(looks(&mood, Camera::On).text, "2 people are here · come closer");
    }

    #[test]
    fn nobody_looks_like_anything_after_they_left() {
        let left = Mood { people: 0, ..somebody(Emotion::Happy, 0.7) };
        assert_eq!(looks(&left, Camera::On).text, "Step in front of the camera");
    }

    #[test]
    fn a_change_of_percentage_is_no_change_of_topic() {
        let (a, b) = (
            looks(&somebody(Emotion::Happy, 0.71), Camera::On),
            looks(&somebody(Emotion::Happy, 0.64), Camera::On),
        );
        assert_eq!(a.topic, b.topic);
        assert_ne!(a.text, b.text);
        assert_ne!(a.topic, looks(&somebody(Emotion::Sad, 0.71), Camera::On).topic);
    }

    #[test]
    fn music_comes_with_its_reason() {
        let track = Track {
            path: "m.ogg".into(),
            title: "Morning Window".into(),
            artist: None,
            bpm: Some(128.0),
            duration: Duration::from_mins(2),
            sound: None,
            facts: TrackFacts::default(),
        };
        let pick = Pick {
            track,
            emotion: Some(Emotion::Happy),
            cause: PickCause::MoodChanged,
            reason: "Chosen for a happy mood: 128 BPM".into(),
            why: vec![],
        };
        let playing = NowPlaying { pick: Some(pick), ..NowPlaying::default() };
        assert_eq!(music(&playing, None).text, "Morning Window — Chosen for a happy mood: 128 BPM");
        let answer = "Skipped \"Open Gate\". You won't hear it for 4 hours";
        assert_eq!(
            music(&playing, Some(answer)).text,
            answer,
            "the track that it is about, not the one that plays"
        );
    }

    #[test]
    fn where_the_bed_alone_is_heard_it_is_said_with_its_key() {
        let key = |tonic, minor| Some(MusicalKey { tonic, minor });
        let playing = NowPlaying { ambient_key: key(2, true), ..NowPlaying::default() };
        assert_eq!(music(&playing, None).text, "soft chords, in D minor");
        let later = NowPlaying { ambient_key: key(5, false), ..playing.clone() };
        assert_eq!(music(&later, None).text, "soft chords, in F major");
        assert_eq!(music(&later, None).topic, music(&playing, None).topic, "another key is no new topic");
    }

    #[test]
    fn the_source_and_the_promise_are_always_there() {
        let source = SourceStatus { name: "camera 0".into(), live: true, ..SourceStatus::default() };
        let line = around(&somebody(Emotion::Happy, 0.7), &source).text;
        assert_eq!(line, "1 person in view · camera 0 · pictures stay in memory");
        assert!(around(&Mood::default(), &SourceStatus::default()).text.contains(PRIVACY));
    }

    #[test]
    fn faults_are_shown_in_their_own_words() {
        let mut faults = Faults::default();
        faults.raise(faults::MISSING, "The camera was unplugged.", Duration::ZERO);
        let (playing, source) = (NowPlaying::default(), SourceStatus::default());
        let words = words(&Mood::default(), &playing, &source, Camera::On, &faults, None);
        assert_eq!(words.faults, ["The camera was unplugged."]);
    }
}
