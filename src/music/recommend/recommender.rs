//! Which track comes next: candidates by the rules of playlists, one score for each, and one of the best is drawn.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::blended_target::BlendedTarget;
use super::catalogue::Catalogue;
use super::choice::{CandidateSource, Choice, ChoiceHistory, ChoiceRequest, Contribution};
use super::rule_matches::RuleMatchCache;
use super::score::{ScoreInputs, Scorer};
use super::score_term::ScoreTerm;
use super::settings::RecommendSettings;
use super::track_memories::{OUT, TrackMemories};
use crate::music::journey::Waypoint;
use crate::music::plane::{in_plane, within};
use crate::music::playlists::{PlaylistName, TimeOfDay};

/// Of so many candidates, at most, the mean is taken: enough to say what is unusual.
const USUAL: usize = 256;

/// Chooses tracks. Keeps between choices what does not change, and the room for what does.
#[derive(Debug, Clone)]
pub struct Recommender {
    settings: RecommendSettings,
    finder: RuleMatchCache,
    remembered: TrackMemories,
    /// The score of every track.
    total: Vec<f32>,
    candidates: Vec<u32>,
}

impl Recommender {
    /// Nothing was chosen yet.
    #[must_use]
    pub fn new(settings: RecommendSettings) -> Self {
        Self {
            settings,
            finder: RuleMatchCache::default(),
            remembered: TrackMemories::default(),
            total: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Chooses a track; `None` only if there is none that can be played.
    pub fn choose(&mut self, question: &ChoiceRequest, random: &mut StdRng) -> Option<Choice> {
        // Drawn before anything else, so that the number of draws does not depend on the tracks.
        let weights = question.taste.sample(random);
        let luck = random.random::<f32>();
        let ChoiceRequest { goal, current, around, taste, tracks, memory, .. } = *question;
        self.remembered.take(tracks, memory, taste, around, self.settings.novelty_hours);
        let origin = self.find_candidates(question)?;
        self.keep_near(question);
        let artists = self.recent_artists(question);
        let basis = ScoreInputs { goal, current, around, taste, weights: &weights, artists: &artists };
        let terms = Scorer::new(tracks, &self.remembered, &basis, &self.settings);
        terms.add_up(&mut self.total);
        let place = self.draw(luck)?;
        Some(Choice {
            place,
            origin,
            why: self.reasons(&terms, place),
            features: terms.features(place, around),
        })
    }

    /// The tracks that the rules of a playlist find at an hour, else all, as stops of a journey: without those that
    /// must wait, and of very many an even share.
    #[must_use]
    pub fn stops(
        &mut self,
        tracks: &Catalogue,
        name: PlaylistName,
        hour: f32,
        memory: &ChoiceHistory,
    ) -> Vec<Waypoint> {
        let active = tracks.active(name, TimeOfDay::from_hours(hour));
        let mut out: Vec<usize> =
            memory.recent.iter().chain(&memory.unplayable).filter_map(|id| tracks.place_of(*id)).collect();
        out.sort_unstable();
        let stops = self.finder.stops(tracks, active).iter().copied();
        stops.filter(|stop| out.binary_search(&stop.index).is_err()).collect()
    }

    /// The tracks of the playlist, else those near its target, else of its fallbacks, else of the nearest
    /// playlist, else all; and of these the ones that are free, else the one that has waited longest.
    fn find_candidates(&mut self, question: &ChoiceRequest) -> Option<CandidateSource> {
        let ChoiceRequest { tracks, name, around, .. } = *question;
        let playlists = &tracks.playlists().playlists;
        let time = TimeOfDay::from_hours(around.moment.hour);
        let own = tracks.active(name, time);
        let all = 0..tracks.len() as u32;
        let Self { finder, remembered, candidates, .. } = self;
        select(candidates, remembered, finder.places(tracks, own).iter().copied());
        if !candidates.is_empty() {
            return Some(CandidateSource::Own);
        }
        let near = near_places(tracks, question.goal).filter(|place| !tracks.is_hidden(*place as usize, own));
        select(candidates, remembered, near);
        if !candidates.is_empty() {
            return Some(CandidateSource::Near);
        }
        let mut others = PlaylistName::all();
        let target = &playlists.get(name).target;
        let apart = |other: PlaylistName| {
            let other = &playlists.get(other).target;
            (other.valence - target.valence).abs() + (other.energy - target.energy).abs()
        };
        others.sort_by(|a, b| apart(*a).total_cmp(&apart(*b)));
        for other in playlists.get(name).fallback.iter().copied().chain(others) {
            let active = tracks.active(other, time);
            select(candidates, remembered, finder.places(tracks, active).iter().copied());
            if !candidates.is_empty() {
                return Some(CandidateSource::Borrowed(other));
            }
        }
        select(candidates, remembered, all);
        (!candidates.is_empty()).then_some(CandidateSource::Anywhere)
    }

    /// Leaves out candidates that are out of reach, if others are not.
    fn keep_near(&mut self, question: &ChoiceRequest) {
        let ChoiceRequest { tracks, reach: Some((from, far)), .. } = *question else { return };
        let near = |place: &u32| {
            let (valence, energy) = (tracks.valence[*place as usize], tracks.energy[*place as usize]);
            within(from, in_plane(valence, energy), far)
        };
        if self.candidates.iter().any(near) {
            self.candidates.retain(near);
        }
    }

    fn recent_artists(&self, question: &ChoiceRequest) -> Vec<u32> {
        let ChoiceRequest { tracks, memory, .. } = question;
        let places = memory.recent.iter().rev().filter_map(|id| tracks.place_of(*id));
        let mut artists: Vec<u32> =
            places.take(self.settings.artist_tracks).map(|place| tracks.artists[place]).collect();
        artists.reverse();
        artists
    }

    /// Draws one of the best: each `temperature` less makes it e times rarer.
    fn draw(&self, luck: f32) -> Option<usize> {
        let best = self.best();
        let top = best.first()?.1;
        let chance = |score: f32| ((score - top) / self.settings.temperature).exp();
        let mut left = luck * best.iter().map(|(_, score)| chance(*score)).sum::<f32>();
        let drawn = best.iter().find(|(_, score)| {
            left -= chance(*score);
            left < 0.0
        });
        drawn.or(best.first()).map(|(place, _)| *place as usize)
    }

    /// The best few candidates with their scores, the best first. Of equal ones the first in the library is before.
    fn best(&self) -> Vec<(u32, f32)> {
        let among = self.settings.among.max(1);
        let mut best: Vec<(u32, f32)> = Vec::with_capacity(among + 1);
        let mut worst = f32::NEG_INFINITY;
        for place in &self.candidates {
            let score = self.total[*place as usize];
            if best.len() == among && score <= worst {
                continue;
            }
            let at = best.partition_point(|(_, other)| *other >= score);
            best.insert(at, (*place, score));
            best.truncate(among);
            worst = best.last().map_or(worst, |(_, score)| *score);
        }
        best
    }

    fn reasons(&self, terms: &Scorer, place: usize) -> Vec<Contribution> {
        let stride = self.candidates.len().div_ceil(USUAL).max(1);
        let some = self.candidates.iter().step_by(stride);
        let count = some.len().max(1) as f32;
        let sums = some.fold([0.0; ScoreTerm::ALL.len()], |sums, place| {
            let parts = terms.parts(*place as usize);
            std::array::from_fn(|index| sums[index] + parts[index])
        });
        let parts = terms.parts(place);
        let why = |(index, term)| Contribution {
            term,
            value: parts[index],
            usual: sums[index] / count,
            weight: self.settings.weights.of(term),
        };
        ScoreTerm::ALL.into_iter().enumerate().map(why).collect()
    }
}

/// Those of the found tracks that wait least, if they can come at all.
fn select(candidates: &mut Vec<u32>, remembered: &TrackMemories, found: impl Iterator<Item = u32>) {
    let mut least = OUT;
    candidates.clear();
    for place in found {
        let rank = remembered.rank_of(place);
        if rank == OUT || rank > least {
            continue;
        }
        if rank < least {
            candidates.clear();
            least = rank;
        }
        candidates.push(place);
    }
}

/// Places of the tracks whose brightness and energy are known, and of which all that is known lies within the
/// tolerance.
fn near_places(tracks: &Catalogue, goal: &BlendedTarget) -> impl Iterator<Item = u32> {
    const BLOCK: usize = 512;
    let BlendedTarget { target, tolerance } = goal;
    let within = |value: f32, target: f32, tolerance: f32| (value - target).abs() <= tolerance;
    let unless =
        move |value: f32, target: f32, tolerance: f32| value.is_nan() | within(value, target, tolerance);
    (0..tracks.len()).step_by(BLOCK).flat_map(move |start| {
        let range = start..tracks.len().min(start + BLOCK);
        let columns = tracks.valence[range.clone()]
            .iter()
            .zip(&tracks.energy[range.clone()])
            .zip(&tracks.danceability[range.clone()])
            .zip(&tracks.tempo[range]);
        // All four are always compared, without a branch, so that several tracks are looked at together.
        let mut near = [false; BLOCK];
        for (near, (((valence, energy), danceability), tempo)) in near.iter_mut().zip(columns) {
            *near = within(*valence, target.valence, tolerance.valence)
                & within(*energy, target.energy, tolerance.energy)
                & unless(*danceability, target.danceability, tolerance.danceability)
                & unless(*tempo, target.tempo, tolerance.tempo);
        }
        let places = near.into_iter().enumerate().filter(|(_, near)| *near);
        places.map(move |(number, _)| (start + number) as u32)
    })
}

#[cfg(test)]
mod tests;
