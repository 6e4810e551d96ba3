//! The catalogue: descriptors of all tracks as columns of numbers. One pass over columns takes a fraction of the time of
//! a pass over entries with their texts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::recordings::Recordings;
use crate::music::journey::Waypoint;
use crate::music::library::LibraryEntry;
use crate::music::plane::in_plane;
use crate::music::playlists::{LoadedPlaylists, MusicTarget, PlaylistName, RuleTime};
#[cfg(test)]
use crate::music::theory::UNKNOWN_KEY;
use crate::music::theory::{key_number, key_of_number, tempo_octaves};
use crate::music::track::{artist_id, track_id};

/// Tracks as columns. What is not known is NaN.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Another one for each catalogue that is begun.
    number: u64,
    playlists: Arc<LoadedPlaylists>,
    pub(super) ids: Vec<u64>,
    pub(super) valence: Vec<f32>,
    pub(super) energy: Vec<f32>,
    pub(super) danceability: Vec<f32>,
    /// Beats per minute.
    pub(super) tempo: Vec<f32>,
    /// Octaves above 100 BPM: tempi that differ by whole octaves go together.
    pub(super) octaves: Vec<f32>,
    /// Length in seconds.
    seconds: Vec<f32>,
    pub(super) keys: Vec<u8>,
    /// Number of the artists together, 0 if unknown; see [`Catalogue::artists_of`].
    pub(super) artists: Vec<u32>,
    /// One bit for each rule that finds the track.
    rules: Vec<u128>,
    artist_numbers: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    /// Of each number in `artists` the numbers of the single artists.
    credits: Vec<Vec<u32>>,
    /// Numbers in `artists` by the names as they are shown.
    credit_numbers: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    recordings: Recordings,
    places: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
}

/// The number of a track or an artist is a hash already.
#[derive(Debug, Clone, Copy, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }
}

/// Which rules hold at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ActiveRules {
    finding: u128,
    hiding: u128,
}

