//! The parts of a score, each as a column over all tracks.

use std::f32::consts::TAU;

use super::catalogue::Catalogue;
use super::goal::Goal;
use super::key;
use super::settings::{FitWeights, Occasion, RecommendSettings};
use crate::music::playlists::Target;
use crate::music::taste::{Features, Lens, Surroundings, Taste, Traits};

/// What a descriptor that is not known counts as, between 0 near and 1 far: it widens, and never shuts out.
const UNKNOWN: f32 = 0.45;
/// A descriptor that is so many tolerances off is as far as can be.
const FAR: f32 = 2.0;

/// A part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Term {
    /// How near to the target that the probabilities make.
    Fit,
    /// How small the step from the track before is.
    Step,
    /// How long ago it was heard.
    Novelty,
    /// How well its energy suits hour, company and stay.
    Context,
    /// How much it is expected to be liked.
    Taste,
    /// Whether the artist has not just been heard.
    Variety,
}

impl Term {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 6] =
        [Self::Fit, Self::Step, Self::Novelty, Self::Context, Self::Taste, Self::Variety];
}

/// One value for each term and track.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    values: [Vec<f32>; Term::ALL.len()],
    /// The weighted sum.
    pub(super) total: Vec<f32>,
}

/// What the terms depend on, beside the tracks.
pub(super) struct Basis<'a> {
    pub(super) goal: &'a Goal,
    /// Position of the track before.
    pub(super) current: Option<usize>,
    pub(super) around: &'a Surroundings,
    pub(super) taste: &'a Taste,
    /// Drawn weights of taste.
    pub(super) weights: &'a Features,
    /// Numbers of the artists that were just heard, the newest last.
    pub(super) artists: &'a [u32],
}

impl Columns {
    pub(super) fn get(&self, term: Term, place: usize) -> f32 {
        self.values[term as usize][place]
    }

    /// Works all of them out.
    pub(super) fn fill(&mut self, tracks: &Catalogue, basis: &Basis, settings: &RecommendSettings) {
        let [fit, step, novelty, context, taste, variety] = &mut self.values;
        fill_fit(fit, tracks, basis.goal, &settings.fit);
        fill_step(step, tracks, basis.current, settings.step);
        fill_novelty(novelty, tracks, basis, settings.novelty_hours);
        fill_context(context, tracks, basis.around, &settings.occasion);
        fill_taste(taste, tracks, basis, fit);
        fill_variety(variety, tracks, basis.artists);
        self.add_up(tracks.len(), settings);
    }

    fn add_up(&mut self, length: usize, settings: &RecommendSettings) {
        self.total.clear();
        self.total.resize(length, 0.0);
        for (term, column) in Term::ALL.into_iter().zip(&self.values) {
            let weight = settings.weights.of(term);
            for (sum, value) in self.total.iter_mut().zip(column) {
                *sum += weight * value;
            }
        }
    }
}

impl super::settings::Weights {
    /// The weight of a term.
    #[must_use]
    pub fn of(&self, term: Term) -> f32 {
        match term {
            Term::Fit => self.fit,
            Term::Step => self.step,
            Term::Novelty => self.novelty,
            Term::Context => self.context,
            Term::Taste => self.taste,
            Term::Variety => self.variety,
        }
    }
}

/// 1 − the weighted mean distance from the target, in tolerances.
fn fill_fit(column: &mut Vec<f32>, tracks: &Catalogue, goal: &Goal, weights: &FitWeights) {
    let Goal { target, tolerance } = goal;
    let Target { valence, energy, danceability, tempo } = *target;
    let sum = weights.valence + weights.energy + weights.danceability + weights.tempo;
    column.clear();
    column.resize(tracks.len(), 1.0);
    for (values, target, tolerance, weight) in [
        (&tracks.valence, valence, tolerance.valence, weights.valence),
        (&tracks.energy, energy, tolerance.energy, weights.energy),
        (&tracks.danceability, danceability, tolerance.danceability, weights.danceability),
        (&tracks.tempo, tempo, tolerance.tempo, weights.tempo),
    ] {
        let (scale, weight) = (1.0 / (FAR * tolerance), weight / sum);
        for (fit, value) in column.iter_mut().zip(values) {
            let away = ((value - target).abs() * scale).min(1.0);
            *fit -= weight * if value.is_nan() { UNKNOWN } else { away };
        }
    }
}

