//! A short message on the screen that answers a button press.

use std::time::Duration;

use bevy::prelude::*;

use crate::event::FeedbackKind;
use crate::music::taste::TasteSettings;

/// How long a message is shown.
const SHOWN: Duration = Duration::from_secs(4);

/// What to tell somebody who has just pressed "like", "not now" or "again".
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Toast {
    /// One whole sentence, with the title of the track that it is about; `None` when nothing is shown.
    pub words: Option<String>,
    until: Duration,
}

impl Toast {
    /// The answer to what a person did with the track of this title; `None` where nothing needs to be said.
    pub(super) fn answer(
        kind: FeedbackKind,
        title: &str,
        settings: &TasteSettings,
        now: Duration,
    ) -> Option<Self> {
        let words = match kind {
            FeedbackKind::Liked => format!("You like \"{title}\""),
            FeedbackKind::Replayed => format!("\"{title}\" will play again"),
            FeedbackKind::NotNow => {
                format!("Skipped \"{title}\". You won't hear it for {}", hours(settings.not_now_hours))
            }
            _ => return None,
        };
        Some(Self { words: Some(words), until: now + SHOWN })
    }

    /// The answer to a request for a track that is not there.
    pub(super) fn no_such_track(name: &str, now: Duration) -> Self {
        Self { words: Some(format!("There is no track \"{name}\" in your music")), until: now + SHOWN }
    }

    /// Whether it has been shown for long enough.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.words.is_some() && now >= self.until
    }
}

fn hours(hours: f32) -> String {
    match hours.round() as u32 {
        0 => "a while".to_owned(),
        1 => "an hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::test_support::settings;

    /// The message names the track that was skipped, and not the one that begins.
    #[test]
    fn a_message_names_the_track_that_it_is_about() {
        let settings = TasteSettings { not_now_hours: 4.0, ..settings().taste };
        let words =
            |kind| Toast::answer(kind, "Open Gate", &settings, Duration::ZERO).and_then(|toast| toast.words);
        let skipped = "Skipped \"Open Gate\". You won't hear it for 4 hours";
        assert_eq!(words(FeedbackKind::NotNow).as_deref(), Some(skipped));
        assert_eq!(words(FeedbackKind::Replayed).as_deref(), Some("\"Open Gate\" will play again"));
        assert_eq!(words(FeedbackKind::Finished), None);
    }
}
