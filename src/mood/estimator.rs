//! The mood on two clocks, from what each frame says. Pure: time is passed in.

use std::time::Duration;

use super::circumplex::Circumplex;
use super::hysteresis::{Hysteresis, Thresholds};
use super::presence::Presence;
use super::settings::MoodSettings;
use super::smoothing::Smoother;
use super::{Mood, MoodState};
use crate::expression::Probabilities;

/// Without any reading for this long, nobody is taken to be in view.
const BLIND_AFTER: Duration = Duration::from_secs(1);

/// One face of a frame, as the estimator weighs it.
#[derive(Debug, Clone, Copy)]
pub struct SeenFace {
    pub probabilities: Probabilities,
    /// Share in the mood of the group; the area of the face serves well. Positive.
    pub weight: f32,
}

/// Turns readings into a [`Mood`].
#[derive(Debug, Clone)]
pub struct MoodEstimator {
    circumplex: Circumplex,
    fast: Clock,
    slow: Clock,
    presence: Presence,
    last_reading: Duration,
    last_seen: Option<Duration>,
}

impl MoodEstimator {
    /// Starts with an empty room.
    #[must_use]
    pub fn new(settings: &MoodSettings, circumplex: Circumplex) -> Self {
        let clock = |window, dwell, hold| Clock {
            smoother: Smoother::new(window),
            hysteresis: Hysteresis::new(Thresholds {
                enter: settings.enter,
                leave: settings.leave,
                enter_angry: settings.enter_angry,
                dwell: Duration::from_secs_f32(dwell),
            }),
            hold: Duration::from_secs_f32(hold),
            since: Duration::ZERO,
        };
        Self {
            circumplex,
            fast: clock(settings.picture_seconds, settings.picture_dwell_seconds, settings.hold_seconds),
            slow: clock(settings.music_seconds, settings.music_dwell_seconds, settings.music_hold_seconds),
            presence: Presence::new(Duration::from_secs_f32(settings.presence_settle_seconds)),
            last_reading: Duration::ZERO,
            last_seen: None,
        }
    }

    /// Takes in one frame. `faces` may be empty; frames come in the order of time.
    pub fn read(&mut self, at: Duration, faces: &[SeenFace]) {
        self.last_reading = at;
        let was_empty = self.presence.people() == 0;
        let changed = self.presence.see(at, faces.len());
        if changed && was_empty {
            // Whoever comes in is read afresh; the mood of the last visitor holds until then.
            self.fast.start_over();
        }
        let Some(group) = group_probabilities(faces) else { return };
        self.last_seen = Some(at);
        self.fast.add(at, &group);
        self.slow.add(at, &group);
    }

    /// Lets time pass: moods end some while after the last face was seen.
    pub fn advance(&mut self, now: Duration) {
        if now.saturating_sub(self.last_reading) > BLIND_AFTER {
            self.presence.see(now, 0);
        }
        let unseen = self.last_seen.map_or(Duration::MAX, |seen| now.saturating_sub(seen));
        self.fast.expire(now, unseen);
        self.slow.expire(now, unseen);
    }

    /// The mood as it stands.
    #[must_use]
    pub fn mood(&self) -> Mood {
        Mood {
            fast: self.fast.state(&self.circumplex),
            slow: self.slow.state(&self.circumplex),
            people: self.presence.people(),
            by_hand: None,
        }
    }
}

/// One of the two clocks.
#[derive(Debug, Clone)]
struct Clock {
    smoother: Smoother,
    hysteresis: Hysteresis,
    hold: Duration,
    since: Duration,
}

impl Clock {
    fn add(&mut self, at: Duration, read: &Probabilities) {
        let before = self.hysteresis.holding();
        self.smoother.add(at, read);
        self.hysteresis.decide(at, self.smoother.value());
        if self.hysteresis.holding() != before {
            self.since = at;
        }
    }

    fn start_over(&mut self) {
        self.smoother.reset();
        self.hysteresis.forget_candidate();
    }

    fn expire(&mut self, now: Duration, unseen: Duration) {
        if unseen <= self.hold || self.hysteresis.holding().is_none() {
            return;
        }
        self.smoother.reset();
        self.hysteresis.release();
        self.since = now;
    }

    fn state(&self, circumplex: &Circumplex) -> MoodState {
        let Some(emotion) = self.hysteresis.holding() else {
            return MoodState { since: self.since, ..MoodState::default() };
        };
        let probabilities = *self.smoother.value();
        let affect = circumplex.affect(&probabilities);
        MoodState {
            emotion: Some(emotion),
            probabilities,
            valence: affect.valence,
            arousal: affect.arousal,
            since: self.since,
        }
    }
}

