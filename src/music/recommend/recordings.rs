//! Which tracks are the same recording: copies, and the same piece on an album and on a best-of.
//!
//! Two tracks are the same recording if
//! - the contents of their files are the same, or
//! - title and artists are the same but for case and punctuation, the lengths are within [`SAME_LENGTH`], and neither the
//!   words of title or album (live, remix, part 2) nor the tempo tell them apart, or
//! - one of them has no artist in its tags, and both sound alike: the same key and tempo, and the same length, intro, outro
//!   and last sound to a fraction of a second. Descriptors alone never override tags, since two pieces that were made
//!   with the same grid can be as much alike.
//!
//! A mistake in the one direction only lets a copy come early; in the other, a piece would wait for another one. So what is
//! in doubt is another recording. Each track is compared with the few of the same hash of names or sound alone.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use crate::music::library::LibraryEntry;
use crate::music::theory::{key_number, octaves_between};
use crate::music::track::{artist_id, title_id};

/// Two releases of a recording differ by the silence at their ends, in seconds.
const SAME_LENGTH: f32 = 2.0;
/// A copy in another format differs by what its encoder adds at the ends, in seconds.
const COPY_LENGTH: f32 = 0.3;
/// Edges of copies differ by little more than a block of the loudness envelope, in seconds.
const COPY_EDGES: f32 = 0.35;
/// Tempi of the same recording are measured alike, in octaves: 1 %.
const SAME_TEMPO: f32 = 0.0145;
/// Words that tell versions of a piece apart, where only the album has them.
const VERSION_WORDS: [&str; 16] = [
    "live",
    "unplugged",
    "concert",
    "acoustic",
    "akustik",
    "remix",
    "remixes",
    "remixed",
    "instrumental",
    "instrumentals",
    "karaoke",
    "demo",
    "demos",
    "sessions",
    "session",
    "orchestral",
];

/// The recordings of a catalogue, by the places of its tracks.
#[derive(Debug, Clone, Default)]
pub(super) struct Recordings {
    /// Of each track another one of the same recording, in rings; itself if it is the only one.
    next: Vec<u32>,
    prints: Vec<TrackPrint>,
    by_contents: HashMap<u64, u32>,
    /// Of each recording with these names one track.
    by_names: HashMap<u64, Vec<u32>>,
    /// By whole seconds and key.
    by_sound: HashMap<(u32, u8), Vec<u32>>,
}

/// What is compared of a track. Times in seconds.
#[derive(Debug, Clone, Copy)]
struct TrackPrint {
    has_artist: bool,
    seconds: f32,
    /// Beats per minute where they are steady, else 0.
    bpm: f32,
    key: u8,
    /// Intro, outro and last sound, where it was analysed.
    edges: Option<[f32; 3]>,
}

impl Recordings {
    /// Adds the next track.
    pub(super) fn push(&mut self, entry: &LibraryEntry) {
        let place = self.next.len() as u32;
        self.next.push(place);
        let print = TrackPrint::of(entry);
        self.prints.push(print);
        if let Some(contents) = entry.contents {
            let known = *self.by_contents.entry(contents).or_insert(place);
            self.join(known, place);
        }
        if let Some(names) = names_of(entry) {
            let known = self.by_names.get(&names).into_iter().flatten();
            let same = known.copied().find(|other| print.may_be(&self.prints[*other as usize]));
            match same {
                Some(other) => self.join(other, place),
                None => self.by_names.entry(names).or_default().push(place),
            }
        }
        if print.edges.is_some() {
            let second = print.seconds as u32;
            let near = second.saturating_sub(1)..=second + 1;
            let known = near.filter_map(|second| self.by_sound.get(&(second, print.key))).flatten();
            let same: Vec<u32> =
                known.copied().filter(|other| print.sounds_as(&self.prints[*other as usize])).collect();
            for other in same {
                self.join(other, place);
            }
            self.by_sound.entry((second, print.key)).or_default().push(place);
        }
    }

    /// The track and all others of its recording.
    pub(super) fn all(&self, place: usize) -> impl Iterator<Item = usize> {
        let mut at = Some(place);
        std::iter::from_fn(move || {
            let here = at?;
            let next = self.next.get(here).map_or(place, |next| *next as usize);
            at = (next != place).then_some(next);
            Some(here)
        })
    }

