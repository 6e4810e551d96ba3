//! How many tracks each playlist finds, and what is near where it finds none.

use super::day_range::{DayOfYear, RuleTime};
use super::hour_range::TimeOfDay;
use super::m3u_lists::M3uLists;
use super::playlist::{Playlist, PlaylistPolicy, Playlists};
use super::playlist_name::PlaylistName;
use crate::music::library::LibraryEntry;

/// Looks at every half hour of a day.
const SLOTS: u16 = 48;
/// Alternatives that are named for an empty playlist.
const NEAREST: usize = 3;

/// What a playlist finds.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaylistCoverage {
    pub name: PlaylistName,
    pub policy: PlaylistPolicy,
    /// Tracks that the rules find at some time of the day.
    pub by_rules: usize,
    /// Tracks within the tolerance of the target, whether a rule finds them or not.
    pub near: usize,
    /// From when to when the rules find none, although they do at other times.
    pub empty_hours: Vec<(TimeOfDay, TimeOfDay)>,
    /// From which to which day of the year the rules find none at any time, although they do on other days.
    pub empty_days: Vec<(DayOfYear, DayOfYear)>,
    /// For a playlist that finds nothing: titles of the tracks that come nearest, and how far off they are.
    pub nearest: Vec<(String, f32)>,
}

impl PlaylistCoverage {
    /// Neither a rule nor the tolerance finds a track: the playlist must borrow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_rules == 0 && self.near == 0
    }
}

/// Looks what every playlist finds among the tracks.
#[must_use]
pub fn check(playlists: &Playlists, lists: &M3uLists, entries: &[LibraryEntry]) -> Vec<PlaylistCoverage> {
    PlaylistName::all().into_iter().map(|name| find(name, playlists.get(name), lists, entries)).collect()
}

fn find(
    name: PlaylistName,
    playlist: &Playlist,
    lists: &M3uLists,
    entries: &[LibraryEntry],
) -> PlaylistCoverage {
    let times: Vec<TimeOfDay> =
        (0..SLOTS).map(|slot| TimeOfDay::from_hours(f32::from(slot) * 24.0 / f32::from(SLOTS))).collect();
    let seasons = seasons(playlist);
    let mut counts = vec![vec![0_usize; times.len()]; seasons.len()];
    let mut by_rules = 0;
    for entry in entries {
        let finding: Vec<_> = playlist.rules.iter().filter(|rule| rule.finds(entry, lists)).collect();
        if finding.is_empty() {
            continue;
        }
        let hiding: Vec<_> = playlist.exclude.iter().filter(|rule| rule.finds(entry, lists)).collect();
        let mut ever = false;
        for ((day, _), counts) in seasons.iter().zip(&mut counts) {
            for (time, count) in times.iter().zip(counts) {
                let at = RuleTime { day: *day, time: *time };
                let on = finding.iter().any(|rule| rule.holds_at(at))
                    && !hiding.iter().any(|rule| rule.holds_at(at));
                *count += usize::from(on);
                ever |= on;
            }
        }
        by_rules += usize::from(ever);
    }
    let is_empty = |counts: &[usize]| counts.iter().all(|count| *count == 0);
    let mut empty_hours = Vec::new();
    for counts in counts.iter().filter(|counts| !is_empty(counts)) {
        let more = gaps(&times, counts).into_iter().filter(|gap| !empty_hours.contains(gap));
        empty_hours.extend(more.collect::<Vec<_>>());
    }
    let empty_days = seasons.iter().zip(&counts).filter(|(_, counts)| by_rules > 0 && is_empty(counts));
    let near = entries.iter().filter(|entry| playlist.is_near(entry)).count();
    let mut found = PlaylistCoverage {
        name,
        policy: playlist.policy,
        by_rules,
        near,
        empty_hours,
        empty_days: empty_days.map(|(days, _)| *days).collect(),
        nearest: Vec::new(),
    };
    if found.is_empty() {
        found.nearest = nearest(playlist, entries);
    }
    found
}

/// Stretches of days, the first and the last of each, on which the same rules hold at the same hours. The stretch over the
/// new year is one.
fn seasons(playlist: &Playlist) -> Vec<(DayOfYear, DayOfYear)> {
    let rules = || playlist.rules.iter().chain(&playlist.exclude);
    let holding =
        |day| rules().map(|rule| rule.days.is_none_or(|days| days.hold(day))).collect::<Vec<bool>>();
    let mut seasons: Vec<(DayOfYear, DayOfYear)> = Vec::new();
    for RuleTime { day, .. } in RuleTime::all_days() {
        match seasons.last_mut() {
            Some((_, last)) if holding(*last) == holding(day) => *last = day,
            _ => seasons.push((day, day)),
        }
    }
    if let [(first, end), .., (begin, last)] = seasons[..]
        && holding(first) == holding(last)
    {
        seasons[0] = (begin, end);
        seasons.pop();
    }
    seasons
}

