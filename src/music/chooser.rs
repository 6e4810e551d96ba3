//! When to choose a track: follows the slow mood, and never leaves the room without music.

use std::path::Path;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::Pick;
use super::choose::{Memory, choose};
use super::library::Entry;
use super::playlist::{PlaylistName, Playlists};
use super::settings::MusicSettings;
use super::words::reason;
use crate::expression::Emotion;

/// After this long, files that could not be played get another chance.
const FORGIVE: Duration = Duration::from_secs(300);

/// What happened since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Asked {
    /// Nothing plays, the track ends soon, or a person wants another.
    pub(super) another: bool,
    /// The last pick cannot be played.
    pub(super) unplayable: bool,
}

/// Decides when a track is chosen, and remembers what was.
pub(super) struct Chooser {
    settings: MusicSettings,
    random: StdRng,
    memory: Memory,
    /// The mood and the time of the last choice.
    last: Option<(Option<Emotion>, Duration)>,
    forgive_at: Duration,
}

impl Chooser {
    pub(super) fn new(settings: MusicSettings, seed: u64) -> Self {
        Self {
            settings,
            random: StdRng::seed_from_u64(seed),
            memory: Memory::default(),
            last: None,
            forgive_at: Duration::ZERO,
        }
    }

    /// Looks once: gives a pick if one is due. `mood` is the emotion of the slow mood.
    pub(super) fn look(
        &mut self,
        now: Duration,
        mood: Option<Emotion>,
        asked: Asked,
        entries: &[Entry],
        playlists: &Playlists,
    ) -> Option<Pick> {
        if asked.unplayable
            && let Some(file) = self.memory.recent.back()
        {
            self.memory.unplayable.push(file.clone());
            self.forgive_at = now + FORGIVE;
        }
        if now >= self.forgive_at {
            self.memory.unplayable.clear();
        }
        let changed = match self.last {
            None => true,
            Some((last, at)) => last != mood && self.is_old_enough(at, now),
        };
        let must = asked.another || asked.unplayable;
        if !must && !changed {
            return None;
        }
        let pick = self.pick(mood, entries, playlists)?;
        let same = self.memory.recent.back() == Some(&pick.track.path);
        self.last = Some((mood, now));
        if same && !must {
            // The track that plays is the best for the new mood, too: it goes on.
            return None;
        }
        self.remember(&pick.track.path);
        Some(pick)
    }

    fn is_old_enough(&self, chosen: Duration, now: Duration) -> bool {
        now.saturating_sub(chosen).as_secs_f32() >= self.settings.minimum_seconds_between_changes
    }

    fn pick(&mut self, mood: Option<Emotion>, entries: &[Entry], playlists: &Playlists) -> Option<Pick> {
        let name = PlaylistName::of(mood);
        let choice = choose(name, playlists, entries, &self.memory, &mut self.random)?;
        let reason = reason(name, playlists.get(name), choice.entry, choice.origin);
        Some(Pick { track: choice.entry.track.clone(), emotion: mood, reason })
    }

    fn remember(&mut self, file: &Path) {
        self.memory.recent.retain(|recent| recent != file);
        self.memory.recent.push_back(file.to_owned());
        // The last one is always kept: it is the one that a report of an unplayable file means.
        while self.memory.recent.len() > self.settings.not_again_tracks.max(1) {
            self.memory.recent.pop_front();
        }
    }