    /// Makes one ring of two.
    fn join(&mut self, a: u32, b: u32) {
        if self.all(a as usize).any(|place| place == b as usize) {
            return;
        }
        self.next.swap(a as usize, b as usize);
    }
}

impl TrackPrint {
    fn of(entry: &LibraryEntry) -> Self {
        let track = &entry.track;
        Self {
            has_artist: track.artist.is_some(),
            seconds: track.duration.as_secs_f32(),
            bpm: track.facts.beats.map_or(0.0, |beats| beats.value.bpm),
            key: key_number(track.facts.musical_key()),
            edges: track.facts.edges.map(|edges| [edges.intro_end, edges.outro_start, edges.sound_end]),
        }
    }

    /// Whether nothing tells two tracks of the same names apart.
    fn may_be(&self, other: &Self) -> bool {
        (self.seconds - other.seconds).abs() <= SAME_LENGTH
            && (self.bpm == 0.0 || other.bpm == 0.0 || self.has_tempo_of(other))
    }

    fn has_tempo_of(&self, other: &Self) -> bool {
        // Half and double tempo are the same beat.
        let octaves = octaves_between(self.bpm, other.bpm);
        (octaves - octaves.round()).abs() <= SAME_TEMPO
    }

    /// Whether two tracks sound alike, of which at least one does not say whose it is.
    fn sounds_as(&self, other: &Self) -> bool {
        let edges = self.edges.zip(other.edges);
        let same_edges =
            |(a, b): ([f32; 3], [f32; 3])| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= COPY_EDGES);
        !(self.has_artist && other.has_artist)
            && self.bpm > 0.0
            && other.bpm > 0.0
            && self.key == other.key
            && (self.seconds - other.seconds).abs() <= COPY_LENGTH
            && self.has_tempo_of(other)
            && edges.is_some_and(same_edges)
    }
}

/// A number of title, artists and version; `None` where the tags do not say both.
fn names_of(entry: &LibraryEntry) -> Option<u64> {
    let joined = entry.track.artist.as_deref()?;
    let mut artists: Vec<String> = match &entry.artists[..] {
        [] => vec![letters(joined)],
        several => several.iter().map(|artist| letters(artist)).collect(),
    };
    artists.sort_unstable();
    let (title, artists) = (letters(&entry.track.title), artists.join("\n"));
    if title.is_empty() || artists.trim().is_empty() {
        return None;
    }
    let album = entry.album.as_deref().map(letters).unwrap_or_default();
    let mut versions: Vec<&str> = album.split(' ').filter(|word| VERSION_WORDS.contains(word)).collect();
    versions.sort_unstable();
    Some(
        title_id(&title)
            ^ artist_id(&artists).rotate_left(21)
            ^ artist_id(&versions.join(" ")).rotate_left(42),
    )
}

