//! A status line in the terminal, for runs without a window.

use std::time::Duration;

use bevy::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::terminal::{is_watched, show_live_line};
use crate::emotion::Emotion;
use crate::foundation::{Faults, FrameStage};
use crate::mixer::NowPlaying;
use crate::mood::Mood;
use crate::music::LibraryStatus;
use crate::screens::looks_like;
use crate::sense::camera::SourceStatus;

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
            app.add_systems(Update, log_changes.in_set(FrameStage::Present));
            return;
        }
        let line = bar(self.duration);
        show_live_line(&line);
        app.insert_resource(LiveLine(line))
            .add_systems(Update, say.in_set(FrameStage::Present))
            .add_systems(Last, finish);
    }
}

/// A progress bar if the length is known, else a clock. In milliseconds of app time.
fn bar(duration: Option<Duration>) -> ProgressBar {
    let (bar, template) = match duration {
        Some(duration) => {
            let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            (ProgressBar::new(millis), "{bar:20} {percent:>3} % {prefix} {wide_msg}")
        }
        None => (ProgressBar::new_spinner(), "{prefix} {wide_msg}"),
    };
    let style = ProgressStyle::with_template(template);
    debug_assert!(style.is_ok(), "the template is fixed");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn say(
    line: Res<LiveLine>,
    time: Res<Time>,
    mood: Res<Mood>,
    playing: Res<NowPlaying>,
    (source, library): (Res<SourceStatus>, Res<LibraryStatus>),
    faults: Res<Faults>,
) {
    let now = time.elapsed();
    line.0.set_position(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    line.0.set_prefix(clock(now));
    let mut said = words(&mood, &playing, &source, &faults);
    if let Some(progress) = library.words() {
        said = format!("{progress} · {said}");
    }
    line.0.set_message(said);
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

fn log_changes(mood: Res<Mood>, mut last: Local<Option<(Option<Emotion>, usize)>>) {
    let now = (mood.fast.emotion, mood.people);
    if *last != Some(now) {
        *last = Some(now);
        info!("{}", look(&mood));
    }
}

/// "looks happy (71 %)"
fn look(mood: &Mood) -> String {
    if mood.people == 0 { "nobody in view".to_owned() } else { looks_like(mood) }
}

/// "looks happy (71 %) · Morning Window: matches happy · visitor clip"
fn words(mood: &Mood, playing: &NowPlaying, source: &SourceStatus, faults: &Faults) -> String {
    let mut parts = vec![look(mood)];
    if playing.ambient_key.is_some() {
        parts.push("soft chords".to_owned());
    } else if let Some(pick) = &playing.pick {
        parts.push(format!("{}: {}", pick.track.title, pick.reason));
    }
    if !source.name.is_empty() {
        parts.push(source.name.clone());
    }
    parts.extend(faults.active().map(|(_, fault)| format!("! {}", fault.what)));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::UnreadableReason;
    use crate::mixer::faults;

    #[test]
    fn an_empty_room_and_a_fault_are_said_in_words() {
        let mut faults = Faults::default();
        faults.raise(faults::DEVICE, "there is no sound device", Duration::ZERO);
        let line = words(&Mood::default(), &NowPlaying::default(), &SourceStatus::default(), &faults);
        assert_eq!(line, "nobody in view · ! there is no sound device");
    }

    #[test]
    fn somebody_who_cannot_be_read_is_told_why() {
        let mood = Mood { people: 1, unknown: Some(UnreadableReason::TurnedAway), ..Mood::default() };
        let line = words(&mood, &NowPlaying::default(), &SourceStatus::default(), &Faults::default());
        assert_eq!(line, "someone is here · turn to the screen");
    }

    #[test]
    fn the_clock_counts_minutes() {
        assert_eq!(clock(Duration::from_secs(125)), "2:05");
    }
}
