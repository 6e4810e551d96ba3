//! Which track comes next, and why.
//!
//! The score of a track is a weighted sum of six parts ([`Term`]); all weights are settings. Playlists say
//! which tracks may come at all. One of the best few is drawn, so that a room does not always sound the same.

mod catalogue;
mod goal;
mod key;
mod settings;
mod terms;
mod words;

pub use catalogue::{Catalogue, track_id};
pub use goal::Goal;
pub(super) use key::{key_distance, key_number};
pub use settings::{
    FitWeights, FitWeightsOverlay, Occasion, OccasionOverlay, RecommendSettings, RecommendSettingsOverlay,
    Weights, WeightsOverlay,
};
pub use terms::Term;
pub use words::Told;

use std::collections::VecDeque;

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::playlists::{PlaylistName, TimeOfDay};
use super::taste::{Features, Surroundings, Taste};
use terms::{Basis, Columns};

/// Not a candidate.
const OUT: u32 = u32::MAX;
/// Somebody said "not now".
const NOT_NOW: u32 = 1 << 30;

/// One part of the reason for a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    pub term: Term,
    /// About 0..=1, before its weight.
    pub value: f32,
    /// The mean over all tracks that could have been chosen.
    pub usual: f32,
    pub weight: f32,
}

/// Where a choice came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The rules of the playlist.
    Own,
    /// The tolerance around its target, because its rules find no track.
    Near,
    /// The rules of another playlist, because the own one finds nothing.
    Borrowed(PlaylistName),
    /// All tracks, because no playlist finds one.
    Anywhere,
}

/// What must not be chosen now. Tracks by their numbers, see [`track_id`].
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The tracks that played last, the newest at the end.
    pub recent: VecDeque<u64>,
    /// Files that could not be played.
    pub unplayable: Vec<u64>,
}

/// What is asked for.
#[derive(Debug)]
pub struct Question<'a> {
    pub tracks: &'a Catalogue,
    pub name: PlaylistName,
    pub goal: &'a Goal,
    /// Position of the track before.
    pub current: Option<usize>,
    pub around: &'a Surroundings,
    pub taste: &'a Taste,
    pub memory: &'a Memory,
}

/// A choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Position in the catalogue.
    pub place: usize,
    pub origin: Origin,
    /// One for each term.
    pub why: Vec<Contribution>,
    /// What taste can learn from.
    pub features: Features,
}

/// Chooses tracks. Keeps its columns between choices, so that none allocates.
#[derive(Debug, Clone)]
pub struct Recommender {
    settings: RecommendSettings,
    columns: Columns,
    ranks: Vec<u32>,
}

impl Recommender {
    /// Nothing was chosen yet.
    #[must_use]
    pub fn new(settings: RecommendSettings) -> Self {
        Self { settings, columns: Columns::default(), ranks: Vec::new() }
    }

    /// Chooses a track; `None` only if there is none that can be played.
    pub fn choose(&mut self, question: &Question, random: &mut StdRng) -> Option<Answer> {
        // Drawn before anything else, so that the number of draws does not depend on the tracks.
        let weights = question.taste.sample(random);
        let luck = random.random::<f32>();
        self.rank(question);
        let (origin, candidates) = self.candidates(question)?;
        let artists = self.recent_artists(question);
        let Question { goal, current, around, taste, tracks, .. } = *question;
        let basis = Basis { goal, current, around, taste, weights: &weights, artists: &artists };
        self.columns.fill(tracks, &basis, &self.settings);
        let place = self.draw(&candidates, luck)?;
        let fit = self.columns.get(Term::Fit, place);
        Some(Answer {
            place,
            origin,
            why: self.reasons(place, &candidates),
            features: terms::traits(tracks, place, fit).features(around),
        })
    }

    /// 0 for what is free to come; more for what should wait, the longer the more; [`OUT`] for what cannot.
    fn rank(&mut self, question: &Question) {
        let Question { tracks, memory, taste, around, .. } = question;
        self.ranks.clear();
        self.ranks.resize(tracks.len(), 0);
        for (waited, id) in (1..).zip(&memory.recent) {
            if let Some(place) = tracks.place_of(*id) {
                self.ranks[place] = waited;
            }
        }
        for (id, track, _) in taste.tracks() {
            if track.not_before > around.moment.unix
                && let Some(place) = tracks.place_of(id)
            {
                self.ranks[place] += NOT_NOW;
            }
        }
        for place in memory.unplayable.iter().filter_map(|id| tracks.place_of(*id)) {
            self.ranks[place] = OUT;
        }
    }

