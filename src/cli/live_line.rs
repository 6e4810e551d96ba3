//! A status line in the terminal, for runs without a window.

use std::time::Duration;

use bevy::prelude::*;
use indicatif::ProgressBar;

use crate::app::terminal::{is_watched, progress_bar, show_live_line};
use crate::emotion::Emotion;
use crate::foundation::FrameStage;
use crate::status::{MoodStatus, Status, StatusMade, describe_manual_mood, describe_mood, describe_people};

/// Keeps the line up to date.
pub(super) struct LiveLinePlugin {
    /// The length of the run, if it is known.
    pub(super) duration: Option<Duration>,
}

#[derive(Resource)]
struct LiveLine(ProgressBar);

impl Plugin for LiveLinePlugin {
    fn build(&self, app: &mut App) {
        if !is_watched() {
            // A log gets one line for each change instead of a line that is rewritten.
            app.add_systems(Update, log_changes.in_set(FrameStage::Present).after(StatusMade));
            return;
        }
        let line = bar(self.duration);
        show_live_line(&line);
        app.insert_resource(LiveLine(line))
            .add_systems(Update, show_status.in_set(FrameStage::Present).after(StatusMade))
            .add_systems(Last, finish);
    }
}

/// A progress bar if the length is known, else a clock. In milliseconds of app time.
fn bar(duration: Option<Duration>) -> ProgressBar {
    match duration {
        Some(duration) => {
            let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            progress_bar(Some(millis), "{bar:20} {percent:>3} % {prefix} {wide_msg}")
        }
        None => progress_bar(None, "{prefix} {wide_msg}"),
    }
}

fn show_status(line: Res<LiveLine>, time: Res<Time>, status: Res<Status>) {
    let now = time.elapsed();
    line.0.set_position(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    line.0.set_prefix(clock(now));
    if status.is_changed() {
        line.0.set_message(describe_status(&status));
    }
}

fn finish(mut exits: MessageReader<AppExit>, line: Res<LiveLine>) {
    if exits.read().next().is_some() {
        line.0.finish();
    }
}

fn clock(now: Duration) -> String {
    let seconds = now.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn log_changes(status: Res<Status>, mut last: Local<Option<(Option<Emotion>, usize)>>) {
    let now = (status.mood.emotion, status.mood.people);
    if *last != Some(now) {
        *last = Some(now);
        info!("{}", describe_look(&status.mood));
    }
}

/// "looks happy (71 %)"; a terminal invites nobody.
fn describe_look(mood: &MoodStatus) -> String {
    if let Some(words) = describe_manual_mood(mood) {
        return words;
    }
    if mood.people == 0 { describe_people(0) } else { describe_mood(mood) }
}

/// "looks happy (71 %) · Morning Window: matches happy · visitor clip"
fn describe_status(status: &Status) -> String {
    let mut parts: Vec<String> = status.library.iter().cloned().collect();
    parts.push(describe_look(&status.mood));
    let music = &status.music;
    if music.paused {
        parts.push("music paused".to_owned());
    } else if music.ambient_key.is_some() {
        parts.push("soft chords".to_owned());
    } else if let Some(track) = &music.track {
        parts.push(format!("{}: {}", track.title, track.reason));
    }
    if !status.source.name.is_empty() {
        parts.push(status.source.name.clone());
    }
    parts.extend(status.faults.iter().map(|fault| format!("! {}", fault.what)));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::FaultStatus;

    #[test]
    fn an_empty_room_and_a_fault_are_said_in_words() {
        let what = "there is no sound device".to_owned();
        let faults = vec![FaultStatus { room: "mixer", what, since: Duration::ZERO }];
        let status = Status { faults, ..Status::default() };
        assert_eq!(describe_status(&status), "nobody in view · ! there is no sound device");
    }

    /// A mood set by hand is no emotion that a face shows.
    #[test]
    fn a_mood_set_by_hand_is_said_in_the_words_of_its_control() {
        let mood = MoodStatus {
            people: 1,
            emotion: Some(Emotion::Neutral),
            by_hand: Some(1.0),
            valence: 0.5,
            arousal: -0.4,
            ..MoodStatus::default()
        };
        assert_eq!(describe_status(&Status { mood, ..Status::default() }), "mood set by hand: calm");
    }

    #[test]
    fn a_person_who_cannot_be_read_gets_a_reason() {
        let mood = MoodStatus { people: 1, advice: Some("turn to the screen"), ..MoodStatus::default() };
        let status = Status { mood, ..Status::default() };
        assert_eq!(describe_status(&status), "someone is here · turn to the screen");
    }

    /// One press silenced a room, and nothing said so.
    #[test]
    fn a_pause_is_said() {
        let mut status = Status::default();
        status.music.paused = true;
        assert_eq!(describe_status(&status), "nobody in view · music paused");
    }

    #[test]
    fn the_clock_counts_minutes() {
        assert_eq!(clock(Duration::from_secs(125)), "2:05");
    }
}
