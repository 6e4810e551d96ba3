//! Progress of the current journey.

use std::time::Duration;

use super::plan::plan;
use super::route::{Route, Waypoint};
use super::settings::JourneySettings;
use crate::emotion::Affect;
use crate::music::plane::distance;
use crate::music::playlists::PlaylistName;

/// The journey of a playlist with the policy `lift` or `calm`: from the mood at its start to the target of the playlist.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyProgress {
    name: PlaylistName,
    route: Route,
    began: Duration,
    /// Position of the current track in the plane.
    at: Affect,
    /// A track of the journey has been played.
    on_the_way: bool,
}

impl JourneyProgress {
    /// Begins a journey at the mood.
    #[must_use]
    pub fn begin(
        name: PlaylistName,
        mood: Affect,
        goal: Affect,
        now: Duration,
        settings: &JourneySettings,
    ) -> Self {
        let route = Route { from: mood, to: goal, seconds: 60.0 * settings.minutes };
        Self { name, route, began: now, at: mood, on_the_way: false }
    }

    /// Whether the journey continues for this playlist and mood. A new one begins when the mood has moved away from the
    /// goal or the goal has changed.
    #[must_use]
    pub fn goes_on(
        &self,
        name: PlaylistName,
        mood: Affect,
        goal: Affect,
        settings: &JourneySettings,
    ) -> bool {
        let farther = distance(mood, goal) - distance(self.route.from, goal);
        self.name == name && self.route.to == goal && farther <= settings.away
    }

    /// Position for the next track: the next waypoint of the plan, else the position on the route at this time.
    #[must_use]
    pub fn next(&self, now: Duration, stops: &[Waypoint], settings: &JourneySettings) -> Affect {
        let elapsed = now.saturating_sub(self.began).as_secs_f32();
        let way = plan(&self.route, self.at, elapsed, stops, settings);
        way.and_then(|plan| plan.legs.first().map(|leg| leg.stop.at))
            .unwrap_or_else(|| self.route.wanted(elapsed, settings))
    }

    /// Position and radius for the next track: the step bound, or more if a gap must be crossed. `None` for the first
    /// track of a journey, which may be anywhere.
    #[must_use]
    pub fn reach(&self, next: Affect, settings: &JourneySettings) -> Option<(Affect, f32)> {
        self.on_the_way.then(|| (self.at, settings.step.max(distance(self.at, next))))
    }

    /// Records the position of the track that was chosen.
    pub fn moved(&mut self, at: Affect) {
        (self.at, self.on_the_way) = (at, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;
    use crate::music::test_support::settings;

    const SAD: PlaylistName = PlaylistName(Some(Emotion::Sad));
    const MOOD: Affect = Affect { valence: -0.65, arousal: -0.27 };
    const GOAL: Affect = Affect { valence: 0.5, arousal: -0.1 };

    fn stops() -> Vec<Waypoint> {
        let stop = |index: u16| {
            let share = f32::from(index) / 40.0;
            Waypoint {
                index: index.into(),
                at: crate::music::plane::between(MOOD, GOAL, share),
                seconds: 180.0,
                key: None,
                octaves: f32::NAN,
            }
        };
        (0..=40).map(stop).collect()
    }

    #[test]
    fn it_starts_at_the_mood_and_arrives_in_small_steps() {
        let settings = settings().journey;
        let mut lead = JourneyProgress::begin(SAD, MOOD, GOAL, Duration::ZERO, &settings);
        let first = lead.next(Duration::ZERO, &stops(), &settings);
        assert_eq!(lead.reach(first, &settings), None);
        assert!(distance(first, MOOD) < 0.2, "{first:?}");
        let mut at = first;
        for track in 1..8 {
            lead.moved(at);
            assert_eq!(lead.reach(GOAL, &settings), Some((at, settings.step.max(distance(at, GOAL)))));
            let next = lead.next(Duration::from_secs(track * 180), &stops(), &settings);
            assert!(distance(at, next) <= settings.step + 1e-4, "{at:?} {next:?}");
            at = next;
        }
        assert!(distance(at, GOAL) < 0.15, "{at:?}");
    }

    #[test]
    fn a_mood_that_moves_away_begins_it_anew_and_one_that_follows_does_not() {
        let settings = settings().journey;
        let lead = JourneyProgress::begin(SAD, MOOD, GOAL, Duration::ZERO, &settings);
        assert!(lead.goes_on(SAD, MOOD, GOAL, &settings));
        assert!(lead.goes_on(SAD, Affect { valence: 0.2, arousal: 0.0 }, GOAL, &settings));
        assert!(!lead.goes_on(SAD, Affect { valence: -1.0, arousal: -0.8 }, GOAL, &settings));
        assert!(!lead.goes_on(PlaylistName::EMPTY, MOOD, GOAL, &settings));
        assert!(!lead.goes_on(SAD, MOOD, MOOD, &settings));
    }
}