/// 1 − half the step in the plane, a quarter each of the step in key and in tempo (REMAST, IEEE TAFFC 2024).
fn fill_step(column: &mut Vec<f32>, tracks: &Catalogue, current: Option<usize>, longest: f32) {
    column.clear();
    let Some(current) = current else {
        column.resize(tracks.len(), 1.0);
        return;
    };
    let (valence, energy) = (tracks.valence[current], tracks.energy[current]);
    let scale = 1.0 / (2.0 * longest);
    column.extend(tracks.valence.iter().zip(&tracks.energy).map(|(v, e)| {
        // The plane is two units wide, the descriptors are one.
        let (dv, de) = (2.0 * (v - valence), 2.0 * (e - energy));
        let away = ((dv * dv + de * de).sqrt() * scale).min(1.0);
        1.0 - 0.5 * if dv.is_nan() || de.is_nan() { UNKNOWN } else { away }
    }));
    let octave = tracks.octaves[current];
    for (step, value) in column.iter_mut().zip(&tracks.octaves) {
        let octaves = (value - octave).abs();
        // The distance to the next whole octave; tempi lie within four.
        let folded =
            [1.0, 2.0, 3.0, 4.0].iter().fold(octaves, |near, whole| near.min((octaves - whole).abs()));
        *step -= 0.25 * if octaves.is_nan() { UNKNOWN } else { 2.0 * folded };
    }
    let distances: [f32; 25] = std::array::from_fn(|other| {
        0.25 * key::key_distance(tracks.keys[current], other as u8).unwrap_or(UNKNOWN)
    });
    for (step, key) in column.iter_mut().zip(&tracks.keys) {
        *step -= distances[usize::from(*key).min(24)];
    }
}

/// 1 for what is new; what was heard comes back as `1 − exp(−age / hours)`.
fn fill_novelty(column: &mut Vec<f32>, tracks: &Catalogue, basis: &Basis, hours: f32) {
    column.clear();
    column.resize(tracks.len(), 1.0);
    for (id, track, _) in basis.taste.tracks() {
        if let (Some(heard), Some(place)) = (track.heard, tracks.place_of(id)) {
            let age = (basis.around.moment.unix - heard).max(0) as f32 / 3_600.0;
            column[place] = 1.0 - (-age / hours).exp();
        }
    }
}

/// What the hour, the company and the stay ask for, −1 quiet ..= 1 lively.
pub(super) fn wanted_energy(around: &Surroundings, occasion: &Occasion) -> f32 {
    let night = ((around.moment.hour - 3.0) / 24.0 * TAU).cos().max(0.0);
    let weekend = if around.moment.is_weekend() { occasion.weekend } else { 0.0 };
    let wanted = occasion.night * night
        + weekend
        + occasion.company * around.company()
        + occasion.settled * around.settled();
    wanted.clamp(-1.0, 1.0)
}

fn fill_context(column: &mut Vec<f32>, tracks: &Catalogue, around: &Surroundings, occasion: &Occasion) {
    let wanted = 0.5 * wanted_energy(around, occasion);
    column.clear();
    column.extend(tracks.energy.iter().map(|energy| 0.5 + wanted * centred(*energy)));
}

/// What the drawn weights expect, and what is remembered of the very track and its artist.
fn fill_taste(column: &mut Vec<f32>, tracks: &Catalogue, basis: &Basis, fit: &[f32]) {
    // The same sum as `Lens::score`, one descriptor after the other.
    let lens = Lens::new(basis.weights, basis.around);
    let mut artists = vec![0.0; tracks.artist_count()];
    for (name, liked) in basis.taste.artists() {
        if let Some(number) = tracks.artist(name) {
            artists[number as usize] = liked;
        }
    }
    column.clear();
    column.extend(fit.iter().map(|fit| lens.bias + lens.fit * fit));
    for (values, weight, squared) in [
        (&tracks.valence, lens.valence, lens.valence_squared),
        (&tracks.energy, lens.energy, lens.energy_squared),
        (&tracks.danceability, lens.danceability, 0.0),
    ] {
        for (sum, value) in column.iter_mut().zip(values) {
            let value = centred(*value);
            *sum += (weight + squared * value) * value;
        }
    }
    for (sum, tempo) in column.iter_mut().zip(&tracks.tempo) {
        *sum += lens.tempo * tempo_trait(*tempo);
    }
    let modes: [f32; 25] = std::array::from_fn(|key| lens.minor * key::minor(key as u8));
    for ((sum, key), artist) in column.iter_mut().zip(&tracks.keys).zip(&tracks.artists) {
        *sum += modes[usize::from(*key).min(24)] + artists[*artist as usize];
    }
    for (id, _, liked) in basis.taste.tracks() {
        if let Some(place) = tracks.place_of(id) {
            column[place] += liked;
        }
    }
}

