//! Tags as values by name, and what they mean.

use std::collections::BTreeMap;
use std::time::Duration;

use super::track_tags::TrackTags;
use crate::music::cue_sheet::CueSheet;
use crate::music::units::{Decibels, Lufs};

/// Tempi that are believed, in beats per minute.
const TEMPI: std::ops::RangeInclusive<f32> = 20.0..=400.0;
/// A title or name that is longer is cut, in characters.
const LONGEST_NAME: usize = 300;
/// Loudness that `ReplayGain` 2 brings every track to.
const REPLAY_GAIN_TARGET: Lufs = Lufs(-18.0);
/// Loudness that R 128 tags bring every track to.
const R128_TARGET: Lufs = Lufs(-23.0);
/// A gain that is larger, in either direction, is a mistake: music lies between about −30 and −3 LUFS.
const LARGEST_GAIN_DB: f32 = 30.0;

/// What the tags of a whole album say of each of its tracks.
const ALBUM_KEYS: [&str; 4] = ["ARTIST", "ALBUM", "GENRE", "MOOD"];

/// Tags by the upper-case names of Vorbis comments, each with all its values.
#[derive(Debug, Default)]
pub(super) struct RawTags(BTreeMap<String, Vec<String>>);

impl RawTags {
    /// Adds a value to those of a key. A NUL divides values (`ID3v2.4` and `APEv2`).
    pub(super) fn push(&mut self, key: &str, value: &str) {
        let values = value.split('\0').filter(|value| !value.trim().is_empty()).map(str::to_owned);
        self.0.entry(key.to_uppercase()).or_default().extend(values);
    }

    /// Takes the keys that are missing here from another tag of the same file.
    pub(super) fn fill_from(&mut self, other: Self) {
        for (key, values) in other.0 {
            let here = self.0.entry(key).or_default();
            if here.is_empty() {
                *here = values;
            }
        }
    }

    /// How many tracks the sheet within the tags has; 0 without one that can be read.
    pub(super) fn cue_tracks(&self) -> usize {
        let sheet = self.values("CUESHEET").first().map(|sheet| CueSheet::parse(sheet.as_bytes()));
        sheet.and_then(Result::ok).map_or(0, |sheet| sheet.tracks.len())
    }

    /// What holds for each track of an album that is one file.
    pub(super) fn of_album(mut self) -> Self {
        self.0.retain(|key, _| ALBUM_KEYS.contains(&key.as_str()));
        self
    }

    /// With the keys that are missing here from another tag of the same file.
    pub(super) fn filled_from(mut self, other: Self) -> Self {
        self.fill_from(other);
        self
    }