/// The mean over the faces, by weight; `None` without a face of positive weight.
fn group_probabilities(faces: &[SeenFace]) -> Option<Probabilities> {
    let mut sum = [0.0; 7];
    let mut total = 0.0;
    for face in faces {
        if !(face.weight > 0.0 && face.weight.is_finite()) {
            continue;
        }
        total += face.weight;
        for (value, p) in sum.iter_mut().zip(face.probabilities.values()) {
            *value += face.weight * p;
        }
    }
    (total > 0.0).then(|| Probabilities::from_weights(sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::expression::Emotion;
    use proptest::prelude::*;

    fn estimator() -> MoodEstimator {
        let settings = Settings::shipped().expect("valid").mood;
        MoodEstimator::new(&settings, Circumplex::shipped().expect("valid"))
    }

    fn face(emotion: Emotion, p: f32) -> SeenFace {
        let mut weights = [(1.0 - p) / 6.0; 7];
        weights[emotion.index()] = p;
        SeenFace { probabilities: Probabilities::from_weights(weights), weight: 100.0 }
    }

    /// Shows the same faces from one second to another, `rate` frames a second.
    fn show(estimator: &mut MoodEstimator, from: f64, to: f64, rate: f64, faces: &[SeenFace]) -> Option<f64> {
        let mut changed = None;
        let before = estimator.mood().fast.emotion;
        for frame in 0..((to - from) * rate).round() as u32 {
            let at = Duration::from_secs_f64(from + f64::from(frame) / rate);
            estimator.read(at, faces);
            estimator.advance(at);
            if changed.is_none() && estimator.mood().fast.emotion != before {
                changed = Some(at.as_secs_f64() - from);
            }
        }
        changed
    }

    #[test]
    fn an_empty_room_has_no_emotion_and_no_people() {
        let mut e = estimator();
        show(&mut e, 0.0, 5.0, 10.0, &[]);
        let mood = e.mood();
        assert_eq!((mood.fast.emotion, mood.slow.emotion, mood.people), (None, None, 0));
        assert!(mood.fast.valence.abs() < f32::EPSILON);
    }

    #[test]
    fn the_fast_mood_follows_within_two_and_a_half_seconds_and_the_slow_one_waits() {
        let mut e = estimator();
        show(&mut e, 0.0, 30.0, 10.0, &[face(Emotion::Neutral, 0.8)]);
        assert_eq!(e.mood().slow.emotion, Some(Emotion::Neutral));
        let changed = show(&mut e, 30.0, 33.0, 10.0, &[face(Emotion::Happy, 0.75)]);
        assert!(changed.expect("the mood changes") <= 2.5);
        assert_eq!(e.mood().fast.emotion, Some(Emotion::Happy));
        assert_eq!(e.mood().slow.emotion, Some(Emotion::Neutral));
        show(&mut e, 33.0, 55.0, 10.0, &[face(Emotion::Happy, 0.75)]);
        assert_eq!(e.mood().slow.emotion, Some(Emotion::Happy));
    }

    #[test]
    fn somebody_who_leaves_is_missed_at_once_but_the_mood_holds_a_while() {
        let mut e = estimator();
        show(&mut e, 0.0, 10.0, 10.0, &[face(Emotion::Happy, 0.9)]);
        show(&mut e, 10.0, 10.5, 10.0, &[]);
        assert_eq!(e.mood().people, 0);
        assert_eq!(e.mood().fast.emotion, Some(Emotion::Happy));
        show(&mut e, 10.5, 14.0, 10.0, &[]);
        assert_eq!(e.mood().fast.emotion, None);
        show(&mut e, 14.0, 40.0, 10.0, &[]);
        assert_eq!(e.mood().slow.emotion, None);
    }

    #[test]
    fn without_readings_the_room_empties() {
        let mut e = estimator();
        show(&mut e, 0.0, 10.0, 10.0, &[face(Emotion::Happy, 0.9)]);
        for tenth in 100..150 {
            e.advance(Duration::from_millis(tenth * 100));
        }
        assert_eq!(e.mood().people, 0);
        assert_eq!(e.mood().fast.emotion, None);
    }

    #[test]
    fn a_larger_face_counts_for_more() {
        let near = SeenFace { weight: 900.0, ..face(Emotion::Happy, 0.9) };
        let far = SeenFace { weight: 100.0, ..face(Emotion::Sad, 0.9) };
        let group = group_probabilities(&[near, far]).expect("two faces");
        let expected =
            0.9 * near.probabilities.of(Emotion::Happy) + 0.1 * far.probabilities.of(Emotion::Happy);
        assert!((group.of(Emotion::Happy) - expected).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn wild_readings_keep_the_mood_in_range(
            steps in proptest::collection::vec((0_u64..3_000, proptest::array::uniform7(proptest::num::f32::ANY), proptest::num::f32::ANY), 1..60),
        ) {
            let mut e = estimator();
            let mut now = 0;
            for (wait, weights, weight) in steps {
                now += wait;
                let at = Duration::from_millis(now);
                e.read(at, &[SeenFace { probabilities: Probabilities::from_weights(weights), weight }]);
                e.advance(at);
                for state in [e.mood().fast, e.mood().slow] {
                    prop_assert!((-1.0..=1.0).contains(&state.valence));
                    prop_assert!((-1.0..=1.0).contains(&state.arousal));
                }
            }
        }

        #[test]
        fn the_mood_is_the_same_at_five_fifteen_and_thirty_frames_a_second(p in 0.65_f32..0.95) {
            let outcome = [5.0, 15.0, 30.0].map(|rate| {
                let mut e = estimator();
                show(&mut e, 0.0, 6.0, rate, &[face(Emotion::Neutral, 0.9)]);
                show(&mut e, 6.0, 12.0, rate, &[face(Emotion::Sad, p)]);
                e.mood().fast.emotion
            });
            prop_assert_eq!(outcome, [Some(Emotion::Sad); 3]);
        }
    }
}
