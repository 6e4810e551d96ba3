//! What a rule of a playlist asks for.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::day_range::{DayRange, RuleTime};
use super::hour_range::HourRange;
use super::m3u_lists::M3uLists;
use crate::music::library::LibraryEntry;

/// Finds the tracks that have one word of every kind that is given; a kind that is left out asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlaylistRule {
    /// Words of the MOOD tag.
    pub moods: Vec<String>,
    /// Words or whole names of the GENRE tag.
    pub genres: Vec<String>,
    pub artists: Vec<String>,
    pub albums: Vec<String>,
    /// Names of folders, anywhere below the music folder, or paths below it.
    pub folders: Vec<String>,
    /// Files, relative to the music folder.
    pub files: Vec<PathBuf>,
    /// A list of another player (M3U, M3U8, PLS, XSPF, ASX or WPL), relative to the file that names it, else to the music
    /// folder.
    pub list: Option<PathBuf>,
    /// When the rule holds; always, if it is left out.
    pub hours: Option<HourRange>,
    /// On which days of the year it holds; on all, if it is left out.
    pub days: Option<DayRange>,
}

impl PlaylistRule {
    /// Whether the rule holds on a day of the year at a time of day.
    #[must_use]
    pub fn holds_at(&self, RuleTime { day, time }: RuleTime) -> bool {
        self.hours.is_none_or(|hours| hours.hold(time)) && self.days.is_none_or(|days| days.hold(day))
    }

    /// Whether the rule asks for nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { moods, genres, artists, albums, folders, files, list, hours: _, days: _ } = self;
        [moods, genres, artists, albums, folders].iter().all(|words| words.is_empty())
            && files.is_empty()
            && list.is_none()
    }

    /// Whether it finds a track, at whatever time of day and year.
    #[must_use]
    pub fn finds(&self, entry: &LibraryEntry, lists: &M3uLists) -> bool {
        let one = |wanted: &[String], given: Option<&str>| {
            wanted.is_empty() || given.is_some_and(|given| wanted.iter().any(|wanted| same(given, wanted)))
        };
        !self.is_empty()
            && (self.moods.is_empty()
                || entry.moods.iter().any(|mood| self.moods.iter().any(|wanted| same(mood, wanted))))
            && (self.genres.is_empty() || entry.genres.iter().any(|genre| is_genre(genre, &self.genres)))
            && (self.artists.is_empty()
                || entry.artists.iter().any(|artist| one(&self.artists, Some(artist)))
                || one(&self.artists, entry.track.artist.as_deref()))
            && one(&self.albums, entry.album.as_deref())
            && (self.folders.is_empty() || self.folders.iter().any(|wanted| is_in(&entry.below, wanted)))
            && (self.files.is_empty() || self.files.contains(&entry.below))
            && self.list.as_ref().is_none_or(|list| lists.holds(list, entry))
    }
}

/// A genre tag may list several: "Jazz; Latin Jazz / Bossa Nova".
fn is_genre(genre: &str, wanted: &[String]) -> bool {
    let mut parts = genre.split([';', '/', ',', '|']).map(str::trim);
    parts.any(|part| wanted.iter().any(|wanted| same(part, wanted)))
        || wanted.iter().any(|wanted| same(genre, wanted))
}

fn is_in(below: &Path, wanted: &str) -> bool {
    let Some(folder) = below.parent() else { return false };
    if wanted.contains(['/', '\\']) {
        return folder.starts_with(wanted.trim_matches('/'));
    }
    folder.components().any(|part| same(&part.as_os_str().to_string_lossy(), wanted))
}

/// Equal but for upper and lower case. Plain letters are compared without making new text, for large libraries.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::day_range::DayOfYear;
    use super::super::hour_range::TimeOfDay;
    use super::*;
    use crate::music::test_support::entry;

    fn rule(text: &str) -> PlaylistRule {
        crate::foundation::parse_ron(Path::new("rule.ron"), text).expect("a rule")
    }

    fn at(day: &str, hours: f32) -> RuleTime {
        let day = DayOfYear::try_from(day.to_owned()).expect("a day");
        RuleTime { day, time: TimeOfDay::from_hours(hours) }
    }

    /// Days and hours must both hold; a day that does not exist is refused with the place in the file.
    #[test]
    fn days_say_in_which_season_a_rule_holds() {
        let carols = rule(
            r#"(genres: ["christmas"], days: (from: "12-01", to: "12-26"), hours: (from: "16:00", to: "22:00"))"#,
        );
        assert!(carols.holds_at(at("12-26", 17.0)));
        assert!(!carols.holds_at(at("12-27", 17.0)) && !carols.holds_at(at("12-24", 12.0)));
        let wrong = r#"(genres: ["x"], days: (from: "02-30", to: "03-01"))"#;
        let error =
            crate::foundation::parse_ron::<PlaylistRule>(Path::new("rule.ron"), wrong).expect_err("no day");
        let words = error.to_string();
        assert!(words.contains("rule.ron:1:") && words.contains("days 1 to 29"), "{words}");
    }

    fn finds(text: &str, entry: &LibraryEntry) -> bool {
        rule(text).finds(entry, &M3uLists::default())
    }

    #[test]
    fn every_kind_that_is_named_must_have_one_of_its_words() {
        let mut jazz = entry("Late/Night/song.ogg", "Calm");
        (jazz.genres, jazz.album) = (vec!["Latin; Jazz".into(), "Ambient".into()], Some("Äpfel".into()));
        jazz.artists = vec!["The Lamps".into(), "Bert".into()];
        jazz.track.artist = Some("The Lamps, Bert".into());
        for yes in [
            r#"(moods: ["calm"])"#,
            r#"(moods: ["happy", "CALM"], genres: ["jazz"])"#,
            r#"(folders: ["night"])"#,
            r#"(folders: ["Late/Night"])"#,
            r#"(albums: ["äpfel"], artists: ["the lamps"])"#,
            r#"(artists: ["bert"], genres: ["ambient"])"#,
            r#"(artists: ["The Lamps, Bert"])"#,
            r#"(files: ["Late/Night/song.ogg"])"#,
        ] {
            assert!(finds(yes, &jazz), "{yes}");
        }
        for no in [
            "()",
            r#"(moods: ["calm"], genres: ["rock"])"#,
            r#"(folders: ["song.ogg"])"#,
            r#"(folders: ["Night/Late"])"#,
            r#"(genres: ["zz"])"#,
            r#"(files: ["song.ogg"])"#,
        ] {
            assert!(!finds(no, &jazz), "{no}");
        }
    }

    #[test]
    fn hours_say_when_a_rule_holds() {
        let rule = rule(r#"(moods: ["calm"], hours: (from: "21:00", to: "06:00"))"#);
        assert!(rule.holds_at(at("06-01", 23.0)) && !rule.holds_at(at("06-01", 12.0)));
    }
}
