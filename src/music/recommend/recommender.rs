//! Which track comes next: candidates by the rules of playlists, one score for each, and one of the best is drawn.

use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::blended_target::BlendedTarget;
use super::catalogue::Catalogue;
use super::choice::{CandidateSource, Choice, ChoiceHistory, ChoiceRequest, Contribution};
use super::rule_matches::RuleMatchCache;
use super::score::{ScoreInputs, Scorer};
use super::score_term::ScoreTerm;
use super::settings::RecommendSettings;
use super::track_memories::{FREE, NOT_NOW, OUT, TrackMemories, unwanted};
use crate::emotion::Affect;
use crate::foundation::LocalTime;
use crate::music::journey::Waypoint;
use crate::music::plane::{distance, in_plane, within};
use crate::music::playlists::{PlaylistName, RuleTime};
use crate::music::taste::Taste;

/// The mean is taken over at most this many candidates: enough to say what is unusual.
const USUAL: usize = 256;

/// Tracks within this distance of a point that a person has set belong to it; the plane is two units wide.
const NEAR_POINT: f32 = 0.35;
/// At least this many belong to it, however far they are.
const FEWEST_NEAR_POINT: usize = 4;

/// On a journey, and among this few tracks, the second best comes e to the power of [`SECOND_BEST`] less often than the
/// best, as long as it is not much worse: [`LOOSEST`] is the largest temperature.
const FEW: usize = 3;
const SECOND_BEST: f32 = 1.5;
const LOOSEST: f32 = 0.12;

