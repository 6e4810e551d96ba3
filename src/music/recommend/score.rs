//! The parts of a score, and their weighted sum over all tracks in one pass.

use std::f32::consts::TAU;

use super::blended_target::BlendedTarget;
use super::catalogue::Catalogue;
use super::score_term::ScoreTerm;
use super::settings::{FitWeights, OccasionWeights, RecommendSettings, TermWeights};
use super::track_memories::TrackMemories;
use crate::music::playlists::MusicTarget;
use crate::music::taste::{ContextualWeights, Features, ListeningContext, Taste, TrackTraits};
use crate::music::theory::{UNKNOWN_DISTANCE, key_distance_share, key_of_number, minor_sign, tempo_distance};

/// A descriptor that is off by this many tolerances has the largest distance.
const FAR: f32 = 2.0;
/// Tracks that are scored at a time, so that their numbers stay near the processor.
const BLOCK: usize = 512;
/// Keys by number, rounded up to a power of two so that a number is masked instead of checked.
const KEYS: usize = 32;

/// What the terms depend on, beside the tracks.
pub(super) struct ScoreInputs<'a> {
    pub(super) goal: &'a BlendedTarget,
    /// Position of the track before.
    pub(super) current: Option<usize>,
    pub(super) around: &'a ListeningContext,
    pub(super) taste: &'a Taste,
    /// Drawn weights of taste.
    pub(super) weights: &'a Features,
    /// Numbers of the artists, as of [`Catalogue::artists`], that were just heard, the newest last.
    pub(super) artists: &'a [u32],
}

/// What is expected of an artist.
#[derive(Debug, Clone, Copy)]
struct ArtistScore {
    liked: f32,
    /// 0 just heard ..= 1 not lately.
    variety: f32,
}

/// All terms for one choice, with all that is the same for every track worked in.
pub(super) struct Scorer<'a> {
    tracks: &'a Catalogue,
    remembered: &'a TrackMemories,
    weights: &'a TermWeights,
    fit: FitTerm,
    step: StepTerm,
    /// Half of what the hour and the company ask for.
    wanted: f32,
    lens: ContextualWeights,
    artists: Vec<ArtistScore>,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(
        tracks: &'a Catalogue,
        remembered: &'a TrackMemories,
        basis: &ScoreInputs,
        settings: &'a RecommendSettings,
    ) -> Self {
        Self {
            tracks,
            remembered,
            weights: &settings.weights,
            fit: FitTerm::new(basis.goal, &settings.fit),
            step: StepTerm::new(tracks, basis.current, settings.step),
            wanted: 0.5 * wanted_energy(basis.around, &settings.occasion),
            lens: ContextualWeights::new(basis.weights, basis.around),
            artists: artists(tracks, basis),
        }
    }

    /// The parts of the score of one track, in the order of [`ScoreTerm::ALL`].
    pub(super) fn parts(&self, place: usize) -> [f32; ScoreTerm::ALL.len()] {
        let tracks = self.tracks;
        let sound = Descriptors {
            valence: tracks.valence[place],
            energy: tracks.energy[place],
            danceability: tracks.danceability[place],
            tempo: tracks.tempo[place],
            octaves: tracks.octaves[place],
        };
        let key = usize::from(tracks.keys[place]);
        let artist = self.artists[tracks.artists[place] as usize];
        let fit = self.fit.of(sound);
        let taste = self.taste(fit, sound) + self.lens.minor * minor_sign(tracks.keys[place]);
        [
            fit,
            self.step.of(sound) - self.step.keys[key % KEYS],
            self.remembered.novelty(place),
            self.context(sound.energy),
            taste + artist.liked + self.remembered.liked(place),
            artist.variety,
        ]
    }

    /// The features of one track, from which taste can learn.
    pub(super) fn features(&self, place: usize, around: &ListeningContext) -> Features {
        traits(self.tracks, place, self.parts(place)[0]).features(around)
    }

    /// The weighted sum of all parts for every track.
    pub(super) fn add_up(&self, total: &mut Vec<f32>) {
        let (tracks, weights) = (self.tracks, self.weights);
        total.clear();
        total.resize(tracks.len(), 0.0);
        let keys: [f32; KEYS] = std::array::from_fn(|key| {
            weights.taste * self.lens.minor * minor_sign(key as u8) - weights.step * self.step.keys[key]
        });
        let artists: Vec<f32> = self
            .artists
            .iter()
            .map(|artist| weights.variety * artist.variety + weights.taste * artist.liked)
            .collect();
        for (number, block) in total.chunks_mut(BLOCK).enumerate() {
            let range = number * BLOCK..number * BLOCK + block.len();
            self.add_sound(block, range.clone());
            let tags = tracks.keys[range.clone()].iter().zip(&tracks.artists[range]);
            for (sum, (key, artist)) in block.iter_mut().zip(tags) {
                *sum += keys[usize::from(*key) % KEYS] + artists[*artist as usize];
            }
        }
        for (place, novelty, liked) in self.remembered.tracks() {
            total[place] += weights.novelty * (novelty - 1.0) + weights.taste * liked;
        }
    }

    /// What follows from the sound alone; all tracks count as new. No branch in it, so that several tracks are
    /// worked out at once.
    fn add_sound(&self, block: &mut [f32], range: std::ops::Range<usize>) {
        let (tracks, weights) = (self.tracks, self.weights);
        let columns = tracks.valence[range.clone()]
            .iter()
            .zip(&tracks.energy[range.clone()])
            .zip(&tracks.danceability[range.clone()])
            .zip(&tracks.tempo[range.clone()])
            .zip(&tracks.octaves[range]);
        for (sum, ((((valence, energy), danceability), tempo), octaves)) in block.iter_mut().zip(columns) {
            let sound = Descriptors {
                valence: *valence,
                energy: *energy,
                danceability: *danceability,
                tempo: *tempo,
                octaves: *octaves,
            };
            let fit = self.fit.of(sound);
            *sum = weights.novelty
                + weights.fit * fit
                + weights.step * self.step.of(sound)
                + weights.context * self.context(sound.energy)
                + weights.taste * self.taste(fit, sound);
        }
    }

    #[inline]
    fn context(&self, energy: f32) -> f32 {
        0.5 + self.wanted * centred(energy)
    }

    /// [`ContextualWeights::score`] without the key, which has a table of its own.
    #[inline]
    fn taste(&self, fit: f32, sound: Descriptors) -> f32 {
        let traits = TrackTraits {
            fit,
            valence: centred(sound.valence),
            energy: centred(sound.energy),
            danceability: centred(sound.danceability),
            tempo: tempo_trait(sound.tempo),
            minor: 0.0,
        };
        self.lens.score(&traits)
    }
}

