//! A short message on the screen that answers a button press.

use std::time::Duration;

use bevy::prelude::*;

use crate::music::taste::{FeedbackEvent, TasteSettings, TasteSignal};

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
    /// The answer to something that a person did; `None` where nothing needs to be said.
    pub(super) fn answer(event: &FeedbackEvent, settings: &TasteSettings, now: Duration) -> Option<Self> {
        let title = &event.title;
        let words = match event.kind {
            TasteSignal::Liked => format!("You like \"{title}\""),
            TasteSignal::Replayed => format!("\"{title}\" will play again"),
            TasteSignal::NotNow => return Some(Self::skipped(title, settings, now)),
            _ => return None,
        };
        Some(Self { words: Some(words), until: now + SHOWN })
    }

    /// The answer to "not now".
    pub(super) fn skipped(title: &str, settings: &TasteSettings, now: Duration) -> Self {
        let words = format!("Skipped \"{title}\". You won't hear it for {}", hours(settings.not_now_hours));
        Self { words: Some(words), until: now + SHOWN }
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
    use crate::foundation::LocalTime;
    use crate::music::taste::FEATURES;
    use crate::music::test_support::settings;

    /// The message names the track that was skipped, and not the one that begins.
    #[test]
    fn a_message_names_the_track_that_it_is_about() {
        let event = |kind| FeedbackEvent {
            at: LocalTime::stepped(0.0),
            kind,
            file: "a.ogg".into(),
            title: "Open Gate".into(),
            artist: None,
            features: [0.0; FEATURES],
        };
        let settings = TasteSettings { not_now_hours: 4.0, ..settings().taste };
        let words =
            |kind| Toast::answer(&event(kind), &settings, Duration::ZERO).and_then(|toast| toast.words);
        let skipped = "Skipped \"Open Gate\". You won't hear it for 4 hours";
        assert_eq!(words(TasteSignal::NotNow).as_deref(), Some(skipped));
        assert_eq!(words(TasteSignal::Replayed).as_deref(), Some("\"Open Gate\" will play again"));
        assert_eq!(words(TasteSignal::Finished), None);
    }
}
