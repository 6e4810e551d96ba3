//! Streams with known truth: noise, dropouts, flipped labels, at different frame rates.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{MoodEstimator, SensedMood};
use crate::emotion::{
    Circumplex, Emotion, Evidence, EvidenceSource, LogProbabilities, PersonEvidence, PersonId, Probabilities,
};
use crate::mood::MoodSettings;

/// Seeded chance.
struct Dice(StdRng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// 0 ..< 1.
    fn share(&mut self) -> f32 {
        self.0.random()
    }

    fn other_than(&mut self, emotion: Emotion) -> Emotion {
        Emotion::ALL[(emotion.index() + self.0.random_range(1..7)) % 7]
    }
}

/// How a stream differs from the truth.
#[derive(Clone, Copy)]
struct Noise {
    /// Share of frames whose label is another one.
    flips: f32,
    /// Share of those that say angry.
    flips_angry: f32,
    /// Share of frames in which the face is missed.
    dropouts: f32,
}

const ROUGH: Noise = Noise { flips: 0.3, flips_angry: 1.0 / 6.0, dropouts: 0.1 };

/// What is read from a face in one frame; nothing where the face is missed.
fn look(dice: &mut Dice, truth: Emotion, noise: Noise) -> Vec<PersonEvidence> {
    if dice.share() < noise.dropouts {
        return Vec::new();
    }
    let label = match (dice.share() < noise.flips, dice.share() < noise.flips_angry) {
        (true, true) if truth != Emotion::Angry => Emotion::Angry,
        (true, _) => dice.other_than(truth),
        (false, _) => truth,
    };
    let top = 0.7 + 0.25 * dice.share();
    let mut weights = [0.0; 7].map(|_: f32| 0.05 + dice.share());
    weights[label.index()] = 0.0;
    let rest: f32 = weights.iter().sum();
    weights = weights.map(|weight| weight * (1.0 - top) / rest);
    weights[label.index()] = top;
    vec![PersonEvidence {
        person: Some(PersonId(1)),
        scores: LogProbabilities::from_probabilities(&Probabilities::from_weights(weights)),
        abstain: 0.0,
        weight: 100.0,
        quality: 1.0,
        unreadable: None,
        place: None,
    }]
}

/// Runs the estimator over frames; `watch` sees each mood.
fn run(
    rate: u32,
    seconds: u32,
    mut frame: impl FnMut(Duration) -> Vec<PersonEvidence>,
    mut watch: impl FnMut(Duration, SensedMood),
) {
    let settings = MoodSettings::default();
    let mut estimator = MoodEstimator::new(&settings, Circumplex::shipped().expect("valid"));
    for index in 0..rate * seconds {
        let at = Duration::from_secs_f64(f64::from(index) / f64::from(rate));
        estimator.read(&Evidence { source: EvidenceSource::Camera, at, people: frame(at) });
        estimator.advance(at);
        watch(at, estimator.mood());
    }
}

/// When the fast mood changed, and to what.
#[derive(Default)]
struct Changes(Vec<(Duration, Option<Emotion>)>);

impl Changes {
    fn watch(&mut self, at: Duration, mood: &SensedMood) {
        if self.0.last().and_then(|(_, emotion)| *emotion) != mood.fast.emotion {
            self.0.push((at, mood.fast.emotion));
        }
    }
}

/// A new expression every `hold` seconds, drawn from `allowed`.
fn acted(dice: &mut Dice, count: usize, allowed: &[Emotion]) -> Vec<Emotion> {
    let mut truth = vec![Emotion::Neutral];
    while truth.len() < count {
        let next = dice.other_than(truth[truth.len() - 1]);
        if allowed.contains(&next) {
            truth.push(next);
        }
    }
    truth
}

fn at_time(truth: &[Emotion], hold: u32, at: Duration) -> Emotion {
    truth[usize::try_from(at.as_secs() / u64::from(hold)).expect("small")]
}

#[test]
fn the_fast_mood_never_changes_faster_than_the_dwell() {
    for rate in [5, 10, 15, 30] {
        let (mut dice, mut changes) = (Dice::new(u64::from(rate)), Changes::default());
        let truth = acted(&mut dice, 300, &Emotion::ALL);
        run(
            rate,
            600,
            |at| look(&mut dice, at_time(&truth, 2, at), ROUGH),
            |at, mood| changes.watch(at, &mood),
        );
        assert!(changes.0.len() > 50, "{}", changes.0.len());
        for pair in changes.0.windows(2) {
            assert!(pair[1].0.saturating_sub(pair[0].0) >= Duration::from_millis(500), "{pair:?}");
        }
    }
}

#[test]
fn an_hour_of_noisy_neutral_is_never_angry() {
    let angrier = Noise { flips_angry: 0.5, ..ROUGH };
    for (rate, noise) in [(5, ROUGH), (15, ROUGH), (30, ROUGH), (15, angrier)] {
        let mut dice = Dice::new(7);
        let (mut neutral, mut frames) = (0_u32, 0_u32);
        run(
            rate,
            3_600,
            |_| look(&mut dice, Emotion::Neutral, noise),
            |at, mood| {
                frames += 1;
                neutral += u32::from(mood.fast.emotion == Some(Emotion::Neutral));
                for state in [mood.fast, mood.slow] {
                    assert_ne!(state.emotion, Some(Emotion::Angry), "{rate} fps, {at:?}");
                }
            },
        );
        let share = f64::from(neutral) / f64::from(frames);
        eprintln!("{rate} fps: neutral {share:.3} of the hour");
        assert!(share > 0.97, "{rate} fps: neutral for {share:.3} of the hour");
    }
}