/// What is known of the sound of a track; NaN for what is not.
#[derive(Debug, Clone, Copy)]
struct Descriptors {
    valence: f32,
    energy: f32,
    danceability: f32,
    tempo: f32,
    octaves: f32,
}

/// 1 − the weighted mean distance from the target, in tolerances.
#[derive(Debug, Clone, Copy)]
struct FitTerm {
    valence: DescriptorDistance,
    energy: DescriptorDistance,
    danceability: DescriptorDistance,
    tempo: DescriptorDistance,
}

/// The distance of one descriptor from its target.
#[derive(Debug, Clone, Copy)]
struct DescriptorDistance {
    target: f32,
    scale: f32,
    weight: f32,
}

impl DescriptorDistance {
    #[inline]
    fn of(self, value: f32) -> f32 {
        let away = ((value - self.target).abs() * self.scale).min(1.0);
        self.weight * if value.is_nan() { UNKNOWN_DISTANCE } else { away }
    }
}

impl FitTerm {
    fn new(goal: &BlendedTarget, weights: &FitWeights) -> Self {
        let BlendedTarget { target, tolerance } = goal;
        let MusicTarget { valence, energy, danceability, tempo } = *target;
        let sum = weights.valence + weights.energy + weights.danceability + weights.tempo;
        let away = |target, tolerance: f32, weight: f32| DescriptorDistance {
            target,
            scale: 1.0 / (FAR * tolerance),
            weight: weight / sum,
        };
        Self {
            valence: away(valence, tolerance.valence, weights.valence),
            energy: away(energy, tolerance.energy, weights.energy),
            danceability: away(danceability, tolerance.danceability, weights.danceability),
            tempo: away(tempo, tolerance.tempo, weights.tempo),
        }
    }

    #[inline]
    fn of(&self, sound: Descriptors) -> f32 {
        1.0 - self.valence.of(sound.valence)
            - self.energy.of(sound.energy)
            - self.danceability.of(sound.danceability)
            - self.tempo.of(sound.tempo)
    }
}