impl Catalogue {
    /// No track yet.
    #[must_use]
    pub fn new(playlists: Arc<LoadedPlaylists>) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            playlists,
            ids: Vec::new(),
            valence: Vec::new(),
            energy: Vec::new(),
            danceability: Vec::new(),
            tempo: Vec::new(),
            octaves: Vec::new(),
            seconds: Vec::new(),
            keys: Vec::new(),
            artists: Vec::new(),
            rules: Vec::new(),
            artist_numbers: HashMap::default(),
            credits: vec![Vec::new()],
            credit_numbers: HashMap::default(),
            recordings: Recordings::default(),
            places: HashMap::default(),
        }
    }

    /// Of all these tracks.
    #[must_use]
    pub fn of(entries: &[LibraryEntry], playlists: Arc<LoadedPlaylists>) -> Self {
        let mut catalogue = Self::new(playlists);
        catalogue.extend(entries, usize::MAX);
        catalogue
    }

    /// Takes in those of the tracks that follow the ones it has, but not more than `most`.
    pub fn extend(&mut self, entries: &[LibraryEntry], most: usize) {
        for entry in entries.iter().skip(self.len()).take(most) {
            self.push(entry);
        }
    }

    fn push(&mut self, entry: &LibraryEntry) {
        let id = track_id(&entry.below);
        let place = self.len() as u32;
        self.places.insert(id, place);
        self.ids.push(id);
        self.valence.push(entry.valence.unwrap_or(f32::NAN));
        self.energy.push(entry.energy.unwrap_or(f32::NAN));
        self.danceability.push(entry.danceability.unwrap_or(f32::NAN));
        let bpm = entry.track.facts.bpm();
        self.tempo.push(bpm.filter(|bpm| *bpm > 0.0).unwrap_or(f32::NAN));
        self.octaves.push(tempo_octaves(bpm));
        self.seconds.push(entry.track.duration.as_secs_f32().max(1.0));
        self.keys.push(key_number(entry.track.facts.musical_key()));
        let artists = entry.track.artist.as_deref().map_or(0, |name| self.number_of(name, &entry.artists));
        self.artists.push(artists);
        self.recordings.push(entry);
        let bits = self.rule_bits(entry);
        self.rules.push(bits);
    }

    /// The number of artists together, by their names as they are shown. `single` is empty for one artist.
    fn number_of(&mut self, shown: &str, single: &[String]) -> u32 {
        if let Some(number) = self.credit_numbers.get(&artist_id(shown)) {
            return *number;
        }
        let names = if single.is_empty() { vec![shown] } else { single.iter().map(String::as_str).collect() };
        let credit = names.into_iter().map(|name| {
            let next = self.artist_numbers.len() as u32 + 1;
            *self.artist_numbers.entry(artist_id(name)).or_insert(next)
        });
        let credit = credit.collect();
        let number = self.credits.len() as u32;
        self.credits.push(credit);
        self.credit_numbers.insert(artist_id(shown), number);
        number
    }

    fn rule_bits(&self, entry: &LibraryEntry) -> u128 {
        let LoadedPlaylists { playlists, lists, .. } = &*self.playlists;
        let all = PlaylistName::all();
        let rules = all.iter().flat_map(|name| {
            let playlist = playlists.get(*name);
            playlist.rules.iter().chain(&playlist.exclude)
        });
        rules.enumerate().filter(|(_, rule)| rule.finds(entry, lists)).fold(0, |bits, (n, _)| bits | 1 << n)
    }

    /// What tells this catalogue from others: tracks are only ever added to it, so that number and length together
    /// say whether something that was worked out from it still holds.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// How many tracks it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The playlists whose rules were looked at.
    #[must_use]
    pub fn playlists(&self) -> &Arc<LoadedPlaylists> {
        &self.playlists
    }

    /// Position of a track.
    #[must_use]
    pub fn place_of(&self, id: u64) -> Option<usize> {
        self.places.get(&id).map(|place| *place as usize)
    }

    /// Numbers here of the artists with a name, by [`artist_id`]; of several for the names of a track with several.
    pub(super) fn artists_named(&self, id: u64) -> &[u32] {
        if let Some(number) = self.credit_numbers.get(&id) {
            return self.artists_of(*number);
        }
        self.artist_numbers.get(&id).map_or(&[], std::slice::from_ref)
    }

    /// The single artists of a number in `artists`.
    pub(super) fn artists_of(&self, number: u32) -> &[u32] {
        self.credits.get(number as usize).map_or(&[], Vec::as_slice)
    }

    /// How many numbers there are in `artists`, with the unknown one.
    pub(super) fn credit_count(&self) -> usize {
        self.credits.len()
    }

    /// The track and all others of the same recording.
    pub(super) fn same_recording(&self, place: usize) -> impl Iterator<Item = usize> {
        self.recordings.all(place)
    }

    /// How many artists there are, with the unknown one.
    pub(super) fn artist_count(&self) -> usize {
        self.artist_numbers.len() + 1
    }

    /// The rules of a playlist that hold at a time.
    pub(super) fn active(&self, wanted: PlaylistName, time: RuleTime) -> ActiveRules {
        let (mut active, mut bit) = (ActiveRules::default(), 0);
        for name in PlaylistName::all() {
            let playlist = self.playlists.playlists.get(name);
            for (rules, mask) in
                [(&playlist.rules, &mut active.finding), (&playlist.exclude, &mut active.hiding)]
            {
                for rule in rules {
                    if name == wanted && rule.holds_at(time) {
                        *mask |= 1 << bit;
                    }
                    bit += 1;
                }
            }
        }
        active
    }

    /// Whether the rules find the track at this position.
    pub(super) fn is_found(&self, place: usize, active: ActiveRules) -> bool {
        let bits = self.rules[place];
        bits & active.finding != 0 && bits & active.hiding == 0
    }

    /// Whether a rule takes the track at this position off the playlist.
    pub(super) fn is_hidden(&self, place: usize, active: ActiveRules) -> bool {
        self.rules[place] & active.hiding != 0
    }

    /// Whether the entry is the one that is at this position here.
    #[must_use]
    pub fn is_at(&self, place: usize, entry: &LibraryEntry) -> bool {
        self.ids.get(place) == Some(&track_id(&entry.below))
    }

    /// Number of the track at this position.
    #[must_use]
    pub fn id(&self, place: usize) -> u64 {
        self.ids[place]
    }

    /// The track at this position as a waypoint, if its valence and energy are known.
    #[must_use]
    pub fn stop(&self, place: usize) -> Option<Waypoint> {
        let (valence, energy) = (self.valence[place], self.energy[place]);
        (!valence.is_nan() && !energy.is_nan()).then(|| Waypoint {
            index: place,
            at: in_plane(valence, energy),
            seconds: self.seconds[place],
            key: key_of_number(self.keys[place]),
            octaves: self.octaves[place],
        })
    }

    /// What the track at this position is like; what is not known of it is taken from `otherwise`.
    #[must_use]
    pub fn target_of(&self, place: usize, otherwise: &MusicTarget) -> MusicTarget {
        let or = |value: f32, otherwise: f32| if value.is_nan() { otherwise } else { value };
        MusicTarget {
            valence: or(self.valence[place], otherwise.valence),
            energy: or(self.energy[place], otherwise.energy),
            danceability: or(self.danceability[place], otherwise.danceability),
            tempo: or(self.tempo[place], otherwise.tempo),
        }
    }

    /// Whether the key of the track at this position is known.
    #[cfg(test)]
    pub(super) fn knows_key(&self, place: usize) -> bool {
        self.keys[place] != UNKNOWN_KEY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;
    use crate::foundation::LocalTime;
    use crate::music::test_support::{entry, loaded};
    use crate::music::theory::MusicalKey;
    use crate::music::track::{FactSource, Sourced};

    fn at(hour: f32) -> RuleTime {
        RuleTime::of(&LocalTime { hour, ..LocalTime::stepped(0.0) })
    }

    /// Artists count one by one: a track of two shares an artist with a track of one, and taste for both names is of both.
    #[test]
    fn each_of_several_artists_counts() {
        let by = |file: &str, artists: &[&str]| {
            let mut track = entry(file, "");
            track.artists = artists.iter().map(|artist| (*artist).to_owned()).collect();
            track.track.artist = Some(artists.join(", "));
            track
        };
        let tracks = [by("a.ogg", &["Anna", "Bert"]), by("b.ogg", &["Bert"]), by("c.ogg", &["Anna", "Bert"])];
        let catalogue = Catalogue::of(&tracks, loaded());
        let artists = |place: usize| catalogue.artists_of(catalogue.artists[place]);
        assert_eq!((artists(0), artists(1), artists(2)), (&[1, 2][..], &[2][..], &[1, 2][..]));
        let named = |name| catalogue.artists_named(artist_id(name));
        assert_eq!(
            (named("Anna"), named("Bert"), named("Anna, Bert"), named("Zoe")),
            (&[1][..], &[2][..], &[1, 2][..], &[][..])
        );
    }

    #[test]
    fn columns_hold_what_entries_say() {
        let mut first = entry("happy/a.ogg", "calm");
        (first.track.facts.tempo, first.track.artist) = (Some(Sourced::measured(90.0)), Some("X".into()));
        first.track.facts.key = Some(Sourced::new(MusicalKey { tonic: 9, minor: true }, FactSource::Tag));
        let second = entry("b.ogg", "");
        let catalogue = Catalogue::of(&[first.clone(), second], loaded());
        assert_eq!(catalogue.len(), 2);
        assert!(catalogue.knows_key(0) && !catalogue.knows_key(1));
        assert!(catalogue.tempo[1].is_nan() && catalogue.valence[0].is_nan());
        assert_eq!(catalogue.artists, [1, 0]);
        assert_eq!(catalogue.place_of(track_id(&first.below)), Some(0));
        assert!(catalogue.is_at(0, &first) && !catalogue.is_at(1, &first));
        let on = |place, emotion| {
            let active = catalogue.active(PlaylistName(Some(emotion)), at(12.0));
            catalogue.is_found(place, active)
        };
        assert!(on(0, Emotion::Happy), "by its folder");
        assert!(on(0, Emotion::Sad) && on(0, Emotion::Angry), "by its tag");
        assert!(!on(0, Emotion::Surprise) && !on(1, Emotion::Happy));
    }

    #[test]
    fn rules_count_only_at_their_hours_and_excludes_hide() {
        let mut loaded = (*loaded()).clone();
        let rules =
            |text: &str| crate::foundation::parse_ron(std::path::Path::new("x.ron"), text).expect("rules");
        loaded.playlists.empty.rules =
            rules("[(folders: [\"day\"]), (folders: [\"night\"], hours: (from: \"22:00\", to: \"06:00\"))]");
        loaded.playlists.empty.exclude =
            rules("[(moods: [\"loud\"], hours: (from: \"20:00\", to: \"08:00\"))]");
        let entries = [entry("day/a.ogg", "loud"), entry("night/b.ogg", "soft")];
        let catalogue = Catalogue::of(&entries, Arc::new(loaded));
        let found = |hour| {
            let active = catalogue.active(PlaylistName::EMPTY, at(hour));
            [0, 1].map(|place| catalogue.is_found(place, active))
        };
        assert_eq!(found(12.0), [true, false]);
        assert_eq!(found(23.0), [false, true]);
        assert_eq!(found(7.0), [false, false]);
    }

    #[test]
    fn it_grows_in_small_parts() {
        let entries: Vec<LibraryEntry> = (0..10).map(|n| entry(&format!("{n}.ogg"), "calm")).collect();
        let mut catalogue = Catalogue::new(loaded());
        for length in [4, 8, 10, 10] {
            catalogue.extend(&entries, 4);
            assert_eq!(catalogue.len(), length);
        }
        assert!(catalogue.is_at(9, &entries[9]));
    }
}
