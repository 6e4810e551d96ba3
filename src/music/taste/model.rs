//! Taste as a whole: weights for how music sounds, and a memory for single tracks and artists.

use std::collections::HashMap;

use rand::Rng;

use super::bandit::Bandit;
use super::features::Features;
use super::feedback::FeedbackEvent;
use super::settings::TasteSettings;
use crate::event::FeedbackKind;
use crate::foundation::{LocalTime, path_of_text};
use crate::music::track::{artist_id, track_id};

/// Rewards that a track must have earned before half of their mean counts.
const TRACK_DOUBT: f32 = 2.0;
/// The same for an artist.
const ARTIST_DOUBT: f32 = 4.0;

/// What is remembered of a track.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrackMemory {
    /// When it was last liked.
    pub liked: Option<LocalTime>,
    /// When it was last played.
    pub heard: Option<LocalTime>,
    /// When a person said "not now".
    pub not_now: Option<LocalTime>,
    pub(in crate::music) rewards: RewardMean,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::music) struct RewardMean {
    sum: f32,
    count: f32,
}

impl RewardMean {
    fn add(&mut self, reward: f32) {
        self.sum += reward;
        self.count += 1.0;
    }

    /// The mean, drawn towards 0 while there are few.
    fn mean(self, doubt: f32) -> f32 {
        self.sum / (self.count + doubt)
    }
}

/// What is known of the taste of a household.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste {
    settings: TasteSettings,
    bandit: Bandit,
    tracks: HashMap<u64, TrackMemory>,
    artists: HashMap<u64, RewardMean>,
}

impl Taste {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(settings: &TasteSettings) -> Self {
        Self {
            settings: settings.clone(),
            bandit: Bandit::new(settings),
            tracks: HashMap::new(),
            artists: HashMap::new(),
        }
    }