/// 1 − half the step in the plane, a quarter each of the step in key and in tempo (REMAST, IEEE TAFFC 2024).
#[derive(Debug, Clone)]
struct StepTerm {
    valence: f32,
    energy: f32,
    octaves: f32,
    scale: f32,
    /// Weights of the step in the plane and in tempo; 0 without a track before.
    plane: f32,
    tempo: f32,
    /// What each key takes off.
    keys: [f32; KEYS],
}

impl StepTerm {
    fn new(tracks: &Catalogue, current: Option<usize>, longest: f32) -> Self {
        let scale = 1.0 / (2.0 * longest);
        let Some(current) = current else {
            let keys = [0.0; KEYS];
            return Self { valence: 0.0, energy: 0.0, octaves: 0.0, scale, plane: 0.0, tempo: 0.0, keys };
        };
        let before = key_of_number(tracks.keys[current]);
        Self {
            valence: tracks.valence[current],
            energy: tracks.energy[current],
            octaves: tracks.octaves[current],
            scale,
            plane: 0.5,
            tempo: 0.25,
            keys: std::array::from_fn(|other| 0.25 * key_distance_share(before, key_of_number(other as u8))),
        }
    }

    /// Without the key.
    #[inline]
    fn of(&self, sound: Descriptors) -> f32 {
        // The plane is two units wide, the descriptors are one.
        let (dv, de) = (2.0 * (sound.valence - self.valence), 2.0 * (sound.energy - self.energy));
        let squared = dv * dv + de * de;
        let away = (squared.sqrt() * self.scale).min(1.0);
        let plane = if squared.is_nan() { UNKNOWN_DISTANCE } else { away };
        let tempo = tempo_distance(sound.octaves, self.octaves);
        1.0 - self.plane * plane - self.tempo * tempo
    }
}

/// How much the artists of each number in the catalogue are expected to be liked, and how long ago one of them was heard.
fn artists(tracks: &Catalogue, basis: &ScoreInputs) -> Vec<ArtistScore> {
    let mut artists = vec![ArtistScore { liked: 0.0, variety: 1.0 }; tracks.artist_count()];
    for (id, liked) in basis.taste.artists() {
        for number in tracks.artists_named(id) {
            let known = &mut artists[*number as usize].liked;
            // What is known of an artist alone and together with others comes in any order: the stronger one counts.
            let is_stronger = liked.abs().total_cmp(&known.abs()).then(liked.total_cmp(known)).is_gt();
            *known = if is_stronger { liked } else { *known };
        }
    }
    let length = basis.artists.len();
    for (position, heard) in basis.artists.iter().enumerate() {
        // Two unknown artists may be different ones: no number stands for them.
        for artist in tracks.artists_of(*heard) {
            artists[*artist as usize].variety = (length - 1 - position) as f32 / length as f32;
        }
    }
    let together = |number: u32| {
        let single = tracks.artists_of(number);
        let of = |artist: &u32| artists[*artist as usize];
        let liked: f32 = single.iter().map(|artist| of(artist).liked).sum();
        ArtistScore {
            liked: liked / single.len().max(1) as f32,
            variety: single.iter().map(|artist| of(artist).variety).fold(1.0, f32::min),
        }
    };
    (0..tracks.credit_count() as u32).map(together).collect()
}

/// What the hour, the company and the stay ask for, −1 quiet ..= 1 lively.
pub(super) fn wanted_energy(around: &ListeningContext, occasion: &OccasionWeights) -> f32 {
    let night = ((around.moment.hour - 3.0) / 24.0 * TAU).cos().max(0.0);
    let weekend = if around.moment.is_weekend() { occasion.weekend } else { 0.0 };
    let wanted = occasion.night * night
        + weekend
        + occasion.company * around.company()
        + occasion.settled * around.settled();
    wanted.clamp(-1.0, 1.0)
}

/// What taste looks at in a track.
fn traits(tracks: &Catalogue, place: usize, fit: f32) -> TrackTraits {
    TrackTraits {
        fit,
        valence: centred(tracks.valence[place]),
        energy: centred(tracks.energy[place]),
        danceability: centred(tracks.danceability[place]),
        tempo: tempo_trait(tracks.tempo[place]),
        minor: minor_sign(tracks.keys[place]),
    }
}

#[inline]
fn tempo_trait(tempo: f32) -> f32 {
    if tempo.is_nan() { 0.0 } else { ((tempo - 105.0) / 60.0).clamp(-1.0, 1.0) }
}

/// From 0..=1 to −1..=1; what is not known lies in the middle.
#[inline]
fn centred(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { 2.0 * value - 1.0 }
}

#[cfg(test)]
mod tests;
