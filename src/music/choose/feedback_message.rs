//! What to answer to a judgement of a track.

use crate::event::FeedbackKind;
use crate::music::taste::TasteSettings;

/// The answer to what a person did with the track of this title; `None` where nothing needs to be said.
pub(super) fn answer(kind: FeedbackKind, title: &str, settings: &TasteSettings) -> Option<String> {
    match kind {
        FeedbackKind::Liked => Some(format!("You like \"{title}\"")),
        FeedbackKind::Replayed => Some(format!("\"{title}\" will play again")),
        FeedbackKind::NotNow => Some(skipped(title, settings)),
        _ => None,
    }
}

/// The answer to "not now".
pub(super) fn skipped(title: &str, settings: &TasteSettings) -> String {
    format!("Skipped \"{title}\". You won't hear it for {}", hours(settings.not_now_hours))
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
        let words = |kind| answer(kind, "Open Gate", &settings);
        let skipped = "Skipped \"Open Gate\". You won't hear it for 4 hours";
        assert_eq!(words(FeedbackKind::NotNow).as_deref(), Some(skipped));
        assert_eq!(words(FeedbackKind::Replayed).as_deref(), Some("\"Open Gate\" will play again"));
        assert_eq!(words(FeedbackKind::Finished), None);
    }
}
