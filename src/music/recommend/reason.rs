//! Why a track was chosen, in one sentence for people.

use super::choice::{CandidateSource, Choice};
use super::score::wanted_energy;
use super::score_term::ScoreTerm;
use super::settings::OccasionWeights;
use crate::emotion::Emotion;
use crate::music::library::LibraryEntry;
use crate::music::playlists::{Playlist, PlaylistName, PlaylistPolicy};
use crate::music::taste::{ListeningContext, TrackMemory};

/// A part of the score must stand out by this much, with its weight, to be worth a word.
const NOTABLE: f32 = 0.06;
/// This many rewards are needed before a reason says that somebody likes something.
const LESSONS: u64 = 8;

/// Inputs of the reason for a choice.
#[derive(Debug, Clone, Copy)]
pub struct ReasonInputs<'a> {
    pub name: PlaylistName,
    pub playlist: &'a Playlist,
    pub entry: &'a LibraryEntry,
    pub choice: &'a Choice,
    /// A mood that a person has set, in the word of the control.
    pub manual_mood: Option<&'a str>,
    /// Title of the track before.
    pub before: Option<&'a str>,
    pub around: &'a ListeningContext,
    pub occasion: &'a OccasionWeights,
    pub memory: Option<&'a TrackMemory>,
    /// How many rewards taste was learned from.
    pub lessons: u64,
}

impl ReasonInputs<'_> {
    /// E.g. "Chosen for a happy mood: bright and lively, 128 BPM, you liked it on Tuesday evening".
    #[must_use]
    pub fn reason(&self) -> String {
        let mut details = Vec::new();
        details.extend(character(self.entry));
        details.extend(self.entry.track.facts.bpm().map(|bpm| format!("{bpm:.0} BPM")));
        details.extend(self.liked());
        details.extend(self.most_notable());
        let beginning = self.beginning() + &self.borrowed();
        if details.is_empty() { beginning } else { format!("{beginning}: {}", details.join(", ")) }
    }

    fn beginning(&self) -> String {
        match (self.manual_mood, self.name, self.playlist.policy) {
            (Some(word), ..) => format!("Chosen for the {word} mood that you set"),
            (None, PlaylistName::EMPTY, _) => "Nobody here".to_owned(),
            (None, name, PlaylistPolicy::Match) => format!("Chosen for {} mood", adjective(name)),
            (None, _, PlaylistPolicy::Lift) => "Lifting the mood, gently".to_owned(),
            (None, _, PlaylistPolicy::Calm) => "Calming the mood, gently".to_owned(),
            (None, _, PlaylistPolicy::Hold) => "Staying with what plays".to_owned(),
        }
    }

    fn borrowed(&self) -> String {
        match self.choice.source {
            CandidateSource::Own | CandidateSource::Near | CandidateSource::Point => String::new(),
            CandidateSource::Borrowed(from) => format!(" (no music for it, so from \"{from}\")"),
            CandidateSource::Anywhere => " (no music for it, so from all)".to_owned(),
        }
    }

    fn liked(&self) -> Option<String> {
        let liked = self.memory?.liked?;
        Some(format!("you liked it {}", liked.seen_from(&self.around.moment)))
    }

    /// The score term by which it stands out most from the other candidates, if the reason does not name it already.
    fn most_notable(&self) -> Option<String> {
        let lead = |why: &&super::Contribution| why.weight * (why.value - why.usual);
        let why = self.choice.why.iter().filter(|why| why.term != ScoreTerm::Fit && lead(why) >= NOTABLE);
        let mut why: Vec<_> = why.collect();
        why.sort_by(|a, b| lead(b).total_cmp(&lead(a)));
        why.into_iter().find_map(|why| self.words_for(why.term))
    }

    fn words_for(&self, term: ScoreTerm) -> Option<String> {
        match term {
            ScoreTerm::Step => self.before.map(|before| format!("close to {before}")),
            ScoreTerm::Taste if self.memory.is_none_or(|memory| memory.liked.is_none()) => {
                (self.lessons >= LESSONS).then(|| "like what you like".to_owned())
            }
            ScoreTerm::Context => {
                let quiet = wanted_energy(self.around, self.occasion) < 0.0;
                let night = self.around.moment.hour >= 21.0 || self.around.moment.hour < 6.0;
                Some(match (quiet, night, self.around.people > 1) {
                    (true, true, _) => "quiet for the late hour".to_owned(),
                    (true, false, _) => "quiet for a long stay".to_owned(),
                    (false, _, true) => "lively for company".to_owned(),
                    (false, ..) => "lively for the weekend".to_owned(),
                })
            }
            ScoreTerm::Novelty if self.memory.is_none_or(|memory| memory.heard.is_none()) => {
                Some("not heard before".to_owned())
            }
            ScoreTerm::Novelty => Some("not heard for a while".to_owned()),
            ScoreTerm::Fit | ScoreTerm::Taste | ScoreTerm::Variety => None,
        }
    }
}