/// Seconds from each change of the truth to the change of the fast mood, sorted; a change that is
/// missed counts as the whole hold.
fn delays(rate: u32, hold: u32, noise: Noise, allowed: &[Emotion]) -> Vec<f64> {
    let count = 120;
    let (mut dice, mut changes) = (Dice::new(u64::from(rate) + 11), Changes::default());
    let truth = acted(&mut dice, count, allowed);
    let seconds = hold * u32::try_from(count).expect("small");
    run(
        rate,
        seconds,
        |at| look(&mut dice, at_time(&truth, hold, at), noise),
        |at, mood| changes.watch(at, &mood),
    );
    let hold = f64::from(hold);
    let mut delays: Vec<f64> = truth
        .iter()
        .enumerate()
        .skip(1)
        .map(|(index, emotion)| {
            let from = index as f64 * hold;
            let reached = changes.0.iter().map(|(at, now)| (at.as_secs_f64() - from, *now));
            reached
                .filter(|(after, now)| (0.0..hold).contains(after) && *now == Some(*emotion))
                .map(|(after, _)| after)
                .next()
                .unwrap_or(hold)
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    delays
}

#[test]
fn a_true_change_arrives_within_two_and_a_half_seconds() {
    // Anger has a higher bar, which three flipped labels in ten keep it from reaching; that is meant.
    let without_anger: Vec<Emotion> = Emotion::ALL.into_iter().filter(|e| *e != Emotion::Angry).collect();
    let steady = Noise { flips: 0.1, ..ROUGH };
    for rate in [5, 10, 15, 30] {
        for (noise, allowed) in [(ROUGH, without_anger.as_slice()), (steady, &Emotion::ALL)] {
            let delays = delays(rate, 8, noise, allowed);
            let p95 = delays[delays.len() * 95 / 100];
            eprintln!(
                "{rate} fps, flips {}: p50 {:.2} s, p95 {p95:.2} s",
                noise.flips,
                delays[delays.len() / 2]
            );
            // Where three labels in ten are wrong, being sure takes half a second more.
            let most = if noise.flips > 0.2 { 3.0 } else { 2.5 };
            assert!(p95 <= most, "{rate} fps, flips {}: {p95:.2} s", noise.flips);
        }
    }
}

/// What an estimator says over one stream.
struct Said {
    changes: Changes,
    /// The mood at each full second.
    seconds: Vec<SensedMood>,
}

/// The same five minutes, seen with different frame rates: what there is to see changes every
/// 0.2 s, independent of the frame rate.
fn said(rates: [u32; 3], noise: Noise) -> [Said; 3] {
    let seconds = 300;
    let (mut dice, hold) = (Dice::new(3), 6);
    let truth = acted(&mut dice, 50, &Emotion::ALL);
    let there: Vec<_> = (0..seconds * 5)
        .map(|cell| look(&mut dice, at_time(&truth, hold, Duration::from_millis(200) * cell), noise))
        .collect();
    rates.map(|rate| {
        let mut said = Said { changes: Changes::default(), seconds: Vec::new() };
        run(
            rate,
            seconds,
            |at| there[(at.as_secs_f64() * 5.0 + 1e-6) as usize].clone(),
            |at, mood| {
                said.changes.watch(at, &mood);
                if (at.as_secs_f64() + 1e-6).fract() < 1e-3 {
                    said.seconds.push(mood);
                }
            },
        );
        said
    })
}

#[test]
fn five_fifteen_and_thirty_frames_a_second_give_the_same_mood() {
    let noise = Noise { flips: 0.0, flips_angry: 0.0, dropouts: 0.1 };
    let [slow, middle, fast] = said([5, 15, 30], noise);
    assert!(middle.changes.0.len() >= 49, "{}", middle.changes.0.len());
    for other in [slow, fast] {
        assert_eq!(middle.changes.0.len(), other.changes.0.len());
        let mut apart = Vec::new();
        for (one, other) in middle.changes.0.iter().zip(&other.changes.0) {
            assert_eq!(one.1, other.1);
            apart.push(one.0.abs_diff(other.0).as_secs_f64());
        }
        apart.sort_by(f64::total_cmp);
        let (median, most) = (apart[apart.len() / 2], apart[apart.len() - 1]);
        eprintln!("changes are {median:.2} s apart in the median, {most:.2} s at most");
        assert!(median <= 0.25 && most <= 0.65, "{apart:?}");
        assert_eq!(middle.seconds.len(), other.seconds.len());
        for (one, other) in middle.seconds.iter().zip(&other.seconds) {
            for emotion in Emotion::ALL {
                let [one, other] = [one, other].map(|mood| mood.slow.probabilities.of(emotion));
                assert!((one - other).abs() < 0.05, "{emotion}: {one} {other}");
            }
        }
    }
}

#[test]
fn flipped_labels_look_alike_at_every_frame_rate() {
    let said = said([5, 15, 30], Noise { flips: 0.3, ..ROUGH });
    for other in [&said[0], &said[2]] {
        let pairs = said[1].seconds.iter().zip(&other.seconds);
        let alike = pairs.filter(|(one, other)| one.fast.emotion == other.fast.emotion).count();
        let share = alike as f64 / said[1].seconds.len() as f64;
        eprintln!("alike for {share:.3} of the seconds");
        assert!(share >= 0.9, "alike for {share:.3} of the seconds");
    }
}