/// Chooses tracks. Keeps caches and buffers between choices.
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

    /// Applies other settings, from the next choice on.
    pub fn change_settings(&mut self, settings: RecommendSettings) {
        self.settings = settings;
    }

    /// Chooses a track; `None` only if there is none that can be played.
    pub fn choose(&mut self, request: &ChoiceRequest, random: &mut StdRng) -> Option<Choice> {
        // Drawn before anything else, so that the number of draws does not depend on the tracks.
        let weights = request.taste.sample(random);
        let mut luck = StdRng::seed_from_u64(random.random());
        let ChoiceRequest { goal, current, around, taste, tracks, memory, .. } = *request;
        self.remembered.take(tracks, memory, taste, around, self.settings.novelty_hours);
        let source = self.find_candidates(request)?;
        self.keep_near(request);
        let artists = self.recent_artists(request);
        let basis = ScoreInputs { goal, current, around, taste, weights: &weights, artists: &artists };
        let terms = Scorer::new(tracks, &self.remembered, &basis, &self.settings);
        terms.add_up(&mut self.total);
        let place = request.named.or_else(|| self.draw(request, &mut luck))?;
        Some(Choice {
            place,
            source,
            why: self.reasons(&terms, place),
            features: terms.features(place, around),
        })
    }

    /// The tracks that the rules of a playlist find at a time of day, else all, as waypoints of a journey: without those
    /// that must wait, and of very many an even share.
    #[must_use]
    pub fn waypoints(
        &mut self,
        tracks: &Catalogue,
        name: PlaylistName,
        moment: LocalTime,
        memory: &ChoiceHistory,
        taste: &Taste,
    ) -> Vec<Waypoint> {
        let active = tracks.active(name, RuleTime::of(&moment));
        let unwanted = unwanted(taste, memory, &moment).map(|(id, _)| id);
        let waiting = memory.recent.iter().chain(&memory.unplayable).copied().chain(unwanted);
        let waiting = waiting.filter_map(|id| tracks.place_of(id));
        let mut out: Vec<usize> = waiting.flat_map(|place| tracks.same_recording(place)).collect();
        out.sort_unstable();
        let stops = self.finder.stops(tracks, active).iter().copied();
        stops.filter(|stop| out.binary_search(&stop.index).is_err()).collect()
    }

    /// The tracks of the playlist, else those near its target, else of its fallbacks, else of the nearest
    /// playlist, else all; and of these the ones that are free, else the one that has waited longest.
    ///
    /// Where all tracks of a playlist have just been played, tracks near its target come that have not, so that music does
    /// not come down to the three that have a tag while eight would fit; and no track follows itself while there is another.
    /// A track that a person does not want now comes only when nothing else is left in the whole library: any other
    /// playlist is better.
    fn find_candidates(&mut self, request: &ChoiceRequest) -> Option<CandidateSource> {
        // Of the tracks that were played last, the newest has the largest rank.
        let newest = request.memory.recent.len() as u32;
        self.find_fitting(request, FREE)
            .or_else(|| [newest, NOT_NOW, OUT].into_iter().find_map(|below| self.find_below(request, below)))
    }

    /// Candidates that a rule or the target asks for, whose rank is below this.
    fn find_fitting(&mut self, request: &ChoiceRequest, below: u32) -> Option<CandidateSource> {
        let ChoiceRequest { tracks, name, around, .. } = *request;
        let own = tracks.active(name, RuleTime::of(&around.moment));
        let Self { finder, remembered, candidates, .. } = self;
        let mut select = |found: &mut dyn Iterator<Item = u32>| select(candidates, remembered, found, below);
        if let Some(point) = request.point {
            let near = select(&mut around_point(tracks, point, remembered, below));
            return near.then_some(CandidateSource::Point);
        }
        let found = finder.places(tracks, own);
        let near = near_places(tracks, request.goal).filter(|place| {
            let place = *place as usize;
            !tracks.is_hidden(place, own) && !tracks.is_found(place, own)
        });
        // All tracks of a short playlist are among the last soon: then those near its target take turns with them.
        let is_short = below == FREE && found.len() <= request.memory.recent.len();
        if is_short {
            return select(&mut found.iter().copied().chain(near)).then_some(CandidateSource::Near);
        }
        if select(&mut found.iter().copied()) {
            return Some(CandidateSource::Own);
        }
        let mut near = near;
        select(&mut near).then_some(CandidateSource::Near)
    }

    /// Candidates whose rank is below this: those that fit, else of other playlists, else any.
    fn find_below(&mut self, request: &ChoiceRequest, below: u32) -> Option<CandidateSource> {
        if let Some(fitting) = self.find_fitting(request, below) {
            return Some(fitting);
        }
        let ChoiceRequest { tracks, name, around, .. } = *request;
        let time = RuleTime::of(&around.moment);
        let Self { finder, remembered, candidates, .. } = self;
        let mut select = |found: &mut dyn Iterator<Item = u32>| select(candidates, remembered, found, below);
        for other in nearest_playlists(tracks, name).filter(|_| request.point.is_none()) {
            let active = tracks.active(other, time);
            if select(&mut finder.places(tracks, active).iter().copied()) {
                return Some(CandidateSource::Borrowed(other));
            }
        }
        select(&mut (0..tracks.len() as u32)).then_some(CandidateSource::Anywhere)
    }

    /// Leaves out candidates that are out of reach, if others are not.
    fn keep_near(&mut self, request: &ChoiceRequest) {
        let ChoiceRequest { tracks, reach: Some((from, far)), .. } = *request else { return };
        let near = |place: &u32| {
            let (valence, energy) = (tracks.valence[*place as usize], tracks.energy[*place as usize]);
            within(from, in_plane(valence, energy), far)
        };
        if self.candidates.iter().any(near) {
            self.candidates.retain(near);
        }
    }

    fn recent_artists(&self, request: &ChoiceRequest) -> Vec<u32> {
        let ChoiceRequest { tracks, memory, .. } = request;
        let places = memory.recent.iter().rev().filter_map(|id| tracks.place_of(*id));
        let mut artists: Vec<u32> =
            places.take(self.settings.artist_tracks).map(|place| tracks.artists[place]).collect();
        artists.reverse();
        artists
    }

    /// Draws one of the best: each `temperature` less makes it e times rarer.
    ///
    /// On a journey the target is the very place of a track, which then is far better than all others; and a music folder
    /// of very few tracks would always have the same order after the first. There the second best gets more of a chance,
    /// within bounds.
    fn draw(&self, request: &ChoiceRequest, luck: &mut StdRng) -> Option<usize> {
        let best = self.best();
        let top = best.first()?.1;
        let loosened = request.leads || (best.len() <= FEW && !request.memory.recent.is_empty());
        let lead = best.get(1).filter(|_| loosened).map_or(0.0, |(_, second)| top - second);
        let temperature = self.settings.temperature.max((lead / SECOND_BEST).min(LOOSEST));
        let chances = best.iter().map(|(_, score)| ((score - top) / temperature).exp());
        // Weights that are no numbers leave the best one.
        let drawn = WeightedIndex::new(chances).map_or(0, |chances| chances.sample(luck));
        best.get(drawn).map(|(place, _)| *place as usize)
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

/// Those of the found tracks that wait least, of ranks below this. Says whether there is one.
fn select(
    candidates: &mut Vec<u32>,
    remembered: &TrackMemories,
    found: &mut dyn Iterator<Item = u32>,
    below: u32,
) -> bool {
    let mut least = below;
    candidates.clear();
    for place in found {
        let rank = remembered.rank_of(place);
        if rank >= below || rank > least {
            continue;
        }
        if rank < least {
            candidates.clear();
            least = rank;
        }
        candidates.push(place);
    }
    !candidates.is_empty()
}

/// The fallbacks of a playlist, then all playlists by how near their targets are.
fn nearest_playlists(tracks: &Catalogue, name: PlaylistName) -> impl Iterator<Item = PlaylistName> {
    let playlists = &tracks.playlists().playlists;
    let target = &playlists.get(name).target;
    let apart = |other: PlaylistName| {
        let other = &playlists.get(other).target;
        (other.valence - target.valence).abs() + (other.energy - target.energy).abs()
    };
    let mut others = PlaylistName::all();
    others.sort_by(|a, b| apart(*a).total_cmp(&apart(*b)));
    playlists.get(name).fallback.clone().into_iter().chain(others)
}

/// The tracks nearest to a point of the plane that are free: those within [`NEAR_POINT`], else the [`FEWEST_NEAR_POINT`]
/// nearest ones. Tracks that wait count only where too few are free.
fn around_point(
    tracks: &Catalogue,
    point: Affect,
    remembered: &TrackMemories,
    below: u32,
) -> impl Iterator<Item = u32> {
    let known = (0..tracks.len()).filter(|place| remembered.rank_of(*place as u32) < below);
    let mut known: Vec<(f32, u32)> =
        known.filter_map(|place| Some((distance(tracks.stop(place)?.at, point), place as u32))).collect();
    let is_free = |place: u32| remembered.rank_of(place) == 0;
    if known.iter().any(|(_, place)| is_free(*place)) {
        known.retain(|(_, place)| is_free(*place));
    }
    known.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let near = known.partition_point(|(far, _)| *far <= NEAR_POINT);
    known.truncate(near.max(FEWEST_NEAR_POINT));
    known.into_iter().map(|(_, place)| place)
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
