//! The mood in words, for the screen and the terminal.

use super::snapshot::MoodStatus;

/// "looks happy (71 %)", "someone is here · come closer", or an invitation. A mood lasts for some seconds after a person
/// left; the words do not.
#[must_use]
pub fn describe_mood(mood: &MoodStatus) -> String {
    match (mood.people, mood.advice, mood.emotion) {
        (0, _, _) => "Step in front of the camera".to_owned(),
        (1, Some(advice), _) => format!("someone is here · {advice}"),
        (people, Some(advice), _) => format!("{people} people are here · {advice}"),
        (_, None, Some(emotion)) => {
            let percent = (mood.probability * 100.0).round();
            format!("looks {} ({percent:.0} %)", emotion.looks())
        }
        (_, None, None) => "Hello …".to_owned(),
    }
}

/// "nobody in view", "1 person in view"
#[must_use]
pub fn describe_people(people: usize) -> String {
    match people {
        0 => "nobody in view".to_owned(),
        1 => "1 person in view".to_owned(),
        many => format!("{many} people in view"),
    }
}

/// The part of the valence-arousal plane in which a mood lies, in the words of the manual mood control.
#[must_use]
pub fn describe_quarter(valence: f32, arousal: f32) -> &'static str {
    /// Nearer to the middle than this is no quarter.
    const MIDDLE: f32 = 0.2;
    if valence.hypot(arousal) < MIDDLE {
        return "balanced";
    }
    match (valence >= 0.0, arousal >= 0.0) {
        (true, true) => "bright",
        (true, false) => "calm",
        (false, true) => "tense",
        (false, false) => "low",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;

    fn somebody(emotion: Emotion, probability: f32) -> MoodStatus {
        MoodStatus { people: 1, emotion: Some(emotion), probability, ..MoodStatus::default() }
    }

    #[test]
    fn it_says_what_was_seen_with_its_probability() {
        assert_eq!(describe_mood(&somebody(Emotion::Happy, 0.71)), "looks happy (71 %)");
        assert_eq!(describe_mood(&somebody(Emotion::Fear, 0.5)), "looks afraid (50 %)");
    }

    #[test]
    fn an_empty_room_is_an_invitation_also_while_the_mood_lasts() {
        assert_eq!(describe_mood(&MoodStatus::default()), "Step in front of the camera");
        let left = MoodStatus { people: 0, ..somebody(Emotion::Happy, 0.7) };
        assert_eq!(describe_mood(&left), "Step in front of the camera");
    }

    #[test]
    fn somebody_who_cannot_be_read_is_told_what_helps() {
        let mut mood = MoodStatus { advice: Some("come closer"), ..somebody(Emotion::Happy, 0.7) };
        assert_eq!(describe_mood(&mood), "someone is here · come closer");
        mood.people = 2;
        assert_eq!(describe_mood(&mood), "2 people are here · come closer");
    }

    #[test]
    fn each_quarter_of_the_plane_has_its_word() {
        for (valence, arousal, word) in [
            (0.6, 0.6, "bright"),
            (0.6, -0.6, "calm"),
            (-0.6, 0.6, "tense"),
            (-0.6, -0.6, "low"),
            (0.1, 0.0, "balanced"),
        ] {
            assert_eq!(describe_quarter(valence, arousal), word);
        }
    }
}
