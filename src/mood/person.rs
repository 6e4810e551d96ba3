//! One person over time: what is known about their expression, and how well they can be seen.

use std::time::Duration;

use super::partial_probabilities::PartialProbabilities;
use super::people::PersonMood;
use super::resting_face::RestingFace;
use super::settings::MoodSettings;
use super::smoothing::{FrameInterval, ShareSmoother, arrived};
use crate::emotion::{Circumplex, FacePlace, PersonEvidence, PersonId, Probabilities};

/// What is remembered of a person while they are in view.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// `None` for evidence that belongs to nobody in particular.
    pub(super) id: Option<PersonId>,
    rest: RestingFace,
    expression: ShareSmoother,
    interval: FrameInterval,
    window: f32,
    /// Smoothed weight × quality of the evidence.
    weighted_quality: f32,
    /// Smoothed weight of the evidence.
    size: f32,
    current: Probabilities,
    readability: f32,
    place: Option<FacePlace>,
    pub(super) last_seen: Duration,
}

/// 0 for what is not a number, and nothing negative.
fn sound(value: f32) -> f32 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

impl Person {
    pub(super) fn new(settings: &MoodSettings, evidence: &PersonEvidence, at: Duration) -> Self {
        Self {
            id: evidence.person,
            rest: RestingFace::new(&settings.rest),
            expression: ShareSmoother::new(settings.picture_seconds),
            interval: FrameInterval::default(),
            window: settings.picture_seconds,
            weighted_quality: sound(evidence.weight * evidence.quality),
            size: sound(evidence.weight),
            current: Probabilities::UNIFORM,
            readability: 0.0,
            place: evidence.place,
            last_seen: at,
        }
    }

    /// Applies other settings; what is known of their rest and expression stays.
    pub(super) fn change_settings(&mut self, settings: &MoodSettings) {
        self.rest.change_settings(&settings.rest);
        self.expression.change_window(settings.picture_seconds);
        self.window = settings.picture_seconds;
    }

    /// Takes in evidence of this person. What is unreadable counts as *unknown*.
    pub(super) fn see(&mut self, at: Duration, evidence: &PersonEvidence) {
        self.last_seen = self.last_seen.max(at);
        self.place = evidence.place;
        let readable = evidence.unreadable.is_none();
        self.readability = if readable { (1.0 - sound(evidence.abstain)).clamp(0.0, 1.0) } else { 0.0 };
        if readable {
            self.current = self.rest.correct(&evidence.scores);
        }
        let Some(dt) = self.interval.to(at) else { return };
        let arrived = arrived(dt, self.window);
        self.weighted_quality +=
            arrived * (sound(evidence.weight * evidence.quality) - self.weighted_quality);
        if evidence.weight.is_finite() {
            self.size += arrived * (evidence.weight.max(0.0) - self.size);
        }
        let seen = if readable {
            self.rest.learn(dt, &evidence.scores);
            self.current = self.rest.correct(&evidence.scores);
            PartialProbabilities::new(&self.current, 1.0 - evidence.abstain)
        } else {
            PartialProbabilities::UNKNOWN
        };
        self.expression.add(dt, &seen);
    }

    /// What is known about their expression, smoothed over the fast window.
    pub(super) fn shares(&self) -> &PartialProbabilities {
        self.expression.value()
    }

    /// Smoothed weight of the evidence: the nearest person has the largest.
    pub(super) fn size(&self) -> f32 {
        self.size
    }

    /// Share in the mood of the group: weight × quality × confidence.
    pub(super) fn weight(&self) -> f32 {
        self.weighted_quality * self.shares().confidence()
    }

    /// This person as others see them; `None` for evidence that belongs to nobody in particular.
    pub(super) fn mood(&self, circumplex: &Circumplex) -> Option<PersonMood> {
        Some(PersonMood {
            id: self.id?,
            place: self.place,
            current: self.current,
            affect: circumplex.affect(&self.current),
            probabilities: self.shares().probabilities(),
            confidence: self.shares().confidence(),
            readability: self.readability,
            rest_known: self.rest.known(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::{Emotion, LogProbabilities, UnreadableReason};

    fn evidence(unreadable: Option<UnreadableReason>, abstain: f32) -> PersonEvidence {
        PersonEvidence {
            person: Some(PersonId(1)),
            scores: LogProbabilities::from_probabilities(&Probabilities::certain(Emotion::Happy)),
            abstain,
            weight: 100.0,
            quality: if unreadable.is_some() { 0.2 } else { 1.0 },
            unreadable,
            place: None,
        }
    }

    fn watch(person: &mut Person, from_ms: u64, to_ms: u64, evidence: &PersonEvidence) {
        for ms in (from_ms..to_ms).step_by(100) {
            person.see(Duration::from_millis(ms), evidence);
        }
    }

    #[test]
    fn a_poor_view_lowers_what_is_known_and_never_speaks_of_neutral() {
        let settings = MoodSettings::default();
        let good = evidence(None, 0.0);
        let mut person = Person::new(&settings, &good, Duration::ZERO);
        watch(&mut person, 0, 3_000, &good);
        let before = person.weight();
        assert!(person.shares().known() > 0.95);
        let poor = evidence(Some(UnreadableReason::Blurred), 0.0);
        watch(&mut person, 3_000, 5_000, &poor);
        assert!(person.shares().known() < 0.1);
        assert!(person.weight() < before * 0.1);
        assert!(person.shares().probabilities().of(Emotion::Neutral) < 0.01);
        let mood = person.mood(&Circumplex::shipped().expect("valid")).expect("a person");
        assert!(mood.readability.abs() < f32::EPSILON && mood.confidence < 0.1);
    }

    #[test]
    fn as_much_is_unknown_as_the_network_says() {
        let settings = MoodSettings::default();
        let doubtful = evidence(None, 0.4);
        let mut person = Person::new(&settings, &doubtful, Duration::ZERO);
        watch(&mut person, 0, 5_000, &doubtful);
        assert!((person.shares().known() - 0.6).abs() < 0.01, "{}", person.shares().known());
    }
}