    /// What is known after these events, the oldest first.
    #[must_use]
    pub fn from_events<'a>(
        settings: &TasteSettings,
        events: impl IntoIterator<Item = &'a FeedbackEvent>,
    ) -> Self {
        let mut taste = Self::new(settings);
        for event in events {
            taste.learn(event);
        }
        taste
    }

    /// Learns from a sign.
    pub fn learn(&mut self, event: &FeedbackEvent) {
        let track = self.tracks.entry(track_id(&path_of_text(&event.file))).or_default();
        track.heard = Some(event.at);
        match event.kind {
            FeedbackKind::Liked => track.liked = Some(event.at),
            FeedbackKind::NotNow => track.not_now = Some(event.at),
            _ => {}
        }
        let Some(reward) = self.settings.reward(event.kind) else { return };
        track.rewards.add(reward);
        if let Some(artist) = &event.artist {
            self.artists.entry(artist_id(artist)).or_default().add(reward);
        }
        self.bandit.learn(&event.features, f64::from(reward));
    }

    /// For how many seconds a person still does not want a track for which they said "not now"; `None` once they may.
    #[must_use]
    pub fn unwanted_seconds(&self, not_now: &LocalTime, now: &LocalTime) -> Option<i64> {
        let left = (self.settings.not_now_hours * 3_600.0) as i64 - now.seconds_since(not_now);
        (left > 0).then_some(left)
    }

    /// What was learned about how music should sound.
    #[must_use]
    pub fn bandit(&self) -> &Bandit {
        &self.bandit
    }

    /// Draws the weights for one choice.
    pub fn sample(&self, random: &mut impl Rng) -> Features {
        self.bandit.sample(self.settings.explore, random)
    }

    /// What is remembered of a track.
    #[must_use]
    pub fn track(&self, id: u64) -> Option<&TrackMemory> {
        self.tracks.get(&id)
    }

    /// All tracks that are remembered, and how much each is liked, about −1..=1 times its weight.
    pub fn tracks(&self) -> impl Iterator<Item = (u64, &TrackMemory, f32)> {
        let weight = self.settings.track_memory;
        self.tracks.iter().map(move |(id, track)| (*id, track, weight * track.rewards.mean(TRACK_DOUBT)))
    }

    /// All artists that are remembered, by [`artist_id`], and how much each is liked, about −1..=1 times its weight.
    pub fn artists(&self) -> impl Iterator<Item = (u64, f32)> {
        let weight = self.settings.artist_memory;
        self.artists.iter().map(move |(id, rewards)| (*id, weight * rewards.mean(ARTIST_DOUBT)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::taste::features::FEATURES;
    use crate::music::test_support::settings;

    fn event(kind: FeedbackKind, second: f64) -> FeedbackEvent {
        let mut features = [0.0; FEATURES];
        features[0] = 1.0;
        FeedbackEvent {
            at: LocalTime::stepped(second),
            kind,
            file: "a/b.ogg".into(),
            title: "B".into(),
            artist: Some("The Lamps".into()),
            features,
        }
    }

    #[test]
    fn a_like_is_remembered_for_track_artist_and_sound() {
        let taste = Taste::from_events(&settings().taste, [&event(FeedbackKind::Liked, 5.0)]);
        let id = track_id("a/b.ogg".as_ref());
        assert_eq!(taste.track(id).and_then(|track| track.liked), Some(LocalTime::stepped(5.0)));
        assert!(taste.tracks().any(|(it, _, liked)| it == id && liked > 0.0));
        assert!(taste.artists().any(|(id, liked)| id == artist_id("The Lamps") && liked > 0.0));
        assert!(taste.bandit().weights().0[0] > 0.0);
    }

    #[test]
    fn not_now_keeps_a_track_away_for_a_while() {
        let taste = Taste::from_events(&settings().taste, [&event(FeedbackKind::NotNow, 0.0)]);
        let track = taste.track(track_id("a/b.ogg".as_ref())).expect("remembered");
        let left = |hours: f32| {
            let now = LocalTime::stepped(3_600.0 * f64::from(hours));
            taste.unwanted_seconds(&track.not_now.expect("remembered"), &now)
        };
        let hours = settings().taste.not_now_hours;
        assert_eq!(left(0.5), Some(((hours - 0.5) * 3_600.0) as i64));
        assert_eq!((left(hours - 0.01).is_some(), left(hours)), (true, None));
    }

    /// "Not now" lasts its hours and no more, whatever happens to the clock of the wall: it was in 1970 or ten years ahead
    /// and was corrected, it went backwards, and across runs one of the clocks was wrong.
    #[test]
    fn a_wrong_clock_changes_nothing_about_not_now() {
        const HOUR: i64 = 3_600;
        let (right, taste) = (1_790_000_000_i64, Taste::new(&settings().taste));
        let wrong = [0, right + 87_600 * HOUR, right - HOUR];
        let at = |unix, steady| LocalTime { unix, steady, ..LocalTime::stepped(0.0) };
        for unix in wrong {
            let said = at(unix, Some(100));
            for (now, clock) in [(right, "corrected"), (unix, "as wrong as before")] {
                let left = |hours: i64| {
                    taste.unwanted_seconds(&said, &at(now + hours * HOUR, Some(100 + hours * HOUR)))
                };
                assert!(left(5).is_some() && left(6).is_none(), "{unix} {clock}");
            }
            // An earlier run said it: it lasts hours of this run at the most.
            let kept = at(right, None);
            let left =
                |hours: i64| taste.unwanted_seconds(&kept, &at(unix + hours * HOUR, Some(hours * HOUR)));
            assert!(left(7).is_none(), "{unix}");
        }
    }

    #[test]
    fn what_was_heard_by_nobody_teaches_nothing() {
        let taste = Taste::from_events(&settings().taste, [&event(FeedbackKind::Heard, 9.0)]);
        assert_eq!(taste.bandit().lessons(), 0);
        let track = taste.track(track_id("a/b.ogg".as_ref())).expect("remembered");
        assert_eq!(track.heard, Some(LocalTime::stepped(9.0)));
    }
}