/// "a happy", "an angry".
fn adjective(name: PlaylistName) -> &'static str {
    match name.0 {
        Some(Emotion::Angry) => "an angry",
        Some(Emotion::Disgust) => "a disgusted",
        Some(Emotion::Fear) => "a fearful",
        Some(Emotion::Happy) => "a happy",
        Some(Emotion::Sad) => "a sad",
        Some(Emotion::Surprise) => "a surprised",
        Some(Emotion::Neutral) => "a neutral",
        None => "an unknown",
    }
}

/// One or two words for how a track sounds, as far as it is known.
fn character(entry: &LibraryEntry) -> Option<String> {
    let valence = entry.valence.map(|valence| match valence {
        v if v >= 0.65 => "bright",
        v if v <= 0.35 => "dark",
        _ => "mellow",
    });
    let energy = entry.energy.map(|energy| match energy {
        e if e >= 0.65 => "lively",
        e if e <= 0.35 => "calm",
        _ => "steady",
    });
    let words: Vec<_> = valence.into_iter().chain(energy).collect();
    (!words.is_empty()).then(|| words.join(" and "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::emotion::Emotion;
    use crate::foundation::LocalTime;
    use crate::music::recommend::choice::Contribution;
    use crate::music::taste::FEATURES;
    use crate::music::test_support::{described, entry, playlists, settings};

    const HAPPY: PlaylistName = PlaylistName(Some(Emotion::Happy));

    fn choice(source: CandidateSource, why: Vec<Contribution>) -> Choice {
        Choice { place: 0, source, why, features: [0.0; FEATURES] }
    }

    fn say(
        name: PlaylistName,
        entry: &LibraryEntry,
        choice: &Choice,
        memory: Option<&TrackMemory>,
    ) -> String {
        let (playlists, settings) = (playlists(), settings());
        let around = ListeningContext {
            moment: LocalTime::stepped(0.0),
            people: 1,
            stay: Duration::ZERO,
            mood: [0.0, 0.0],
        };
        let told = ReasonInputs {
            name,
            playlist: playlists.get(name),
            entry,
            choice,
            manual_mood: None,
            before: Some("Low Tide"),
            around: &around,
            occasion: &settings.recommend.occasion,
            memory,
            lessons: 0,
        };
        told.reason()
    }

    #[test]
    fn a_reason_reads_like_a_sentence() {
        let (own, lively) =
            (choice(CandidateSource::Own, vec![]), described("a.ogg", "happy", 0.9, 0.8, 128.0));
        assert_eq!(say(HAPPY, &lively, &own, None), "Chosen for a happy mood: bright and lively, 128 BPM");
        let angry = PlaylistName(Some(Emotion::Angry));
        assert_eq!(say(angry, &entry("a.ogg", ""), &own, None), "Calming the mood, gently");
        let borrowed = choice(CandidateSource::Borrowed(PlaylistName(Some(Emotion::Neutral))), vec![]);
        assert_eq!(
            say(PlaylistName::EMPTY, &lively, &borrowed, None),
            "Nobody here (no music for it, so from \"neutral\"): bright and lively, 128 BPM"
        );
    }

    #[test]
    fn what_was_liked_is_said_with_its_day() {
        let now = LocalTime::stepped(0.0);
        let liked = LocalTime { unix: now.unix - 3_600 * (24 + 19), weekday: 0, hour: 20.0, steady: None };
        let memory = TrackMemory { liked: Some(liked), ..TrackMemory::default() };
        let calm = described("a.ogg", "calm", 0.8, 0.2, 72.0);
        let words = say(HAPPY, &calm, &choice(CandidateSource::Own, vec![]), Some(&memory));
        assert_eq!(words, "Chosen for a happy mood: bright and calm, 72 BPM, you liked it on Monday evening");
    }

    #[test]
    fn what_sets_a_track_apart_is_said_and_what_does_not_is_not() {
        let why = |term, value| Contribution { term, value, usual: 0.5, weight: 0.4 };
        let say = |why| say(HAPPY, &entry("a.ogg", ""), &choice(CandidateSource::Own, why), None);
        assert_eq!(say(vec![why(ScoreTerm::Step, 0.9)]), "Chosen for a happy mood: close to Low Tide");
        assert_eq!(
            say(vec![why(ScoreTerm::Step, 0.55), why(ScoreTerm::Fit, 1.0)]),
            "Chosen for a happy mood"
        );
        let words = say(vec![why(ScoreTerm::Step, 0.7), why(ScoreTerm::Novelty, 0.9)]);
        assert_eq!(words, "Chosen for a happy mood: not heard before");
    }
}