    /// Whether every track has been tried in vain.
    pub(super) fn has_nothing_left(&self, entries: &[Entry]) -> bool {
        !entries.is_empty() && entries.iter().all(|entry| self.memory.unplayable.contains(&entry.track.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::testing::{entry, playlists};

    const HAPPY: Option<Emotion> = Some(Emotion::Happy);
    const SAD: Option<Emotion> = Some(Emotion::Sad);
    const QUIET: Asked = Asked { another: false, unplayable: false };
    const ANOTHER: Asked = Asked { another: true, unplayable: false };

    fn chooser() -> Chooser {
        let settings = MusicSettings {
            minimum_seconds_between_changes: 12.0,
            not_again_tracks: 4,
            look_again_seconds: 30.0,
        };
        Chooser::new(settings, 1)
    }

    fn album() -> Vec<Entry> {
        ["happy", "sad", "empty", "neutral"]
            .into_iter()
            .flat_map(|mood| (1..=3).map(move |n| entry(&format!("{mood}-{n}.ogg"), mood)))
            .collect()
    }

    fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn the_first_look_chooses_at_once() {
        let pick = chooser().look(at(0), None, QUIET, &album(), &playlists()).expect("a pick");
        assert_eq!(pick.emotion, None);
        assert!(pick.track.title.starts_with("empty"), "{pick:?}");
    }

    #[test]
    fn a_change_of_mood_waits_until_the_last_choice_is_old_enough() {
        let (mut chooser, album, playlists) = (chooser(), album(), playlists());
        assert!(chooser.look(at(0), HAPPY, QUIET, &album, &playlists).is_some());
        assert!(chooser.look(at(5), SAD, QUIET, &album, &playlists).is_none());
        assert!(chooser.look(at(6), HAPPY, QUIET, &album, &playlists).is_none());
        let pick = chooser.look(at(12), SAD, QUIET, &album, &playlists).expect("a pick");
        assert!(pick.track.title.starts_with("sad"), "{pick:?}");
    }

    #[test]
    fn near_the_end_another_track_of_the_same_playlist_comes() {
        let (mut chooser, album, playlists) = (chooser(), album(), playlists());
        let first = chooser.look(at(0), HAPPY, QUIET, &album, &playlists).expect("a pick");
        let second = chooser.look(at(3), HAPPY, ANOTHER, &album, &playlists).expect("a pick");
        assert_ne!(first.track.path, second.track.path);
        assert!(second.track.title.starts_with("happy"), "{second:?}");
    }

    #[test]
    fn the_only_track_plays_again_when_it_ends_but_does_not_start_over_for_a_mood() {
        let (mut chooser, album, playlists) = (chooser(), vec![entry("one.ogg", "happy")], playlists());
        assert!(chooser.look(at(0), HAPPY, QUIET, &album, &playlists).is_some());
        assert!(chooser.look(at(60), SAD, QUIET, &album, &playlists).is_none());
        assert!(chooser.look(at(90), SAD, ANOTHER, &album, &playlists).is_some());
    }

    #[test]
    fn a_file_that_cannot_be_played_is_left_out_and_gets_another_chance_later() {
        let (mut chooser, playlists) = (chooser(), playlists());
        let album = vec![entry("a.ogg", "happy"), entry("b.ogg", "happy")];
        let unplayable = Asked { another: false, unplayable: true };
        let first = chooser.look(at(0), HAPPY, QUIET, &album, &playlists).expect("a pick");
        let second = chooser.look(at(1), HAPPY, unplayable, &album, &playlists).expect("a pick");
        assert_ne!(first.track.path, second.track.path);
        assert!(chooser.look(at(2), HAPPY, unplayable, &album, &playlists).is_none());
        assert!(chooser.has_nothing_left(&album));
        assert!(chooser.look(at(400), HAPPY, ANOTHER, &album, &playlists).is_some());
        assert!(!chooser.has_nothing_left(&album));
    }

    #[test]
    fn the_same_seed_makes_the_same_choices_and_another_makes_others() {
        let choices = |seed| {
            let settings = chooser().settings;
            let (mut chooser, album, playlists) = (Chooser::new(settings, seed), album(), playlists());
            (0..12)
                .filter_map(|n| chooser.look(at(n * 20), HAPPY, ANOTHER, &album, &playlists))
                .map(|pick| pick.track.title)
                .collect::<Vec<_>>()
        };
        assert_eq!(choices(7), choices(7));
        assert!((1..20).any(|seed| choices(seed) != choices(7)));
    }
}