/// Letters and digits in lower case, without accents' forms; all else is one blank.
fn letters(text: &str) -> String {
    let plain: String = text.nfkc().collect::<String>().to_lowercase();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::music::test_support::entry;
    use crate::music::theory::MusicalKey;
    use crate::music::track::{BeatGrid, Sourced, TrackEdges, TrackFacts};
    use crate::music::units::{Dbfs, Lufs};

    fn named(file: &str, title: &str, artist: &str, seconds: f32) -> LibraryEntry {
        let mut track = entry(file, "");
        title.clone_into(&mut track.track.title);
        track.track.artist = (!artist.is_empty()).then(|| artist.to_owned());
        track.track.duration = Duration::from_secs_f32(seconds);
        track
    }

    fn sounding(mut track: LibraryEntry, bpm: f32, intro_end: f32) -> LibraryEntry {
        let seconds = track.track.duration.as_secs_f32();
        let edges = TrackEdges { intro_end, outro_start: seconds - 9.0, sound_end: seconds - 1.0 };
        track.track.facts = TrackFacts {
            beats: Some(Sourced::measured(BeatGrid { first: 0.1, bpm, metre: 4, confidence: 0.9 })),
            key: Some(Sourced::measured(MusicalKey { tonic: 2, minor: false })),
            ..TrackFacts::of_scan(Lufs(-14.0), Dbfs(-1.0), edges)
        };
        track
    }

    /// Whether the second track counts as the recording of the first.
    fn same(first: &LibraryEntry, second: &LibraryEntry) -> bool {
        let mut recordings = Recordings::default();
        recordings.push(first);
        recordings.push(second);
        let ring: Vec<usize> = recordings.all(1).collect();
        assert_eq!(recordings.all(0).count(), ring.len());
        ring.contains(&0)
    }

    /// The same title, artist and length in another file, case or punctuation is the same recording.
    #[test]
    fn the_same_names_and_length_are_one_recording() {
        let album = named("a.flac", "Don't Stop (Me Now)", "The Lamps", 180.0);
        for other in [
            named("b.mp3", "don’t stop me now", "THE LAMPS", 181.2),
            named("c.mp3", "Don't Stop  Me Now", "The Lamps", 178.5),
        ] {
            assert!(same(&album, &other), "{}", other.track.title);
        }
    }

    /// Versions, parts, other artists, other lengths and missing tags do not fall together.
    #[test]
    fn what_is_in_doubt_is_another_recording() {
        let song = named("a.flac", "Glow", "The Lamps", 180.0);
        for (title, artist, seconds) in [
            ("Glow (Live)", "The Lamps", 180.0),
            ("Glow (Night Remix)", "The Lamps", 180.0),
            ("Glow, Part 2", "The Lamps", 180.0),
            ("Glow", "Anna", 180.0),
            ("Glow", "The Lamps", 184.0),
            ("Glow", "", 180.0),
            ("", "The Lamps", 180.0),
        ] {
            let other = named("b.flac", title, artist, seconds);
            assert!(!same(&song, &other), "{title} {artist} {seconds}");
        }
        let mut live = song.clone();
        live.album = Some("Live at the Pier".into());
        assert!(!same(&song, &live), "the album says that it is another version");
        assert!(
            !same(&named("a.ogg", "", "", 60.0), &named("b.ogg", "", "", 60.0)),
            "nothing is known of either"
        );
        let (studio, stage) = (sounding(song.clone(), 120.0, 8.0), sounding(song, 126.0, 8.0));
        assert!(!same(&studio, &stage), "another tempo is another take");
    }

    /// The same contents are one recording whatever their tags say of them.
    #[test]
    fn the_same_contents_are_one_recording() {
        let (mut one, mut two) = (named("a.ogg", "A", "X", 60.0), named("b.ogg", "B", "Y", 60.0));
        (one.contents, two.contents) = (Some(7), Some(7));
        assert!(same(&one, &two));
        two.contents = Some(8);
        assert!(!same(&one, &two));
    }

    /// A copy without tags is known by its sound; two tracks with tags never are.
    #[test]
    fn a_copy_without_tags_is_known_by_its_sound() {
        let album = sounding(named("a.flac", "Glow", "The Lamps", 200.0), 118.0, 6.0);
        let copy = |seconds, bpm, intro| sounding(named("track01.mp3", "track01", "", seconds), bpm, intro);
        assert!(same(&album, &copy(200.1, 118.1, 6.1)));
        assert!(same(&album, &copy(199.9, 59.0, 6.0)), "half the tempo is the same beat");
        assert!(!same(&album, &copy(200.1, 121.0, 6.1)));
        assert!(!same(&album, &copy(200.1, 118.1, 7.0)));
        assert!(!same(&album, &copy(201.0, 118.1, 6.1)));
        let other = sounding(named("b.flac", "Shine", "The Lamps", 200.0), 118.0, 6.0);
        assert!(!same(&album, &other));
    }

    /// Copies found in any order and by different signs end in one ring.
    #[test]
    fn several_copies_are_one_ring() {
        let mut recordings = Recordings::default();
        let mut twin = named("d.ogg", "D", "Z", 90.0);
        let mut song = named("a.ogg", "Glow", "The Lamps", 180.0);
        (twin.contents, song.contents) = (Some(1), Some(1));
        for track in [&song, &named("b.ogg", "glow", "the lamps", 180.5), &entry("c.ogg", ""), &twin, &song] {
            recordings.push(track);
        }
        let mut ring: Vec<usize> = recordings.all(3).collect();
        ring.sort_unstable();
        assert_eq!(ring, [0, 1, 3, 4]);
        assert_eq!(recordings.all(2).collect::<Vec<_>>(), [2]);
    }
}