    /// The tracks of the playlist, else those near its target, else of its fallbacks, else of the nearest
    /// playlist, else all; and of these the ones that are free, else the one that has waited longest.
    fn candidates(&self, question: &Question) -> Option<(Origin, Vec<u32>)> {
        let Question { tracks, name, around, .. } = *question;
        let playlists = &tracks.playlists().playlists;
        let time = TimeOfDay::from_hours(around.moment.hour);
        let own = tracks.active(name, time);
        let rules = |name| {
            let active = tracks.active(name, time);
            self.select(|place| tracks.is_found(place, active))
        };
        let mut others = PlaylistName::all();
        let target = &playlists.get(name).target;
        let apart = |other: PlaylistName| {
            let other = &playlists.get(other).target;
            (other.valence - target.valence).abs() + (other.energy - target.energy).abs()
        };
        others.sort_by(|a, b| apart(*a).total_cmp(&apart(*b)));
        let fallback = playlists.get(name).fallback.iter().copied();
        let near = || self.select(|place| !tracks.is_hidden(place, own) && is_near(question, place));
        std::iter::once((Origin::Own, self.select(|place| tracks.is_found(place, own))))
            .chain(std::iter::once_with(|| (Origin::Near, near())))
            .chain(fallback.chain(others).map(|other| (Origin::Borrowed(other), rules(other))))
            .chain(std::iter::once_with(|| (Origin::Anywhere, self.select(|_| true))))
            .find(|(_, found)| !found.is_empty())
    }

    /// The candidates among the tracks for which `found` holds.
    fn select(&self, found: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut least = OUT;
        let mut candidates = Vec::new();
        for (place, rank) in (0_u32..).zip(&self.ranks) {
            if *rank == OUT || *rank > least || !found(place as usize) {
                continue;
            }
            if *rank < least {
                candidates.clear();
                least = *rank;
            }
            candidates.push(place);
        }
        candidates
    }

    fn recent_artists(&self, question: &Question) -> Vec<u32> {
        let Question { tracks, memory, .. } = question;
        let places = memory.recent.iter().rev().filter_map(|id| tracks.place_of(*id));
        let mut artists: Vec<u32> =
            places.take(self.settings.artist_tracks).map(|place| tracks.artists[place]).collect();
        artists.reverse();
        artists
    }

    /// Draws one of the best: each `temperature` less makes it e times rarer.
    fn draw(&self, candidates: &[u32], luck: f32) -> Option<usize> {
        let best = self.best(candidates);
        let top = best.first()?.1;
        let chance = |score: f32| ((score - top) / self.settings.temperature).exp();
        let mut left = luck * best.iter().map(|(_, score)| chance(*score)).sum::<f32>();
        let drawn = best.iter().find(|(_, score)| {
            left -= chance(*score);
            left < 0.0
        });
        drawn.or(best.first()).map(|(place, _)| *place as usize)
    }

    /// The best few with their scores, the best first. Of equal ones the first in the library is before.
    fn best(&self, candidates: &[u32]) -> Vec<(u32, f32)> {
        let among = self.settings.among.max(1);
        let mut best: Vec<(u32, f32)> = Vec::with_capacity(among + 1);
        for place in candidates {
            let score = self.columns.total[*place as usize];
            if best.len() == among && best.last().is_some_and(|(_, worst)| score <= *worst) {
                continue;
            }
            let at = best.partition_point(|(_, other)| *other >= score);
            best.insert(at, (*place, score));
            best.truncate(among);
        }
        best
    }

    fn reasons(&self, place: usize, candidates: &[u32]) -> Vec<Contribution> {
        // A mean of some is enough to say what is unusual.
        let stride = candidates.len().div_ceil(1_000).max(1);
        let some = || candidates.iter().step_by(stride).map(|place| *place as usize);
        let count = some().count().max(1) as f32;
        let why = |term| Contribution {
            term,
            value: self.columns.get(term, place),
            usual: some().map(|place| self.columns.get(term, place)).sum::<f32>() / count,
            weight: self.settings.weights.of(term),
        };
        Term::ALL.map(why).to_vec()
    }
}

/// Whether brightness and energy are known, and all that is known lies within the tolerance.
fn is_near(question: &Question, place: usize) -> bool {
    let Question { tracks, goal, .. } = question;
    let within = |value: f32, target: f32, tolerance: f32| (value - target).abs() <= tolerance;
    let unless = |value: f32, target: f32, tolerance: f32| value.is_nan() || within(value, target, tolerance);
    let (target, tolerance) = (&goal.target, &goal.tolerance);
    // All four are always compared: whether they hold is chance, and a wrong guess of the processor costs more.
    let holds = [
        within(tracks.valence[place], target.valence, tolerance.valence),
        within(tracks.energy[place], target.energy, tolerance.energy),
        unless(tracks.danceability[place], target.danceability, tolerance.danceability),
        unless(tracks.tempo[place], target.tempo, tolerance.tempo),
    ];
    holds == [true; 4]
}

#[cfg(test)]
mod tests;
