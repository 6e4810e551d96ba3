//! What to answer to a judgement of a track.

use crate::music::taste::{FeedbackEvent, TasteSettings, TasteSignal};

/// The answer to something that a person did, with the title of the track; `None` where nothing needs to be said.
pub(super) fn answer(event: &FeedbackEvent, settings: &TasteSettings) -> Option<String> {
    let title = &event.title;
    match event.kind {
        TasteSignal::Liked => Some(format!("You like \"{title}\"")),
        TasteSignal::Replayed => Some(format!("\"{title}\" will play again")),
        TasteSignal::NotNow => {
            let hours = hours(settings.not_now_hours);
            Some(format!("Skipped \"{title}\". You won't hear it for {hours}"))
        }
        _ => None,
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
        let words = |kind| answer(&event(kind), &settings);
        let skipped = "Skipped \"Open Gate\". You won't hear it for 4 hours";
        assert_eq!(words(TasteSignal::NotNow).as_deref(), Some(skipped));
        assert_eq!(words(TasteSignal::Replayed).as_deref(), Some("\"Open Gate\" will play again"));
        assert_eq!(words(TasteSignal::Finished), None);
    }
}
