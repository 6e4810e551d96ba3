//! The text on the picture, from the status.

use bevy::prelude::Resource;

use crate::command::Command;
use crate::input::Bindings;
use crate::status::{MoodStatus, Status, describe_manual_mood, describe_mood, describe_people};

/// A line of text. A text with the same topic replaces the one before at once; a new topic fades in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HudLine {
    /// What the line is about.
    pub topic: String,
    pub text: String,
}

impl HudLine {
    fn new(topic: impl Into<String>, text: impl Into<String>) -> Self {
        Self { topic: topic.into(), text: text.into() }
    }

    /// A text that is its own topic.
    fn own_topic(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { topic: text.clone(), text }
    }
}

/// Everything that the screen says.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct HudText {
    /// "looks happy (71 %)", advice, or an invitation.
    pub mood: HudLine,
    /// "Morning Window — matches happy, 128 BPM".
    pub music: HudLine,
    /// How many people are in view, where the pictures come from, and that they stay here.
    pub source: HudLine,
    /// One for each fault that holds.
    pub faults: Vec<String>,
}

/// Always on the screen: what was seen is never kept.
pub const PRIVACY: &str = "pictures stay in memory";

impl HudText {
    /// Puts the status into words. The bindings name the keys that help.
    #[must_use]
    pub fn describe(status: &Status, bindings: &Bindings) -> Self {
        let mut source =
            if status.source.on { describe_source(status) } else { describe_camera_off(bindings) };
        if let Some(progress) = &status.library {
            // The topic stays, so that a counting number does not flicker.
            source.text = format!("{} · {progress}", source.text);
        }
        Self {
            mood: describe_look(&status.mood, status.source.on),
            music: describe_music(status, bindings),
            source,
            faults: status.faults.iter().map(|fault| fault.what.clone()).collect(),
        }
    }
}

fn describe_look(mood: &MoodStatus, camera_on: bool) -> HudLine {
    if let Some(words) = describe_manual_mood(mood) {
        return HudLine::new("by hand", words);
    }
    if mood.people == 0 && !camera_on {
        return HudLine::own_topic("Camera off");
    }
    let text = describe_mood(mood);
    // A new percentage is no new topic.
    let topic = match (mood.advice, mood.emotion) {
        (None, Some(emotion)) if mood.people > 0 => emotion.name().to_owned(),
        _ => text.clone(),
    };
    HudLine { topic, text }
}

fn describe_camera_off(bindings: &Bindings) -> HudLine {
    let hint = |command: Command, effect: &str| {
        let key = bindings.key(&command)?;
        Some(format!("{} {effect}", key.label()))
    };
    let hints = [
        hint(Command::ToggleCamera, "switches it on"),
        hint(Command::ToggleManualMood, "sets the mood by hand"),
    ];
    let parts: Vec<String> =
        ["camera off".to_owned()].into_iter().chain(hints.into_iter().flatten()).collect();
    HudLine::own_topic(parts.join(" · "))
}

/// What plays and why; while it is paused, that it is; for some seconds an answer to what somebody asked for.
fn describe_music(status: &Status, bindings: &Bindings) -> HudLine {
    if let Some(answer) = &status.answer {
        return HudLine::own_topic(answer.as_str());
    }
    let music = &status.music;
    if music.paused {
        let title = music.track.as_ref().map(|track| format!(": {}", track.title)).unwrap_or_default();
        let key = bindings.key(&Command::TogglePause);
        let hint = key.map(|key| format!(" · {} continues", key.label())).unwrap_or_default();
        return HudLine::own_topic(format!("Music paused{title}{hint}"));
    }
    if let Some(key) = &music.ambient_key {
        return HudLine::new("ambient", format!("Soft chords in {key}"));
    }
    let Some(track) = &music.track else { return HudLine::own_topic("The music begins in a moment") };
    let artist = track.artist.as_ref().map(|artist| format!(" · {artist}")).unwrap_or_default();
    let reason = if track.reason.is_empty() { String::new() } else { format!(" — {}", track.reason) };
    HudLine::own_topic(format!("{}{artist}{reason}", track.title))
}

