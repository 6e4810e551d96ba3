//! The mood in words, for the screen and the terminal.

use super::snapshot::MoodStatus;
use crate::emotion::Affect;

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

/// "mood set by hand: calm", while a person has set it; the word is that of the control, and no emotion.
#[must_use]
pub fn describe_manual_mood(mood: &MoodStatus) -> Option<String> {
    /// From this weight on it is what is followed.
    const WEIGHT: f32 = 0.5;
    let point = Affect { valence: mood.valence, arousal: mood.arousal };
    mood.by_hand.is_some_and(|weight| weight >= WEIGHT).then(|| format!("mood set by hand: {}", point.word()))
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
}
