//! Listeners with a hidden taste: does learning serve them better than chance, and than the targets alone?

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::features::{FEATURES, Features, ListeningContext, TrackTraits};
use super::feedback::FeedbackEvent;
use super::model::Taste;
use crate::event::FeedbackKind;
use crate::foundation::LocalTime;
use crate::music::test_support::settings;

const TRACKS: usize = 120;
const CHOICES: usize = 400;
const LISTENERS: u64 = 12;
/// Tracks that could come at a time.
const OFFERED: usize = 12;

/// Somebody whose taste nobody knows.
struct SimulatedListener {
    hidden: Features,
    random: StdRng,
}

impl SimulatedListener {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut hidden: Features = [0.0; FEATURES];
        // The targets count a little; what else is liked is different for everybody.
        hidden.fill_with(|| random.random_range(-0.7..0.7));
        (hidden[0], hidden[1]) = (-0.1, 0.3);
        Self { hidden, random }
    }

    fn likes(&self, features: &Features) -> f64 {
        features.iter().zip(&self.hidden).map(|(x, w)| x * w).sum::<f64>().clamp(-1.0, 1.0)
    }

    /// What they do, which is not always what they like.
    fn react(&mut self, features: &Features) -> FeedbackKind {
        match self.likes(features) + self.random.random_range(-0.3..0.3) {
            liked if liked > 0.6 => FeedbackKind::Liked,
            liked if liked > 0.0 => FeedbackKind::Finished,
            liked if liked > -0.3 => FeedbackKind::SkippedLate,
            _ => FeedbackKind::SkippedEarly,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum ChoosingMethod {
    Chance,
    FitOnly,
    Learning,
}

/// The regret of each choice: how much better the best track on offer would have been.
fn regrets(way: ChoosingMethod, seed: u64) -> Vec<f64> {
    let mut listener = SimulatedListener::new(seed);
    let mut random = StdRng::seed_from_u64(seed + 1_000);
    let mut centred = || random.random_range(-1.0_f32..1.0);
    let library: Vec<TrackTraits> = (0..TRACKS)
        .map(|_| TrackTraits {
            fit: 0.0,
            valence: centred(),
            energy: centred(),
            danceability: centred(),
            tempo: centred(),
            minor: centred().signum(),
        })
        .collect();
    let mut random = StdRng::seed_from_u64(seed + 2_000);
    let mut taste = Taste::new(&settings().taste);
    (0..CHOICES)
        .map(|choice| {
            let around = surroundings(choice, &mut random);
            let target: [f32; 2] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
            let offered: Vec<(usize, Features)> = (0..OFFERED)
                .map(|_| {
                    let number = random.random_range(0..TRACKS);
                    let track = library[number];
                    let away = (track.valence - target[0]).hypot(track.energy - target[1]);
                    (number, TrackTraits { fit: (1.0 - away / 2.0).max(0.0), ..track }.features(&around))
                })
                .collect();
            let chance = random.random_range(0..OFFERED);
            let weights = taste.sample(&mut random);
            let score =
                |features: &Features| -> f64 { features.iter().zip(&weights).map(|(x, w)| x * w).sum() };
            let taken = match way {
                ChoosingMethod::Chance => chance,
                ChoosingMethod::FitOnly => best(&offered, |features| features[1]),
                ChoosingMethod::Learning => best(&offered, score),
            };
            let (number, features) = offered[taken];
            if way == ChoosingMethod::Learning {
                taste.learn(&FeedbackEvent {
                    at: around.moment,
                    kind: listener.react(&features),
                    file: number.to_string(),
                    title: String::new(),
                    artist: None,
                    features,
                });
            }
            let most = offered.iter().map(|(_, features)| listener.likes(features)).fold(-1.0, f64::max);
            most - listener.likes(&features)
        })
        .collect()
}

fn best(offered: &[(usize, Features)], score: impl Fn(&Features) -> f64) -> usize {
    (0..offered.len()).max_by(|a, b| score(&offered[*a].1).total_cmp(&score(&offered[*b].1))).unwrap_or(0)
}

fn surroundings(choice: usize, random: &mut StdRng) -> ListeningContext {
    ListeningContext {
        moment: LocalTime::stepped(choice as f64 * 1_800.0),
        people: random.random_range(1..4),
        stay: Duration::from_secs(random.random_range(0..3_600)),
        mood: std::array::from_fn(|_| random.random_range(-1.0..1.0)),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn learning_serves_hidden_tastes_better_than_chance_and_than_the_targets_alone() {
    let over_all = |way| {
        let all: Vec<Vec<f64>> = (0..LISTENERS).map(|seed| regrets(way, seed)).collect();
        let part =
            |from: usize, to: usize| mean(&all.iter().map(|one| mean(&one[from..to])).collect::<Vec<_>>());
        (part(0, 50), part(CHOICES - 100, CHOICES), part(0, CHOICES), all)
    };
    let (_, _, chance, _) = over_all(ChoosingMethod::Chance);
    let (_, _, fit, fits) = over_all(ChoosingMethod::FitOnly);
    let (first, last, learning, learned) = over_all(ChoosingMethod::Learning);
    let figures =
        format!("chance {chance:.3}, fit {fit:.3}, learning {first:.3} → {last:.3}, mean {learning:.3}");
    assert!(last < 0.6 * first, "regret falls: {figures}");
    assert!(learning < 0.6 * fit && learning < 0.6 * chance, "{figures}");
    assert!(last < 0.35 * fit && last < 0.35 * chance, "{figures}");
    let better = learned.iter().zip(&fits).filter(|(a, b)| mean(a) < mean(b)).count();
    assert!(better as u64 >= LISTENERS - 1, "for {better} of {LISTENERS} listeners");
}