    fn values(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// All values of a key as short lines, none twice.
    fn texts(&self, key: &str) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for value in self.values(key) {
            let text = one_line(value);
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    fn text(&self, key: &str) -> Option<String> {
        self.texts(key).into_iter().next()
    }

    fn number(&self, key: &str) -> Option<f32> {
        self.values(key).iter().find_map(|value| leading_number(value))
    }

    fn share(&self, key: &str) -> Option<f32> {
        self.number(key).filter(|value| (0.0..=1.0).contains(value))
    }

    /// What the values mean for a track of this length.
    pub(super) fn interpret(&self, duration: Duration) -> TrackTags {
        let lyrics = ["LYRICS", "UNSYNCEDLYRICS", "SYNCEDLYRICS"];
        TrackTags {
            title: self.text("TITLE"),
            artists: self.texts("ARTIST"),
            album: self.text("ALBUM"),
            genres: self.texts("GENRE"),
            bpm: self.number("BPM").filter(|bpm| TEMPI.contains(bpm)),
            key: self.text("INITIALKEY").or_else(|| self.text("KEY")),
            moods: self.values("MOOD").iter().flat_map(|moods| mood_words(moods)).collect(),
            valence: self.share("VALENCE"),
            energy: self.share("ENERGY"),
            danceability: self.share("DANCEABILITY"),
            lufs: self.loudness(),
            lyrics: lyrics.iter().find_map(|key| self.values(key).first()).cloned(),
            spoken: None,
            duration,
        }
    }

    /// The loudness that a gain implies. An R 128 tag comes first: it is always measured by ITU-R BS.1770, while
    /// a `ReplayGain` may be of its first version, which measured otherwise.
    fn loudness(&self) -> Option<Lufs> {
        let believable = |gain: &f32| gain.abs() <= LARGEST_GAIN_DB;
        // A gain of R 128 is a whole number of 1/256 dB.
        let r128 = self.number("R128_TRACK_GAIN").map(|gain| gain / 256.0).filter(believable);
        let replay_gain = self.number("REPLAYGAIN_TRACK_GAIN").filter(believable);
        let implied = |target: Lufs, gain: f32| target + -Decibels(gain);
        r128.map(|gain| implied(R128_TARGET, gain))
            .or_else(|| replay_gain.map(|gain| implied(REPLAY_GAIN_TARGET, gain)))
    }
}

/// The number at the beginning of a text, as people write it: "-7.30dB", "−7,30 dB", "+1", "128 BPM".
fn leading_number(text: &str) -> Option<f32> {
    let plain: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '−' | '–' => '-',
            ',' => '.',
            other => other,
        })
        .collect();
    let sign = usize::from(plain.starts_with(['+', '-']));
    let digits = plain[sign..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(plain.len() - sign);
    plain[..sign + digits].parse::<f32>().ok().filter(|value| value.is_finite())
}

/// A text without line breaks and other control characters, cut to a length that a screen can show.
fn one_line(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

/// The single words of a tag that may list several.
pub(super) fn mood_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreted(pairs: &[(&str, &str)]) -> TrackTags {
        let mut raw = RawTags::default();
        for (key, value) in pairs {
            raw.push(key, value);
        }
        raw.interpret(Duration::from_mins(1))
    }

    #[test]
    fn numbers_are_understood_as_people_write_them() {
        let tags = interpreted(&[("BPM", "128 BPM"), ("ENERGY", "0,8"), ("VALENCE", "7")]);
        assert_eq!((tags.bpm, tags.energy, tags.valence), (Some(128.0), Some(0.8), None));
        assert_eq!(interpreted(&[("BPM", "fast")]), interpreted(&[]));
    }

    /// A gain counts with and without a blank, a unit, a comma, whatever the case; one beyond reason is passed over.
    #[test]
    fn gains_are_understood_as_people_write_them() {
        for text in ["-7.30 dB", "-7.30dB", "-7,30 dB", "−7.3 DB", "-7.3", " -7.30db "] {
            let lufs = interpreted(&[("replaygain_track_gain", text)]).lufs;
            assert!(lufs.is_some_and(|Lufs(lufs)| (lufs + 10.7).abs() < 1e-3), "{text}: {lufs:?}");
        }
        for text in ["900 dB", "-64.82 dB", "31", "dB", "", "nan"] {
            assert_eq!(interpreted(&[("REPLAYGAIN_TRACK_GAIN", text)]).lufs, None, "{text}");
        }
    }

    /// Library and mixer read gains here, so there is one order: R 128, then `ReplayGain`.
    #[test]
    fn a_gain_of_r128_comes_first_unless_it_is_absurd() {
        let both =
            |r128| interpreted(&[("REPLAYGAIN_TRACK_GAIN", "-6.50 dB"), ("R128_TRACK_GAIN", r128)]).lufs;
        assert_eq!((both("-512"), both("99999999")), (Some(Lufs(-21.0)), Some(Lufs(-11.5))));
        assert_eq!(interpreted(&[("R128_TRACK_GAIN", "-512")]).lufs, Some(Lufs(-21.0)));
        assert_eq!(interpreted(&[("TITLE", "no gain")]).lufs, None);
    }

    #[test]
    fn several_values_of_one_tag_all_count() {
        let tags = interpreted(&[
            ("ARTIST", "Anna\0Bert"),
            ("GENRE", "Jazz"),
            ("GENRE", "Ambient"),
            ("MOOD", "happy\0calm"),
        ]);
        assert_eq!(tags.artists, ["Anna", "Bert"]);
        assert_eq!(tags.genres, ["Jazz", "Ambient"]);
        assert_eq!(tags.moods, ["happy", "calm"]);
    }

    #[test]
    fn names_are_kept_short_and_on_one_line() {
        let title = interpreted(&[("TITLE", &format!("a\n{}", "b".repeat(9_000)))]).title.expect("a title");
        assert_eq!(title.chars().count(), LONGEST_NAME);
        assert!(!title.contains('\n'));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

        /// Whatever tags hold, what is made of them lies within its limits and can be shown on one line.
        #[test]
        fn any_values_of_tags_are_kept_within_their_limits(
            values in proptest::collection::vec(
                ("TITLE|ARTIST|GENRE|MOOD|BPM|ENERGY|R128_TRACK_GAIN|REPLAYGAIN_TRACK_GAIN|CUESHEET", ".{0,40}|[-+−]?[0-9.,]{0,12} ?(dB|DB)?"),
                0..12,
            ),
        ) {
            let mut raw = RawTags::default();
            for (key, value) in &values {
                raw.push(key, value);
            }
            raw.cue_tracks();
            let tags = raw.interpret(Duration::from_mins(1));
            for text in tags.title.iter().chain(&tags.artists).chain(&tags.genres) {
                assert!(!text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.contains(char::is_control));
            }
            assert!(tags.bpm.is_none_or(|bpm| TEMPI.contains(&bpm)));
            assert!(tags.energy.is_none_or(|energy| (0.0..=1.0).contains(&energy)));
            assert!(tags.lufs.is_none_or(|lufs| (lufs.0 + 20.0).abs() <= LARGEST_GAIN_DB + 3.0), "{:?}", tags.lufs);
        }
    }
}