/// What taste looks at in a track.
#[inline]
pub(super) fn traits(tracks: &Catalogue, place: usize, fit: f32) -> Traits {
    Traits {
        fit,
        valence: centred(tracks.valence[place]),
        energy: centred(tracks.energy[place]),
        danceability: centred(tracks.danceability[place]),
        tempo: tempo_trait(tracks.tempo[place]),
        minor: key::minor(tracks.keys[place]),
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

/// 0 for the artist of the track before, rising to 1 for one who was not heard lately.
fn fill_variety(column: &mut Vec<f32>, tracks: &Catalogue, recent: &[u32]) {
    let mut artists = vec![1.0; tracks.artist_count()];
    for (ago, artist) in recent.iter().rev().enumerate().collect::<Vec<_>>().into_iter().rev() {
        // Nobody knows whether two unknown artists are the same.
        if *artist != 0 {
            artists[*artist as usize] = ago as f32 / recent.len() as f32;
        }
    }
    column.clear();
    column.extend(tracks.artists.iter().map(|artist| artists[*artist as usize]));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::music::Entry;
    use crate::music::moment::Moment;
    use crate::music::taste::{Event, FEATURES, Sign};
    use crate::music::testing::{described, entry, loaded, settings};

    fn around(hour: f32) -> Surroundings {
        let moment = Moment { hour, ..Moment::stepped(0.0) };
        Surroundings { moment, people: 1, stay: Duration::ZERO, mood: [0.0, 0.0] }
    }

    fn goal(valence: f32, energy: f32, tempo: f32) -> Goal {
        let tolerance = Target { valence: 0.25, energy: 0.25, danceability: 0.5, tempo: 30.0 };
        Goal { target: Target { valence, energy, danceability: 0.5, tempo }, tolerance }
    }

    fn columns(
        entries: &[Entry],
        current: Option<usize>,
        hour: f32,
        taste: &Taste,
        artists: &[u32],
    ) -> Columns {
        let catalogue = Catalogue::of(entries, loaded());
        let mut columns = Columns::default();
        let basis = Basis {
            goal: &goal(0.8, 0.8, 120.0),
            current,
            around: &around(hour),
            taste,
            weights: &taste.bandit().weights().0,
            artists,
        };
        columns.fill(&catalogue, &basis, &settings().recommend);
        columns
    }

    fn fresh() -> Taste {
        Taste::new(&settings().taste)
    }

    #[test]
    fn fit_falls_with_distance_and_the_unknown_lies_between() {
        let entries = [
            described("on.ogg", "", 0.8, 0.8, 120.0),
            described("near.ogg", "", 0.7, 0.7, 110.0),
            entry("unknown.ogg", ""),
            described("far.ogg", "", 0.1, 0.1, 50.0),
        ];
        let columns = columns(&entries, None, 12.0, &fresh(), &[]);
        let fit: Vec<f32> = (0..4).map(|place| columns.get(Term::Fit, place)).collect();
        assert!(fit.windows(2).all(|pair| pair[0] > pair[1]), "{fit:?}");
        assert!(fit[0] > 0.9 && fit[3] < 0.2, "{fit:?}");
    }

    #[test]
    fn a_small_step_in_plane_key_and_tempo_is_better() {
        let keyed = |file, valence, bpm, key: &str| {
            let mut entry = described(file, "", valence, 0.5, bpm);
            entry.key = Some(key.to_owned());
            entry
        };
        let entries = [
            keyed("now.ogg", 0.5, 100.0, "C"),
            keyed("same.ogg", 0.5, 100.0, "C"),
            keyed("octave.ogg", 0.5, 200.0, "C"),
            keyed("key.ogg", 0.5, 100.0, "F#"),
            keyed("tempo.ogg", 0.5, 140.0, "C"),
            keyed("plane.ogg", 1.0, 100.0, "C"),
        ];
        let columns = columns(&entries, Some(0), 12.0, &fresh(), &[]);
        let step = |place| columns.get(Term::Step, place);
        assert!((step(1) - 1.0).abs() < 1e-5 && (step(2) - 1.0).abs() < 1e-5);
        for place in 3..6 {
            assert!(step(place) < 0.85, "{place}: {}", step(place));
        }
    }

    #[test]
    fn what_was_heard_comes_back_in_time() {
        let features = [0.0; FEATURES];
        let event = |file: &str, ago: i64| {
            let now = Moment::stepped(0.0);
            let at = Moment { unix: now.unix - ago, ..now };
            Event { at, sign: Sign::Heard, file: file.into(), title: String::new(), artist: None, features }
        };
        let taste =
            Taste::from_events(&settings().taste, &[event("old.ogg", 100 * 3_600), event("new.ogg", 60)]);
        let entries = [entry("old.ogg", ""), entry("new.ogg", ""), entry("never.ogg", "")];
        let columns = columns(&entries, None, 12.0, &taste, &[]);
        assert!(columns.get(Term::Novelty, 0) > 0.95);
        assert!(columns.get(Term::Novelty, 1) < 0.05);
        assert!((columns.get(Term::Novelty, 2) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn nights_are_quiet() {
        let entries = [described("quiet.ogg", "", 0.5, 0.1, 80.0), described("loud.ogg", "", 0.5, 0.9, 80.0)];
        let night = columns(&entries, None, 2.0, &fresh(), &[]);
        assert!(night.get(Term::Context, 0) > night.get(Term::Context, 1) + 0.2);
        let noon = columns(&entries, None, 12.0, &fresh(), &[]);
        assert!((noon.get(Term::Context, 0) - noon.get(Term::Context, 1)).abs() < 0.05);
    }

    #[test]
    fn artists_take_turns_and_the_unknown_one_is_nobody() {
        let by = |file: &str, artist: Option<&str>| {
            let mut entry = entry(file, "");
            entry.track.artist = artist.map(str::to_owned);
            entry
        };
        let entries =
            [by("a.ogg", Some("A")), by("b.ogg", Some("B")), by("c.ogg", Some("C")), by("d.ogg", None)];
        let columns = columns(&entries, None, 12.0, &fresh(), &[1, 2, 0]);
        let variety: Vec<f32> = (0..4).map(|place| columns.get(Term::Variety, place)).collect();
        assert!(variety[1] < variety[0] && variety[0] < variety[2], "{variety:?}");
        assert!((variety[3] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_column_of_taste_is_what_the_lens_says() {
        let mut known = described("a.ogg", "", 0.9, 0.3, 150.0);
        (known.key, known.danceability) = (Some("Am".into()), Some(0.7));
        let entries = [known, entry("unknown.ogg", "")];
        let catalogue = Catalogue::of(&entries, loaded());
        let weights: Features = std::array::from_fn(|index| 0.1 * index as f64 - 0.7);
        let (taste, goal, around) = (fresh(), goal(0.8, 0.8, 120.0), around(22.0));
        let mut columns = Columns::default();
        let basis = Basis {
            goal: &goal,
            current: None,
            around: &around,
            taste: &taste,
            weights: &weights,
            artists: &[],
        };
        columns.fill(&catalogue, &basis, &settings().recommend);
        for place in 0..2 {
            let traits = traits(&catalogue, place, columns.get(Term::Fit, place));
            let wanted = Lens::new(&weights, &around).score(&traits);
            assert!((columns.get(Term::Taste, place) - wanted).abs() < 1e-5);
        }
    }

    #[test]
    fn a_liked_track_is_expected_to_be_liked_and_so_is_its_artist() {
        let by = |file: &str, artist: &str| {
            let mut entry = entry(file, "");
            entry.track.artist = Some(artist.to_owned());
            entry
        };
        let entries = [by("liked.ogg", "A"), by("other.ogg", "A"), by("third.ogg", "B")];
        let event = Event {
            at: Moment::stepped(0.0),
            sign: Sign::Liked,
            file: "liked.ogg".into(),
            title: String::new(),
            artist: Some("A".into()),
            features: [0.0; FEATURES],
        };
        let taste = Taste::from_events(&settings().taste, [&event]);
        let columns = columns(&entries, None, 12.0, &taste, &[]);
        let liked = |place| columns.get(Term::Taste, place);
        assert!(liked(0) > liked(1) && liked(1) > liked(2));
    }
}