/// The stretches of the day in which nothing is counted.
fn gaps(times: &[TimeOfDay], counts: &[usize]) -> Vec<(TimeOfDay, TimeOfDay)> {
    let slots = counts.len();
    let empty = |slot: usize| counts[slot % slots] == 0;
    let begins: Vec<usize> = (0..slots).filter(|slot| empty(*slot) && !empty(slot + slots - 1)).collect();
    begins
        .into_iter()
        .map(|begin| {
            let end = (begin..begin + slots).find(|slot| !empty(*slot)).unwrap_or(begin);
            (times[begin], times[end % slots])
        })
        .collect()
}

fn nearest(playlist: &Playlist, entries: &[LibraryEntry]) -> Vec<(String, f32)> {
    let mut all: Vec<(String, f32)> = entries
        .iter()
        .filter_map(|entry| Some((entry.track.title.clone(), playlist.distance(entry)?)))
        .collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    all.truncate(NEAREST);
    all
}

impl Playlist {
    /// Whether brightness and energy are known, and all that is known lies within the tolerance.
    fn is_near(&self, entry: &LibraryEntry) -> bool {
        entry.valence.is_some()
            && entry.energy.is_some()
            && self.deviations(entry).iter().flatten().all(|deviation| *deviation <= 1.0)
    }

    /// Mean distance of what is known from the target, in tolerances; `None` where nothing is known.
    fn distance(&self, entry: &LibraryEntry) -> Option<f32> {
        let known: Vec<f32> = self.deviations(entry).into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f32>() / known.len() as f32)
    }

    /// How far each descriptor is from the target, in tolerances.
    fn deviations(&self, entry: &LibraryEntry) -> [Option<f32>; 4] {
        let (target, tolerance) = (&self.target, &self.tolerance);
        [
            (entry.valence, target.valence, tolerance.valence),
            (entry.energy, target.energy, tolerance.energy),
            (entry.danceability, target.danceability, tolerance.danceability),
            (entry.track.facts.bpm(), target.tempo, tolerance.tempo),
        ]
        .map(|(value, target, tolerance)| value.map(|value| (value - target).abs() / tolerance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;
    use crate::music::test_support::{entry, playlists};

    fn of(found: &[PlaylistCoverage], name: PlaylistName) -> &PlaylistCoverage {
        &found[name.index()]
    }

    #[test]
    fn tracks_are_counted_by_rules_and_by_tolerance() {
        let mut near = entry("near.ogg", "");
        (near.valence, near.energy) = (Some(0.85), Some(0.8));
        let entries = [entry("a.ogg", "happy"), entry("Happy/b.ogg", ""), near];
        let found = check(&playlists(), &M3uLists::default(), &entries);
        let happy = of(&found, PlaylistName(Some(Emotion::Happy)));
        assert_eq!((happy.by_rules, happy.near), (2, 1));
        let empty = of(&found, PlaylistName::EMPTY);
        assert!(empty.is_empty() && empty.nearest.len() == 1, "{empty:?}");
        assert_eq!(empty.nearest[0].0, "near");
    }

    /// A playlist of a season is empty on all other days, and says from when to when.
    #[test]
    fn days_without_music_are_named_across_the_new_year() {
        let mut playlists = playlists();
        let summer = "[(moods: [\"empty\"], days: (from: \"06-01\", to: \"08-31\"))]";
        playlists.empty.rules =
            crate::foundation::parse_ron(std::path::Path::new("x"), summer).expect("rules");
        let found = check(&playlists, &M3uLists::default(), &[entry("a.ogg", "empty")]);
        let found = of(&found, PlaylistName::EMPTY);
        let days: Vec<_> =
            found.empty_days.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
        assert_eq!((found.by_rules, days), (1, vec![("09-01".to_owned(), "05-31".to_owned())]));
        assert_eq!(found.empty_hours, []);
    }

    #[test]
    fn hours_without_music_are_named_across_midnight() {
        let mut playlists = playlists();
        let hours = "[(moods: [\"empty\"], hours: (from: \"06:00\", to: \"22:30\"))]";
        playlists.empty.rules =
            crate::foundation::parse_ron(std::path::Path::new("x"), hours).expect("rules");
        let found = check(&playlists, &M3uLists::default(), &[entry("a.ogg", "empty")]);
        let gaps = &of(&found, PlaylistName::EMPTY).empty_hours;
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].0.to_string(), gaps[0].1.to_string()), ("22:30".into(), "06:00".into()));
    }
}
