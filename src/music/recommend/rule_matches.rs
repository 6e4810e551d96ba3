//! Which tracks the playlists find, kept until tracks or rules change: rules are looked at for all tracks once, and
//! not at each choice.

use super::catalogue::{ActiveRules, Catalogue};
use crate::music::journey::Waypoint;

/// Cached results: one for each playlist, and some for hours of the day.
const LISTS: usize = 16;
/// Largest number of waypoints of a journey; more are thinned out.
const STOPS: usize = 1_500;
/// Grid cells along each side of the plane, used to thin out waypoints evenly.
const SQUARES: usize = 32;

/// The tracks of one playlist.
#[derive(Debug, Clone)]
struct RuleMatches {
    active: ActiveRules,
    places: Vec<u32>,
    /// Waypoints for journeys among them, once they were needed.
    stops: Option<Vec<Waypoint>>,
}

/// What playlists find.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleMatchCache {
    /// The tracks that it was found in.
    of: Option<(u64, usize)>,
    lists: Vec<RuleMatches>,
}

impl RuleMatchCache {
    /// Places of the tracks that these rules find, in their order.
    pub(super) fn places(&mut self, tracks: &Catalogue, active: ActiveRules) -> &[u32] {
        &self.list(tracks, active).places
    }

    /// The tracks that these rules find, else all, as stops of a journey. Of many, equally many are taken from each
    /// square of the plane, so that no region is left out.
    pub(super) fn stops(&mut self, tracks: &Catalogue, active: ActiveRules) -> &[Waypoint] {
        let list = self.list(tracks, active);
        list.stops.get_or_insert_with(|| {
            if list.places.is_empty() {
                thinned(tracks, 0..tracks.len() as u32)
            } else {
                thinned(tracks, list.places.iter().copied())
            }
        })
    }

    fn list(&mut self, tracks: &Catalogue, active: ActiveRules) -> &mut RuleMatches {
        let of = Some((tracks.number(), tracks.len()));
        if self.of != of || self.lists.len() > LISTS {
            self.lists.clear();
            self.of = of;
        }
        let known = self.lists.iter().position(|list| list.active == active);
        let index = known.unwrap_or_else(|| {
            let places = (0..tracks.len() as u32).filter(|place| tracks.is_found(*place as usize, active));
            self.lists.push(RuleMatches { active, places: places.collect(), stops: None });
            self.lists.len() - 1
        });
        &mut self.lists[index]
    }
}

fn thinned(tracks: &Catalogue, places: impl Iterator<Item = u32> + Clone) -> Vec<Waypoint> {
    let mut counts = [0_usize; SQUARES * SQUARES];
    let squares = places.filter_map(|place| Some((place, square(tracks, place)?)));
    let mut known = 0;
    for (_, square) in squares.clone() {
        counts[square] += 1;
        known += 1;
    }
    let taken = |most: usize| counts.iter().map(|count| (*count).min(most)).sum::<usize>();
    // Of each square as many as there is room for, found by halving; each has room for one.
    let (mut most, mut too_many) = (if known <= STOPS { known } else { 1 }, STOPS);
    while most + 1 < too_many {
        let middle = usize::midpoint(most, too_many);
        if taken(middle) <= STOPS { most = middle } else { too_many = middle }
    }
    counts.fill(0);
    let even = squares.filter(|(_, square)| {
        counts[*square] += 1;
        counts[*square] <= most
    });
    even.filter_map(|(place, _)| tracks.stop(place as usize)).collect()
}

/// The square of the plane in which a track lies, if that is known.
fn square(tracks: &Catalogue, place: u32) -> Option<usize> {
    let (valence, energy) = (tracks.valence[place as usize], tracks.energy[place as usize]);
    let part = |value: f32| ((value * SQUARES as f32) as usize).min(SQUARES - 1);
    (!valence.is_nan() && !energy.is_nan()).then(|| part(valence) * SQUARES + part(energy))
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;
    use crate::emotion::Emotion;
    use crate::foundation::LocalTime;
    use crate::music::library::LibraryEntry;
    use crate::music::playlists::{PlaylistName, RuleTime};
    use crate::music::test_support::{described, loaded};

    fn active(tracks: &Catalogue, emotion: Emotion) -> ActiveRules {
        tracks.active(PlaylistName(Some(emotion)), RuleTime::of(&LocalTime::stepped(0.0)))
    }

    #[test]
    fn what_was_found_follows_the_tracks() {
        let mut finder = RuleMatchCache::default();
        let one = Catalogue::of(&[described("a.ogg", "happy", 0.5, 0.5, 90.0)], loaded());
        let other = Catalogue::of(
            &[described("a.ogg", "sad", 0.5, 0.5, 90.0), described("b.ogg", "happy", 0.5, 0.5, 90.0)],
            loaded(),
        );
        for _ in 0..2 {
            assert_eq!(finder.places(&one, active(&one, Emotion::Happy)), [0]);
            assert_eq!(finder.places(&other, active(&other, Emotion::Happy)), [1]);
            assert_eq!(finder.places(&other, active(&other, Emotion::Sad)), [0]);
            assert_eq!(finder.places(&other, active(&other, Emotion::Surprise)), [0; 0]);
            assert_eq!(finder.stops(&other, active(&other, Emotion::Surprise)).len(), 2, "all, then");
        }
        let mut grown = other.clone();
        let more = described("c.ogg", "happy", 0.1, 0.1, 90.0);
        grown.extend(&[more.clone(), more.clone(), more], usize::MAX);
        assert_eq!(finder.places(&grown, active(&grown, Emotion::Happy)), [1, 2]);
    }

    #[test]
    fn many_stops_are_thinned_out_and_lonely_ones_stay() {
        let mut random = StdRng::seed_from_u64(4);
        // A crowd in the middle, and a few tracks far from it.
        let mut entries: Vec<LibraryEntry> = (0..6_000)
            .map(|n| {
                let (valence, energy) = (random.random_range(0.4..0.6), random.random_range(0.4..0.6));
                described(&format!("{n}.ogg"), "happy", valence, energy, 100.0)
            })
            .collect();
        for n in 0..8 {
            entries.push(described(&format!("far {n}.ogg"), "happy", 0.1 * n as f32, 0.05, 100.0));
        }
        let tracks = Catalogue::of(&entries, loaded());
        let mut finder = RuleMatchCache::default();
        let stops = finder.stops(&tracks, active(&tracks, Emotion::Happy));
        assert!((1_000..=STOPS).contains(&stops.len()), "{}", stops.len());
        assert_eq!(stops.iter().filter(|stop| stop.index >= 6_000).count(), 8);
    }
}