fn describe_source(status: &Status) -> HudLine {
    let source = match (status.source.name.as_str(), status.source.live) {
        ("", _) => "looking for a camera".to_owned(),
        (name, true) => name.to_owned(),
        (name, false) => format!("{name} (waiting for a picture)"),
    };
    let people = describe_people(status.mood.people);
    HudLine::new(source.clone(), format!("{people} · {source} · {PRIVACY}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::emotion::Emotion;
    use crate::status::{FaultStatus, MusicStatus, SourceState, TrackStatus};

    fn describe(status: &Status) -> HudText {
        HudText::describe(status, &Bindings::shipped().expect("valid"))
    }

    fn somebody(emotion: Emotion, probability: f32) -> Status {
        let mood = MoodStatus { people: 1, emotion: Some(emotion), probability, ..MoodStatus::default() };
        Status { mood, ..Status::default() }
    }

    fn track() -> TrackStatus {
        TrackStatus {
            file: "m.ogg".into(),
            title: "Morning Window".into(),
            artist: None,
            reason: "matches happy, 128 BPM".into(),
            duration: Duration::from_mins(2),
            position_seconds: 0,
        }
    }

    #[test]
    fn a_mood_set_by_hand_is_told_apart_in_the_words_of_its_control() {
        let mut status = somebody(Emotion::Happy, 0.71);
        (status.mood.by_hand, status.mood.valence, status.mood.arousal) = (Some(1.0), 0.6, -0.6);
        assert_eq!(describe(&status).mood.text, "mood set by hand: calm");
        status.mood.by_hand = Some(0.3);
        assert_eq!(describe(&status).mood.text, "looks happy (71 %)");
    }

    #[test]
    fn a_camera_that_is_off_says_so_and_how_it_comes_back() {
        let mut status =
            Status { source: SourceState { on: false, ..SourceState::default() }, ..Status::default() };
        assert_eq!(describe(&status).mood.text, "Camera off");
        status.mood.by_hand = Some(1.0);
        let text = describe(&status);
        assert_eq!(text.mood.text, "mood set by hand: balanced");
        assert_eq!(text.source.text, "camera off · C switches it on · D sets the mood by hand");
        let unbound = HudText::describe(&status, &Bindings::default());
        assert_eq!(unbound.source.text, "camera off", "no key is named that does nothing");
    }

    #[test]
    fn a_change_of_percentage_is_no_change_of_topic() {
        let (a, b) = (describe(&somebody(Emotion::Happy, 0.71)), describe(&somebody(Emotion::Happy, 0.64)));
        assert_eq!(a.mood.topic, b.mood.topic);
        assert_ne!(a.mood.text, b.mood.text);
        assert_ne!(a.mood.topic, describe(&somebody(Emotion::Sad, 0.71)).mood.topic);
    }

    #[test]
    fn music_comes_with_its_reason() {
        let music = MusicStatus { track: Some(track()), ..MusicStatus::default() };
        let status = Status { music, ..Status::default() };
        assert_eq!(describe(&status).music.text, "Morning Window — matches happy, 128 BPM");
        let mut answered = status;
        answered.answer = Some("You like \"Morning Window\"".into());
        assert_eq!(describe(&answered).music.text, "You like \"Morning Window\"");
    }

    /// A pause was invisible: title and reason stayed as if music played.
    #[test]
    fn a_pause_is_said_in_place_of_the_reason() {
        let mut music = MusicStatus { track: Some(track()), paused: true, ..MusicStatus::default() };
        let text =
            |music: &MusicStatus| describe(&Status { music: music.clone(), ..Status::default() }).music.text;
        assert_eq!(text(&music), "Music paused: Morning Window · P continues");
        music.ambient_key = Some("D minor".into());
        assert!(text(&music).starts_with("Music paused"), "also while the pad alone is heard");
        music.track = None;
        assert_eq!(text(&music), "Music paused · P continues");
    }

    #[test]
    fn where_the_ambient_pad_alone_is_heard_its_key_is_named() {
        let text = |key: &str| {
            let music = MusicStatus { ambient_key: Some(key.into()), ..MusicStatus::default() };
            describe(&Status { music, ..Status::default() }).music
        };
        assert_eq!(text("D minor").text, "Soft chords in D minor");
        assert_eq!(text("F major").topic, text("D minor").topic, "another key is no new topic");
    }

    #[test]
    fn the_source_and_the_promise_are_always_there() {
        let mut status = somebody(Emotion::Happy, 0.7);
        assert!(describe(&status).source.text.contains(PRIVACY));
        status.source = SourceState { name: "camera 0".into(), live: true, on: true };
        assert_eq!(describe(&status).source.text, "1 person in view · camera 0 · pictures stay in memory");
        status.library = Some("reading music files, 3 of 9".into());
        let text = describe(&status).source.text;
        assert!(text.ends_with("pictures stay in memory · reading music files, 3 of 9"), "{text}");
    }

    #[test]
    fn faults_are_shown_in_their_own_words() {
        let fault =
            FaultStatus { room: "camera", what: "The camera was unplugged.".into(), since: Duration::ZERO };
        let status = Status { faults: vec![fault], ..Status::default() };
        assert_eq!(describe(&status).faults, ["The camera was unplugged."]);
    }
}
